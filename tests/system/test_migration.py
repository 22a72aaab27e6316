#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles of earlier programs under real ones that are killed while they open them, or find no room: they open in the
end, and show what they showed."""
import argparse
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_programs  # noqa: E402
from test_programs import Scratch, cli  # noqa: E402
from kith_files import copy_folder, files_of, randomness, run  # noqa: E402

PROFILES = pathlib.Path(__file__).resolve().parent.parent / "migration"
PASSPHRASE = "passphrase"  # of SimPerson, which made them
KILLS = 12


class Migration(Scratch):
    def setUp(self):
        super().setUp()
        self.dice = randomness(self.id())
        self.copies = 0

    def copy(self, profile, into=None):
        self.copies += 1
        target = into or self.folder / f"{profile.name}-{self.copies}"
        copy_folder(profile, target)
        return target

    def ask(self, profile, *words):
        return cli(profile, *words, passphrase=PASSPHRASE)

    def seen(self, profile):
        """What its person sees, whole."""
        status, chats = self.ask(profile, "conversations")
        self.assertEqual(status, 0, chats)
        histories = [self.ask(profile, "history", chat["id"], "--limit", "500") for chat in chats]
        return chats, histories, self.ask(profile, "requests"), self.ask(profile, "contacts")

    def profiles(self):
        found = sorted(path for path in PROFILES.glob("profiles-*/*") if path.is_dir())
        self.assertTrue(found)
        return found

    def test_killed_again_and_again_it_opens_in_the_end(self):
        for profile in self.profiles():
            with self.subTest(profile=profile):
                known = self.seen(self.copy(profile))
                folder = self.copy(profile)
                began = time.monotonic()
                self.seen(self.copy(profile))
                whole = (time.monotonic() - began) / (len(known[0]) + 3)
                for _ in range(KILLS):
                    program = subprocess.Popen([test_programs.BIN / "kith-cli", "--profile", folder, "--json", "conversations"],
                                               env=dict(os.environ, KITH_PASSPHRASE=PASSPHRASE), stdout=subprocess.DEVNULL,
                                               stderr=subprocess.DEVNULL)
                    time.sleep(self.dice.uniform(0.3, 1.0) * whole)  # the moment of the kill, not a wait for anything
                    program.kill()
                    program.wait()
                self.assertEqual(self.seen(folder), known)
                self.assertEqual(self.ask(folder, "rebuild")[0], 0)

    def test_without_room_it_says_so_and_opens_when_there_is_some(self):
        if os.geteuid() != 0:
            print("test_migration: NOT root: a full disk was not tested", file=sys.stderr)
            self.skipTest("only root may mount a disk that is full")
        for profile in self.profiles():
            known = self.seen(self.copy(profile))
            for room in (8, 20, 32):  # pages: for its log, for a beginning of it, for half of it
                with self.subTest(profile=profile, room=room):
                    self.opens_once_there_is_room(profile, room, known)

    def opens_once_there_is_room(self, profile, room, known):
        disk = self.folder / f"disk-{profile.parent.name}-{profile.name}-{room}"
        disk.mkdir()
        used = sum(-(-path.stat().st_size // 4096) * 4096 for path in files_of(profile))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={used + room * 4096},mode=0700", "tmpfs", disk],
                                 stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        if mounted.returncode != 0:
            print(f"test_migration: NO mount: a full disk was not tested: {mounted.stderr.strip()}", file=sys.stderr)
            self.skipTest("a disk that is full cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "--lazy", disk], check=True, timeout=60)
        folder = self.copy(profile, disk / "profile")
        status, answer = self.ask(folder, "conversations")
        self.assertEqual(status, 1, answer)
        self.assertIn("make room on it", answer["error"]["message"])
        subprocess.run(["mount", "-o", "remount,size=64M", disk], check=True, timeout=60)
        self.assertEqual(self.seen(folder), known)
        self.assertEqual(self.ask(folder, "rebuild")[0], 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    options, words = parser.parse_known_args()
    test_programs.BIN = options.bin
    run(options.bin, words, [Migration])
