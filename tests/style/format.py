#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What clang-format 14 would change. Other versions format differently, so another version fails."""

import re
import subprocess

import tree

VERSION = "14"


def check(root):
    version = subprocess.run(["clang-format", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"version (\d+)", version)
    if not found or found.group(1) != VERSION:
        yield f"clang-format:0: version {VERSION} is needed, this is: {version.strip()}"
        return
    paths = tree.files(root, ["*.h", "*.cpp"])
    if not paths:
        return
    command = ["clang-format", "--style=file", "--dry-run", "-Werror", *paths]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    yield from re.findall(r"^\S+:\d+:\d+: error: .*$", result.stderr, re.MULTILINE)
    if result.returncode != 0:
        yield "clang-format:0: `clang-format -i FILE` repairs these"


if __name__ == "__main__":
    tree.finish(list(check(tree.parse_root(__doc__))))
