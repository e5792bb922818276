"""Tiny sweeps, the command line in its own process, and the files that a run leaves."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

from rnnsweep.execution.progress import Progress

ROOT = Path(__file__).parent.parent

# Packages that take longer to import than an error message may.
HEAVY = {"numba", "pandas", "matplotlib", "scipy"}

# Four trials of a few milliseconds; float32, so that one set of kernels is compiled.
TINY = """\
[task]
name = "adding"
seq_len = 4
n_train = 32
n_val = 16

[train]
learning_rate = 0.1
epochs = 2

[grid]
model.hidden_size = [2, 3]
seed = [0, 1]
"""

SERIES = "year,y\n" + "".join(f"{1900 + i},{i % 7}\n" for i in range(40))
CSV = """\
[task]
name = "csv"
path = "series.csv"
target = "y"
window = 4

[model]
hidden_size = 2

[train]
learning_rate = 0.1
epochs = 1
"""
# A process that takes longer than this hangs. On a busy machine some take minutes.
PATIENCE_S = 300

# Variables of the environment that decide whether a pipe counts as a terminal, and how wide it is.
_OF_A_TERMINAL = ("COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TERM")


def start(*arguments, cwd, code=None, env=None, **options):
    """Start ``python -m rnnsweep``, or the program `code` instead, with these arguments."""
    inherited = {name: text for name, text in os.environ.items() if name not in _OF_A_TERMINAL}
    program = ["-m", "rnnsweep"] if code is None else ["-c", code]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.Popen(
        # Warnings are errors: one on a user's screen would be a defect.
        [sys.executable, "-W", "error", *program, *map(str, arguments)],
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(ROOT), **(env or {})},
        **{**pipes, **options},
    )


def command(*arguments, cwd, **options):
    """Run ``python -m rnnsweep`` to its end; return its code, standard output and error."""
    return ended(start(*arguments, cwd=cwd, **options))


def ended(process):
    """Wait for a process, or kill it in the end; return its code, standard output and error."""
    try:
        output, errors = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
    assert "Traceback" not in (errors or ""), errors
    return process.returncode, output, errors


def assert_prints(process, line):
    """Check the next line that a process prints; end a process that prints another one."""
    printed = process.stdout.readline()
    if printed != line:  # its errors can only be read to their end when it has ended
        process.kill()
    assert printed == line, process.communicate()[1]


def imported(*arguments):
    """Return the names of the packages that a command line imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "rnnsweep", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )
    modules = re.findall(r"^import time: +\d+ \| +\d+ \| +([\w.]+)$", done.stderr, re.MULTILINE)
    assert "rnnsweep.cli.commands" in modules
    return {name.partition(".")[0] for name in modules}


def snapshot(path):
    """Return everything under a path: the names, and the bytes of files."""
    return {
        str(p.relative_to(path)): p.read_bytes() if p.is_file() else None for p in path.rglob("*")
    }


def rows(path):
    """Return the lines of a table, its header first, each as a list of texts."""
    with path.open(newline="") as file:
        return list(csv.reader(file))


def assert_same_results(folder, other):
    """Check that two folders have the same results to the byte."""
    for name in ("trials.csv", "epochs.csv"):
        assert (folder / name).read_bytes() == (other / name).read_bytes(), name
    forecasts = [
        path for path in (folder / "forecast.csv", other / "forecast.csv") if path.exists()
    ]
    assert len({path.read_bytes() for path in forecasts}) == (len(forecasts) > 0)
    assert len(forecasts) in (0, 2)


class Heard(Progress):
    """Keeps what a run reports."""

    def __init__(self):
        self.said, self.n_trials, self.records, self.ended = [], None, [], 0

    def say(self, message):
        self.said.append(message)

    def begin(self, n_trials):
        self.n_trials = n_trials

    def advance(self, records):
        self.records += records

    def end(self):
        self.ended += 1
