#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the timeline with 100,000 messages, one a line. Nothing here passes or fails."""
import argparse
import json
import os
import pathlib
import subprocess

NAMES = {
    "open_ms": "open at the bottom, first page and paint, ms",
    "open_loaded_ms": "open with all rows loaded, ms",
    "prepend": "one older page of 100 rows in, ms",
    "scroll_up": "scroll up 600 x 48 px, a frame, ms",
    "scroll_back": "scroll back over laid out rows, a frame, ms",
    "jump": "jump anywhere, texts not in memory, ms",
    "width_change_ms": "width change, ms",
    "font_change_ms": "font change, ms",
    "append_ms": "a message comes at the bottom, ms",
    "memory_mib": "memory of model and view after all of this, MiB",
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    done = subprocess.run([arguments.bin / "kith-bench-timeline"], stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    figures = json.loads(done.stdout)
    if arguments.json:
        print(json.dumps(figures))
        return
    print(f"{'machine: load average':60} {os.getloadavg()[0]:>16.2f}")
    for key, name in NAMES.items():
        if key in figures:
            print(f"{name:60} {figures[key]:>16.2f}")
        else:
            print(f"{name + ' (p50 / p99)':60} {figures[key + '_p50_ms']:>7.2f} /{figures[key + '_p99_ms']:>7.2f}")


if __name__ == "__main__":
    main()
