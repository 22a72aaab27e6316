#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of tests/style/forbidden_words.txt that stand where they may not."""

import configparser
import os
import re

import tree

TEXT_FILES = [
    "*.h", "*.cpp", "*.c", "*.py", "*.sh", "*.proto", "*.sql", "*.md", "*.txt", "*.cmake", "*.json", "*.qrc", "*.qss",
    "*.xml", "*.yml", "*.patch", "dev", "run", ".clang-*",
]  # fmt: skip
NAMES_THEM = ["tests/style/forbidden_words.txt", "tests/style/test_style.py"]


def load_rules(root):
    parser = configparser.ConfigParser(interpolation=None, delimiters=["="], comment_prefixes=["#"])
    parser.read(os.path.join(root, "tests/style/forbidden_words.txt"), encoding="utf-8")
    return [(name, parser[name]) for name in parser.sections()]


def check(root):
    rules = load_rules(root)
    for path in tree.files(root, TEXT_FILES):
        if path in NAMES_THEM:
            continue
        text = tree.read(root, path)
        code = tree.code_only(text)
        for name, rule in rules:
            if not tree.matches(path, rule.get("in", "*").split()) or tree.matches(path, rule.get("allow", "").split()):
                continue
            searched = code if rule.get("part") == "code" else text
            for match in re.finditer(rule["word"], searched):
                word = " ".join(match.group(0).split())
                yield f"{path}:{tree.line_of(searched, match.start())}: {name}: '{word}': {rule['why']}"


if __name__ == "__main__":
    tree.finish(list(check(tree.parse_root(__doc__))))
