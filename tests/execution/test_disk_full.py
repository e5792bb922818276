"""A disk that is full or becomes read-only, without simulation: a small file system in memory.

It is mounted in a mount namespace of its own, for which Linux asks for the rights of root.
"""

import os
import re
import shutil
import subprocess
import sys

import pytest
from commandline import PATIENCE_S, ROOT, assert_same_results, rows, snapshot

from rnnsweep.execution.run import run


def may_mount():
    if not shutil.which("unshare"):
        return False
    line = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/tmp"]
    return subprocess.run(line, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not may_mount(), reason="mounts a file system"
)

# Mounts a file system of that size at `mnt`, and copies what is in it at the end.
WITHIN = """
mount -t tmpfs -o size="$0" none mnt || exit 77
"$@"
code=$?
cp -a mnt/. copy
exit $code
"""
# The command line, which waits for room for three seconds in place of an hour.
IMPATIENT = """
from rnnsweep.cli.main import main
from rnnsweep.execution import backlog, scheduler
backlog._REPORT_AFTER_S = backlog._TRY_EVERY_S = 0.1
scheduler.GRACE_S = 3.0
main()
"""
# The same, where somebody makes room as soon as the run says that there is none.
MAKING_ROOM = """
import subprocess
from rnnsweep.execution.progress import PlainProgress
say = PlainProgress.say
def make_room(self, message):
    say(self, message)
    if "disk is full" in message:
        subprocess.run(["mount", "-o", "remount,size=50m", "mnt"], check=True)
PlainProgress.say = make_room
"""
# Twelve trials with a store of some 200 kB, and tables of as much.
CHANGES = ("--set", "seed=[0,1,2,3,4,5]", "--set", "train.epochs=400")


def run_within(home, kilobytes, code, results="mnt/r", **env):
    """Run the sweep where `mnt` has little room; return its code, its errors, and what is left."""
    for name in ("mnt", "copy"):
        shutil.rmtree(home / name, ignore_errors=True)
        (home / name).mkdir()
    python = (sys.executable, "-W", "error", "-c", code)
    line = ("run", "tiny.toml", "--results", results, "--jobs", "1", *CHANGES)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", WITHIN, f"{kilobytes}k", *python, *line],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr, home / results.replace("mnt", "copy")


# Kilobytes: for no store, for a part of it, for no tables, for no pictures.
SIZES = (12, 100, 300, 640)


@pytest.mark.long
def test_a_full_disk_keeps_what_was_done_and_says_what_to_do(home, say):
    overrides = [CHANGES[1], CHANGES[3]]
    run("tiny.toml", results="whole", overrides=overrides)
    full = []
    for kilobytes in SIZES:
        code, errors, left = run_within(home, kilobytes, IMPATIENT)
        assert code == 3, errors
        last = errors.splitlines()[-1]
        named = re.search(
            r"mnt/r(?:/plots)?(?:/([\w.]+))? cannot be written: the disk is full", last
        )
        assert named, errors
        assert "free some space and run again; what was stored before is kept" in last
        full.append(named[1])
        if full[-1].endswith(".png"):
            assert "tables in mnt/r are complete, only pictures are missing" in last
            assert_same_results(left, home / "whole")
        if not left.exists():
            continue
        assert full[-1] == "store.db" or "12 of 12 trials" in errors
        code, _, errors = say("run", "tiny.toml", "--results", left, *CHANGES)
        assert code == 0
        assert snapshot(left).keys() == snapshot(home / "whole").keys()
        assert_same_results(left, home / "whole")
    assert set(full) == {"store.db", "trials.csv", "loss_curves.png"}


def test_a_run_waits_for_room_and_goes_on(home, say):
    code, errors, left = run_within(home, 100, MAKING_ROOM + IMPATIENT)
    assert code == 0, errors
    store = r"mnt/r/store\.db"
    assert re.search(f"{store} cannot be written, since the disk is full; free some space", errors)
    assert re.search(f"{store} can be written again", errors)
    assert "12 of 12 trials" in errors
    assert {row[1] for row in rows(left / "trials.csv")[1:]} == {"complete"}
    assert not (left / "unstored").exists()


@pytest.mark.long
def test_where_no_kernel_can_be_kept_the_run_says_so_and_goes_on(home):
    cache = str(home / "mnt/cache")
    code, errors, left = run_within(home, 300, IMPATIENT, "out", NUMBA_CACHE_DIR=cache)
    assert code == 0, errors
    assert "No space left on device" in errors
    assert len(rows(left / "trials.csv")) == 1 + 12


# The command line, where the file system becomes read-only when the training begins.
READ_ONLY = """
import subprocess
from rnnsweep.execution.progress import PlainProgress
begin = PlainProgress.begin
def make_read_only(self, n_trials):
    for options in (["--bind", "mnt"], ["-o", "remount,bind,ro"]):
        subprocess.run(["mount", *options, "mnt"], check=True)
    begin(self, n_trials)
PlainProgress.begin = make_read_only
from rnnsweep.cli.main import main
main()
"""


def test_a_file_system_that_becomes_read_only(home, say):
    code, errors, left = run_within(home, 50_000, READ_ONLY)
    assert code == 3
    assert "store.db is not writable: its file system is mounted read-only" in errors
    assert "finished trials could not be stored and are lost" in errors
    code, _, errors = say("run", "tiny.toml", "--results", left, *CHANGES)
    assert code == 0
    assert len(rows(left / "trials.csv")) == 1 + 12
