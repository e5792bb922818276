"""How long the trials of a run still take: predicted times, corrected by measured ones.

The number of trials that are left says little, since trials differ in length and the long ones
come first. The predicted time of each trial is right up to a factor that is common to all: it
depends on the machine, and on how many trials stop early. The trials that ended give this factor.

A run writes these numbers into its results folder from time to time, where `status` reads them.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import get_ident
from typing import NamedTuple

_FILE = ".time_left.json"
_LONGEST_S = 1e10  # 300 years

# A trial in training: the seconds it was predicted to take, and when it began.
_TrialInTraining = tuple[float, float]


@dataclass
class Work:
    """How much a run has done and still has to do; in seconds, moments in seconds since 1970.

    Attributes
    ----------
    total : float
        The predicted time of all trials together, on one thread.
    jobs : int
        Trials at once.
    start : float
        When the first trial began.
    predicted, measured : float
        The predicted and the measured time of all trials that ended.
    training : sequence of (float, float)
        The predicted time of each trial in training, and when it began.
    best : str
        The best trial so far, in a line.
    """

    total: float
    jobs: int
    start: float
    predicted: float = 0.0
    measured: float = 0.0
    training: Sequence[_TrialInTraining] = ()
    best: str = ""

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds left; None where they cannot be estimated.

        That is so before a trial has ended, and where the trials in training are the last ones
        and have taken longer than predicted.
        """
        if not self.predicted:
            return None
        factor = self._factor(now)
        waiting = self.total - self.predicted - sum(predicted for predicted, _ in self.training)
        rests = [max(factor * predicted - (now - at), 0.0) for predicted, at in self.training]
        work = factor * max(waiting, 0.0) + sum(rests)
        if work <= 0.0:
            return None
        # Threads also wait for each other and for the disk.
        busy = self.measured + sum(now - at for _, at in self.training)
        share = min(busy / (self.jobs * max(now - self.start, 1e-9)), 1.0)
        return max(work / (self.jobs * max(share, 1e-9)), *rests, 0.0)

    def _factor(self, now: float) -> float:
        """Return the ratio of the time that trials take to their predicted time.

        The first trials to end are those that diverge or stop early, so that they alone would give
        too small a ratio. A trial in training that has exceeded it counts as if it ended now.
        """
        predicted, measured = self.predicted, self.measured
        spent = [(now - at, expected) for expected, at in self.training]
        # Those with the largest ratio first: once one does not exceed it, none of the rest does.
        spent.sort(key=lambda trial: trial[0] / trial[1], reverse=True)
        for seconds, expected in spent:
            if seconds * predicted <= expected * measured:
                break
            predicted, measured = predicted + expected, measured + seconds
        return measured / predicted


class TimeLeft:
    """Collects how much work a run has done, as its threads report it.

    Parameters
    ----------
    total : float
        The predicted time of all trials together, on one thread, in seconds.
    jobs : int
        Trials at once.
    """

    def __init__(self, total: float, jobs: int) -> None:
        self._work = Work(total, jobs, time.time())
        self._training: dict[int, _TrialInTraining] = {}  # by thread
        # Predicted and measured times; threads append, the main thread sums up.
        self._ended: list[tuple[float, float]] = []

    def begin(self, predicted: float) -> None:
        """Note that this thread starts a trial that is predicted to take so many seconds."""
        self._training[get_ident()] = predicted, time.time()

    def end(self, seconds: float) -> None:
        """Note that the trial of this thread ended, after so many seconds."""
        predicted, _ = self._training.pop(get_ident())
        self.ended(predicted, seconds)

    def ended(self, predicted: float, seconds: float) -> None:
        """Note that a trial ended elsewhere, whose beginning was not noted."""
        self._ended.append((predicted, seconds))

    def set_jobs(self, jobs: int) -> None:
        """Note that from now on so many trials run at once; 0 changes nothing.

        The start is moved, as if all the time that was used until now had been used by so many.
        """
        work, now = self._work, time.time()
        if jobs and jobs != work.jobs:
            work.start = now - (now - work.start) * work.jobs / jobs
            work.jobs = jobs

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Do not count the time in the body, in which no trial is handed to the threads."""
        start = time.time()
        try:
            yield
        finally:
            self._work.start += time.time() - start

    def work(self) -> Work:
        """Return the work that is done, and the trials that are in training."""
        n_ended = len(self._ended)
        for predicted, measured in self._ended[:n_ended]:
            self._work.predicted += predicted
            self._work.measured += measured
        del self._ended[:n_ended]
        self._work.training = list(self._training.values())
        return self._work

    def seconds(self) -> float | None:
        """Return the seconds left; None where they cannot be estimated."""
        return self.work().seconds_left(time.time())

    def n_training(self) -> int:
        """Return how many trials are in training here; those of a cluster are not known."""
        return len(self._training)


def write(folder: Path, work: Work) -> None:
    """Write the work into the results folder, for those who ask while the run goes on."""
    path = folder / _FILE
    temporary = path.with_suffix(".tmp")
    with suppress(OSError):  # the run does not depend on it
        temporary.write_text(json.dumps(asdict(work)))
        temporary.replace(path)


class RunState(NamedTuple):
    """What a run that goes on has written of itself.

    Attributes
    ----------
    seconds_left : float or None
        None where that cannot be estimated.
    n_training : int
        How many trials are in training; 0 where that is unknown.
    best : str
        The best trial so far, in a line; empty before there is one.
    """

    seconds_left: float | None = None
    n_training: int = 0
    best: str = ""


def read(folder: Path) -> RunState:
    """Return what the run in a folder has written; nothing if that is not as a run writes it."""
    try:
        work = Work(**json.loads((folder / _FILE).read_text()))
        seconds = work.seconds_left(time.time())
        # No trial has ended yet, or the file is not as a run writes it.
        seconds = seconds if seconds is not None and 0 <= seconds < _LONGEST_S else None
        best = work.best if isinstance(work.best, str) else ""
        return RunState(seconds, len(work.training), best)
    except (OSError, ValueError, TypeError, ArithmeticError, RecursionError):
        return RunState()


def remove(folder: Path) -> None:
    """Remove what `write` wrote, at the end of a run, or of an earlier one that was killed."""
    path = folder / _FILE
    with suppress(OSError):
        path.unlink(missing_ok=True)
        path.with_suffix(".tmp").unlink(missing_ok=True)
