# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is hostile in a soak, what is measured of whom, and the bounds. See system/soak_hostile.py."""
import json
import os
import pathlib
import ssl
import threading
import time
import urllib.request

from kith_processes import Client, Refused, befriend
from soaking import PASSPHRASE, START_PATIENCE_S, Broken, Person, Process, resident_kib

MIB = 1024.0
JOIN_PATIENCE_S = 120.0


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        words = stat.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def folder_mib(folder):
    size = 0
    for path in pathlib.Path(folder).rglob("*"):
        try:
            size += path.lstat().st_blocks * 512
        except FileNotFoundError:
            pass  # it has just gone
    return size / MIB / MIB


def at_most(growth, left):
    """What it may grow by at any time, and what may be left of that afterwards."""
    def bound(before, most, after):
        return f"+{growth}, then +{left}", most <= before + growth and after <= before + left
    return bound


class HostileProgram(Process):
    """kith-hostile. It is nice to everybody else's processor, so that what is measured is not the scheduler."""

    def __init__(self, company, words):
        program = str(company.bin / "kith-hostile")
        super().__init__(company.loop, "kith-hostile", lambda: ["nice", "-n", "10", program, *words], True)
        self.said = []

    def take(self, message):
        self.said.append((time.monotonic(), message))
        return True

    def lines(self):
        try:
            yield from super().lines()
        except Broken:
            if not self.said:
                raise
            self.loop.unregister(self.process.stdout)  # it has said all it had to say


class Health:
    """Asks a relay every second whether it is there. A thread of its own, because it waits."""

    def __init__(self, listen):
        self.url = f"https://{listen}/healthz"
        self.took, self.failed, self.latest = [], 0, 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def _ask(self):
        unchecked = ssl._create_unverified_context()  # Kith pins keys, and here only the answer counts
        while not self.over.wait(1.0):
            begun = time.monotonic()
            try:
                with urllib.request.urlopen(self.url, timeout=10, context=unchecked) as answer:
                    assert answer.status == 200
            except (OSError, AssertionError):
                self.failed += 1
            self.latest = 1000 * (time.monotonic() - begun)
            self.took.append(self.latest)


class HostileClient:
    """Everything is measured at the relay; honest people come from 127.0.0.1, the attacker from ::1, which is another address."""

    def __init__(self, company):
        self.company = company
        self.attacker = self.health = self.invite = None
        self.links = []

    def set_up(self):
        def prepare(relay, clients):
            self.invite = relay.invite(uses=20)
            self.links = [client.call("link", reusable=True)["link"] for client in clients]
            relay.extra = ["--listen", "[::1]:" + relay.listen.rsplit(":", 1)[1]]
        self.company.set_up(2, prepare)
        self.health = Health(self.company.relay.address)

    def begin(self, seconds):
        port = self.company.relay.address.rsplit(":", 1)[1]
        self.attacker = HostileProgram(self.company, ["client", f"[::1]:{port}", self.invite, str(int(seconds) - 2),
                                               str(self.company.seed), *self.links])
        self.attacker.start()

    def finish(self):
        self.attacker.kill()
        self.health.over.set()

    def measure(self):
        relay = self.company.relay.process.pid
        return {"relay RSS MiB": resident_kib(relay) / MIB, "relay descriptors": descriptors(relay),
                "relay disk MiB": folder_mib(self.company.folder / "relay"), "health ms": self.health.latest,
                "members' RSS MiB": max(resident_kib(person.process.pid) for person in self.company.people) / MIB}

    @staticmethod
    def bounds():
        # 64 MiB that strangers began to send, 64 MiB under way in the store, and half of that for copies and for what lies between;
        # 256 strangers of an address, 64 half open, and members; one full mailbox, and its log.
        return {"relay RSS MiB": at_most(192, 48), "relay descriptors": at_most(400, 4),
                "relay disk MiB": at_most(128, 128), "health ms": at_most(3_000, 500),
                "members' RSS MiB": at_most(8, 8)}

    def rows(self):
        done = [message for _, message in self.attacker.said if message["event"] == "done"]
        names = {message["name"] for _, message in self.attacker.said if message["event"] == "trick"}
        print(f"soak: {len(names)} tricks; {json.dumps(done[0]) if done else 'the attacker did not come to its end'}")
        return [("health not answered", "", self.health.failed, "", f"0 of {len(self.health.took)}", self.health.failed == 0),
                ("tricks played", "", len(names), "", "all", bool(done))]

    def end(self):
        if self.attacker:
            self.attacker.kill()
        if self.health:
            self.health.over.set()


class HostileRelay:
    """Everything is measured at the clients. p0, p1 and p2 are on an honest relay and chat over it; p2 has joined the hostile one
    as well. Dana, a contact of p0, has joined that one first, so that p0 dials it; what is said to Dana may or may not arrive."""

    JOINS = 8

    def __init__(self, company):
        self.company = company
        self.relay = self.dana = self.invite = None
        self.joins = []
        self.next_word = 0.0
        self.cpu = {}

    def set_up(self):
        company = self.company
        self.relay = HostileProgram(company, ["relay", str(company.seed)])
        self.relay.start()
        while not self.relay.said:
            company.loop.select(START_PATIENCE_S)
            for message in self.relay.lines():
                self.relay.take(message)
        self.relay.up()
        self.invite = self.relay.said[0][1]["invite"]
        dana = []

        def prepare(honest, clients):
            clients[2].call("join", link=self.invite)
            client = Client(company.bin, company.folder / "dana", "dana")
            company.setting_up.append(client)
            account = client.start().call("init", name="dana", passphrase=PASSPHRASE)["account"]
            client.call("join", link=self.invite)
            link = client.call("link")["link"]  # p0 may dial the relay that it names
            client.call("join", link=honest.invite())
            for each in (client, clients[0]):
                each.events.clear()
            befriend(client, clients[0], link)
            client.stop()
            dana.append((client, account))
        company.set_up(3, prepare)
        self.dana = Person(company.loop, *dana[0])
        company.people.append(self.dana)
        self.dana.start()

    def begin(self, seconds):
        self.relay.process.stdin.write(b"begin\n")
        self.relay.process.stdin.flush()
        for number in range(self.JOINS):
            join = {"begins_after": number * seconds / 2 / self.JOINS, "took": None}
            self.joins.append(join)
            threading.Thread(target=self._join, args=(join, f"joiner{number}"), daemon=True).start()

    def _join(self, join, name):
        """A new account wants to join the hostile relay. Whatever comes of it, it has an end."""
        time.sleep(join["begins_after"])
        client = Client(self.company.bin, self.company.folder / name, name)
        self.company.setting_up.append(client)
        client.start().call("init", name=name, passphrase=PASSPHRASE)
        begun = time.monotonic()
        try:
            client.call("join", link=self.invite, timeout=JOIN_PATIENCE_S)
        except Refused:
            pass  # an answer like any other
        except (TimeoutError, EOFError):
            return
        join["took"] = time.monotonic() - begun

    def finish(self):
        self.relay.kill()

    def say_to_dana(self):
        now = time.monotonic()
        if now >= self.next_word:
            self.next_word = now + 3.0
            self.company.people[0].request(lambda answer: None, "send", conversation=self.dana.account, text="there?", wait="queued")

    def measure(self):
        self.say_to_dana()
        victims = {"p0, dials it": self.company.people[0], "p2, joined it too": self.company.people[2],
                   "dana, joined it first": self.dana}
        values = {}
        for name, person in victims.items():
            pid = person.process.pid
            now, used = time.monotonic(), cpu_seconds(pid)
            then, before = self.cpu.get(name, (now - 1.0, used))
            self.cpu[name] = (now, used)
            values[f"RSS MiB: {name}"] = resident_kib(pid) / MIB
            values[f"descriptors: {name}"] = descriptors(pid)
            values[f"profile MiB: {name}"] = folder_mib(self.company.folder / person.name)
            values[f"CPU %: {name}"] = 100 * (used - before) / (now - then)
        return values

    def bounds(self):
        # Of a profile: 64 MiB of mail to unknown drops, 16 MiB that failed, what is known of both, and its log.
        all_bounds = {"RSS MiB": at_most(32, 24), "descriptors": at_most(12, 4), "profile MiB": at_most(160, 160)}
        return {f"{figure}: {name}": bound for figure, bound in all_bounds.items()
                for name in ("p0, dials it", "p2, joined it too", "dana, joined it first")}

    def rows(self):
        names = {message["name"] for _, message in self.relay.said if message["event"] == "lie"}
        rows = [("lies told", "", len(names), "", "some", bool(names))]
        for name in ("p0, dials it", "p2, joined it too", "dana, joined it first"):
            shares = [values[f"CPU %: {name}"] for values in self.company.samples.values()]
            means = [sum(share) / len(share) for share in shares]
            rows.append((f"CPU %, mean: {name}", *means, "<= 25", means[1] <= 25))
        took = [join["took"] for join in self.joins]
        ended = [seconds for seconds in took if seconds is not None]
        rows.append((f"joins that ended, of {self.JOINS}", "", len(ended), "", "all", len(ended) == len(took)))
        rows.append(("longest join s", "", max(ended, default=0.0), "", f"<= {JOIN_PATIENCE_S:.0f}", bool(ended)))
        return rows

    def end(self):
        if self.relay:
            self.relay.kill()
