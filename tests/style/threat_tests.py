#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row of the threat model (PROTOCOL.md s16) has an entry in the list below it, and every test named there exists."""

import re

import tree

PROTOCOL = "core/wire/PROTOCOL.md"


def check(root):
    section = tree.read(root, PROTOCOL).partition("## 16.")[2].partition("\n## ")[0]
    table, _, entries = section.partition("Tests that hold each row")
    rows = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)[1:]  # the head is no row
    held = {match[1]: match[2] for match in re.finditer(r"^- ([^:]+): (.*(?:\n  .*)*)", entries, re.MULTILINE)}
    sources = tree.files(root, ["tests"])
    written = "\n".join([*sources, *(tree.read(root, path) for path in sources if path.endswith((".cpp", ".py")))])
    if not rows:
        yield f"{PROTOCOL}:1: there is no threat model in s16"
    for row in rows:
        if row not in held:
            yield f"{PROTOCOL}:1: no test and no reason is named for: {row}"
    for row, text in held.items():
        if row not in rows:
            yield f"{PROTOCOL}:1: tests are named for what is no row: {row}"
        for name in re.findall(r"`([^`]+)`", text):
            if name not in written:
                yield f"{PROTOCOL}:1: there is no test {name}"


if __name__ == "__main__":
    tree.finish(list(check(tree.parse_root(__doc__))))
