# SPDX-License-Identifier: GPL-3.0-or-later
"""Release or test programs that chat for a long time: a relay, people, one loop that reads them all, and what must be true at the end."""
import json
import os
import pathlib
import random
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from kith_processes import Client, Relay, befriend

PASSPHRASE = "only for the soak"
SEND_EVERY_S = 1.6       # per conversation and direction: with its receipts below the relay's rate for one drop
START_PATIENCE_S = 30.0
CALM_PATIENCE_S = 150.0  # a link waits 60 s at most before it tries again


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class Broken(Exception):
    """What makes going on pointless."""


class Process:
    """A program whose output is read by the one loop of this script: nothing here waits."""

    def __init__(self, loop, name, command, takes_input):
        self.name, self.command, self.takes_input = name, command, takes_input
        self.loop = loop
        self.process = None
        self.started = None        # set while it is not yet up again
        self.buffer = b""

    def start(self):
        environment = {key: value for key, value in os.environ.items() if key != "KITH_PASSPHRASE"}
        self.buffer = b""
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command(), stdin=subprocess.PIPE if self.takes_input else subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, env=environment)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.loop.register(self.process.stdout, selectors.EVENT_READ, self)

    def kill(self):
        if self.process is None or self.process.returncode is not None:
            return
        self.loop.unregister(self.process.stdout)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        if self.takes_input:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass

    def is_up(self):
        return self.started is None

    def up(self):
        took, self.started = time.monotonic() - self.started, None
        return took

    def lines(self):
        """What has arrived; raises when the program has ended by itself."""
        try:
            data = os.read(self.process.stdout.fileno(), 1 << 20)
        except BlockingIOError:
            return
        if not data:
            raise Broken(f"{self.name} ended by itself with {self.process.wait()}")
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        yield from (json.loads(line) for line in lines)


class RelayProcess(Process):
    def __init__(self, loop, relay):
        super().__init__(loop, "relay", lambda: [relay.program, "--data", relay.folder, "--listen", relay.listen, *relay.extra, "--json"], False)
        self.address = relay.listen

    def accepts(self):
        host, port = self.address.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=2.0):
            return True


class Person(Process):
    def __init__(self, loop, client, account):
        super().__init__(loop, client.name, lambda: [client.program, "--profile", client.folder, "rpc"], True)
        self.account = account
        self.peers = []
        self.tried = {}       # peer's account: texts in the order in which they were given to `send`
        self.answered = {}    # peer's account: those of them whose `send` was answered
        self.open = {}        # request id: what to do with its answer
        self.last_id = 0

    def start(self):
        super().start()
        self.open = {}
        self.request(lambda answer: None, "unlock", passphrase=PASSPHRASE)

    def request(self, then, method, **params):
        self.last_id += 1
        line = json.dumps({"jsonrpc": "2.0", "id": self.last_id, "method": method, "params": params})
        self.open[self.last_id] = then
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def send(self, peer):
        texts = self.tried.setdefault(peer.account, [])
        text = f"{self.name} to {peer.name} {len(texts)}"
        texts.append(text)
        self.request(lambda answer: self.answered.setdefault(peer.account, []).append(text), "send",
                     conversation=peer.account, text=text, wait="queued")
        return text

    def take(self, message):
        """True when it was an answer."""
        if message.get("method") == "event":
            return False
        then = self.open.pop(message["id"])
        if "error" in message:
            raise Broken(f"{self.name} was refused: {message['error']['message']}")
        then(message["result"])
        return True


class Company:
    """People at one relay who write to each other all the time. Who runs it says what happens meanwhile."""

    def __init__(self, bin_dir, seed):
        self.bin = bin_dir
        self.seed = seed if seed is not None else random.SystemRandom().randrange(1 << 31)
        self.random = random.Random(self.seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-soak-"))
        self.loop = selectors.DefaultSelector()
        self.people, self.relay, self.setting_up = [], None, []

    # --- before: accounts and contacts ---------------------------------------------------------------------------------

    def set_up(self, count, prepare=None):
        """A ring of `count` people; `prepare(relay, clients)` may do more before their programs are started again."""
        relay = Relay(self.bin, self.folder / "relay")
        self.setting_up.append(relay)
        relay.start()
        clients = [Client(self.bin, self.folder / f"p{number}", f"p{number}") for number in range(count)]
        self.setting_up += clients
        accounts = []
        for client in clients:
            accounts.append(client.start().call("init", name=client.name, passphrase=PASSPHRASE)["account"])
            client.call("join", link=relay.invite())
        edges = sorted({tuple(sorted((one, (one + 1) % len(clients)))) for one in range(len(clients))})
        for owner, asker in edges:
            clients[owner].events.clear()
            clients[asker].events.clear()
            befriend(clients[owner], clients[asker])
        if prepare:
            prepare(relay, clients)
        for client in clients:
            client.stop()
        relay.stop()
        self.relay = RelayProcess(self.loop, relay)
        self.people = [Person(self.loop, *both) for both in zip(clients, accounts)]
        for owner, asker in edges:
            self.people[owner].peers.append(self.people[asker])
            self.people[asker].peers.append(self.people[owner])
        for process in [self.relay, *self.people]:
            process.start()

    # --- the one loop ----------------------------------------------------------------------------------------------------

    def turn(self, until):
        """Takes what arrives until then, or at once when something has arrived."""
        for key, _ in self.loop.select(max(0.0, until - time.monotonic())):
            process = key.data
            for message in process.lines():
                if process is self.relay:
                    if message.get("event") != "ready":
                        raise Broken(f"the relay did not start again: {message}")
                    if process.accepts():
                        self.recovered("relay", process)
                elif process.take(message):
                    if not process.is_up():
                        self.recovered("client", process)
                else:
                    self.heard(process, message["params"])
        for process in [self.relay, *self.people]:
            if not process.is_up() and time.monotonic() - process.started > START_PATIENCE_S:
                raise Broken(f"{process.name} is not up {START_PATIENCE_S:.0f} s after its start")

    def recovered(self, kind, process):
        """A program is up again."""
        process.up()

    def heard(self, person, event):
        """An event of somebody's client."""

    def written(self, text):
        """Somebody has been told to send it."""

    def wait(self, condition, patience, what):
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                raise Broken(f"after {patience:.0f} s still not: {what}")
            self.turn(min(end, time.monotonic() + 0.25))

    def all_up(self):
        self.wait(lambda: all(process.is_up() for process in [self.relay, *self.people]), START_PATIENCE_S, "everybody is up")

    def chat(self, seconds, meanwhile=None):
        """Everybody who is up writes in turn. `meanwhile()` does what else is due, and answers when it wants to be asked again."""
        end = time.monotonic() + seconds
        next_send = time.monotonic()
        lanes = [(person, peer) for person in self.people for peer in person.peers]
        step = SEND_EVERY_S / len(lanes)
        turn = 0
        while time.monotonic() < end:
            self.turn(min(end, next_send, meanwhile() if meanwhile else end))
            if time.monotonic() >= next_send:
                person, peer = lanes[turn % len(lanes)]
                turn += 1
                next_send += step
                if person.is_up():
                    self.written(person.send(peer))

    # --- after: what must be true ------------------------------------------------------------------------------------------

    def histories(self):
        """(reader, peer) -> all rows, oldest first."""
        rows = {}
        for person in self.people:
            for peer in person.peers:
                rows[person, peer] = self.history(person, peer)
        return rows

    def history(self, person, peer):
        pages = []
        before = {}
        while True:
            got = []
            person.request(got.append, "history", conversation=peer.account, limit=500, **before)
            self.wait(lambda: got, START_PATIENCE_S, f"{person.name} shows a history")
            pages.insert(0, got[0])
            if len(got[0]) < 500:
                return [row for page in pages for row in page]
            before = {"before": got[0][0]["seq"]}

    def undelivered(self):
        found = []
        for (person, peer), rows in self.histories().items():
            found += [(person.name, row["text"], row["state"]) for row in rows
                      if row["sender"] == person.account and row["state"] not in ("delivered", "read")]
        return found

    def calm(self):
        end = time.monotonic() + CALM_PATIENCE_S
        while True:
            waiting = self.undelivered()
            if not waiting or time.monotonic() > end:
                return waiting
            self.turn(time.monotonic() + 1.0)

    def judge(self):
        """Compares both histories of every conversation with what was sent."""
        found = {"lost": [], "doubled": [], "out_of_order": [], "never_sent": [], "gaps": []}
        histories = self.histories()
        for (sender, peer), own in histories.items():
            tried = sender.tried.get(peer.account, [])
            answered = sender.answered.get(peer.account, [])
            place = {text: number for number, text in enumerate(tried)}
            sides = [[row for row in rows if row["sender"] == sender.account] for rows in (own, histories[peer, sender])]
            found["gaps"] += [f"{peer.name}: {row['id']}" for row in sides[1] if row.get("missing")]
            texts = [[row["text"] for row in rows if not row.get("missing")] for rows in sides]
            for reader, side in zip((sender, peer), texts):
                where = f"at {reader.name}: "
                found["lost"] += [where + text for text in answered if text not in set(side)]
                found["doubled"] += [where + text for text in sorted(set(side)) if side.count(text) > 1]
                found["never_sent"] += [where + text for text in side if text not in place]
                numbers = [place[text] for text in side if text in place]
                found["out_of_order"] += [where + tried[now] for last, now in zip(numbers, numbers[1:]) if now < last]
            found["lost"] += [f"at {peer.name}: {text}" for text in texts[0] if text not in set(texts[1]) and text not in answered]
        return found

    def end(self, keep=False):
        for process in [*self.people, self.relay]:
            if process is not None:
                process.kill()
        for process in self.setting_up:
            if process.process and process.process.poll() is None:
                process.kill()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)
