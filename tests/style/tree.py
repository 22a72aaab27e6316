# SPDX-License-Identifier: GPL-3.0-or-later
"""What the style tests share: which files there are, how they are read, how findings are reported.

Each test is a program with one option, --root DIR, so that test_style.py can show it a bad tree. A finding is one
line FILE:LINE: TEXT; the exit status is 1 when there is one.
"""

import argparse
import fnmatch
import os
import re
import sys

NOT_OURS = {".git", ".cache", "build", "__pycache__", "vectors"}


def parse_root(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", default=os.getcwd(), help="root of the source tree")
    return parser.parse_args().root


def files(root, patterns=("*",)):
    """Paths relative to root with forward slashes, sorted; without build folders and test vectors."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - NOT_OURS)
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
            if matches(path, patterns):
                found.append(path)
    return sorted(found)


def matches(path, patterns):
    """A pattern is a glob for the whole path or for its last part, or a folder that contains it."""
    return any(
        fnmatch.fnmatchcase(path, pattern)
        or fnmatch.fnmatchcase(path.rsplit("/", 1)[-1], pattern)
        or path.startswith(pattern.rstrip("/") + "/")
        for pattern in patterns
    )


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


_COMMENT_OR_STRING = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL
)


def code_only(text, keep_strings=False):
    """C++ without its comments and the content of its strings; every character stays on its line."""

    def blank(match):
        token = match.group(0)
        if keep_strings and token[0] != "/":
            return token
        return re.sub(r"[^\n]", " ", token)

    # 1'000 is a number, not the start of a character.
    return _COMMENT_OR_STRING.sub(blank, re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "_", text))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def table(root, path):
    """A committed table: {section: [(key, [words])]} of `[section]` heads and `key: words` lines; # starts a comment."""
    sections = {}
    current = None
    for line in read(root, path).splitlines():
        line = line.split("#", 1)[0].strip()
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), [])
        elif line:
            key, words = line.split(":", 1)
            current.append((key.strip(), words.split()))
    return sections


def finish(findings):
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
