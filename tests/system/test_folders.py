#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose folders, files and sockets these are: what others can change is not used, and what keeps us out has its own word."""
import argparse
import json
import os
import pathlib
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_programs  # noqa: E402
from test_programs import PASSPHRASE, Scratch, cli  # noqa: E402

NOBODY = 65534


class Folders(Scratch):
    def setUp(self):
        super().setUp()
        self.profile = self.folder / "ana"
        self.assertEqual(cli(self.profile, "init", "--name", "Ana")[0], 0)

    def need_root(self, what):
        if os.geteuid() != 0:
            print(f"test_folders: NOT looked at, for want of root: {what}", file=sys.stderr)
            self.skipTest("only root makes files of others")

    def start_relay(self, folder, *words, **how):
        done = subprocess.run([how.pop("program", test_programs.BIN / "kith-relay"), "--data", folder, "--json", *(words or ("--listen", "127.0.0.1:0"))],
                              stdout=subprocess.PIPE, timeout=60, check=False, **how)
        return done.returncode, json.loads(done.stdout)

    def refused_for(self, cause, result, code="Denied"):
        self.refused(result, 1, code)
        self.assertEqual(result[1]["error"].get("cause"), cause, result)
        for wrong in ("wrong passphrase", "backup", "end the program"):
            self.assertNotIn(wrong, result[1]["error"]["message"])

    def test_folders_that_others_can_change_are_refused(self):
        other, relay = self.folder / "other", self.folder / "relay"
        for mode in (0o777, 0o770, 0o702):
            for folder in (self.profile, other, relay):
                folder.mkdir(exist_ok=True)
                folder.chmod(mode)
            self.refused_for("Exposed", cli(self.profile, "whoami"))
            self.refused_for("Exposed", cli(other, "init", "--name", "Ben"))
            self.refused_for("Exposed", self.start_relay(relay))
        self.assertEqual((list(other.iterdir()), list(relay.iterdir())), ([], []))
        self.profile.chmod(0o755)
        self.assertEqual(cli(self.profile, "whoami")[0], 0)

    def test_folders_of_others_are_refused(self):
        self.need_root("folders of another owner")
        relay = self.folder / "relay"
        relay.mkdir(mode=0o700)
        for folder in (self.profile, relay):
            os.chown(folder, NOBODY, NOBODY)
        self.refused_for("Exposed", cli(self.profile, "whoami"))
        self.refused_for("Exposed", self.start_relay(relay))
        self.refused_for("Exposed", self.start_relay(relay, "invite"))

    def test_lock_and_reserve_are_never_reached_through_a_link(self):
        victim = self.folder / "victim"
        for name in ("lock", "reserve"):
            victim.write_bytes(b"mine")
            (self.profile / name).unlink()
            (self.profile / name).symlink_to(victim)
            result = cli(self.profile, "whoami")
            if name == "lock":
                self.refused_for("Exposed", result)
                (self.profile / name).unlink()
            self.assertEqual(victim.read_bytes(), b"mine", name)
        self.assertEqual(cli(self.profile, "whoami")[0], 0)

    def test_the_admin_socket_lies_in_the_folder_however_long_its_path(self):
        before = set(pathlib.Path(tempfile.gettempdir()).iterdir())
        folder = self.folder / ("long" * 30) / ("name" * 30) / "relay"
        relay = test_programs.Relay(test_programs.BIN, folder, [])
        relay.start()
        self.addCleanup(lambda: relay.process.poll() is None and relay.kill())
        self.assertTrue((folder / "admin").is_socket())
        self.assertTrue(relay.invite().startswith("kith://j/"))
        status = self.start_relay(folder, "status")
        self.assertIn("uptime_s", status[1], "the running one has answered")
        self.assertEqual({path for path in set(pathlib.Path(tempfile.gettempdir()).iterdir()) - before if path.name.startswith("kith-relay-")}, set())
        self.assertEqual(relay.stop(), 0)
        self.assertFalse((folder / "admin").exists())

    def test_both_ends_of_the_admin_socket_talk_to_their_own_user_only(self):
        self.need_root("processes of another user at the admin socket")
        relay = self.relay()
        folder = pathlib.Path(relay.folder)
        self.folder.chmod(0o711)
        folder.chmod(0o711)
        (folder / "admin").chmod(0o777)
        with socket.socket(socket.AF_UNIX) as asker:
            os.seteuid(NOBODY)
            try:
                asker.connect(str(folder / "admin"))
            finally:
                os.seteuid(0)
            asker.settimeout(30)
            try:
                asker.sendall(b'{"command":"status"}\n')
                self.assertEqual(asker.recv(4096), b"")
            except OSError:
                pass  # it has hung up
        relay.kill()
        (folder / "admin").unlink()
        with socket.socket(socket.AF_UNIX) as impostor:
            impostor.bind(str(folder / "admin"))
            os.seteuid(NOBODY)
            try:
                impostor.listen()
            finally:
                os.seteuid(0)
            status, answer = self.start_relay(folder, "status")
            self.assertEqual((status, answer["members"]), (0, 0), "from the store itself")
            impostor.settimeout(10)
            with impostor.accept()[0] as caller:
                caller.settimeout(10)
                self.assertEqual(caller.recv(4096), b"", "nothing was asked of it")

    def test_the_passphrase_does_not_stay_in_the_environment_block(self):
        self.need_root("the environment of a process that hides it")
        process = subprocess.Popen([test_programs.BIN / "kith-cli", "--profile", self.profile, "watch"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, env=dict(os.environ, KITH_PASSPHRASE=PASSPHRASE))
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        end = time.monotonic() + 60
        while str(process.pid) not in (self.profile / "lock").read_text(encoding="utf-8") and time.monotonic() < end:
            select.select([], [], [], 0.05)
        block = pathlib.Path(f"/proc/{process.pid}/environ").read_bytes()
        self.assertIn(b"KITH_PASSPHRASE=", block, "the check itself")
        self.assertNotIn(PASSPHRASE.encode(), block)


class Causes(Folders):
    """Each of them was once called a wrong passphrase, or a program that uses the port."""

    def as_nobody(self):
        self.need_root("files of another owner")
        self.folder.chmod(0o755)
        for name in ("kith-cli", "kith-relay"):
            shutil.copy(test_programs.BIN / name, self.folder / name)
            (self.folder / name).chmod(0o755)
        for path in [self.profile, *self.profile.iterdir()]:
            os.chown(path, NOBODY, NOBODY)

    def who(self):
        done = subprocess.run([self.folder / "kith-cli", "--profile", self.profile, "--json", "whoami"], stdout=subprocess.PIPE, user=NOBODY,
                              group=NOBODY, extra_groups=[], cwd="/", env={"KITH_PASSPHRASE": PASSPHRASE}, timeout=60, check=False)
        return done.returncode, json.loads(done.stdout)

    def test_files_of_others_are_not_called_a_wrong_passphrase(self):
        self.as_nobody()
        self.assertEqual(self.who()[0], 0, "the check itself")
        for name in ("profile.kith", "lock", "profile.db"):
            os.chown(self.profile / name, 0, 0)
            self.refused_for("Permission", self.who())
            os.chown(self.profile / name, NOBODY, NOBODY)
        self.profile.chmod(0)
        self.refused_for("Permission", self.who())
        self.profile.chmod(0o700)
        self.assertEqual(self.who()[0], 0)

    def test_a_relay_that_may_not_read_its_key_says_so(self):
        self.as_nobody()
        relay = self.folder / "relay"
        how = {"program": self.folder / "kith-relay", "user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}
        relay.mkdir(mode=0o700)
        os.chown(relay, NOBODY, NOBODY)
        self.assertEqual(self.start_relay(relay, "invite", **how)[0], 0)
        os.chown(relay / "relay.key", 0, 0)
        self.refused_for("Permission", self.start_relay(relay, **how))

    def test_a_folder_that_can_only_be_read_is_called_that(self):
        self.need_root("a folder that can only be read")
        place = self.folder / "disk"
        place.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", place], stderr=subprocess.DEVNULL, check=False).returncode:
            print("test_folders: NOT looked at: no tmpfs can be mounted", file=sys.stderr)
            self.skipTest("no tmpfs can be mounted")
        self.addCleanup(subprocess.run, ["umount", place], check=True)
        shutil.copytree(self.profile, place / "ana")
        self.assertEqual(self.start_relay(place / "relay", "invite")[0], 0)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        self.refused_for("ReadOnly", cli(place / "ana", "whoami"))
        self.refused_for("ReadOnly", cli(place / "ben", "init", "--name", "Ben"))
        self.refused_for("ReadOnly", self.start_relay(place / "relay"))

    def test_an_address_of_somebody_else_is_no_port_in_use(self):
        result = self.start_relay(self.folder / "relay", "--listen", "192.0.2.1:0")
        self.refused_for("NoSuchAddress", result, "Unavailable")
        self.assertIn("address", result[1]["error"]["message"])
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            result = self.start_relay(self.folder / "relay", "--listen", "127.0.0.1:%d" % taken.getsockname()[1])
        self.refused(result, 1, "Unavailable", "end the program")
        self.assertEqual(result[1]["error"]["cause"], "PortInUse")


def load_tests(loader, _tests, _pattern):
    """Causes borrows from Folders, not its tests."""
    names = [f"Folders.{name}" for name in loader.getTestCaseNames(Folders)]
    names += [f"Causes.{name}" for name in loader.getTestCaseNames(Causes) if name not in loader.getTestCaseNames(Folders)]
    return loader.loadTestsFromNames(names, sys.modules[__name__])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    known, rest = parser.parse_known_args()
    test_programs.BIN = known.bin.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2, warnings="ignore")
