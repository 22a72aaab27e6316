#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old copies, full disks and damaged files under real programs: nothing is lost, nothing damaged is silently used."""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_programs  # noqa: E402
from test_programs import PASSPHRASE, Client, Refused, befriend  # noqa: E402
from kith_files import copy_folder, put_back, run, until  # noqa: E402


class World(test_programs.Scratch):
    """Ana and Ben, who are contacts, and their relay."""

    def setUp(self):
        super().setUp()
        self.home = self.relay()
        self.ana, self.ben = self.person("Ana", self.home), self.person("Ben", self.home)
        self.texts = []
        befriend(self.ana, self.ben)

    def folder_of(self, person):
        return pathlib.Path(person.folder)

    def say(self, sender, reader, text, wait="delivered"):
        self.texts.append(text)
        return sender.call("send", conversation=reader.name, text=text, wait=wait)["id"]

    def talk(self, label):
        """Both ways, read by the other before it goes on."""
        self.say(self.ana, self.ben, f"{label}, says Ana")
        self.say(self.ben, self.ana, f"{label}, says Ben")

    def history(self, reader, other):
        return reader.call("history", conversation=other.name, limit=500)

    def texts_of(self, reader, other):
        """Without the marks of gaps."""
        return [row["text"] for row in self.history(reader, other) if row["text"]]

    def assert_all_once(self, texts=None):
        self.assertEqual(self.texts_of(self.ana, self.ben), texts or self.texts)
        self.assertEqual(self.texts_of(self.ben, self.ana), texts or self.texts)

    def restart(self, person):
        person.start().call("unlock", passphrase=PASSPHRASE)


class OldRelay(World):
    """A copy of a relay's folder is put back over a newer one."""

    def setUp(self):
        super().setUp()
        self.talk("before the copy")
        self.spent = self.home.invite()
        self.person("Dan").call("join", link=self.spent)
        self.copy()

    def copy(self):
        """With its log: a clean end would ask everybody to come back later, which costs time."""
        self.home.kill()
        self.old = self.folder / f"copy {len(list(self.folder.iterdir()))}"
        copy_folder(self.folder / "relay", self.old)
        self.home.start()

    def restore(self):
        self.home.kill()
        if self.ana.process.poll() is None:
            self.ana.call("whoami")  # what it said so far stands before its answer
            self.ana.events.clear()
        put_back(self.old, self.folder / "relay")
        self.home.start()

    @staticmethod
    def is_back(person):
        """Logged in, and what the old store lacks is put there again."""
        person.wait_event(lambda event: event["event"] == "connection" and event["state"] == "live")
        person.call("sync")

    def test_people_who_are_online_go_on_and_nothing_comes_twice(self):
        self.talk("after the copy")
        for number in range(3):
            self.restore()
            self.talk(f"after putting it back {number}")
        self.assert_all_once()

    def test_mail_that_left_with_the_newer_store_is_noticed_and_repaired(self):
        self.ben.kill()
        self.say(self.ana, self.ben, "held by the newer store only", wait="accepted")
        self.restore()
        self.restart(self.ben)
        self.say(self.ana, self.ben, "shows the gap")
        self.say(self.ana, self.ben, "later")
        self.ben.wait_event(lambda event: event["event"] == "message" and event["text"] == self.texts[-3], 120)
        self.assert_all_once()

    def test_a_member_who_came_after_the_copy_can_join_again(self):
        cleo = self.person("Cleo", self.home)
        befriend(cleo, self.ana)
        cleo.call("send", conversation="Ana", text="before", wait="delivered")
        self.restore()
        cleo.wait_event(lambda event: event["event"] == "connection" and event.get("reason") == "LoginRefused")
        with self.assertRaises(Refused):  # the drop is gone: the sender is told, not left waiting
            self.ana.call("send", conversation="Cleo", text="to nobody", wait="accepted")
        with self.assertRaisesRegex(Refused, "ask for a new one"):
            cleo.call("join", link=self.spent)
        cleo.call("join", link=self.home.invite())
        self.is_back(self.ana)
        cleo.call("send", conversation="Ana", text="again", wait="delivered")
        self.ana.call("send", conversation="Cleo", text="welcome back", wait="delivered")
        self.assertEqual(self.texts_of(cleo, self.ana), ["before", "again", "welcome back"])

    def test_a_request_through_a_one_time_key_that_was_used_before_arrives(self):
        link = self.ana.call("link", reusable=True)["link"]
        self.copy()
        cleo = self.person("Cleo", self.home)
        cleo.call("add", link=link, message="first")
        self.ana.wait_event(lambda event: event["event"] == "request" and event["name"] == "Cleo")
        self.ana.kill()
        self.restore()
        dora = self.person("Dora", self.home)
        dora.call("add", link=link, message="the same key")
        self.restart(self.ana)
        self.ana.wait_event(lambda event: event["event"] == "request" and event["name"] == "Dora")


class OldProfile(World):
    """A copy of a profile's folder is put back over a newer one."""

    def setUp(self):
        super().setUp()
        self.talk("before the copy")
        self.ana.stop()
        copy_folder(self.folder_of(self.ana), self.folder / "old")
        self.kept = list(self.texts)
        self.restart(self.ana)

    def restore(self):
        self.ana.stop()
        put_back(self.folder / "old", self.folder_of(self.ana))
        self.restart(self.ana)

    def test_what_she_writes_next_arrives_whatever_became_of_the_ratchet(self):
        for number in range(3):
            self.say(self.ana, self.ben, f"forgotten by the old copy {number}")
        self.restore()
        for number in range(5):
            self.say(self.ana, self.ben, f"from the old copy {number}", wait="accepted")
        self.say(self.ana, self.ben, "the last one")
        until(lambda: len(self.texts_of(self.ben, self.ana)) >= len(self.texts), "Ben has all")
        self.assertEqual(self.texts_of(self.ben, self.ana), self.texts)

    def test_what_contacts_wrote_meanwhile_comes_again(self):
        self.talk("forgotten")
        for number in range(3):
            self.say(self.ben, self.ana, f"forgotten {number}")
        self.restore()
        self.say(self.ben, self.ana, "new")
        mine = [text for text in self.texts if text != "forgotten, says Ana"]
        until(lambda: len(self.texts_of(self.ana, self.ben)) >= len(mine), "Ana has all of Ben's", 120)
        self.assertEqual(sorted(self.texts_of(self.ana, self.ben)), sorted(mine))
        self.talk("after")


class Copies(World):
    """A profile's folder is copied while its program runs, and used beside it."""

    def setUp(self):
        super().setUp()
        self.talk("before the copy")
        under_way = [self.ana.send_request("send", conversation="Ben", text=f"during the copy {number}", wait="queued")
                     for number in range(10)]
        self.texts += [f"during the copy {number}" for number in range(10)]
        self.twin = Client(test_programs.BIN, self.folder / "twin", "Ana")
        copy_folder(self.folder_of(self.ana), self.folder_of(self.twin))
        for request in under_way:
            self.ana.answer(request)
        self.say(self.ana, self.ben, "after the copy")

    def test_a_copy_of_an_open_profile_holds_a_beginning_of_it(self):
        status, rows = test_programs.cli(self.twin.folder, "history", "Ben", "--limit", "500")
        self.assertEqual(status, 0, rows)
        texts = [row["text"] for row in rows]
        self.assertEqual(texts, self.texts[:len(texts)])
        self.assertGreaterEqual(len(texts), 2)

    def test_of_two_copies_the_newer_login_stays_and_contacts_recover(self):
        self.twin.start().call("unlock", passphrase=PASSPHRASE)
        self.addCleanup(lambda: self.twin.process.poll() is None and self.twin.kill())
        self.ana.wait_event(lambda event: event["event"] == "connection" and event["state"] == "stopped"
                            and event["reason"] == "Replaced")
        # Both write: the same message keys and numbers go out twice.
        self.twin.call("send", conversation="Ben", text="from the copy", wait="delivered")
        for number in range(3):
            self.say(self.ana, self.ben, f"from the first one {number}", wait="queued")
        self.twin.call("send", conversation="Ben", text="from the copy again", wait="delivered")
        self.assertEqual(self.twin.stop(), 0)
        self.assertEqual(self.ana.stop(), 0)
        self.restart(self.ana)  # a person has decided for this one
        self.say(self.ana, self.ben, "the copy is gone")
        self.say(self.ben, self.ana, "good")
        wanted = sorted([*self.texts, "from the copy", "from the copy again"])
        until(lambda: len(self.texts_of(self.ben, self.ana)) >= len(wanted), "Ben has what both wrote")
        self.assertEqual(sorted(self.texts_of(self.ben, self.ana)), wanted)
        mine = self.texts_of(self.ana, self.ben)
        self.assertEqual(mine, self.texts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    known, rest = parser.parse_known_args()
    test_programs.BIN = known.bin.resolve()
    run(test_programs.BIN, rest, [OldRelay, OldProfile, Copies])
