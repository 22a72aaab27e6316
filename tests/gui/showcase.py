#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a window that is lived in: real people of the command line write to Ana, whose window is shown in light and dark."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from kith_processes import Client, Relay, befriend  # noqa: E402
from screen import Screen, Window, until  # noqa: E402

PASSPHRASE = "only for the pictures"
SIZE = (960, 640)
# Who writes what to Ana, oldest first; "Ana" are her answers.
CHATS = {
    "Grandma": [("Grandma", "The plum tree is in bloom 🌸"), ("Ana", "Send a picture when I can get one!")],
    "יעל כהן": [("יעל כהן", "נתראה בתחנה בשמונה?"), ("Ana", "Yes, platform 2.")],
    "Jonas Weber": [("Ana", "Did the new relay box arrive?"),
                    ("Jonas Weber", "It did. It runs since noon, and draws two watts."),
                    ("Jonas Weber", "Shall I bring it on Sunday?")],
    "Mara Lindqvist": [("Mara Lindqvist", "Train tickets are booked ✅"),
                       ("Mara Lindqvist", "We leave at 7:42 and are there for lunch. The hut has a stove and six beds, so "
                                          "please tell me by Thursday who else comes along."),
                       ("Ana", "Wonderful! Leo comes, and Sofia if her leave works out."),
                       ("Ana", "Is this the map? https://huts.example/kestrel/trail"),
                       ("Mara Lindqvist", "That is the one. The upper trail is closed until June, so we take the valley."),
                       ("Mara Lindqvist", "Bring the good coffee ☕"),
                       ("Ana", "Always.")],
}


def live(bin_dir, folder, relay, stack):
    """Everybody says what they have to say; Ana's profile is closed afterwards."""
    ana = Client(bin_dir, folder / "ana", "Ana").start()
    stack.append(ana)
    ana.call("init", name="Ana", passphrase=PASSPHRASE)
    ana.call("join", link=relay.invite())
    for name, lines in CHATS.items():
        friend = Client(bin_dir, folder / name, name).start()
        stack.append(friend)
        friend.call("init", name=name, passphrase=PASSPHRASE)
        friend.call("join", link=relay.invite())
        ana.events.clear()
        befriend(ana, friend)
        for writer, text in lines:
            sender, to = (ana, name) if writer == "Ana" else (friend, "Ana")
            sender.call("send", conversation=to, text=text, wait="delivered")
        if name != "Jonas Weber":
            ana.call("mark-read", conversation=name)
    ana.call("verify", account="Mara Lindqvist")
    ana.events.clear()
    leo = Client(bin_dir, folder / "leo", "Leo").start()
    stack.append(leo)
    leo.call("init", name="Leo Marchetti", passphrase=PASSPHRASE)
    leo.call("join", link=relay.invite())
    leo.call("add", link=ana.call("link")["link"], message="Mara gave me your link. May I come along?")
    ana.wait_event(lambda event: event["event"] == "request")
    ana.stop()


def picture(window, path):
    window.resize(*SIZE)
    subprocess.run(["import", "-window", window.on_screen(), str(path)], check=True, timeout=60)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--pictures", type=pathlib.Path, required=True, help="an existing folder")
    given = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-showcase-"))
    relay, people, screen = Relay(given.bin, folder / "relay", ["--no-rate-limits"]), [], None
    try:
        relay.start()
        live(given.bin, folder, relay, people)
        screen = Screen("1280x800x24", frames=False)
        for look, number in (("light", 1), ("dark", 2)):
            (folder / "ana" / "window.ini").write_text(f"[General]\nappearance={number}\n", encoding="utf-8")
            window = Window(given.bin, folder / "ana").start()
            people.append(window)
            window.type("Passphrase", PASSPHRASE)
            window.press("Unlock")
            window.shows("Always.")
            window.keys("ctrl+2")  # below the request
            window.find("Message to")
            until(lambda: "Offline" not in " ".join(item.name or "" for item in window.everything()), "it is online")  # noqa: B023
            picture(window, given.pictures / f"chat-{look}.png")
            window.close()
    finally:
        for each in people:
            each.close() if isinstance(each, Window) else each.stop()
        relay.stop()
        if screen:
            screen.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
