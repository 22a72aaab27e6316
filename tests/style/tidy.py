#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""clang-tidy over app, core and ui, on all cores; part of `./dev lint`.

A clean file is remembered by the hash of everything that clang-tidy saw of ours: the file, the headers of the tree
that it includes (directly or not), its compiler options and .clang-tidy. So a second run reads what has changed.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


class Lint:
    def __init__(self, root, build):
        self.root = root
        self.build = build
        self.cache = os.path.join(root, "build", "tidy-cache")
        self.content = {}
        version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
        self.common = version + self.read(os.path.join(root, ".clang-tidy"))
        os.makedirs(self.cache, exist_ok=True)

    def read(self, path):
        if path not in self.content:
            with open(path, "rb") as file:
                self.content[path] = file.read()
        return self.content[path]

    def units(self):
        """(file, folder, options) of each translation unit of the program, without tests and generated code."""
        with open(os.path.join(self.build, "compile_commands.json"), encoding="utf-8") as file:
            entries = json.load(file)
        for entry in entries:
            path = os.path.relpath(entry["file"], self.root)
            if path.startswith(("app/", "core/", "ui/")):
                yield path, shlex.split(entry["command"])

    def generate(self):
        """Makes the headers that the sources include and a build would generate, and nothing else."""
        listed = subprocess.run(
            ["ninja", "-C", self.build, "-t", "targets", "all"], capture_output=True, text=True, check=True
        ).stdout
        targets = re.findall(r"^(\S*_autogen|\S+\.pb\.h): ", listed, re.MULTILINE)
        subprocess.run(["ninja", "-C", self.build, "--quiet", *targets], stdout=subprocess.DEVNULL, check=True)

    def closure(self, path, command):
        """The file and the headers of the tree and of the build folder that it includes, directly or not."""
        folders = [self.root] + [option[2:] for option in command if option.startswith("-I")]
        found, open_paths = set(), [os.path.join(self.root, path)]
        while open_paths:
            current = open_paths.pop()
            if current in found:
                continue
            found.add(current)
            for name in INCLUDE.findall(self.read(current).decode("utf-8", "replace")):
                candidates = (os.path.join(folder, name) for folder in [os.path.dirname(current), *folders])
                header = next(filter(os.path.isfile, candidates), None)
                if header:
                    open_paths.append(os.path.normpath(header))
        return sorted(found)

    def key(self, headers, command):
        digest = hashlib.sha256(self.common)
        digest.update("\0".join(command).replace(self.root, "").encode())
        for header in headers:
            digest.update(os.path.relpath(header, self.root).encode() + b"\0" + self.read(header) + b"\0")
        return os.path.join(self.cache, digest.hexdigest())

    def run(self, path):
        result = subprocess.run(
            ["clang-tidy", "-p", self.build, "--quiet", path], cwd=self.root, capture_output=True, text=True, check=False
        )
        return result.returncode == 0, result.stdout + (result.stderr if result.returncode != 0 else "")


def changed_files(root):
    """What differs from the main branch, committed or not."""

    def git(*arguments):
        result = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
        return result.stdout.split("\n") if result.returncode == 0 else []

    base = (git("merge-base", "HEAD", "main") or git("merge-base", "HEAD", "origin/main") or ["HEAD"])[0]
    names = git("diff", "--name-only", base) + git("ls-files", "--others", "--exclude-standard")
    return {os.path.join(root, name) for name in names if name}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="a configured build folder")
    parser.add_argument("--changed", action="store_true", help="only files that differ from main, or whose headers do")
    options = parser.parse_args()
    lint = Lint(os.getcwd(), os.path.abspath(options.build))
    lint.generate()
    changed = changed_files(lint.root) if options.changed else None

    waiting = []
    for path, command in lint.units():
        headers = lint.closure(path, command)
        key = lint.key(headers, command)
        if not os.path.exists(key) and (changed is None or changed.intersection(headers)):
            waiting.append((path, key))

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(lint.run, path): (path, key) for path, key in waiting}
        for count, run in enumerate(concurrent.futures.as_completed(runs), 1):
            path, key = runs[run]
            clean, output = run.result()
            if sys.stderr.isatty():
                print(f"\r\033[K[{count}/{len(runs)}] {path}", end="\n" if count == len(runs) else "", file=sys.stderr)
            if clean:
                open(key, "w", encoding="utf-8").close()
            else:
                failed += 1
                print(f"\n{output}")
    print(f"clang-tidy: {len(waiting)} files read, {failed} with findings")
    tree.finish([f"{failed} files have findings"] if failed else [])


if __name__ == "__main__":
    main()
