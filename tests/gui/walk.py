#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two people on two windows, from nothing to a chat, as a screen reader walks through it: create, host, invite, join, add,
accept, write both ways, kill the host, start it again; what was said meanwhile arrives. Real programs, a real display, and a
desktop that takes notifications and changes its look."""
import argparse
import os
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from process_memory import found, keys_of, spellings, why_not  # noqa: E402
from screen import Desktop, Screen, Window, until  # noqa: E402

PASSPHRASE = "only for the walk"


# How the windows look: window.ini, words for the program, environment.
LOOKS = {"light": ("", [], {}), "dark": ("[General]\nappearance=2\n", [], {}),
         "large": ("[General]\nfont_scale=2\n", [], {}), "mirrored": ("[General]\nappearance=1\n", ["-reverse"], {}),
         "scale2": ("[General]\nappearance=1\n", [], {"QT_SCALE_FACTOR": "2"})}


def create(window, name):
    window.type("Your name", name)
    window.type("Passphrase", PASSPHRASE)
    window.type("The same once more", PASSPHRASE)
    window.press("Create my profile")
    code = window.find("Recovery code: ").name
    window.press("I have written it down")
    window.type("Last group of the recovery code", re.split("[ -]", code.strip())[-1])
    window.press("Go on")


def link_in(window, name):
    return until(lambda: window.text_of(name).startswith("kith://") and window.text_of(name), f"there is a link in {name}")


def search_memory(window, bin_dir):
    """A locked window has no key and no text any more."""
    if reason := why_not(window.process.pid):
        print(f"walk: the memory of the locked window was NOT searched: {reason}", file=sys.stderr)
        return
    wanted = keys_of(bin_dir, window.folder, PASSPHRASE)
    texts = ("Tea & cake at four?", "Yes! I bring milk & sugar.", "Are you there?", "half a thought")
    wanted |= {text: spellings(text) for text in (PASSPHRASE, *texts)}
    until(lambda: not any(found(window.process.pid, needles) for needles in wanted.values()),
          lambda: "memory is clean; it still holds " + ", ".join(f"{name} at {found(window.process.pid, needles)}"
                                                                 for name, needles in wanted.items()), patience=10)


def follow_the_desktop(desktop, window):
    for scheme, fits in ((1, lambda light: light < 80), (2, lambda light: light > 200)):
        desktop.tell(f"set org.freedesktop.appearance color-scheme uint32 {scheme}")
        until(lambda fits=fits: fits(window.brightness(60, 300)), f"the window has the look {scheme} of its desktop")


def walk(bin_dir, screen, desktop, pictures, windows):
    def picture(name):
        if pictures:
            screen.picture(pictures / f"{name}.png")

    ana, ben = windows
    ana.start()
    tray = desktop.expect("tray")["service"]
    create(ana, "Ana")
    ana.shows("Or run the relay yourself")
    picture("begin")
    ana.press("Host a relay on this computer")
    ana.shows("Nobody is here yet")

    ben.start()
    create(ben, "Ben")
    ana.keys("ctrl+shift+r")
    picture("relay")
    ana.keys("Escape")
    ana.press("Invite somebody")
    link = link_in(ana, "Link")  # to the relay and to a chat
    picture("link")
    ana.keys("Escape")
    ben.hand_over(link)
    until(lambda: ben.text_of("Contact link") == link, "the link is in the running window")
    picture("offered")
    ben.press("Join this relay")
    ben.shows("Ana, Request sent")
    ana.shows("Ben, Wants to talk to you")
    news = desktop.expect("notify", title="Ben", body="Wants to talk to you")
    ana.keys("alt+Down")
    ana.press("Accept")
    desktop.expect("close", id=news["id"])
    picture("accepted")

    # Her service reads markup, his does not.
    for writer, reader, text, body in ((ana, ben, "Tea & cake at four?", "Tea & cake at four?"),
                                       (ben, ana, "Yes! I bring milk & sugar.", "Yes! I bring milk &amp; sugar.")):
        reader.shows("Ana" if reader is ben else "Ben")
        writer.keys("alt+Down")
        writer.type("Message to", text)
        writer.press("Send")
        news = desktop.expect("notify", title="Ana" if reader is ben else "Ben", body=body)
        desktop.tell(f"press {news['id']}")
        until(reader.is_active, "the pressed notification brings its window")
        reader.shows(text)
        desktop.expect("close", id=news["id"])
    picture("chat")
    ana.keys("Escape")
    ana.keys("ctrl+shift+r")
    ana.shows("Who has joined")
    ana.shows("Ben")
    picture("members")
    ana.keys("Escape")
    ana.keys("ctrl+k")
    picture("switcher")
    ana.keys("b", "n", "Return")
    ana.find("Message to")

    # Closed, she stays in the tray with her relay; what she was writing outlives a kill -9.
    ana.type("Message to", "half a thought")
    ana.shows("Draft: half a thought")
    ana.keys("ctrl+w")
    until(ana.is_hidden, "the closed window is gone")
    desktop.forget("icon")
    ben.type("Message to", "Are you away?")
    ben.press("Send")
    desktop.expect("icon", service=tray)  # with a dot
    news = desktop.expect("notify", title="Ben", body="Are you away?")
    desktop.tell(f"activate {tray}")
    ana.shows("Are you away?")
    desktop.expect("close", id=news["id"])

    ana.kill()  # and with her the relay
    ben.shows("Offline")
    ben.type("Message to", "Are you there?")
    ben.press("Send")
    ana.start()
    ana.type("Passphrase", PASSPHRASE)
    ana.press("Unlock")
    ana.shows("Ben")
    ana.keys("alt+Down")
    ana.shows("I bring milk")
    until(lambda: ana.text_of("Message to") == "half a thought", "the draft is there")
    ana.shows("Are you there?")
    picture("restarted")
    if not pictures:
        follow_the_desktop(desktop, ana)

    ana.resize(420, 640)
    picture("narrow")
    ana.keys("ctrl+l")
    ana.shows("Kith is locked")
    search_memory(ana, bin_dir)
    ana.type("Passphrase", "another one")
    ana.press("Unlock")
    ana.shows("This is not the passphrase")
    picture("locked")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--pictures", type=pathlib.Path, help="an existing folder for pictures of the way")
    parser.add_argument("--look", choices=sorted(LOOKS), default="light")
    given = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-walk-"))
    settings, words, environment = LOOKS[given.look]
    os.environ.update(environment)
    screen, desktop, windows = Screen("2560x1600x24" if environment else "1280x800x24"), None, []
    try:
        for name in ("ana", "ben"):
            (folder / name).mkdir(mode=0o700)
            (folder / name / "window.ini").write_text(settings, encoding="utf-8")
            windows.append(Window(given.bin, folder / name, *words))
        desktop = Desktop()
        walk(given.bin, screen, desktop, given.pictures, windows)
        print("walk: everything was there")
    finally:
        for window in windows:
            window.close()
        if desktop:
            desktop.close()
        screen.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
