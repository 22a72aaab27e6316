#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two people on a scratch folder: a relay, an invite, a contact, messages both ways, kills in between, equal histories."""
import argparse
import json
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from kith_processes import Client, Relay, befriend  # noqa: E402

PASSPHRASE = "only for the demo"


class Story:
    """Says what happens: sentences for people, one JSON line each for programs."""

    def __init__(self, as_json):
        self.as_json = as_json
        self.start = time.monotonic()

    def tell(self, step, sentence, **facts):
        if self.as_json:
            print(json.dumps({"step": step, "ms": round(1000 * (time.monotonic() - self.start)), **facts}), flush=True)
        else:
            print(sentence, flush=True)


def history(client, account):
    return [{key: row[key] for key in ("id", "sender", "text", "sent_ms")} for row in client.call("history", conversation=account)]


def play(bin_dir, folder, story):
    relay = Relay(bin_dir, folder / "relay")
    ana, ben = Client(bin_dir, folder / "ana", "Ana"), Client(bin_dir, folder / "ben", "Ben")
    try:
        ready = relay.start()
        story.tell("relay", f"A relay listens on {ready['listen']}.", listen=ready["listen"], relay_id=ready["relay_id"])
        for person in (ana, ben):
            created = person.start().call("init", name=person.name, passphrase=PASSPHRASE)
            person.call("join", link=relay.invite())
            story.tell("joined", f"{person.name} has a new account {created['account']} and joined the relay.",
                       name=person.name, account=created["account"])
        ben_account, ana_account = befriend(ana, ben)
        numbers = ana.call("safety", account=ben_account)["safety"], ben.call("safety", account=ana_account)["safety"]
        if numbers[0] != numbers[1]:
            raise AssertionError("the safety numbers differ")
        story.tell("contacts", f"Ben used Ana's contact link, Ana accepted. Both see the safety number {numbers[0]}.",
                   safety=numbers[0])

        def say(sender, account, text, wait):
            sent = sender.call("send", conversation=account, text=text, wait=wait)
            story.tell("message", f"{sender.name}: {text}  [{sent['state']}]", sender=sender.name, text=text, **sent)

        say(ana, ben_account, "Hello Ben!", "delivered")
        say(ben, ana_account, "Hello Ana, this works.", "delivered")

        relay.kill()
        story.tell("relay_killed", "The relay is killed (kill -9) …")
        waiting = ana.call("send", conversation=ben_account, text="Sent while the relay is down.", wait="queued")
        story.tell("message", f"Ana: Sent while the relay is down.  [{waiting['state']}]", sender="Ana", **waiting)
        relay.start()
        story.tell("relay_restarted", "… and starts again on its folder.")
        ana.wait_event(lambda event: event["event"] == "receipt" and event["id"] == waiting["id"]
                       and event["state"] == "delivered", 90)
        say(ben, ana_account, "I got that one too.", "delivered")

        ana.kill()
        status = ben.stop()
        story.tell("clients_ended", f"Ana's program is killed (kill -9), Ben's is closed (exit status {status}).", status=status)
        for person in (ana, ben):
            person.start().call("unlock", passphrase=PASSPHRASE)
        story.tell("clients_restarted", "Both start again.")
        say(ana, ben_account, "Still here?", "delivered")
        say(ben, ana_account, "Still here.", "delivered")

        mine, yours = history(ana, ben_account), history(ben, ana_account)
        if mine != yours or len(mine) != 6:
            raise AssertionError(f"the histories differ: {mine} {yours}")
        story.tell("histories", f"Both histories hold the same {len(mine)} messages in the same order.", equal=True, messages=len(mine))
        if ana.stop() != 0 or ben.stop() != 0 or relay.stop() != 0:
            raise AssertionError("a program did not end well")
        story.tell("done", "All programs ended with status 0.", ok=True)
    finally:
        for process in (ana, ben, relay):
            if process.process and process.process.poll() is None:
                process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-demo-"))
    try:
        play(arguments.bin, folder, Story(arguments.json))
        return 0
    except Exception as problem:
        print(f"demo: {type(problem).__name__}: {problem}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
