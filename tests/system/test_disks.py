#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real programs over files that are damaged or cut, and on disks that are full: see "Files and disks" in tests/README.md."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_programs  # noqa: E402
from test_files import World  # noqa: E402
from test_programs import PASSPHRASE, Refused, cli  # noqa: E402
from kith_files import copy_folder, files_of, put_back, randomness, run, until  # noqa: E402

PAGE = 4096
WORD = re.compile("backup|newer program")


def flip(path, page, dice):
    """Changes one bit of one page; returns the page as it is now."""
    data = bytearray(path.read_bytes())
    at = min(page * PAGE + dice.randrange(PAGE), len(data) - 1)
    data[at] ^= 1 << dice.randrange(8)
    path.write_bytes(data)
    return bytes(data)


def some_pages(path, dice, count):
    """The first page, the last, and some between."""
    pages = max(1, -(-path.stat().st_size // PAGE))
    return sorted({0, pages - 1, *(dice.randrange(pages) for _ in range(count))})


class Grown(World):
    """Ana and Ben, who have written enough for several pages, and mail for Ben that waits at the relay."""

    def setUp(self):
        super().setUp()
        self.dice = randomness(self.id())
        for number in range(8):
            self.talk(f"{number} {number * 400 * 'x'}")
        self.ben.kill()
        for number in range(4):
            self.say(self.ana, self.ben, f"waits {number} {2_000 * 'y'}", wait="accepted")
        self.ana.kill()
        self.home.kill()

    def history_of(self, profile, other):
        status, rows = cli(profile, "history", other, "--limit", "500")
        return [row["text"] for row in rows] if status == 0 else self.refusal(status, rows)

    def refusal(self, status, answer):
        """A clear word with what to do, and its exit status; returned as None."""
        self.assertEqual(status, 1, answer)
        self.assertIn(answer["error"]["code"], ("Corrupt", "Denied", "Invalid"), answer)
        self.assertRegex(answer["error"]["message"], WORD)

    def start_relay(self):
        """True when it runs; otherwise it has said why not."""
        try:
            self.home.start()
            return True
        except Refused as refused:
            self.assertEqual(self.home.process.wait(), 1)
            self.assertRegex(str(refused), WORD)
            return False

    def all_is_well(self):
        self.home.start()
        self.restart(self.ana)
        self.restart(self.ben)
        self.talk("all is well")
        self.assert_all_once()


class Damage(Grown):
    # What a flipped bit in a file may do. A file that is not here fails the walk: say what it does, and test it.
    PROFILE = {"profile.kith": "refused", "profile.db": "refused or right", "profile.db-wal": "refused or a beginning",
               "profile.db-shm": "right", "recovery.kith": "right", "lock": "right", "reserve": "right"}
    RELAY = {"relay.key": "refused", "relay.db": "refused or right", "relay.db-wal": "refused or a beginning", "relay.db-shm": "right",
             "lock": "right", "reserve": "right"}

    def walk(self, folder, known):
        names = {path.name for path in files_of(folder)}
        self.assertEqual(names - known.keys(), set(), "a new file: say above what damage to it does")
        self.assertEqual(known.keys() - names, set(), "files that are gone")
        return sorted(names)

    def test_a_damaged_profile_is_refused_or_right(self):
        profile, good, closed = self.folder / "ana", self.folder / "good", self.folder / "closed"
        copy_folder(profile, good)
        texts = self.history_of(profile, "Ben")
        self.assertEqual(texts, self.texts)
        copy_folder(profile, closed)  # its log is empty: pages of the database are not hidden by newer ones
        verdicts = set()
        for name in self.walk(profile, self.PROFILE):
            source = closed if name == "profile.db" else good
            for page in some_pages(source / name, self.dice, 4 if name == "profile.db" else 1):
                with self.subTest(file=name, page=page):
                    put_back(source, profile)
                    damaged = flip(profile / name, page, self.dice)
                    seen = self.history_of(profile, "Ben")
                    verdicts.add((name, seen is None))
                    expected = self.PROFILE[name]
                    if expected == "refused":
                        self.assertIsNone(seen)
                    elif expected == "right":
                        self.assertEqual(seen, texts)
                    elif seen is not None:
                        self.assertEqual(seen, texts if expected == "refused or right" else texts[:len(seen)])
                    if name in ("profile.kith", "profile.db", "recovery.kith"):
                        self.assertEqual((profile / name).read_bytes(), damaged, "the file was written to")
        self.assertIn(("profile.db", True), verdicts, "no damage was met: the check would prove nothing")
        self.assertIn(("profile.db-wal", True), verdicts)
        put_back(good, profile)
        self.all_is_well()

    def test_a_damaged_relay_is_refused_or_right(self):
        folder, good, closed = self.folder / "relay", self.folder / "good", self.folder / "closed"
        ben = self.folder / "ben copy"
        copy_folder(self.folder / "ben", ben)
        copy_folder(folder, good)
        self.home.start()
        self.home.stop()
        copy_folder(folder, closed)
        self.assertEqual((closed / "relay.db-wal").exists() and (closed / "relay.db-wal").stat().st_size, 0)
        verdicts = set()
        for name in self.walk(good, self.RELAY):
            source = closed if name == "relay.db" else good
            for page in some_pages(source / name, self.dice, 3 if name == "relay.db" else 1):
                with self.subTest(file=name, page=page):
                    put_back(source, folder)
                    flip(folder / name, page, self.dice)
                    runs = self.start_relay()
                    verdicts.add((name, runs))
                    expected = self.RELAY[name]
                    self.assertEqual(runs, {"refused": False, "right": True}.get(expected, runs))
                    if not runs:
                        continue
                    # What cannot be read stays where it is; what comes is what was sent.
                    put_back(ben, self.folder / "ben")
                    cli(self.folder / "ben", "sync")
                    seen = self.history_of(self.folder / "ben", "Ana")
                    self.assertEqual([text for text in seen if text not in self.texts], [])
                    self.assertEqual(len(seen), len(set(seen)))
                    if expected == "right":
                        self.assertEqual(seen, self.texts)
                    self.home.kill()
        self.assertIn(("relay.db", False), verdicts)
        self.assertIn(("relay.db-wal", False), verdicts)
        put_back(ben, self.folder / "ben")
        put_back(good, folder)
        self.all_is_well()


class CutLog(Grown):
    """A disk that loses the end of a log loses what it had promised to keep: acknowledged commits are gone, oldest kept.
    What then holds is what holds for an old copy: the file opens at one of its former states, nothing comes twice, and
    sessions mend themselves."""

    def cuts(self, log):
        size = log.stat().st_size
        self.assertGreater(size, 0)
        return [0, 1, *sorted(self.dice.randrange(size) for _ in range(4)), size - 1]

    def cut(self, log, size):
        with log.open("r+b") as file:
            file.truncate(size)

    def test_a_profile_with_a_cut_log_is_a_former_one(self):
        profile, good = self.folder / "ana", self.folder / "good"
        copy_folder(profile, good)
        shown = []
        for size in self.cuts(good / "profile.db-wal"):
            put_back(good, profile)
            self.cut(profile / "profile.db-wal", size)
            status, rows = cli(profile, "history", "Ben", "--limit", "500")
            texts = [row["text"] for row in rows] if status == 0 else []
            if status != 0:
                self.refused((status, rows), 1, "NotFound", "no contact")  # of before they met
            self.assertEqual(texts, self.texts[:len(texts)])
            shown.append(len(texts))
        self.assertEqual(shown, sorted(shown))
        put_back(good, profile)
        whole = (good / "profile.db-wal").stat().st_size
        self.cut(profile / "profile.db-wal", whole - self.dice.randrange(whole // 8))
        self.home.start()
        self.restart(self.ana)
        self.restart(self.ben)
        for number in range(3):
            self.talk(f"after the cut {number}")
        self.assertEqual(self.texts_of(self.ben, self.ana), self.texts)
        mine = self.texts_of(self.ana, self.ben)
        self.assertEqual(mine, [text for text in self.texts if text in mine])

    def test_a_relay_with_a_cut_log_is_a_former_one(self):
        folder, good = self.folder / "relay", self.folder / "good"
        copy_folder(folder, good)
        identities = set()
        for size in self.cuts(good / "relay.db-wal"):
            put_back(good, folder)
            self.cut(folder / "relay.db-wal", size)
            identities.add(self.home.start()["relay_id"])
            self.home.kill()
        self.assertEqual(len(identities), 1, "a relay that lost its log became another one")
        put_back(good, folder)
        whole = (good / "relay.db-wal").stat().st_size
        self.cut(folder / "relay.db-wal", whole - self.dice.randrange(whole // 8))
        self.home.start()
        self.restart(self.ana)
        self.restart(self.ben)
        self.talk("after the cut")
        self.talk("and again")
        seen = self.texts_of(self.ben, self.ana)
        self.assertEqual(seen, [text for text in self.texts if text in seen], "only what the disk lost may be missing")
        self.assertEqual(self.texts_of(self.ana, self.ben), self.texts)


class FullDisk(World):
    """The relay or a profile on a disk of its own, which is full for a while."""

    DISK = 2 << 30  # a new relay takes members only while a GiB is free; memory is used for what is written alone

    def setUp(self):
        self.disk = None
        super().setUp()

    def mount(self, folder):
        if os.geteuid() != 0:
            print("test_disks: NOT root: full disks were not tested", file=sys.stderr)
            self.skipTest("only root may mount a disk that can be full")
        folder.mkdir(mode=0o700)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.DISK},mode=0700", "tmpfs", folder],
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        if done.returncode != 0:
            print(f"test_disks: NO mount: full disks were not tested: {done.stderr.strip()}", file=sys.stderr)
            self.skipTest("a disk that can be full cannot be mounted here")
        self.disk = folder
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=True, timeout=60)

    def resize(self, size):
        return subprocess.run(["mount", "-o", f"remount,size={size}", self.disk], stderr=subprocess.PIPE, text=True,
                              timeout=60, check=False)

    def fill(self):
        """Not a block is left. Programs may give up their reserve and write on."""

        def is_full():
            used = os.statvfs(self.disk)
            done = self.resize((used.f_blocks - used.f_bfree) * used.f_frsize)
            return done.returncode == 0 and os.statvfs(self.disk).f_bfree == 0  # else somebody has just written

        until(is_full, "the disk is full")

    def fill_all(self):
        """Nor is a reserve."""
        (self.disk / "reserve").unlink(missing_ok=True)
        self.fill()

    def room(self):
        self.assertEqual(self.resize(self.DISK).returncode, 0)

    def all_arrives(self):
        for reader, other in ((self.ben, self.ana), (self.ana, self.ben)):
            until(lambda: len(self.texts_of(reader, other)) >= len(self.texts), f"{reader.name} has all of it", 120)
        self.talk("there is room again")
        self.assert_all_once()


class FullRelay(FullDisk):
    def relay(self, *extra):
        self.mount(self.folder / "relay")
        return super().relay(*extra)

    def setUp(self):
        super().setUp()
        self.talk("before")
        self.ben.kill()
        for number in range(3):
            self.say(self.ana, self.ben, f"waits for Ben {number}", wait="accepted")

    def status(self):
        done = subprocess.run([test_programs.BIN / "kith-relay", "status", "--data", self.disk, "--json"], stdout=subprocess.PIPE,
                              text=True, timeout=60, check=False)
        return done.returncode, json.loads(done.stdout)

    def test_what_it_holds_is_delivered_and_what_is_new_waits_at_the_sender(self):
        self.fill()
        self.restart(self.ben)
        self.ben.wait_event(lambda event: event["event"] == "message" and event["text"] == self.texts[-1])
        self.fill_all()
        for number in range(3):
            self.say(self.ana, self.ben, f"queued {number}", wait="queued")
            self.say(self.ben, self.ana, f"queued too {number}", wait="queued")
        self.fill_all()
        with self.assertRaisesRegex(Refused, "no new members now"):
            self.person("Cleo", self.home)
        status, answer = self.status()
        self.assertEqual((status, answer["accepting"]), (0, False))
        self.assertIsNone(self.home.process.poll())
        self.room()
        self.all_arrives()

    def test_killed_while_it_is_full_it_loses_nothing(self):
        self.fill_all()
        self.say(self.ana, self.ben, "queued", wait="queued")
        self.restart(self.ben)
        self.home.kill()
        self.fill_all()
        try:
            self.home.start()
        except Refused as refused:
            self.assertEqual(self.home.process.wait(), 1)
            self.assertRegex(str(refused), "Full.*make room")
        self.room()
        if self.home.process.poll() is not None:
            self.home.start()
        self.all_arrives()


class FullProfile(FullDisk):
    def person(self, name, relay=None):
        if name == "Ana":
            self.mount(self.folder / "ana")
        return super().person(name, relay)

    def setUp(self):
        super().setUp()
        self.talk("before")

    def write_until_refused(self):
        """What was answered must be kept; what was refused must not be sent."""
        for number in range(300):
            text = f"{number} {8_000 * 'z'}"
            try:
                self.ana.call("send", conversation="Ben", text=text, wait="queued")
            except Refused as refused:
                self.assertIn("the disk is full", str(refused))
                return
            self.texts.append(text)
        self.fail("the disk never was full")

    def test_a_refused_message_says_why_and_mail_waits_at_the_relay(self):
        self.fill()
        self.write_until_refused()
        for number in range(3):
            self.say(self.ben, self.ana, f"waits for Ana {number}", wait="accepted")
        self.fill_all()
        self.assertIsNone(self.ana.process.poll())
        self.room()
        self.all_arrives()

    def test_killed_while_it_is_full_it_loses_nothing(self):
        self.fill()
        self.write_until_refused()
        self.ana.kill()
        self.fill_all()
        self.say(self.ben, self.ana, "waits for Ana", wait="accepted")
        self.ana.start()
        try:
            self.ana.call("unlock", passphrase=PASSPHRASE)
        except Refused as refused:
            self.assertIn("the disk is full", str(refused))
            self.room()
            self.ana.call("unlock", passphrase=PASSPHRASE)
        self.room()
        self.all_arrives()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    known_arguments, rest = parser.parse_known_args()
    test_programs.BIN = known_arguments.bin.resolve()
    run(test_programs.BIN, rest, [Damage, FullRelay, CutLog, FullProfile])
