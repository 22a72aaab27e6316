#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of 600 lines fails: it does too much. Over 400 it is named as a warning."""

import tree

FAILS_AT = 600
WARNS_OVER = 400


def check(root):
    for path in tree.files(root, ["*.cpp", "*.h", "*.py", "*.sh", "*.proto", "dev"]):
        lines = tree.read(root, path).count("\n")
        if lines >= FAILS_AT:
            yield f"{path}:{lines}: {lines} lines, the limit is {FAILS_AT}"
        elif lines > WARNS_OVER:
            print(f"warning: {path} has {lines} lines")


if __name__ == "__main__":
    tree.finish(list(check(tree.parse_root(__doc__))))
