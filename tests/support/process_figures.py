# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process and its children cost, as the kernel counts it. Linux."""
import pathlib
import time
from typing import NamedTuple

PROC = pathlib.Path("/proc")
MIB = 1024.0  # smaps_rollup counts KiB


def _read(path):
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""  # it has just ended


def tree(pid):
    """A process and all that descend from it."""
    pids = [pid]
    for known in pids:
        for task in sorted((PROC / str(known) / "task").glob("*")):
            pids += [int(child) for child in _read(task / "children").split()]
    return pids


class Memory(NamedTuple):
    """MiB."""
    pss: float
    uss: float


def memory(pids):
    pss = uss = 0
    for pid in pids:
        for line in _read(PROC / str(pid) / "smaps_rollup").splitlines():
            name, _, value = line.partition(":")
            if name == "Pss":
                pss += int(value.split()[0])
            elif name in ("Private_Clean", "Private_Dirty"):
                uss += int(value.split()[0])
    return Memory(pss / MIB, uss / MIB)


def threads(pids):
    return sum(len(list((PROC / str(pid) / "task").glob("*"))) for pid in pids)


def _work(pids):
    """Of each thread: nanoseconds on a processor, and how often it was woken."""
    work = {}
    for pid in pids:
        for task in (PROC / str(pid) / "task").glob("*"):
            spent = _read(task / "schedstat").split()
            status = _read(task / "status").splitlines()
            if spent and status:
                woken = next(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt_switches"))
                work[task.name] = (int(spent[0]), woken)
    return work


class Rest(NamedTuple):
    """What somebody who does nothing costs."""
    cpu_ms: float
    wakeups: int


def while_idle(pids, seconds):
    """Of all threads of these processes. A thread that ended meanwhile would be lost; programs at rest end none."""
    before = _work(pids)
    time.sleep(seconds)
    after = _work(pids)
    changes = [(spent - before.get(task, (0, 0))[0], woken - before.get(task, (0, 0))[1]) for task, (spent, woken) in after.items()]
    return Rest(sum(spent for spent, _ in changes) / 1e6, sum(woken for _, woken in changes))
