# SPDX-License-Identifier: GPL-3.0-or-later
"""What benchmarks share: figures with their marks, one a line, and the machine that they were taken on."""
import json
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def percentile(values, p):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(p * len(ordered)))]


def median(values):
    return percentile(values, 0.5)


def fdatasync_times(folder, count=200):
    """Milliseconds of a 4 KiB write made durable, in the folder that the benchmarks use."""
    times = []
    with open(folder / "fdatasync", "wb", buffering=0) as file:
        for _ in range(count):
            file.write(bytes(4096))
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(1000 * (time.perf_counter() - start))
    return times


def json_line(command, **given):
    """The last line that a program prints, read as JSON."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True, timeout=300, **given)
    return json.loads(done.stdout.strip().splitlines()[-1])


def commit():
    """What is measured; "+" when files differ from it."""
    told = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"], stdout=subprocess.PIPE, text=True,
                          check=False)
    return told.stdout.strip() or "unknown"


class Figures:
    """Prints each figure as it comes, for people or as JSON lines, and remembers the names of those that missed their mark."""

    def __init__(self, as_json):
        self._as_json = as_json
        self.missed = []

    def report(self, name, value, relation=None, mark=None):
        met = relation is None or (value >= mark if relation == ">=" else value <= mark)
        if not met:
            self.missed.append(name)
        shown = f"{value:.2f}" if isinstance(value, float) and value < 100 else f"{value:.0f}" if isinstance(value, float) else str(value)
        if self._as_json:
            print(json.dumps({"name": name, "value": value, "mark": mark, "met": met}), flush=True)
        else:
            goal = "" if relation is None else f"   {relation} {mark}   {'met' if met else 'MISSED'}"
            print(f"{name:75} {shown:>12}{goal}", flush=True)

    def machine(self, folder):
        times = fdatasync_times(folder)
        self.report("commit", commit())
        self.report("machine: load average", f"{os.getloadavg()[0]:.2f} on {os.cpu_count()} processors")
        self.report("machine: fdatasync of 4 KiB, p50 / p99 ms", f"{median(times):.2f} / {percentile(times, 0.99):.2f}")
