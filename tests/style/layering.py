#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arrows between the layers, read from the includes: CMake alone lets any header of Qt and of ours through."""

import fnmatch
import os
import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
TRANSLATION = re.compile(r"(?<!\w)(?:tr|translate|QT_TR_NOOP|QT_TRANSLATE_NOOP)\s*\(")
PLATFORM = re.compile(r"^\s*#\s*(?:el)?if.*\b(?:Q_OS_\w+|__linux__|__unix__|__APPLE__|_WIN32)\b", re.MULTILINE)
DETAIL = re.compile(r"^(.+)/detail/")


def module_of(path, modules):
    for pattern, allowed in modules:
        if tree.matches(path, [pattern]):
            return pattern, allowed
    return None, []


def include_error(path, header, modules, homes):
    for pattern, places in homes:
        if fnmatch.fnmatchcase(header, pattern):
            # Ours still has to pass the arrows below.
            if not tree.matches(path, places):
                return f"{header} is for {' '.join(places) or 'nobody'} only"
    detail = DETAIL.match(header)
    has_home = any("/detail/" in pattern and fnmatch.fnmatchcase(header, pattern) for pattern, _ in homes)
    if detail and not has_home and not path.startswith(detail.group(1) + "/"):
        return f"{header} belongs to the inside of {detail.group(1)}"
    if not header.startswith(("app/", "core/", "ui/", "tests/")):
        return None
    module, allowed = module_of(path, modules)
    if module is None:
        return "this folder is not in tests/style/layers.txt"
    target, _ = module_of(header, modules)
    if target == module or tree.matches(header, allowed):
        return None
    return f"{module} may not include {header}"


def check(root):
    layers = tree.table(root, "tests/style/layers.txt")
    for path in tree.files(root, ["*.h", "*.cpp"]):
        if not path.startswith(("app/", "core/", "ui/", "tests/")):
            continue
        text = tree.code_only(tree.read(root, path), keep_strings=True)
        for match in INCLUDE.finditer(text):
            quoted, angled = match.groups()
            line = tree.line_of(text, match.start(1) if quoted else match.start(2))
            error = include_error(path, quoted or angled, layers["modules"], layers["homes"])
            if error is None and quoted and "/" not in quoted and not quoted.endswith(".moc"):
                if os.path.exists(os.path.join(root, os.path.dirname(path), quoted)):
                    error = f"write {quoted} from the root of the tree"
            if error:
                yield f"{path}:{line}: {error}"
        code = tree.code_only(text)
        if not path.startswith("ui/"):
            for match in TRANSLATION.finditer(code):
                yield f"{path}:{tree.line_of(code, match.start())}: text for the user belongs to ui"
        if not path.startswith("core/base/platform_"):
            for match in PLATFORM.finditer(code):
                line = tree.line_of(code, match.end())
                yield f"{path}:{line}: only core/base/platform_* asks for the system"


if __name__ == "__main__":
    tree.finish(list(check(tree.parse_root(__doc__))))
