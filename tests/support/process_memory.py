# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for texts and keys in the memory of a running process. Linux, root."""
import os
import pathlib
import re
import subprocess


def why_not(pid):
    """Why this process cannot be searched, or nothing."""
    if os.geteuid() != 0:
        return "only root may read the memory of the programs"
    if keeps_freed(pid):
        return "the address sanitizer keeps freed memory"
    return None


def keeps_freed(pid):
    """Under the address sanitizer, freed memory waits to be used again: much of it tells nothing."""
    return "libasan" in pathlib.Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")


def spellings(text):
    """A text as it may stand in a file or in memory."""
    return {text.encode(), text.encode("utf-16-le")}


def regions(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, mode, *rest = line.split()
            if "r" not in mode or rest[-1] in ("[vvar]", "[vsyscall]"):
                continue
            start, end = (int(number, 16) for number in span.split("-"))
            memory.seek(start)
            try:
                yield line.strip(), memory.read(end - start)
            except OSError:
                continue  # beyond the end of a mapped file


def found(pid, needles):
    """Each place once."""
    return [(where, at.start()) for where, data in regions(pid) for needle in needles for at in re.finditer(re.escape(needle), data)]


def keys_of(bin_dir, folder, passphrase):
    """The keys of a profile, name -> the ways they may be written."""
    printed = subprocess.run([pathlib.Path(bin_dir) / "profile_keys", folder], input=passphrase, text=True,
                             stdout=subprocess.PIPE, check=True, timeout=60).stdout
    keys = {name: bytes.fromhex(key) for name, key in (line.split() for line in printed.splitlines())}
    return {name: {key, key.hex().encode(), key.hex().upper().encode()} for name, key in keys.items()}
