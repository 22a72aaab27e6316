#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real kith-relay and kith-cli processes: what goes wrong has a clear word, an exit status, and loses nothing."""
import argparse
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from kith_processes import Client, Refused, Relay, befriend  # noqa: E402

BIN = pathlib.Path()
PASSPHRASE = "correct horse"


def cli(profile, *words, passphrase=PASSPHRASE, timeout=60):
    """Runs kith-cli once; returns (exit status, parsed JSON or None)."""
    environment = dict(os.environ, KITH_PASSPHRASE=passphrase)
    done = subprocess.run([BIN / "kith-cli", "--profile", profile, "--json", "--timeout", "10", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=environment, timeout=timeout, check=False)
    if done.returncode not in (0, 1, 2, 3) or "Sanitizer" in done.stderr:
        raise AssertionError(f"kith-cli {words[0]} ended with {done.returncode}: {done.stderr}")
    return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None


class Scratch(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def relay(self, *extra):
        relay = Relay(BIN, self.folder / "relay", extra)
        relay.start()
        self.addCleanup(lambda: relay.process.poll() is None and relay.kill())
        return relay

    def person(self, name, relay=None):
        person = Client(BIN, self.folder / name.lower(), name).start()
        self.addCleanup(lambda: person.process.poll() is None and person.kill())
        person.call("init", name=name, passphrase=PASSPHRASE)
        if relay:
            person.call("join", link=relay.invite())
        return person

    def refused(self, result, status, code, *words):
        self.assertEqual(result[0], status, result)
        self.assertEqual(result[1]["error"]["code"], code, result)
        for word in words:
            self.assertIn(word, result[1]["error"]["message"])


class Profiles(Scratch):
    def setUp(self):
        super().setUp()
        self.profile = self.folder / "ana"
        status, created = cli(self.profile, "init", "--name", "Ana")
        self.assertEqual(status, 0)
        self.account = created["account"]

    def who(self):
        return cli(self.profile, "whoami")

    def damaged(self, name, change):
        """Runs whoami over a changed file, puts the file back and checks that nothing was lost."""
        path = self.profile / name
        good = path.read_bytes()
        path.write_bytes(change(bytearray(good)))
        result = self.who()
        path.write_bytes(good)
        status, info = self.who()
        self.assertEqual((status, info["account"]), (0, self.account))
        return result

    def test_wrong_passphrase_is_denied_and_says_so(self):
        self.refused(cli(self.profile, "whoami", passphrase="wrong"), 1, "Denied", "wrong passphrase")

    def test_a_second_init_never_overwrites(self):
        self.refused(cli(self.profile, "init", "--name", "Eve"), 1, "Duplicate", "already")
        self.assertEqual(self.who()[1]["name"], "Ana")

    def test_a_missing_profile_says_how_to_make_one(self):
        self.refused(cli(self.folder / "nobody", "whoami"), 1, "NotFound", "init")

    def test_damaged_header(self):
        def flip(data):
            data[20] ^= 1
            return data
        self.assertIn(self.damaged("profile.kith", flip)[1]["error"]["code"], ("Denied", "Corrupt"))
        self.refused(self.damaged("profile.kith", lambda data: data[:40]), 1, "Corrupt", "backup")
        self.refused(self.damaged("profile.kith", lambda data: b"JUNK" + data[4:]), 1, "Corrupt", "backup")

    def test_damaged_and_foreign_database(self):
        def flip(data):
            for at in range(100, 200):
                data[at] ^= 0x55
            return data
        self.refused(self.damaged("profile.db", flip), 1, "Corrupt", "backup")
        other = self.folder / "other"
        self.assertEqual(cli(other, "init", "--name", "Other")[0], 0)
        foreign = (other / "profile.db").read_bytes()
        self.refused(self.damaged("profile.db", lambda data: foreign), 1, "Corrupt", "another profile")

    def test_a_profile_in_use_names_program_and_process(self):
        holder = Client(BIN, self.profile, "Ana").start()
        self.addCleanup(holder.kill)
        holder.call("unlock", passphrase=PASSPHRASE)
        self.refused(self.who(), 1, "Unavailable", "kith-cli", str(holder.process.pid))

    def test_files_are_private_and_hold_no_plaintext(self):
        for path in self.profile.iterdir():
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
            data = path.read_bytes()
            for secret in (b"Ana", PASSPHRASE.encode(), b"CREATE TABLE"):
                self.assertNotIn(secret, data, path)

    def test_wrong_use_is_exit_status_two(self):
        for words in (["no-such-command"], ["send", "one-argument"], ["whoami", "--nonsense"], []):
            done = subprocess.run([BIN / "kith-cli", "--profile", self.profile, *words], stderr=subprocess.PIPE, timeout=60, check=False)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(b"--help", done.stderr)

    def test_malformed_links_say_what_to_do(self):
        for link in ("", "hello", "kith://j/host", "kith://c/host/#a.b", "kith://j/host:99999/#a.b", "x" * 100_000):
            self.refused(cli(self.profile, "join", link), 1, "Invalid")
        self.refused(cli(self.profile, "add", "kith://c/127.0.0.1/#" + 27 * "A" + "." + 22 * "A"), 3, "Unavailable", "relay")

    def test_rpc_refuses_garbage_and_goes_on(self):
        rpc = Client(BIN, self.profile, "Ana").start()
        self.addCleanup(rpc.kill)
        for line, code in (("garbage", -32700), ("[]", -32600), ('{"jsonrpc":"2.0","id":1,"method":"nope"}', -32601),
                           ('{"jsonrpc":"2.0","id":2,"method":"whoami"}', -32000), ("x" * 2_000_000, -32600)):
            rpc.process.stdin.write(line + "\n")
            rpc.process.stdin.flush()
            answer = json.loads(rpc._lines.next())
            self.assertEqual(answer["error"]["code"], code, line[:60])
        self.assertEqual(rpc.call("unlock", passphrase=PASSPHRASE)["account"], self.account)
        self.assertEqual(rpc.stop(), 0)


class Relays(Scratch):
    def start_error(self, *words):
        done = subprocess.run([BIN / "kith-relay", "--json", *words], stdout=subprocess.PIPE, text=True, timeout=60, check=False)
        return done.returncode, json.loads(done.stdout)

    def test_a_folder_in_use_names_the_process(self):
        relay = self.relay()
        self.refused(self.start_error("--data", relay.folder, "--listen", "127.0.0.1:0"), 1, "Unavailable", str(relay.process.pid))

    def test_a_port_in_use_is_an_error_with_the_remedy(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            result = self.start_error("--data", str(self.folder / "r"), "--listen", f"127.0.0.1:{port}")
        self.refused(result, 1, "Unavailable", "--listen", str(port))

    def test_a_foreign_key_is_refused_and_the_store_kept(self):
        relay = self.relay()
        first = relay.invite()
        relay.stop()
        key = self.folder / "relay" / "relay.key"
        good = key.read_bytes()
        key.write_bytes(os.urandom(32))
        self.refused(self.start_error("--data", relay.folder, "--listen", "127.0.0.1:0"), 1, "Denied", "backup")
        key.unlink()
        self.refused(self.start_error("--data", relay.folder, "--listen", "127.0.0.1:0"), 1, "Denied", "relay.key")
        key.write_bytes(good)
        self.assertEqual(relay.start()["relay_id"], first.split("#")[1].split(".")[0])

    def test_plain_is_for_loopback_only(self):
        result = self.start_error("--data", str(self.folder / "r"), "--listen", "0.0.0.0:0", "--plain-loopback")
        self.refused(result, 1, "Invalid", "loopback")

    def test_invites_are_made_listed_and_withdrawn_before_and_while_it_runs(self):
        folder = str(self.folder / "relay")

        def ask(*words):
            done = subprocess.run([BIN / "kith-relay", *words, "--data", folder, "--json"], stdout=subprocess.PIPE, text=True,
                                  timeout=60, check=False)
            return done.returncode, json.loads(done.stdout)
        self.assertTrue(ask("invite", "--uses", "3", "--expires", "2h")[1]["invite"].startswith("kith://j/"))
        self.assertEqual([row["uses_left"] for row in ask("invites")[1]["invites"]], [3])
        relay = self.relay()
        made = ask("invite")[1]
        self.assertEqual(ask("revoke-invite", made["id"])[0], 0)
        self.refused(ask("revoke-invite", made["id"]), 1, "NotFound", "invites")
        self.refused(ask("invite", "--uses", "0"), 1, "Invalid")
        self.assertEqual(ask("status")[1]["members"], 0)
        person = Client(BIN, self.folder / "ana", "Ana").start()
        self.addCleanup(person.kill)
        person.call("init", name="Ana", passphrase=PASSPHRASE)
        with self.assertRaisesRegex(Refused, "ask for a new one"):
            person.call("join", link=made["invite"])
        person.call("join", link=relay.invite())
        self.assertEqual(ask("status")[1]["members"], 1)


class People(Scratch):
    def test_a_relay_that_does_not_answer_is_told_soon_and_can_be_joined_later(self):
        relay = self.relay()
        invite = relay.invite()
        ana = self.person("Ana")
        relay.kill()
        with self.assertRaisesRegex(Refused, "does not answer"):
            ana.call("join", link=invite)
        relay.start()
        ana.call("join", link=invite)
        ana.wait_event(lambda event: event["event"] == "connection" and event["state"] == "live")  # some moments later
        self.assertEqual([home["state"] for home in ana.call("whoami")["homes"]], ["live"])
        self.assertEqual([home["state"] for home in ana.call("homes")], ["live"])
        self.assertEqual(ana.call("rebuild"), {"ok": True})

    def test_one_link_joins_the_relay_and_asks_to_be_a_contact_of_members_too(self):
        relay = self.relay()
        ana, ben, cleo = self.person("Ana", relay), self.person("Ben"), self.person("Cleo", relay)
        for person in (ben, cleo):
            person.call("join", link=relay.invite() + "." + ana.call("link")["link"].rsplit(".", 1)[1])
            request = ana.wait_event(lambda event, name=person.name: event["event"] == "request" and event["name"] == name)
            ana.call("accept", account=request["account"])
            ana.call("send", conversation=person.name, text="welcome", wait="delivered")

    def test_a_used_invite_is_refused_and_the_profile_kept(self):
        relay = self.relay()
        invite = relay.invite()
        ana, ben = self.person("Ana"), self.person("Ben")
        ana.call("join", link=invite)
        with self.assertRaisesRegex(Refused, "used up, expired or withdrawn"):
            ben.call("join", link=invite)
        ben.call("join", link=relay.invite())
        with self.assertRaisesRegex(Refused, "member of this relay already"):
            ben.call("join", link=relay.invite())

    def test_a_wrong_pin_stops_before_anything_is_said(self):
        relay = self.relay()
        invite = relay.invite()
        secrets = invite.split("#")[1].split(".")
        wrong = invite.replace(secrets[0], "A" + secrets[0][1:] if secrets[0][0] != "A" else "B" + secrets[0][1:])
        ana = self.person("Ana")
        with self.assertRaisesRegex(Refused, "another relay answers"):
            ana.call("join", link=wrong)
        ana.call("join", link=invite)

    def test_contact_links_are_one_time_and_requests_can_be_declined(self):
        relay = self.relay()
        ana, ben, cleo = (self.person(name, relay) for name in ("Ana", "Ben", "Cleo"))
        link = ana.call("link")["link"]
        ben.call("add", link=link, message="may I?")
        request = ana.wait_event(lambda event: event["event"] == "request")
        self.assertEqual((request["name"], request["text"]), ("Ben", "may I?"))
        with self.assertRaisesRegex(Refused, "ask for a new one"):
            cleo.call("add", link=link)
        ana.call("decline", account="Ben")
        self.assertEqual(ana.call("requests"), [])
        with self.assertRaisesRegex(Refused, "not accepted"):
            ben.call("send", conversation="Ana", text="hello?")
        with self.assertRaisesRegex(Refused, "your own"):
            ana.call("add", link=ana.call("link")["link"])

    def test_an_invite_whose_card_is_wrong_joins_and_says_who_was_not_asked(self):
        relay = self.relay()
        ana, ben = self.person("Ana", relay), self.person("Ben")
        secret = ana.call("link")["link"].split(".")[-1]
        wrong = ("A" if secret[0] != "A" else "B") + secret[1:]
        joined = ben.call("join", link=f"{relay.invite()}.{wrong}")
        self.assertTrue(joined["ok"])
        self.assertEqual(joined["not_asked"]["code"], "NotFound")
        self.assertEqual(ben.call("contacts"), [])
        cleo = self.person("Cleo")
        self.assertEqual(cleo.call("join", link=f"{relay.invite()}.{secret}"), {"ok": True})
        self.assertEqual(cleo.call("contacts")[0]["name"], "Ana")

    def test_the_words_of_a_request_begin_the_chat(self):
        relay = self.relay()
        ana, ben = self.person("Ana", relay), self.person("Ben", relay)
        ben.call("add", link=ana.call("link")["link"], message="may I?")
        ana.wait_event(lambda event: event["event"] == "request")
        self.assertEqual(ana.call("conversations"), [])
        ana.call("accept", account="Ben")
        ben.wait_event(lambda event: event["event"] == "contact" and event["state"] == "connected")
        rows = [person.call("history", conversation=other) for person, other in ((ana, "Ben"), (ben, "Ana"))]
        self.assertEqual([[row["text"] for row in each] for each in rows], [["may I?"]] * 2)
        self.assertEqual(rows[0][0]["id"], rows[1][0]["id"])
        self.assertEqual(rows[1][0]["state"], "delivered")

    def test_a_lock_ends_what_is_under_way_and_unlock_goes_on(self):
        relay = self.relay()
        ana, ben = self.person("Ana", relay), self.person("Ben", relay)
        befriend(ana, ben)
        ben.stop()
        waiting = ana.send_request("send", conversation="Ben", text="for later", wait="delivered")
        ana.wait_event(lambda event: event.get("text") == "for later")
        locking = [ana.send_request("lock") for _ in range(2)]
        for request in locking:
            self.assertEqual(ana.answer(request), {"ok": True})
        with self.assertRaisesRegex(Refused, "has been locked"):
            ana.answer(waiting)
        with self.assertRaisesRegex(Refused, "unlock the profile first"):
            ana.call("whoami")
        with self.assertRaisesRegex(Refused, "passphrase"):
            ana.call("unlock", passphrase="something else")
        ana.call("unlock", passphrase=PASSPHRASE)
        ben.start().call("unlock", passphrase=PASSPHRASE)
        ben.wait_event(lambda event: event.get("text") == "for later")

    def test_two_people_see_the_same_and_verify(self):
        relay = self.relay()
        ana, ben = self.person("Ana", relay), self.person("Ben", relay)
        ben_account, ana_account = befriend(ana, ben)
        self.assertEqual(ana.call("safety", account="Ben")["safety"], ben.call("safety", account="Ana")["safety"])
        ana.call("verify", account="Ben")
        self.assertTrue(ana.call("safety", account="Ben")["verified"])
        sent = ana.call("send", conversation="Ben", text="  spaces kept, ünïcödé too 🙂\nsecond line", wait="delivered")
        self.assertEqual(sent["state"], "delivered")
        rows = ben.call("history", conversation="Ana")
        self.assertEqual([row["text"] for row in rows], ["  spaces kept, ünïcödé too 🙂\nsecond line"])
        self.assertEqual(ben.call("conversations")[0]["unread"], 1)
        ben.call("mark-read", conversation="Ana")
        self.assertEqual(ben.call("conversations")[0]["unread"], 0)
        for text in ("", " \n "):
            with self.assertRaisesRegex(Refused, "empty"):
                ana.call("send", conversation=ben_account, text=text)
        with self.assertRaisesRegex(Refused, "no such message"):
            ana.call("retry", conversation=ben_account, id=sent["id"])
        with self.assertRaisesRegex(Refused, "no such message"):
            ana.call("delete", id="0" * 32)
        with self.assertRaisesRegex(Refused, "48 KiB"):
            ana.call("send", conversation=ben_account, text="x" * 60_000)
        with self.assertRaisesRegex(Refused, "no contact"):
            ana.call("send", conversation="nobody", text="x")
        big = ana.call("send", conversation=ben_account, text="y" * 48_000, wait="delivered")
        self.assertEqual(big["state"], "delivered")
        self.assertEqual(ben.call("history", conversation=ana_account)[-1]["text"], "y" * 48_000)
        ben.call("delete", id=big["id"], author="Ana")
        self.assertEqual(len(ben.call("history", conversation=ana_account)), 1)
        self.assertEqual(ben.wait_event(lambda event: event["event"] == "deleted")["id"], big["id"])
        self.assertEqual(len(ana.call("history", conversation=ben_account)), 2)  # for oneself alone
        ben.call("rebuild")

    def test_messages_cross_kills_of_relay_and_clients_exactly_once_and_in_order(self):
        relay = self.relay()
        ana, ben = self.person("Ana", relay), self.person("Ben", relay)
        ben_account, ana_account = befriend(ana, ben)
        texts, unanswered = [], []
        for number in range(60):
            texts.append(f"message {number}")
            unanswered.append(ana.send_request("send", conversation=ben_account, text=texts[-1], wait="queued"))
            if number in (15, 35):
                relay.kill()
                relay.start()
            if number in (25, 45):
                ben.kill()
                ben.start().call("unlock", passphrase=PASSPHRASE)
            if number == 50:
                for request in unanswered:  # what was answered must survive
                    ana.answer(request)
                unanswered.clear()
                ana.kill()
                ana.start().call("unlock", passphrase=PASSPHRASE)
        last = ana.call("send", conversation=ben_account, text="last", wait="delivered", timeout=120)
        self.assertEqual(last["state"], "delivered")
        texts.append("last")
        mine = [row["text"] for row in ana.call("history", conversation=ben_account, limit=200)]
        yours = [row["text"] for row in ben.call("history", conversation=ana_account, limit=200)]
        self.assertEqual(mine, texts)
        self.assertEqual(yours, texts)

    def test_one_shot_commands_sync_and_exit(self):
        relay = self.relay()
        ana, ben = self.folder / "a", self.folder / "b"
        for profile, name in ((ana, "Ana"), (ben, "Ben")):
            self.assertEqual(cli(profile, "init", "--name", name)[0], 0)
            self.assertEqual(cli(profile, "join", relay.invite())[0], 0)
        link = cli(ana, "link")[1]["link"]
        self.assertEqual(cli(ben, "add", link)[1]["name"], "Ana")
        self.assertEqual(cli(ana, "requests")[1], [])
        self.assertEqual(cli(ana, "requests", "--sync")[1][0]["name"], "Ben")
        self.assertEqual(cli(ana, "accept", "Ben")[0], 0)
        self.assertEqual(cli(ben, "sync")[0], 0)
        self.assertEqual(cli(ben, "contacts")[1][0]["state"], "connected")
        self.assertEqual(cli(ben, "send", "Ana", "hello")[1]["state"], "accepted")
        self.assertGreaterEqual(cli(ana, "sync")[1]["received"], 1)
        self.assertEqual([row["text"] for row in cli(ana, "history", "Ben")[1]], ["hello"])
        self.assertEqual(cli(ben, "sync")[0], 0)
        self.assertEqual(cli(ben, "history", "Ana")[1][0]["state"], "delivered")
        relay.stop()
        self.refused(cli(ben, "send", "Ana", "later", timeout=90), 3, "Timeout", "sent later")
        self.assertEqual(cli(ben, "history", "Ana")[1][-1]["state"], "queued")
        relay.start()
        self.assertEqual(cli(ben, "sync")[1]["queued"], 0)
        self.assertEqual(cli(ana, "sync")[0], 0)
        self.assertEqual(cli(ana, "history", "Ben")[1][-1]["text"], "later")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    known, rest = parser.parse_known_args()
    BIN = known.bin.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2, warnings="ignore")
