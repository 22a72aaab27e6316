#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Release programs beside somebody hostile (PROTOCOL.md s16): honest people chat before, meanwhile and after.

`client`: kith-hostile plays every trick on their relay, as strangers and as members with an invite.
`relay`: it is itself a relay that some of them have joined, or that a contact of theirs is at.
Prints one table: what was measured, before, meanwhile (at most) and after, and the bound. Exit status 1 where one is broken.
"""
import argparse
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from hostile_sides import HostileClient, HostileRelay  # noqa: E402
from soaking import Company  # noqa: E402

SAMPLE_EVERY_S = 0.5
SETTLE_S = 60.0  # what is hung up on, expires or is swept is gone by then
PHASES = (("before", 0.15), ("meanwhile", 0.7), ("after", 0.15))


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))] if values else float("nan")


class Hostile(Company):
    """The phases, and what is measured in each of them."""

    def __init__(self, options):
        super().__init__(options.bin, options.seed)
        self.seconds = options.seconds
        self.side = {"client": HostileClient, "relay": HostileRelay}[options.side](self)
        self.phase = None
        self.samples = {name: {} for name, _ in PHASES}   # phase -> figure -> values
        self.latencies = {name: [] for name, _ in PHASES}
        self.under_way = {}                                # text -> when, phase
        self.next_sample = 0.0

    def heard(self, person, event):
        if event["event"] == "message" and event["sender"] != person.account and event["text"] in self.under_way:
            sent, phase = self.under_way.pop(event["text"])
            self.latencies[phase].append(time.monotonic() - sent)

    def written(self, text):
        self.under_way[text] = (time.monotonic(), self.phase)

    def sample(self):
        now = time.monotonic()
        if now >= self.next_sample:
            self.next_sample = now + SAMPLE_EVERY_S
            for figure, value in self.side.measure().items():
                self.samples[self.phase].setdefault(figure, []).append(value)
        return self.next_sample

    def run(self):
        self.side.set_up()
        self.all_up()
        for self.phase, part in PHASES:
            if self.phase == "meanwhile":
                self.side.begin(part * self.seconds)
            if self.phase == "after":
                self.side.finish()
                self.chat(SETTLE_S)
            self.chat(part * self.seconds, self.sample)
        undelivered = self.calm()
        found = self.judge()
        found["undelivered"] = undelivered
        return found

    def rows(self, found):
        """(what, before, meanwhile, after, bound in words, is kept)"""
        rows = []
        for figure, bound in self.side.bounds().items():
            values = [self.samples[name].get(figure) or [0.0] for name, _ in PHASES]
            before, most, after = max(values[0]), max(values[1]), values[2][-1]
            rows.append((figure, before, most, after, *bound(before, most, after)))
        calm = self.latencies["before"]
        for name, part, factor, least in (("latency median ms", 0.5, 4, 250), ("latency p99 ms", 0.99, 10, 2_000),
                                          ("latency max ms", 1.0, 20, 5_000)):
            values = [1000 * percentile(self.latencies[phase], part) for phase, _ in PHASES]
            most = max(least, factor * 1000 * percentile(calm, part))
            rows.append((name, *values, f"<= {most:.0f}", max(values[1:]) <= most))
        counts = [len(self.latencies[phase]) for phase, _ in PHASES]
        rows.append(("texts that arrived", *counts, f"{len(self.under_way)} missing, 0 wanted", not self.under_way))
        for what, texts in found.items():
            rows.append((what, "", len(texts), "", "0", not texts))
        return rows + self.side.rows()


def table(rows):
    def cell(value):
        return f"{value:.1f}" if isinstance(value, float) else str(value)
    lines = [("figure", "before", "meanwhile", "after", "bound", "")]
    lines += [(*(cell(value) for value in row[:4]), row[4], "ok" if row[5] else "BROKEN") for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    for line in lines:
        print("  ".join(text.ljust(width) if column in (0, 4) else text.rjust(width)
                        for column, (text, width) in enumerate(zip(line, widths))).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("side", choices=("client", "relay"))
    parser.add_argument("seconds", type=float)
    parser.add_argument("seed", type=int, nargs="?")
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--keep", action="store_true", help="leave the folders for a look")
    options = parser.parse_args()
    if options.seconds < 60:
        parser.error("at least 60 seconds: every trick wants its turn")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    soak = Hostile(options)
    print(f"soak: seed {soak.seed}" + (f", folder {soak.folder}" if options.keep else ""), file=sys.stderr, flush=True)
    try:
        rows = soak.rows(soak.run())
    except KeyboardInterrupt:
        print("soak: interrupted", file=sys.stderr)
        return 1
    finally:
        soak.side.end()
        soak.end(options.keep)
    table(rows)
    return 0 if all(row[5] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
