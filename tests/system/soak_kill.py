#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay and a ring of clients as real processes; everybody writes, and all the while one of them is killed and started again.

At the end every text whose `send` was answered must stand exactly once, in order and delivered, in both histories. A text
whose answer died with its client may be there or not, but at most once. Prints figures; exit status 1 when one misses its mark.
"""
import argparse
import json
import pathlib
import signal
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from process_memory import keeps_freed  # noqa: E402
from soaking import Company, resident_kib  # noqa: E402

RECOVERY_MARK_S = 2.0
GROWTH_MARK = 1.3
LEAK_MARK = 1.05         # of processes that live on, second half to first, besides what their page caches still lacked
CACHES_KIB = 2 * 8_000   # of the two connections to a database (SCHEMA.md), full after some 9,000 messages
KILL_EVERY_S = (0.3, 2.5)
WARM_UP_S = 5.0


class Soak(Company):
    def __init__(self, options):
        super().__init__(options.bin, options.seed)
        self.options = options
        self.kills = {"relay": 0, "client": 0}
        self.cut_short = 0
        self.keeps_freed = False
        self.recoveries = {"relay": [], "client": []}
        self.next_kill = 0.0

    def recovered(self, kind, process):
        took = process.up()
        if self.kills["relay"] + self.kills["client"] > 0:
            self.recoveries[kind].append(took)

    def kill_somebody(self):
        """Whoever it is, and whatever it is doing; when the next one is due."""
        if time.monotonic() < self.next_kill:
            return self.next_kill
        self.next_kill += self.random.uniform(*KILL_EVERY_S)
        victim = self.random.choice([self.relay, *self.people])
        self.cut_short += 0 if victim.is_up() else 1
        if victim is not self.relay and victim.is_up():
            for peer in victim.peers:
                victim.send(peer)  # dies somewhere on its way
        victim.kill()
        self.kills["relay" if victim is self.relay else "client"] += 1
        victim.start()
        return self.next_kill

    def half(self):
        self.next_kill = time.monotonic() + self.random.uniform(*KILL_EVERY_S)
        self.chat(self.options.seconds / 2, None if self.options.no_kills else self.kill_somebody)
        self.all_up()

    def memory(self):
        return resident_kib(self.relay.process.pid), max(resident_kib(person.process.pid) for person in self.people)

    def run(self):
        self.set_up(self.options.clients)
        self.all_up()
        self.chat(min(WARM_UP_S, self.options.seconds))
        relay_before, client_before = self.memory()
        self.keeps_freed = keeps_freed(self.relay.process.pid)
        kills = not self.options.no_kills
        self.half()
        relay_half, client_half = self.memory()
        self.half()
        calm_from = time.monotonic()
        undelivered = self.calm()
        calm_took = time.monotonic() - calm_from
        relay_after, client_after = self.memory()
        found = self.judge()
        found["undelivered"] = [f"{name}: {text} [{state}]" for name, text, state in undelivered]
        figures = {
            "seed": self.seed, "seconds": self.options.seconds, "clients": len(self.people),
            "messages": sum(len(texts) for person in self.people for texts in person.tried.values()),
            "answered": sum(len(texts) for person in self.people for texts in person.answered.values()),
            "kills_relay": self.kills["relay"], "kills_clients": self.kills["client"], "killed_while_starting": self.cut_short,
            "calm_s": round(calm_took, 1),
        }
        misses = []
        for kind, times in self.recoveries.items():
            if times:
                figures[f"recovery_{kind}_p50_s"] = round(statistics.median(times), 3)
                figures[f"recovery_{kind}_max_s"] = round(max(times), 3)
                if max(times) > RECOVERY_MARK_S:
                    misses.append(f"recovery of a {kind} took {max(times):.2f} s, mark {RECOVERY_MARK_S} s")
        for kind, before, half, after in (("relay", relay_before, relay_half, relay_after),
                                          ("client", client_before, client_half, client_after)):
            figures[f"rss_{kind}_start_kib"], figures[f"rss_{kind}_half_kib"], figures[f"rss_{kind}_end_kib"] = before, half, after
            if self.keeps_freed:
                print("soak: memory was NOT compared: the address sanitizer keeps what is freed", file=sys.stderr)
                continue
            if after > GROWTH_MARK * before:
                misses.append(f"the memory of a {kind} grew from {before} to {after} KiB")
            if not kills and after > LEAK_MARK * half + max(0, CACHES_KIB - (half - before)):
                misses.append(f"the memory of a {kind} grew from {half} to {after} KiB in the second half")
        for what, texts in found.items():
            figures[what] = len(texts)
            misses += [f"{what}: {text}" for text in texts[:10]]
        return figures, misses


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=float)
    parser.add_argument("seed", type=int, nargs="?")
    parser.add_argument("--bin", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--untimed", action="store_true", help="judge messages only: a busy machine says nothing about time")
    parser.add_argument("--no-kills", action="store_true", help="everybody lives on: shows slow leaks")
    parser.add_argument("--keep", action="store_true", help="leave the folders for a look")
    options = parser.parse_args()
    if options.clients < 2 or options.seconds <= 0:
        parser.error("at least two clients and some seconds")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    soak = Soak(options)
    print(f"soak: seed {soak.seed}" + (f", folder {soak.folder}" if options.keep else ""), file=sys.stderr, flush=True)
    try:
        figures, misses = soak.run()
    except KeyboardInterrupt:
        print("soak: interrupted", file=sys.stderr)
        return 1
    except Exception as problem:
        print(f"soak: seed {soak.seed}: {type(problem).__name__}: {problem}", file=sys.stderr)
        return 1
    finally:
        soak.end(options.keep)
    if options.json:
        print(json.dumps({**figures, "misses": misses}))
    else:
        for name, value in figures.items():
            print(f"{name:24}{value}")
    if options.untimed:
        misses = [miss for miss in misses if not miss.startswith("recovery of")]
    for miss in misses:
        print(f"soak: seed {soak.seed}: {miss}", file=sys.stderr)
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
