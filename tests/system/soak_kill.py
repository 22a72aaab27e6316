#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay and a ring of clients as real processes; everybody writes, and all the while one of them is killed and started again.

At the end every text whose `send` was answered must stand exactly once, in order and delivered, in both histories. A text
whose answer died with its client may be there or not, but at most once. Prints figures; exit status 1 when one misses its mark.
"""
import argparse
import json
import os
import pathlib
import random
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from kith_processes import Client, Relay, befriend  # noqa: E402
from process_memory import keeps_freed  # noqa: E402

PASSPHRASE = "only for the soak"
RECOVERY_MARK_S = 2.0
GROWTH_MARK = 1.3
LEAK_MARK = 1.05         # of processes that live on, second half to first, besides what their page caches still lacked
CACHES_KIB = 2 * 8_000   # of the two connections to a database (SCHEMA.md), full after some 9,000 messages
SEND_EVERY_S = 1.6       # per conversation and direction: with its receipts below the relay's rate for one drop
KILL_EVERY_S = (0.3, 2.5)
START_PATIENCE_S = 30.0
CALM_PATIENCE_S = 150.0  # a link waits 60 s at most before it tries again
WARM_UP_S = 5.0


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
        super().__init__(loop, "relay", lambda: [relay.program, "--data", relay.folder, "--listen", relay.listen, "--json"], False)
        self.address = relay.listen

    def accepts(self):
        host, port = self.address.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=RECOVERY_MARK_S):
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

    def take(self, message):
        """True when it was an answer."""
        if message.get("method") == "event":
            return False
        then = self.open.pop(message["id"])
        if "error" in message:
            raise Broken(f"{self.name} was refused: {message['error']['message']}")
        then(message["result"])
        return True


class Soak:
    def __init__(self, options):
        self.options = options
        self.seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
        self.random = random.Random(self.seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-soak-"))
        self.loop = selectors.DefaultSelector()
        self.people, self.relay, self.setting_up = [], None, []
        self.kills = {"relay": 0, "client": 0}
        self.cut_short = 0
        self.keeps_freed = False
        self.recoveries = {"relay": [], "client": []}

    # --- before: accounts and contacts ---------------------------------------------------------------------------------

    def set_up(self):
        relay = Relay(self.options.bin, self.folder / "relay")
        self.setting_up.append(relay)
        relay.start()
        clients = [Client(self.options.bin, self.folder / f"p{number}", f"p{number}") for number in range(self.options.clients)]
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
                elif process.take(message) and not process.is_up():
                    self.recovered("client", process)
        for process in [self.relay, *self.people]:
            if not process.is_up() and time.monotonic() - process.started > START_PATIENCE_S:
                raise Broken(f"{process.name} is not up {START_PATIENCE_S:.0f} s after its start")

    def recovered(self, kind, process):
        took = process.up()
        if self.kills["relay"] + self.kills["client"] > 0:
            self.recoveries[kind].append(took)

    def wait(self, condition, patience, what):
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                raise Broken(f"after {patience:.0f} s still not: {what}")
            self.turn(min(end, time.monotonic() + 0.25))

    def all_up(self):
        self.wait(lambda: all(process.is_up() for process in [self.relay, *self.people]), START_PATIENCE_S, "everybody is up")

    def chat(self, seconds, with_kills):
        end = time.monotonic() + seconds
        next_kill = time.monotonic() + self.random.uniform(*KILL_EVERY_S) if with_kills else end
        next_send = time.monotonic()
        lanes = [(person, peer) for person in self.people for peer in person.peers]
        step = SEND_EVERY_S / len(lanes)
        turn = 0
        while time.monotonic() < end:
            self.turn(min(end, next_kill, next_send))
            if time.monotonic() >= next_send:
                person, peer = lanes[turn % len(lanes)]
                turn += 1
                next_send += step
                if person.is_up():
                    person.send(peer)
            if with_kills and time.monotonic() >= next_kill:
                victim = self.random.choice([self.relay, *self.people])
                next_kill += self.random.uniform(*KILL_EVERY_S)
                self.cut_short += 0 if victim.is_up() else 1
                if victim is not self.relay and victim.is_up():
                    for peer in victim.peers:
                        victim.send(peer)  # dies somewhere on its way
                victim.kill()
                self.kills["relay" if victim is self.relay else "client"] += 1
                victim.start()

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

    def memory(self):
        return resident_kib(self.relay.process.pid), max(resident_kib(person.process.pid) for person in self.people)

    def run(self):
        self.set_up()
        self.all_up()
        self.chat(min(WARM_UP_S, self.options.seconds), with_kills=False)
        relay_before, client_before = self.memory()
        self.keeps_freed = keeps_freed(self.relay.process.pid)
        kills = not self.options.no_kills
        self.chat(self.options.seconds / 2, with_kills=kills)
        self.all_up()
        relay_half, client_half = self.memory()
        self.chat(self.options.seconds / 2, with_kills=kills)
        self.all_up()
        calm_from = time.monotonic()
        undelivered = self.calm()
        calm_took = time.monotonic() - calm_from
        relay_after, client_after = self.memory()
        found = self.judge()
        found["undelivered"] = [f"{name}: {text} [{state}]" for name, text, state in undelivered]
        figures = {
            "seed": self.seed, "seconds": self.options.seconds, "clients": len(self.people),
            "messages": sum(len(texts) for person in self.people for texts in person.tried.values()),
            "answered": sum(len(texts) for person in self.people for texts in person.answered.values()),
            "kills_relay": self.kills["relay"], "kills_clients": self.kills["client"], "killed_while_starting": self.cut_short,
            "calm_s": round(calm_took, 1),
        }
        misses = []
        for kind, times in self.recoveries.items():
            if times:
                figures[f"recovery_{kind}_p50_s"] = round(statistics.median(times), 3)
                figures[f"recovery_{kind}_max_s"] = round(max(times), 3)
                if max(times) > RECOVERY_MARK_S:
                    misses.append(f"recovery of a {kind} took {max(times):.2f} s, mark {RECOVERY_MARK_S} s")
        for kind, before, half, after in (("relay", relay_before, relay_half, relay_after),
                                          ("client", client_before, client_half, client_after)):
            figures[f"rss_{kind}_start_kib"], figures[f"rss_{kind}_half_kib"], figures[f"rss_{kind}_end_kib"] = before, half, after
            if self.keeps_freed:
                print("soak: memory was NOT compared: the address sanitizer keeps what is freed", file=sys.stderr)
                continue
            if after > GROWTH_MARK * before:
                misses.append(f"the memory of a {kind} grew from {before} to {after} KiB")
            if not kills and after > LEAK_MARK * half + max(0, CACHES_KIB - (half - before)):
                misses.append(f"the memory of a {kind} grew from {half} to {after} KiB in the second half")
        for what, texts in found.items():
            figures[what] = len(texts)
            misses += [f"{what}: {text}" for text in texts[:10]]
        return figures, misses

    def end(self):
        for process in [*self.people, self.relay]:
            if process is not None:
                process.kill()
        for process in self.setting_up:
            if process.process and process.process.poll() is None:
                process.kill()
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float)
    parser.add_argument("seed", type=int, nargs="?")
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--untimed", action="store_true", help="judge messages only: a busy machine says nothing about time")
    parser.add_argument("--no-kills", action="store_true", help="everybody lives on: shows slow leaks")
    parser.add_argument("--keep", action="store_true", help="leave the folders for a look")
    options = parser.parse_args()
    if options.clients < 2 or options.seconds <= 0:
        parser.error("at least two clients and some seconds")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    soak = Soak(options)
    print(f"soak: seed {soak.seed}" + (f", folder {soak.folder}" if options.keep else ""), file=sys.stderr, flush=True)
    try:
        figures, misses = soak.run()
    except KeyboardInterrupt:
        print("soak: interrupted", file=sys.stderr)
        return 1
    except Exception as problem:
        print(f"soak: seed {soak.seed}: {type(problem).__name__}: {problem}", file=sys.stderr)
        return 1
    finally:
        soak.end()
    if options.json:
        print(json.dumps({**figures, "misses": misses}))
    else:
        for name, value in figures.items():
            print(f"{name:24}{value}")
    if options.untimed:
        misses = [miss for miss in misses if not miss.startswith("recovery of")]
    for miss in misses:
        print(f"soak: seed {soak.seed}: {miss}", file=sys.stderr)
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
