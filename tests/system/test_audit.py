#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What running programs leave behind for others: in logs, files and memory, and how the release programs are linked."""
import argparse
import base64
import collections
import math
import os
import pathlib
import re
import secrets
import socket
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_programs  # noqa: E402
from process_memory import found, keys_of, spellings, why_not  # noqa: E402
from test_programs import Client, Refused, Relay, befriend  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
ENTROPY_MARK = 7.9
ENTROPY_FROM = 64 * 1024


def entropy(data):
    counts = collections.Counter(data)
    return -sum(count / len(data) * math.log2(count / len(data)) for count in counts.values())


def id_spellings(base32):
    raw = base64.b32decode(base32.upper() + "=" * (-len(base32) % 8))
    return {base32.encode(), raw.hex().encode(), base64.urlsafe_b64encode(raw).rstrip(b"="), raw}


class Conversation(test_programs.Scratch):
    """Two people with telling names who have written to each other, programs at their most verbose."""

    def setUp(self):
        super().setUp()
        self.addCleanup(os.umask, os.umask(0))  # the programs must not rely on a good one
        token = secrets.token_hex(8)
        self.passphrase = f"passphrase of the audit {token}"
        self.names = [f"Anastasia-{token}", f"Benedict-{token}"]
        self.texts = [f"text of the audit {number} {token}" for number in range(6)]
        self.log = self.folder / "log"
        self.log.mkdir(mode=0o700)
        self.relay = Relay(test_programs.BIN, self.folder / "relay", ["--log-level", "debug"])
        self.relay.log = self.open_log("relay")
        self.relay.start()
        self.addCleanup(self.end, self.relay)
        self.invites, self.accounts, self.people = [], [], []
        self.recovery_codes = []
        for number, name in enumerate(self.names):
            person = Client(test_programs.BIN, self.folder / f"profile{number}", name, ["--verbose"])
            person.log = self.open_log(f"client{number}")
            self.people.append(person.start())
            self.addCleanup(self.end, person)
            created = person.call("init", name=name, passphrase=self.passphrase)
            self.accounts.append(created["account"])
            self.recovery_codes.append(created["recovery_code"])
            self.invites.append(self.relay.invite())
            person.call("join", link=self.invites[-1])
        befriend(*self.people)
        self.ids = [self.say(number % 2, text) for number, text in enumerate(self.texts)]

    def open_log(self, name):
        file = (self.log / name).open("wb")
        self.addCleanup(file.close)
        return file

    @staticmethod
    def end(process):
        if process.process.poll() is None:
            process.kill()

    def say(self, sender, text):
        return self.people[sender].call("send", conversation=self.accounts[1 - sender], text=text, wait="delivered")["id"]

    def secrets(self):
        """What must stand in no log: name of the thing -> its spellings."""
        known = {"passphrase": spellings(self.passphrase), "address": {b"127.0.0.1"}}
        for number in range(2):
            known[f"name {number}"] = spellings(self.names[number])
            known[f"account {number}"] = id_spellings(self.accounts[number])
            known[f"recovery code {number}"] = spellings(self.recovery_codes[number])
            relay_id, invite_token = self.invites[number].split("#")[1].split(".")[:2]
            known[f"invite {number}"] = {invite_token.encode()}
            known["relay"] = {relay_id.encode()}
        for number, text in enumerate(self.texts):
            known[f"text {number}"] = spellings(text)
            known[f"message {number}"] = {self.ids[number].encode()}
        return known

    def assert_holds_none(self, data, known, where):
        for thing, spelled in known.items():
            for spelling in spelled:
                self.assertNotIn(spelling, data, f"{where} holds: {thing}")


class Logs(Conversation):
    def test_the_check_of_the_logs_finds_what_is_planted(self):
        known = self.secrets()
        for spelled in known.values():
            for spelling in spelled:
                with self.assertRaises(AssertionError):
                    self.assert_holds_none(b"a line with " + spelling + b" in it", known, "a planted log")

    def test_logs_at_their_most_verbose_name_nobody_and_nothing(self):
        host, port = self.relay.listen.rsplit(":", 1)
        for noise in (b"GET /krp/v1/ws HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05junk!"):
            with socket.create_connection((host, int(port)), timeout=30) as visitor:
                visitor.sendall(noise)
                visitor.recv(1024)
        ana, ben = self.people
        with self.assertRaises(Refused):
            ana.call("send", conversation="nobody of that name", text=self.texts[0])
        with self.assertRaises(Refused):
            ben.call("join", link=self.invites[0])
        self.relay.kill()
        waiting = ana.call("send", conversation=self.accounts[1], text=self.texts[1], wait="queued")["id"]
        ana.kill()
        reserve = self.folder / "profile0" / "reserve"
        reserve.unlink()
        reserve.mkdir()  # it cannot be laid down: something to log
        self.relay.start()
        ana.start().call("unlock", passphrase=self.passphrase)
        ana.wait_event(lambda event: event["event"] == "receipt" and event["id"] == waiting and event["state"] == "delivered", 90)
        self.assertEqual([ana.stop(), ben.stop(), self.relay.stop()], [0, 0, 0])
        self.assertIn(b"kith.store", (self.log / "client0").read_bytes(), "nothing was logged: the check would prove nothing")
        for path in self.log.iterdir():
            self.assert_holds_none(path.read_bytes(), self.secrets(), f"the log of {path.name}")


class Files(Conversation):
    def test_folders_are_0700_and_files_0600_whatever_the_umask(self):
        for top in ("relay", "profile0", "profile1"):
            for path in [self.folder / top, *(self.folder / top).rglob("*")]:
                mode = path.lstat().st_mode
                if stat.S_ISDIR(mode):
                    self.assertEqual(stat.S_IMODE(mode), 0o700, path)
                elif stat.S_ISSOCK(mode):
                    self.assertEqual(stat.S_IMODE(mode) & 0o077, 0, path)
                else:
                    self.assertEqual(stat.S_IMODE(mode), 0o600, path)

    def test_databases_and_their_logs_look_like_noise(self):
        for number in range(8):
            self.texts.append(f"{self.texts[0]} again {number} " + 40_000 * "a")
            self.ids.append(self.say(number % 2, self.texts[-1]))
        known = self.secrets()
        del known["address"], known["relay"]  # no secrets, and four bytes may come up by chance
        measured = set()

        def look():
            for top in ("relay", "profile0", "profile1"):
                for path in (self.folder / top).iterdir():
                    if not path.is_file():
                        continue
                    data = path.read_bytes()
                    self.assert_holds_none(data, known, path)
                    if path.name.endswith((".db", ".db-wal")) and len(data) > ENTROPY_FROM:
                        self.assertGreaterEqual(entropy(data), ENTROPY_MARK, path)
                        measured.add(path.name)
        look()  # while they run
        for process in (*self.people, self.relay):
            process.kill()
        look()  # as a thief finds them
        self.assertIn("profile.db-wal", measured)
        self.assertIn("relay.db-wal", measured)
        for person in self.people:
            person.start().call("unlock", passphrase=self.passphrase)
            person.stop()
        look()
        self.assertIn("profile.db", measured)


class Memory(Conversation):
    def test_no_core_dump_and_not_dumpable(self):
        for process in (self.relay, *self.people):
            limits = pathlib.Path(f"/proc/{process.process.pid}/limits").read_text(encoding="ascii")
            core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
            self.assertEqual(core.split()[4:6], ["0", "0"], core)
        # The kernel gives /proc/PID/mem of a process that is not dumpable to root. Root's own belong to root anyway.
        nobody = 65534 if os.geteuid() == 0 else os.geteuid()
        group = 65534 if os.geteuid() == 0 else os.getegid()
        folder = self.folder / "as-nobody"
        folder.mkdir()
        self.folder.chmod(0o755)
        os.chown(folder, nobody, group)

        def owner(command):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=nobody, group=group, cwd="/")
            try:
                process.stdin.write(b"an answer shows that it has begun\n")
                process.stdin.flush()
                process.stdout.readline()
                return os.stat(f"/proc/{process.pid}/mem").st_uid
            finally:
                process.kill()
                process.communicate()

        for name in ("kith-cli", "kith-relay"):
            (folder / name).write_bytes((test_programs.BIN / name).read_bytes())
            (folder / name).chmod(0o755)
        self.assertEqual(owner(["cat"]), nobody, "the check itself")
        self.assertEqual(owner([folder / "kith-cli", "--profile", folder / "p", "rpc"]), 0)
        self.assertEqual(owner([folder / "kith-relay", "--data", folder / "r", "--listen", "127.0.0.1:0", "--json"]), 0)

    def searchable(self, person):
        if reason := why_not(person.process.pid):
            print(f"test_audit: the memory of the programs was NOT searched: {reason}", file=sys.stderr)
            self.skipTest(reason)
        self.assertTrue(found(person.process.pid, {b"kith-cli"}), "the check itself")

    def test_the_passphrase_is_gone_from_memory_once_the_profile_is_open(self):
        # Right after unlock, while nothing else has come by to overwrite it.
        ana = self.people[0]
        ana.kill()
        ana.start().call("unlock", passphrase=self.passphrase)
        self.searchable(ana)
        self.assertEqual(found(ana.process.pid, spellings(self.passphrase)), [])

    def test_a_locked_program_holds_no_key_and_no_text(self):
        ana, ben = self.people
        self.searchable(ana)
        keys = keys_of(test_programs.BIN, ana.folder, self.passphrase)
        before = ana.call("history", conversation=self.accounts[1])
        self.assertTrue(any(found(ana.process.pid, written) for written in keys.values()), "the check itself")
        ana.call("lock")
        for name, written in keys.items():
            self.assertEqual(found(ana.process.pid, written), [], f"{name} key")
        for text in (self.passphrase, *self.texts, self.names[1]):
            self.assertEqual(found(ana.process.pid, spellings(text)), [], text)
        with self.assertRaisesRegex(Refused, "unlock"):
            ana.call("history", conversation=self.accounts[1])
        ben.call("send", conversation=self.accounts[0], text="while it was locked", wait="accepted")
        ana.call("unlock", passphrase=self.passphrase)
        ana.wait_event(lambda event: event.get("text") == "while it was locked")
        after = ana.call("history", conversation=self.accounts[1])
        self.assertEqual([row["id"] for row in after[:-1]], [row["id"] for row in before])


class Programs(test_programs.Scratch):
    def readelf(self, *words):
        return subprocess.run(["readelf", "-W", *words], stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout

    def hardened(self):
        """The release programs, or a small one that is linked with their flags."""
        release = ROOT / "build" / "release" / "bin"
        programs = [release / name for name in ("kith", "kith-cli", "kith-relay") if (release / name).exists()]
        if programs:
            print("test_audit: looking at the programs in build/release/bin", file=sys.stderr)
            return programs
        print("test_audit: no build/release/bin: looking at a small program with the flags of KITH_HARDEN", file=sys.stderr)
        settings = re.findall(r"^set\(CMAKE_\w+ \w+\)$", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"), re.MULTILINE)
        (self.folder / "CMakeLists.txt").write_text("\n".join([
            "cmake_minimum_required(VERSION 3.25)", "project(Small LANGUAGES C CXX)", *settings,
            f"include({ROOT}/packaging/cmake/KithTargets.cmake)", "add_executable(small small.cpp)"]), encoding="utf-8")
        (self.folder / "small.cpp").write_text(
            "#include <cstdio>\n#include <cstring>\n"
            "int main(int count, char** words) {\n"
            "    char text[32];\n    std::strcpy(text, words[0]);\n"
            "    char line[32];\n    std::snprintf(line, static_cast<unsigned>(count) + 8, \"%s\", text);\n"
            "    return line[0];\n}\n", encoding="utf-8")
        for command in (["cmake", "-G", "Ninja", "-S", self.folder, "-B", self.folder / "build", "-DKITH_HARDEN=ON",
                         "-DCMAKE_BUILD_TYPE=RelWithDebInfo"], ["cmake", "--build", self.folder / "build"]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=110, check=False)
            if done.returncode != 0:
                print(f"test_audit: NO program to look at: {done.stdout}", file=sys.stderr)
                self.skipTest("no hardened program could be made")
        return [self.folder / "build" / "small"]

    def test_release_programs_are_hardened(self):
        for program in self.hardened():
            with self.subTest(program=program.name):
                header, segments = self.readelf("-h", program), self.readelf("-l", program)
                dynamic, symbols = self.readelf("-d", program), self.readelf("--dyn-syms", program)
                self.assertRegex(header, r"Type:\s+DYN", "not position independent")
                self.assertRegex(dynamic, r"\(FLAGS_1\).*\bPIE\b", "not position independent")
                self.assertIn("GNU_RELRO", segments)
                self.assertRegex(dynamic, r"BIND_NOW|\(FLAGS_1\).*\bNOW\b", "relocations stay writable")
                self.assertNotRegex(segments, r"GNU_STACK.*\sRWE\s", "the stack is executable")
                self.assertNotRegex(segments, r"LOAD.*\sRWE\s", "a segment is writable and executable")
                self.assertNotRegex(dynamic, r"\((RPATH|RUNPATH)\)", "libraries are looked for in a build folder")
                self.assertIn("__stack_chk_fail", symbols, "no stack protector")
                self.assertRegex(symbols, r"\b__(?!stack)\w+_chk\b", "no _FORTIFY_SOURCE")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    known_arguments, rest = parser.parse_known_args()
    test_programs.BIN = known_arguments.bin.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2, warnings="ignore")
