"""A Dask cluster as a user starts it, and sweeps with everything that a file can name."""

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from commandline import PATIENCE_S, ROOT, SERIES

# A word of the user's at every place that takes one, three kinds of data, metrics and params.
EVERYTHING = """\
seed_order = 7

[task]
n_train = 24
n_val = 12

[model]
hidden_size = 3

[train]
learning_rate = 0.05
epochs = 2
batch_size = 8

[cells.mine]
states = ["h"]
equations = "h = act(a) * 0.5 + h_prev * 0.5"
[cells.mine.sums]
a = ["h_prev"]

[metrics]
grad_norms = true

[output]
save_params = "all"

[grid]
task.name = ["adding", "own.py:majority"]
task.seq_len = [5]
model.cell = ["mine", "theirs.toml", "rnn"]
model.activation = ["tanh", "x * sigmoid(x)"]
seed_data = [0, 1]
"""
THEIRS = """\
[cell]
states = ["h"]
equations = "h = sigmoid(z) * act(a) + (1 - sigmoid(z)) * h_prev"
[cell.sums]
a = ["h_prev"]
z = ["h_prev"]
"""
OWN = '''\
def majority(rng, n, seq_len=5):
    """More ones than zeros?"""
    x = (rng.random((n, seq_len, 1)) < 0.5).astype("float32")
    return x, (x.sum((1, 2)) > seq_len / 2).astype("float32")[:, None]
'''
DATA = """\
[model]
hidden_size = 3

[train]
learning_rate = 0.05
epochs = 2

[grid]
{key} = {values}
seed = [0, 1]

[task]
{task}
"""
DATA_TASKS = {
    "series": 'name = "csv"\npath = "data/series.csv"\ntarget = "y"',
    "letters": 'name = "text"\npath = "letters.txt"',
    "arrays": 'name = "npz"\npath = "arrays.npz"',
}


def write_sweeps(folder):
    """Write the sweeps and their files into a folder; return the names of the sweep files."""
    (folder / "everything.toml").write_text(EVERYTHING)
    (folder / "theirs.toml").write_text(THEIRS)
    (folder / "own.py").write_text(OWN)
    (folder / "data").mkdir()
    (folder / "data" / "series.csv").write_text(SERIES)
    (folder / "letters.txt").write_text("the quick brown fox jumps over the lazy dog " * 9)
    rng = np.random.default_rng(0)
    np.savez(folder / "arrays.npz", x=rng.random((40, 4, 2)), y=rng.random((40, 1)))
    axes = {"series": ("task.window", [3, 4]), "letters": ("task.seq_len", [5, 6])}
    for name, task in DATA_TASKS.items():
        key, values = axes.get(name, ("train.batch_size", [4, 8]))
        (folder / f"{name}.toml").write_text(DATA.format(task=task, key=key, values=values))
    return ["everything.toml", *(f"{name}.toml" for name in DATA_TASKS)]


class DaskProcesses:
    """A scheduler and workers, each in a process of its own, in a folder of their own."""

    def __init__(self, folder, tls=None):
        self._folder = folder
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            "DASK_TEMPORARY_DIRECTORY": str(folder),
            **(tls or {}),
        }
        self._readers = []
        protocol = "tls" if tls else "tcp"
        self.scheduler, self.address = self._start(
            *("scheduler", "--no-dashboard", "--host", f"{protocol}://127.0.0.1", "--port", "0"),
            says=r"Scheduler at: +(\S+)",
        )
        self.workers = []

    def add_worker(self, n_threads=1, nanny=True):
        """Start a worker, and return its process once it has joined."""
        process, _ = self._start(
            *("worker", self.address, "--no-dashboard", "--nworkers", "1"),
            *("--nthreads", n_threads, "--nanny" if nanny else "--no-nanny"),
            says=r"Registered to: +(\S+)",
        )
        self.workers.append(process)
        return process

    def _start(self, *arguments, says):
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *map(str, arguments)],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        lines = []
        for line in process.stderr:
            lines.append(line)
            if match := re.search(says, line):
                reader = threading.Thread(target=process.stderr.read, daemon=True)
                reader.start()
                self._readers.append((reader, process))
                return process, match[1]
        raise AssertionError("".join(lines))

    def end(self):
        """End all processes, and those that they started."""
        for process in (*self.workers, self.scheduler):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE_S)
        for reader, process in self._readers:
            reader.join(PATIENCE_S)
            process.stderr.close()


@contextmanager
def dask_processes(folder, **options):
    """Yield a scheduler without workers."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    processes = DaskProcesses(folder, **options)
    try:
        yield processes
    finally:
        processes.end()
