#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""kith-cli in pipes, on terminals and driven by scripts: every answer comes, nothing succeeds silently, nothing is forged."""
import argparse
import json
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import time
import unicodedata
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_programs  # noqa: E402
from test_programs import PASSPHRASE, Scratch, befriend, cli  # noqa: E402

PATIENCE = 60


def command(profile, *words):
    return [test_programs.BIN / "kith-cli", "--profile", profile, *words]


def environment(passphrase=PASSPHRASE):
    return dict(os.environ, KITH_PASSPHRASE=passphrase)


def without_passphrase():
    return {key: value for key, value in os.environ.items() if key != "KITH_PASSPHRASE"}


def line(method, request=None, **params):
    asked = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(asked if request is None else dict(asked, id=request)) + "\n"


def rpc(profile, text, *words):
    """One pipe through kith-cli rpc: exit status, answers by id, events."""
    done = subprocess.run(command(profile, *words, "rpc"), input=text, stdout=subprocess.PIPE, text=True, env=without_passphrase(),
                          timeout=PATIENCE, check=False)
    said = [json.loads(each) for each in done.stdout.splitlines()]
    return done.returncode, [each for each in said if "method" not in each], [each["params"] for each in said if "method" in each]


def ended(process):
    return process.wait(timeout=PATIENCE)


class Pipes(Scratch):
    """The end of input comes while answers are still on their way."""

    def setUp(self):
        super().setUp()
        self.profile = self.folder / "ana"

    def make(self):
        self.assertEqual(cli(self.profile, "init", "--name", "Ana")[0], 0)

    def test_init_shows_the_recovery_code_before_the_end_of_input_counts(self):
        status, answers, _ = rpc(self.profile, line("init", 1, name="Ana", passphrase=PASSPHRASE))
        self.assertEqual((status, [each["id"] for each in answers]), (0, [1]))
        self.assertIn("recovery_code", answers[0]["result"])

    def test_everything_asked_in_one_pipe_is_answered_even_without_a_last_line_end(self):
        self.make()
        text = line("unlock", 1, passphrase=PASSPHRASE) + line("whoami", 2) + line("lock", 3)
        status, answers, _ = rpc(self.profile, text.rstrip("\n"))
        self.assertEqual((status, [each["id"] for each in answers]), (0, [1, 2, 3]))
        self.assertEqual(answers[2]["result"], {"ok": True})
        status, answers, _ = rpc(self.profile, line("unlock", 4, passphrase="wrong"))
        self.assertEqual((status, answers[0]["error"]["data"]["code"]), (0, "Denied"))

    def test_unlock_and_send_in_one_pipe_wait_for_the_delivery(self):
        relay = self.relay()
        ana, ben = self.person("Ana", relay), self.person("Ben", relay)
        befriend(ana, ben)
        ana.stop()
        text = line("unlock", 1, passphrase=PASSPHRASE) + line("send", 2, conversation="Ben", text="hello", wait="delivered")
        status, answers, _ = rpc(self.profile, text)
        self.assertEqual((status, [each["id"] for each in answers]), (0, [1, 2]))
        self.assertEqual(answers[1]["result"]["state"], "delivered")
        ben.stop()
        status, answers, _ = rpc(self.profile, text, "--timeout", "2")
        self.assertEqual((status, [each["id"] for each in answers]), (0, [1, 2]))
        self.assertEqual(answers[1]["error"]["data"]["code"], "Timeout")

    def test_wrong_types_are_invalid_params_and_notifications_are_not_answered(self):
        self.make()
        wrong = [("send", {"conversation": 5, "text": "x"}), ("send", {"conversation": "Ben", "text": "x", "wait": 5}),
                 ("send", {"conversation": "Ben", "text": "x", "reply-to": 5}), ("add", {"link": "kith://c/", "message": 5}),
                 ("history", {"conversation": "Ben", "before": 1.5}), ("history", {"conversation": "Ben", "limit": True}),
                 ("unlock", {"passphrase": 5}), ("unlock", {"passphrase": "x", "more": 1}), ("lock", {"now": True}),
                 ("init", {"passphrase": "x", "name": 5}), ("link", {"reusable": "yes"})]
        text = "".join(line(method, number, **params) for number, (method, params) in enumerate(wrong))
        for params in ("[1]", "5", '"x"', "null"):
            text += f'{{"jsonrpc":"2.0","id":"p","method":"whoami","params":{params}}}\n'
        _, answers, _ = rpc(self.profile, text)
        self.assertEqual([each["error"]["code"] for each in answers], [-32602] * (len(wrong) + 4))
        text = (line("whoami") + line("nope") + line("unlock", passphrase="wrong") + line("unlock") + line("send", conversation=5)
                + '{"jsonrpc":"2.0","method":"whoami","params":[1]}\n' + line("whoami", 7))
        _, answers, _ = rpc(self.profile, text)
        self.assertEqual([each["id"] for each in answers], [7])
        _, answers, _ = rpc(self.profile, '{"jsonrpc":"2.0","id":{"a":1},"method":"whoami"}\n{"jsonrpc":"2.0","id":true,"method":"whoami"}\n')
        self.assertEqual([(each["id"], each["error"]["code"]) for each in answers], [(None, -32600)] * 2)

    def test_a_reader_that_is_gone_ends_watch_and_rpc(self):
        self.make()
        for words in (["watch"], ["rpc"]):
            process = subprocess.Popen(command(self.profile, *words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment())
            self.addCleanup(lambda gone=process: gone.poll() is None and gone.kill())
            if words == ["rpc"]:
                process.stdin.write(line("whoami", 1).encode())
                process.stdin.flush()
                self.assertIn(b'"result"', process.stdout.readline())
            process.stdout.close()  # standard input stays open, and nothing is said
            self.assertEqual(ended(process), 1, words)
            process.stdin.close()
            self.assertEqual(cli(self.profile, "whoami")[0], 0, "the profile is free again")

    def test_an_answer_that_cannot_be_written_is_exit_status_one(self):
        self.make()
        relay = self.relay()
        full = open("/dev/full", "wb")
        self.addCleanup(full.close)
        for words in (command(self.profile, "whoami"), command(self.profile, "--json", "whoami"), command(self.profile, "nothing", "--nothing"),
                      command(self.folder / "other", "init", "--name", "Ben"), [test_programs.BIN / "kith-cli", "--version"],
                      [test_programs.BIN / "kith-cli", "--help"], [test_programs.BIN / "kith-relay", "--version"],
                      [test_programs.BIN / "kith-relay", "invite", "--data", relay.folder],
                      [test_programs.BIN / "kith-relay", "status", "--data", relay.folder, "--json"]):
            done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 2 if "nothing" in words else 1, words)
            self.assertIn(b"kith-", done.stderr, words)
        done = subprocess.run(command(self.profile, "rpc"), input=line("whoami", 1).encode(), stdout=full, stderr=subprocess.PIPE,
                              env=environment(), timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1)


class Passphrases(Scratch):
    def test_a_passphrase_is_the_same_pasted_typed_read_or_sent(self):
        profile, file = self.folder / "ana", self.folder / "passphrase"
        status, answers, _ = rpc(profile, line("init", 1, name="Ana", passphrase=" fu\u0308nf w\u00f6rter \r\n"))
        self.assertIn("recovery_code", answers[0]["result"])
        for given in ("f\u00fcnf w\u00f6rter", "fu\u0308nf wo\u0308rter\n", "\tf\u00fcnf w\u00f6rter "):
            self.assertEqual(cli(profile, "whoami", passphrase=given)[0], 0, given)
            _, answers, _ = rpc(profile, line("unlock", 1, passphrase=given))
            self.assertIn("result", answers[0], given)
            file.write_text("\ufeff" + given.strip() + "\r\n", encoding="utf-8", newline="")
            done = subprocess.run(command(profile, "--passphrase-file", file, "whoami"), stdout=subprocess.DEVNULL, timeout=PATIENCE,
                                  check=False)
            self.assertEqual(done.returncode, 0, given)
        self.refused(cli(profile, "whoami", passphrase="funf worter"), 1, "Denied")
        for empty in ("", " ", "\r\n"):
            self.refused(cli(self.folder / "ben", "init", "--name", "Ben", passphrase=empty), 1, "Invalid", "passphrase")
            self.assertFalse((self.folder / "ben" / "profile.kith").exists())


class Terminals(Scratch):
    def setUp(self):
        super().setUp()
        self.profile = self.folder / "ana"
        self.assertEqual(cli(self.profile, "init", "--name", "Ana")[0], 0)

    def prompted(self, *words):
        """kith-cli on a terminal of its own that asks for the passphrase: process id, the terminal."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.pop("KITH_PASSPHRASE", None)
            os.execv(test_programs.BIN / "kith-cli", [str(word) for word in command(self.profile, *words)])
        self.addCleanup(os.close, terminal)
        self.read_until(terminal, b"Passphrase: ")
        return pid, terminal

    def read_until(self, terminal, wanted):
        seen = b""
        end = time.monotonic() + PATIENCE
        while wanted not in seen:
            self.assertTrue(select.select([terminal], [], [], max(0, end - time.monotonic()))[0], seen)
            try:
                seen += os.read(terminal, 4096)
            except OSError:  # the program has ended
                self.fail(seen)
        return seen

    def status_of(self, pid, patience=20):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            select.select([], [], [], 0.05)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return self.fail("it did not end")

    def test_the_passphrase_is_asked_for_without_echo(self):
        pid, terminal = self.prompted("whoami")
        os.write(terminal, PASSPHRASE.encode() + b"\n")
        self.assertNotIn(PASSPHRASE.encode(), self.read_until(terminal, b"name: Ana"))
        self.assertEqual(self.status_of(pid), 0)

    def test_ctrl_c_sigterm_and_the_timeout_end_a_prompt(self):
        pid, terminal = self.prompted("whoami")
        os.write(terminal, b"\x03")
        self.assertEqual(self.status_of(pid), 1)
        pid, terminal = self.prompted("whoami")
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(self.status_of(pid), 1)
        pid, terminal = self.prompted("--timeout", "1", "whoami")
        self.assertEqual(self.status_of(pid), 3)

    def test_sigterm_and_the_timeout_end_a_send_that_reads(self):
        process = subprocess.Popen(command(self.profile, "send", "Ben", "-"), stdin=subprocess.PIPE, env=environment())
        self.addCleanup(lambda: process.poll() is None and process.kill())
        lock = self.profile / "lock"
        end = time.monotonic() + PATIENCE
        while str(process.pid) not in lock.read_text(encoding="utf-8") and time.monotonic() < end:
            select.select([], [], [], 0.05)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=20), 1, "it has sent nothing")
        process.stdin.close()
        process = subprocess.Popen(command(self.profile, "--timeout", "1", "send", "Ben", "-"), stdin=subprocess.PIPE, env=environment())
        self.addCleanup(lambda: process.poll() is None and process.kill())
        self.assertEqual(process.wait(timeout=20), 3)
        process.stdin.close()


class Words(Scratch):
    """What stands on the command line, and what comes from somebody else."""

    def setUp(self):
        super().setUp()
        relay = self.relay()
        self.ana, self.ben = self.person("Ana", relay), self.person("Ben", relay)
        befriend(self.ana, self.ben)
        self.account = self.ben.call("whoami")["account"]
        self.profile = self.folder / "ana"

    def send(self, *words, text=None):
        return subprocess.run(command(self.profile, "--json", "send", "Ben", *words), input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=environment(), timeout=PATIENCE, check=False)

    def texts(self):
        return [row["text"] for row in cli(self.profile, "history", "Ben")[1]]

    def test_words_that_look_like_options_are_sent_or_refused(self):
        self.ana.stop()
        for word in ("--version", "--help", "--self-check", "--nonsense"):
            done = self.send(word)
            self.assertEqual((done.returncode, done.stdout), (2, b""), word)
            self.assertIn(b"--help", done.stderr)
            self.assertEqual(self.send("--", word).returncode, 0, word)
        self.assertEqual(self.send("--wait", "queued", "--", "--json").returncode, 0)
        self.assertEqual(self.texts(), ["--version", "--help", "--self-check", "--nonsense", "--json"])

    def test_a_text_from_a_pipe_loses_one_final_line_end(self):
        self.ana.stop()
        for given in (b"one\n", b"two\r\n", b"three\n\n", b"four", b"-\n"):
            self.assertEqual(self.send("-", text=given).returncode, 0, given)
        self.assertEqual(self.texts(), ["one", "two", "three\n", "four", "-"])
        for given in (b"\n", b"x" * 2_000_000):
            self.assertEqual(self.send("-", text=given).returncode, 1)

    def test_a_reply_names_the_author_of_what_it_answers(self):
        mine = self.ana.call("send", conversation="Ben", text="mine", wait="delivered")["id"]
        theirs = self.ben.call("send", conversation="Ana", text="theirs", wait="delivered")["id"]
        for to in (mine, theirs):
            self.ana.call("send", conversation="Ben", text="a reply", **{"reply-to": to}, wait="delivered")
        authors = {mine: self.ana.call("whoami")["account"], theirs: self.account}
        for person, other in ((self.ana, "Ben"), (self.ben, "Ana")):
            replies = [row["reply_to"] for row in person.call("history", conversation=other) if "reply_to" in row]
            self.assertEqual(replies, [{"id": each, "author": authors[each]} for each in (mine, theirs)])
        with self.assertRaisesRegex(test_programs.Refused, "no such message"):
            self.ana.call("send", conversation="Ben", text="a reply", **{"reply-to": "00" * 16})

    def test_texts_of_others_forge_no_line_and_no_field_on_a_terminal(self):
        forged = "well\nid=0  sender=" + self.account + "  text=forged\u2028\u2029\u202e\u2066\u200f\u0085\x7f\u061c\ufeff\U000e0041 \"  state=read  x=\""
        self.ben.call("send", conversation="Ana", text=forged, wait="delivered")
        raw = json.dumps({"jsonrpc": "2.0", "id": "h", "method": "history", "params": {"conversation": "Ben"}})
        self.ana.stop()
        done = subprocess.run(command(self.profile, "rpc"), input=raw.encode() + b"\n", stdout=subprocess.PIPE, env=environment(),
                              timeout=PATIENCE, check=True)
        outputs = [done.stdout.decode()]
        for words in (["history", "Ben"], ["conversations"], ["history", "Ben", "--json"]):
            done = subprocess.run(command(self.profile, *words), stdout=subprocess.PIPE, env=environment(), timeout=PATIENCE, check=True)
            outputs.append(done.stdout.decode())
        for output in outputs:
            hidden = {char for char in output if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")}
            self.assertEqual(hidden, set(), output)
            self.assertIn("\\u202e", output)
        self.assertEqual(len(outputs[1].splitlines()), 1)
        self.assertEqual(len(outputs[2].splitlines()), 1)
        fields = [field.split("=")[0] for field in outputs[1].strip().split("  ") if "=" in field.split('"')[0]]
        self.assertEqual(fields.count("id"), 1, outputs[1])
        self.assertEqual(json.loads(outputs[3])[0]["text"].split("\n")[0], "well")
        self.assertIn("\u2028", json.loads(outputs[3])[0]["text"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    known, rest = parser.parse_known_args()
    test_programs.BIN = known.bin.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2, warnings="ignore")
