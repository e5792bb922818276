"""How long the trials of a run still take: as predicted, corrected by what was measured.

Trials differ, and long ones come first, so that their number says little. What each was predicted
to take is right up to a factor, that of the machine and of trials that stop early; the trials
that ended give it.
"""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import get_ident

_FILE = ".time_left.json"

# Of a trial in training: the seconds it was predicted to take, and when it began.
_Begun = tuple[float, float]


@dataclass
class Work:
    """What a run has done and still does; times in seconds, moments since 1970.

    Attributes
    ----------
    total : float
        What all trials were predicted to take together, on one thread.
    jobs : int
        Trials at once.
    start : float
        When the first trial began.
    predicted, measured : float
        What the trials that ended were predicted to take together, and what they took.
    training : sequence of (float, float)
        Of each trial in training, what it was predicted to take and when it began.
    """

    total: float
    jobs: int
    start: float
    predicted: float = 0.0
    measured: float = 0.0
    training: Sequence[_Begun] = ()

    def seconds_left(self, now: float) -> float | None:
        """Return the seconds left; None before a trial has ended, and where nobody can know.

        Nobody can where the trials in training are the last and take longer than predicted.
        """
        if not self.predicted:
            return None
        factor = self._factor(now)
        waiting = self.total - self.predicted - sum(predicted for predicted, _ in self.training)
        rest = [max(factor * predicted - (now - at), 0.0) for predicted, at in self.training]
        work = factor * max(waiting, 0.0) + sum(rest)
        if work <= 0.0:
            return None
        # Threads wait for each other and for the disk, too.
        busy = self.measured + sum(now - at for _, at in self.training)
        share = min(busy / (self.jobs * max(now - self.start, 1e-9)), 1.0)
        return max(work / (self.jobs * max(share, 1e-9)), *rest, 0.0)

    def _factor(self, now: float) -> float:
        """Return what a trial takes over what it was predicted to.

        The first to end are those that diverge or stop early. A trial in training that has taken
        longer than that already counts as if it ended now.
        """
        predicted, measured = self.predicted, self.measured
        spent = [(now - at, expected) for expected, at in self.training]
        # The longest for its prediction first: once one is within it, so are the others.
        for seconds, expected in sorted(spent, key=lambda it: it[0] / it[1], reverse=True):
            if seconds * predicted <= expected * measured:
                break
            predicted, measured = predicted + expected, measured + seconds
        return measured / predicted


class TimeLeft:
    """The work of a run as its threads report it.

    Parameters
    ----------
    total : float
        What all trials were predicted to take together, on one thread, in seconds.
    jobs : int
        Trials at once.
    """

    def __init__(self, total: float, jobs: int) -> None:
        self._work = Work(total, jobs, time.time())
        self._begun: dict[int, _Begun] = {}  # by thread
        self._ended: list[tuple[float, float]] = []  # threads append, the main thread sums up

    def begin(self, predicted: float) -> None:
        """Take note that this thread starts a trial."""
        self._begun[get_ident()] = predicted, time.time()

    def end(self, seconds: float) -> None:
        """Take note that it ended, after so many seconds."""
        predicted, _ = self._begun.pop(get_ident())
        self._ended.append((predicted, seconds))

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Leave out a time in which no trial is handed to the threads."""
        start = time.time()
        try:
            yield
        finally:
            self._work.start += time.time() - start

    def work(self) -> Work:
        """Return what is done and what is in training."""
        n_ended = len(self._ended)
        for predicted, measured in self._ended[:n_ended]:
            self._work.predicted += predicted
            self._work.measured += measured
        del self._ended[:n_ended]
        self._work.training = list(self._begun.values())
        return self._work

    def seconds(self) -> float | None:
        """Return the seconds left, None where nobody can know."""
        return self.work().seconds_left(time.time())


def write(folder: Path, work: Work) -> None:
    """Leave the work in the folder of results, for whoever asks while the run goes on."""
    path = folder / _FILE
    beside = path.with_suffix(".tmp")
    with suppress(OSError):  # the run does not depend on it
        beside.write_text(json.dumps(asdict(work)))
        beside.replace(path)


def read(folder: Path) -> float | None:
    """Return the seconds left of the run that goes on in a folder; None where nobody knows."""
    try:
        return Work(**json.loads((folder / _FILE).read_text())).seconds_left(time.time())
    except (OSError, ValueError, TypeError, ArithmeticError):
        return None  # no trial has ended yet


def remove(folder: Path) -> None:
    """Forget it, at the end of a run."""
    with suppress(OSError):
        (folder / _FILE).unlink(missing_ok=True)
