# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that are copied, put back and damaged under real programs. Standard library only."""
import concurrent.futures
import os
import random
import secrets
import shutil
import stat
import subprocess
import sys
import time
import unittest

SEED = int(os.environ.get("KITH_TEST_SEED") or secrets.randbits(32))


def run(bin_dir, words, cases):
    """The named tests; without names all of them beside each other, each in its own process, because most of it is waiting."""
    print(f"KITH_TEST_SEED={SEED}", file=sys.stderr)
    if words:
        unittest.main(argv=[sys.argv[0], *words], verbosity=2, warnings="ignore")
    names = [f"{case.__name__}.{name}" for case in cases for name in unittest.defaultTestLoader.getTestCaseNames(case)]
    environment = dict(os.environ, KITH_TEST_SEED=str(SEED))

    def one(name):
        return subprocess.run([sys.executable, "-B", sys.argv[0], "--bin", bin_dir, name], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=environment, check=False)
    with concurrent.futures.ThreadPoolExecutor(max_workers=5) as pool:
        done = list(pool.map(one, names))
    for result in done:
        print(result.stdout, file=sys.stderr)
    sys.exit(any(result.returncode != 0 for result in done))


def randomness(of):
    """The same for a seed, whichever tests run before."""
    return random.Random(f"{SEED} {of}")


def files_of(folder):
    """Every regular file; sockets live no longer than their program."""
    return sorted(path for path in folder.rglob("*") if stat.S_ISREG(path.lstat().st_mode))


def copy_folder(source, target):
    """As a person would do it. A file that vanishes meanwhile is left out: the folder may be in use."""
    target.mkdir(mode=0o700)
    for path in files_of(source):
        try:
            shutil.copyfile(path, target / path.name)
        except FileNotFoundError:
            continue
        (target / path.name).chmod(0o600)


def put_back(copy, folder):
    """The folder becomes what its copy is: nothing newer stays beside it."""
    for path in folder.iterdir():
        path.unlink()
    for path in files_of(copy):
        shutil.copyfile(path, folder / path.name)
        (folder / path.name).chmod(0o600)


def until(condition, what, patience=60.0):
    """For what no event tells. The pause only spares the processor."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"this never came true: {what}")
        time.sleep(0.05)
