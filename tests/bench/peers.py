# SPDX-License-Identifier: GPL-3.0-or-later
"""Other desktop programs, measured as Kith is: same display, same run, same rules.

- start: exec to the first picture, which is more than four colours anywhere on a screen without frames (a plain background is none);
  median of three, after one that is not counted and leaves the files of a first start;
- memory and threads 10 s after that picture, and time on a processor in 20 s which begin 30 s after it: of the program and all that
  descends from it.
The programs have no accounts and show what they show to newcomers, so real use costs more. Each has a home of its own in a scratch
folder, and ends with its process group."""
import contextlib
import json
import os
import signal
import subprocess
import time
from typing import NamedTuple

import process_figures
from figures import median

PEERS = ("telegram-desktop", "dino-im", "nheko", "psi-plus", "keepassxc")  # packages and programs have the same names
STARTS = 3
IDLE_NOISE_MS = 1.0  # in 20 s
SAMPLE = 11  # every so many pixels; no divisor of the width


class Row(NamedTuple):
    name: str
    start_ms: float
    pss: float
    uss: float
    idle_ms: float
    wakeups: int
    threads: int


def has_picture(pixels):
    return len(set(memoryview(pixels).cast("I")[::SAMPLE])) > 4


def row_at_rest(name, start_ms, pid):
    """Call it when the window has been painted."""
    time.sleep(10)
    pids = process_figures.tree(pid)
    used, threads = process_figures.memory(pids), process_figures.threads(pids)
    time.sleep(20)
    spent = process_figures.while_idle(pids, 20)
    return Row(name, start_ms, used.pss, used.uss, spent.cpu_ms, spent.wakeups, threads)


def end(process):
    """With all of its group, and whoever left the group."""
    pids = process_figures.tree(process.pid)
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        for pid in pids[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)


def measure(eye, name, command, home):
    """One program from nothing to its first window, and that window at rest."""
    environment = dict(os.environ, HOME=str(home))
    for variable, folder in (("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "cache"),
                             ("XDG_STATE_HOME", "state"), ("XDG_RUNTIME_DIR", "runtime")):
        (home / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        environment[variable] = str(home / folder)
    times = []
    for turn in range(STARTS + 1):
        eye.quiet([eye.screen], 0.5)
        if has_picture(eye.look(eye.screen)):
            raise RuntimeError(f"before {name} the screen is not empty")
        began = time.monotonic()
        process = subprocess.Popen(command, env=environment, start_new_session=True, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            seen = eye.when({"picture": (eye.screen, has_picture)}, 30)
            if not seen:
                raise RuntimeError(f"{name} shows nothing")
            times.append(1000 * (seen["picture"] - began))
            if turn == STARTS:
                return row_at_rest(name, median(times[1:]), process.pid)
            time.sleep(2)  # whatever a start still writes
        finally:
            end(process)
    raise AssertionError("never")


def standing(own, peer):
    """Where Kith is by each figure: ahead when all of its own rows are better, level when the worst of them is no dearer than noise."""
    words = {}
    for what, field, noise in (("start", "start_ms", 0), ("PSS", "pss", 0), ("idle", "idle_ms", IDLE_NOISE_MS)):
        worst, other = max(getattr(row, field) for row in own), getattr(peer, field)
        words[what] = "ahead" if worst < other - noise else "level" if worst <= other + noise else "BEHIND"
    return words


def print_table(own, peers, as_json):
    """own: rows of Kith; all of them have to be ahead of a peer."""
    if not as_json:
        print(f"\n{'program':28} {'start ms':>9} {'PSS MiB':>9} {'USS MiB':>9} {'idle ms':>9} {'wakeups':>9} {'threads':>9}   Kith is")
    for row in own + peers:
        kith_is = standing(own, row) if row in peers else {}
        if as_json:
            print(json.dumps({**row._asdict(), "kith_is": kith_is}), flush=True)
            continue
        words = [f"{word} in " + ", ".join(what for what in kith_is if kith_is[what] == word)
                 for word in ("ahead", "level", "BEHIND") if word in kith_is.values()]
        print(f"{row.name:28} {row.start_ms:9.0f} {row.pss:9.1f} {row.uss:9.1f} {row.idle_ms:9.1f} {row.wakeups:9} {row.threads:9}   "
              + "; ".join(words), flush=True)
