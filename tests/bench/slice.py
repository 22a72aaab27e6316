#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of the first slice: cryptography over the store, the relay under load, one message end to end.

Ratios are taken inside one run. The exit status is 1 when a figure misses its mark."""
import argparse
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from figures import Figures, json_line, median, percentile  # noqa: E402
from kith_processes import Client, Relay, befriend  # noqa: E402

SECONDS = 6
ROUNDS = 3


def crypto(bin_dir, report):
    figures = json_line([bin_dir / "kith-bench-crypto"])
    for side in ("encrypt", "decrypt"):
        report(f"{side}: part of the bare library's rate, 256 B, 64 per commit", figures[f"{side}_ratio"], ">=", 0.60)
        report(f"{side}: messages per CPU second", figures[f"{side}_per_cpu_s"])
    report("encrypt: one per commit, per second of wall time", figures["encrypt_one_per_commit_wall_s"])
    report("queue and commit a text of 4 KiB for 1,000 recipients, ms", figures["queue_for_1000_ms"], "<=", 30)


def relay_rate(bin_dir, folder, plain):
    extra = ["--no-rate-limits"] + (["--plain-loopback"] if plain else [])
    relay = Relay(bin_dir, folder, extra)
    relay.start()
    try:
        command = [bin_dir / "kith-bench-relay", "load", relay.invite(64), SECONDS]
        return json_line(command + (["--plain"] if plain else []))
    finally:
        relay.stop()


def relay_load(bin_dir, folder, report):
    ratios = {True: [], False: []}
    rates = {"store": [], True: [], False: []}
    latency = {}
    for turn in range(ROUNDS):  # in turn, so that a drifting machine shifts all of them
        store = json_line([bin_dir / "kith-bench-relay", "store", SECONDS])["accepted_per_s"]
        rates["store"].append(store)
        for plain in (True, False):
            figures = relay_rate(bin_dir, folder / f"relay-{plain}-{turn}", plain)
            rates[plain].append(figures["accepted_per_s"])
            ratios[plain].append(figures["accepted_per_s"] / store)
            latency[plain] = figures
    report("store in process, 1 KiB, batches of 256: accepted per second", median(rates["store"]))
    for plain, name, mark in ((True, "plain loopback", 0.50), (False, "TLS", 0.40)):
        report(f"relay over {name}, 16 x 16 in flight: part of the store's rate", median(ratios[plain]), ">=", mark)
        report(f"relay over {name}: accepted per second", median(rates[plain]))
        report(f"relay over {name}: p50 / p99 of a send, ms", f"{latency[plain]['p50_ms']:.1f} / {latency[plain]['p99_ms']:.1f}")


def end_to_end(bin_dir, folder, report, count=200):
    relay = Relay(bin_dir, folder / "relay", ["--no-rate-limits"])
    ana, ben = Client(bin_dir, folder / "ana", "Ana"), Client(bin_dir, folder / "ben", "Ben")
    relay.start()
    try:
        for person in (ana, ben):
            person.start().call("init", name=person.name, passphrase="bench")
            person.call("join", link=relay.invite())
        ben_account, _ = befriend(ana, ben)
        times = []
        for number in range(count):
            text = f"message {number}"
            start = time.perf_counter()
            request = ana.send_request("send", conversation=ben_account, text=text, wait="queued")
            ben.wait_event(lambda event: event["event"] == "message" and event["text"] == text)  # noqa: B023
            times.append(1000 * (time.perf_counter() - start))
            ana.answer(request)
            ben.events.clear()
            ana.events.clear()
        report("send in one program to event in the other, p50 ms", median(times), "<=", 15)
        report("the same, p99 ms", percentile(times, 0.99))
    finally:
        for process in (ana, ben, relay):
            process.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kith-bench-"))
    figures = Figures(arguments.json)
    report = figures.report
    try:
        figures.machine(folder)
        crypto(arguments.bin, report)
        relay_load(arguments.bin, folder, report)
        end_to_end(arguments.bin, folder, report)
        return 1 if figures.missed else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
