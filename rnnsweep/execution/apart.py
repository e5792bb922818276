"""Training in a process of its own, for trials that may take their process down.

The process is `python -m rnnsweep.execution.apart`. It reads the sweep and the trials from standard
input, and writes each record to standard output as soon as its trial ends. So the trial that was
in training when the process ended is known, and the others have their results.
"""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from threading import Lock
from typing import IO

import numpy as np
from numpy.typing import NDArray

from rnnsweep.record import Record

from .remote_training import RemoteTrial, SweepFiles, Trainer, UnfitError


class Stop:
    """Ends the training of a pack from another thread: between two updates, or by its process.

    Attributes
    ----------
    flag : int64 array (1,)
        1 once the training is to end.
    """

    def __init__(self) -> None:
        self.flag: NDArray[np.int64] = np.zeros(1, np.int64)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def set(self) -> None:
        """End the training."""
        with self._lock:
            self.flag[0] = 1
            if self._process is not None:
                self._process.kill()

    def ends(self, process: "subprocess.Popen[bytes]") -> None:
        """Let `set` also end this process, at once if it was called before."""
        with self._lock:
            self._process = process
            if self.flag[0]:
                process.kill()


def train_apart(
    files: SweepFiles,
    data_memory: int | None,
    trials: Sequence[RemoteTrial],
    stop: Stop,
    keep: Callable[[Record], None],
) -> None:
    """Train trials in a process of their own; one that takes it down is kept as failed.

    The others are trained in the next process. The records have no settings.

    Raises
    ------
    UnfitError
        The process cannot train these trials.
    """
    waiting = list(trials)
    while waiting and not stop.flag[0]:
        start = time.perf_counter()
        n_before = len(waiting)
        process = _started(files, data_memory, waiting)
        stop.ends(process)
        assert process.stdout is not None
        with process, process.stdout as records:
            for record in _read(records):
                del waiting[0]
                keep(record)
                start = time.perf_counter()
        if waiting and not stop.flag[0]:
            if process.returncode == 0:
                raise UnfitError("a process ended before its trials did")
            if process.returncode > 0 and len(waiting) == n_before:
                raise UnfitError(f"no process could be started ({_how(process.returncode)})")
            failed = waiting.pop(0)
            error = f"it takes its process down, by {_how(process.returncode)}"
            seconds = time.perf_counter() - start
            keep(Record(failed.trial_id, {}, "failed", error=error, wall_s=seconds))


def _started(
    files: SweepFiles, data_memory: int | None, trials: Sequence[RemoteTrial]
) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as requests:  # it may have ended already
        pickle.dump((files, data_memory, list(trials)), requests)
    return process


def _read(records: IO[bytes]) -> Iterator[Record]:
    """Yield the records of a process to its end.

    Raises
    ------
    UnfitError
        The process sent it.
    """
    while True:
        try:
            result: Record | UnfitError = pickle.load(records)
        except (EOFError, pickle.UnpicklingError):  # it ended, perhaps in the middle of a record
            return
        if isinstance(result, UnfitError):
            raise result
        yield result


def _how(code: int) -> str:
    """Return how a process ended."""
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    hint = "; it may have needed more memory than there is" if name == "SIGKILL" else ""
    return f"signal {-code} ({name}){hint}"


def main() -> None:
    """Train the trials of standard input."""
    records = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what else is printed goes to standard error
    files, data_memory, trials = pickle.load(sys.stdin.buffer)

    def send(result: object) -> None:
        pickle.dump(result, records)
        records.flush()

    try:
        with closing(Trainer(files, data_memory)) as trainer:
            trainer.train(trials, np.zeros(1, np.int64), send)
    except UnfitError as error:
        send(error)


if __name__ == "__main__":
    main()
