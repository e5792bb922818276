"""Where a sweep stands, as its store tells: the file that was run last, and its trials counted."""

from dataclasses import dataclass
from typing import NamedTuple

from .wanted import Asked


class SweepInfo(NamedTuple):
    """What the store knows of the sweep file that was run last."""

    name: str
    text: str
    swept: tuple[str, ...]  # column names, without the seed
    started: float  # when that run began, in seconds since 1970
    asked: Asked  # beside the results


class Change(NamedTuple):
    """What running a file means for a store: numbers of trials."""

    new: int  # to train: without a result, failed, or without something that the file asks for
    kept: int  # with all of it
    gone: int  # in the store, no longer in the file


class Pending(NamedTuple):
    """A trial to train."""

    position: int
    metrics: tuple[str, ...]  # that its record holds, if there is one: a new one must not lose them


@dataclass(frozen=True)
class Counts:
    """Numbers of trials of the file that was run last; `pending` have no record yet."""

    total: int = 0
    complete: int = 0
    solved: int = 0
    diverged: int = 0
    stopped: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """Trials with a result."""
        return self.complete + self.solved + self.diverged + self.stopped

    @property
    def pending(self) -> int:
        """Trials without a record."""
        return self.total - self.done - self.failed
