#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the desktop program with 100,000 messages in one chat, on a display of its own, as a person meets it.

Nothing passes or fails, but what does not work ends with an error. The accessibility bus stays off: keys are typed (XTEST) and pixels
watched (DAMAGE; see pixels.py for what a change costs to see). A page counts as painted when its pixels are those of the same page
at rest, which a first start, not counted, has shown.
- start: exec to the unlock page, plus Enter to the last messages, less the key derivation, which is timed by itself in between;
- memory and threads: of the unlocked window, 10 s after its chat was opened, from smaps_rollup;
- idle: time on a processor of all threads (schedstat) in 20 s, which begin 30 s after the last change;
- latency: Enter to the first change among the messages, in both windows, which stand beside each other; keys: to the first change in
  the field for writing;
- chats: Alt+Up or Down to the messages of the other chat.
Run under dbus-run-session."""
import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import peers  # noqa: E402
import pixels  # noqa: E402
import process_figures  # noqa: E402
from figures import Figures, json_line, median, percentile  # noqa: E402
from kith_processes import Client, Relay, befriend  # noqa: E402
from screen import Screen, until  # noqa: E402

PASSPHRASE = "bench"
MESSAGES = 100_000
STARTS = 7
SENDS = 200
WARM_UP = 20
SWITCHES = 40
SCREEN = "2080x800x24"


class Kith:
    """The program on a profile, its window at a place of its own."""

    def __init__(self, eye, bin_dir, folder):
        self.eye = eye
        self.folder = folder
        self._program = str(bin_dir / "kith")
        self.process = None
        self.place = None
        self._window = None

    def start(self):
        began = time.monotonic()
        self.process = subprocess.Popen([self._program, "--profile", str(self.folder)])
        return began

    def settle_at(self, x):
        """For a first start: puts the window where it belongs and ends the program, which remembers that."""
        self.start()
        self._window = pixels.window_of([self.process.pid])
        pixels.move(self._window, x, 20)
        self.eye.quiet([pixels.place_of(self._window)], 0.3)
        self.close()

    def find(self):
        """Where the window is once it has come to rest; locked."""
        self._window = pixels.window_of([self.process.pid])
        self.place = pixels.place_of(self._window)
        self.eye.quiet([self.page()], 0.5)

    # Areas in which nothing else happens. The window is 1000 x 680: the list takes 300, the header 56, the field for writing 60.
    def page(self):
        """Of the unlock page: all that is above the field, whose cursor blinks."""
        return self.place.part(bottom=0.47)

    def messages(self):
        """Below the floating date, and left of the states of own messages: receipts come at random moments."""
        return self.place.part(left=0.31).inside(top=110, right=60, bottom=80)

    def field(self):
        return self.place.part(left=0.31, right=0.93).inside(top=self.place.height - 60)

    def activate(self):
        pixels.activate(self._window)

    def unlock(self, area, is_open):
        """Types the passphrase. Enter to the time at which `is_open` is true of the area."""
        self.eye.type(PASSPHRASE)
        self.eye.quiet([self.place], 0.3)  # less than the cursor takes to blink
        began = time.monotonic()
        self.eye.key("Return")
        seen = self.eye.when({"open": (area, is_open)}, 20)
        if not seen:
            raise RuntimeError("after unlocking, the last chat never looked as it does at rest")
        return seen["open"] - began

    def unlock_and_rest(self):
        """Not timed; the messages at rest."""
        locked = self.eye.look(self.page())
        self.unlock(self.page(), lambda now: now != locked)
        return self.eye.quiet([self.messages()], 1.5)[0]

    def close(self):
        """As a person does it, so that places and drafts are kept."""
        self.activate()
        self.eye.key("ctrl+q")
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


def is_online(pid, relay):
    """Whether the process has a connection to the relay."""
    port = int(relay.listen.rpartition(":")[2])
    sockets = set()
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            sockets.add(os.readlink(entry))
    for line in pathlib.Path(f"/proc/{pid}/net/tcp").read_text(encoding="utf-8").splitlines()[1:]:
        words = line.split()
        if words[3] == "01" and int(words[2].rpartition(":")[2], 16) == port and f"socket:[{words[9]}]" in sockets:
            return True
    return False


def make_people(bin_dir, folder, relay):
    """Two profiles whose people know each other; the first is old."""
    people = [Client(bin_dir, folder / name.lower(), name) for name in ("Ana", "Ben")]
    try:
        for person in people:
            person.start().call("init", name=person.name, passphrase=PASSPHRASE)
            person.call("join", link=relay.invite())
        befriend(*people)
    finally:
        for person in people:
            person.stop()
    began = time.monotonic()
    json_line([bin_dir / "kith-bench-profile", "fill", folder / "ana", MESSAGES], input=PASSPHRASE)
    return time.monotonic() - began


def kdf_ms(bin_dir, kith):
    return json_line([bin_dir / "kith-bench-profile", "kdf", kith.folder], input=PASSPHRASE)["kdf_ms"]


def starts(bin_dir, ana, report):
    """Leaves the window open; the figure that counts."""
    ana.settle_at(10)
    ana.start()
    ana.find()
    place, page = ana.place, ana.eye.look(ana.page())
    messages = ana.unlock_and_rest()
    ana.close()
    pages, opens, derivations = [], [], []
    for turn in range(STARTS):
        derivations.append(kdf_ms(bin_dir, ana))
        began = ana.start()
        painted = ana.eye.when({"page": (ana.page(), lambda now: now == page)})
        if not painted:
            raise RuntimeError("the unlock page never looked as it does at rest")
        pages.append(1000 * (painted["page"] - began))
        ana.find()
        if ana.place != place:
            raise RuntimeError(f"the window came back at {ana.place}, it was at {place}")
        opens.append(1000 * ana.unlock(ana.messages(), lambda now: now == messages))
        if turn < STARTS - 1:
            ana.eye.quiet([ana.messages()], 1.0)
            ana.close()
    total = [page_ms + open_ms for page_ms, open_ms in zip(pages, opens, strict=True)]
    report("start: exec to the unlock page painted, p50 ms", median(pages))
    report("start: Enter to the last messages painted, p50 ms", median(opens))
    report("start: key derivation (Argon2id) alone, p50 ms", median(derivations))
    figure = median(total) - median(derivations)
    report("start: both less the derivation, p50 ms", figure, "<=", 500)
    report(f"start: the same, slowest of {STARTS}", max(total) - median(derivations))
    return figure


def memory(kith, report):
    time.sleep(10)
    pids = process_figures.tree(kith.process.pid)
    used = process_figures.memory(pids)
    report("memory: PSS, 10 s after the chat was opened, MiB", used.pss, "<=", 70)
    report("memory: USS, MiB", used.uss)
    report("threads", process_figures.threads(pids))


def idle(kith, relay, report):
    def rest(name):
        time.sleep(30)
        spent = process_figures.while_idle([kith.process.pid], 20)
        report(f"idle, {name}: CPU in 20 s, ms", spent.cpu_ms, "<=", 10)
        report(f"idle, {name}: wakeups in 20 s", spent.wakeups)

    until(lambda: is_online(kith.process.pid, relay), "the window is connected")
    rest("connected")
    if not is_online(kith.process.pid, relay):
        raise RuntimeError("the window lost its connection")
    relay.kill()
    until(lambda: not is_online(kith.process.pid, relay), "the window has noticed")
    rest("relay out of reach")


def open_both(ana, ben, relay):
    """Their windows beside each other, with the chat of the two open in both; Ana's has the keys."""
    ben.settle_at(1060)
    for kith in (ben, ana):
        kith.start()
        kith.find()
        kith.unlock_and_rest()
        until(lambda: is_online(kith.process.pid, relay), "the window is connected")  # noqa: B023
    ana.activate()


def type_timed(kith, text):
    """Milliseconds from each key to its letter."""
    times = []
    for letter in text:
        before = kith.eye.look(kith.field())
        began = time.monotonic()
        kith.eye.key(letter)
        seen = kith.eye.when({"letter": (kith.field(), lambda now: now != before)})  # noqa: B023
        if not seen:
            raise RuntimeError("what is typed does not show")
        times.append(1000 * (seen["letter"] - began))
        time.sleep(0.02)
    return times


def latency(ana, ben, report):
    eye = ana.eye
    keys, own, other = [], [], []
    for number in range(WARM_UP + SENDS):
        before = eye.quiet([ana.messages(), ben.messages()])
        letters = type_timed(ana, f"m{number}")
        if [eye.look(kith.messages()) for kith in (ana, ben)] != before:
            raise RuntimeError("typing changes what is watched among the messages")
        began = time.monotonic()
        eye.key("Return")
        seen = eye.when({name: (kith.messages(), lambda now, old=old: now != old)
                         for name, kith, old in (("own", ana, before[0]), ("other", ben, before[1]))})
        if len(seen) < 2:
            raise RuntimeError(f"message {number} did not come")
        if number >= WARM_UP:
            keys += letters
            own.append(1000 * (seen["own"] - began))
            other.append(1000 * (seen["other"] - began))
    report("latency: Enter to the text in the other window, p50 ms", median(other), "<=", 60)
    report("latency: the same, p99 ms", percentile(other, 0.99), "<=", 150)
    report("latency: Enter to the text in the own window, p50 ms", median(own), "<=", 25)
    report("latency: the same, p99 ms", percentile(own, 0.99))
    report("keys: key to letter, p50 ms", median(keys))
    report("keys: the same, p99 ms", percentile(keys, 0.99), "<=", 16)


def chats(ana, report):
    eye = ana.eye

    def go(key):
        eye.key(key)
        return eye.quiet([ana.messages()], 1.0)[0]

    at_rest = {key: go(key) for key in ("alt+Down", "alt+Up")}
    times = []
    for _ in range(SWITCHES // 2):
        for key, wanted in at_rest.items():
            began = time.monotonic()
            eye.key(key)
            seen = eye.when({"chat": (ana.messages(), lambda now: now == wanted)})  # noqa: B023
            if not seen:
                raise RuntimeError("the chat never looked as it does at rest")
            times.append(1000 * (seen["chat"] - began))
            eye.quiet([ana.messages()], 0.3)
    report("chats: key to the messages of another chat, p50 ms", median(times), "<=", 50)
    report("chats: the same, p99 ms", percentile(times, 0.99))


def timeline(bin_dir, report):
    figures = json_line([bin_dir / "kith-bench-timeline"])
    report("timeline alone: open at the bottom of 100,000 rows, ms", figures["open_ms"], "<=", 100)
    report("timeline alone: scrolling up, p99 of a frame, ms", figures["scroll_up_p99_ms"], "<=", 11)
    report("timeline alone: scrolling back, p99 of a frame, ms", figures["scroll_back_p99_ms"], "<=", 11)


def beside_peers(bin_dir, ana, folder, start_ms, as_json):
    """Both sides of the lock, and the others."""
    ana.close()
    home = folder / "home"
    own = [peers.measure(ana.eye, "kith, locked", [str(bin_dir / "kith"), "--profile", str(ana.folder)], home / "kith")]
    ana.start()
    ana.find()
    ana.unlock_and_rest()
    own.append(peers.row_at_rest("kith, chat open", start_ms, ana.process.pid))
    ana.close()
    peers.print_table(own, [peers.measure(ana.eye, name, [name], home / name) for name in peers.PEERS], as_json)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=lambda given: pathlib.Path(given).resolve())
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--peers", action="store_true", help="beside other desktop programs (peers.py)")
    given = parser.parse_args()
    figures = Figures(given.json)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-bench-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        figures.machine(folder)
        relay = Relay(given.bin, folder / "relay", ["--no-rate-limits"])
        stack.callback(relay.stop)
        relay.start()
        figures.report(f"machine: a profile with {MESSAGES} messages made, s", make_people(given.bin, folder, relay))
        screen = Screen(SCREEN, accessible=False, frames=False)
        stack.callback(screen.close)
        eye = pixels.Eye()
        stack.callback(eye.close)
        ana, ben = (Kith(eye, given.bin, folder / name) for name in ("ana", "ben"))
        stack.callback(ana.kill)
        stack.callback(ben.kill)
        start_ms = starts(given.bin, ana, figures.report)
        memory(ana, figures.report)
        idle(ana, relay, figures.report)
        ana.close()
        relay.start()
        open_both(ana, ben, relay)
        latency(ana, ben, figures.report)
        chats(ana, figures.report)
        timeline(given.bin, figures.report)
        if given.peers:
            ben.close()
            beside_peers(given.bin, ana, folder, start_ms, given.json)
        figures.report("machine: load average at the end", f"{os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    main()
