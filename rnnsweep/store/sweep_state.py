"""What the store says about the current sweep: its file, and how many trials have a result."""

from dataclasses import dataclass
from typing import NamedTuple

from .requirements import Requirements


class SweepInfo(NamedTuple):
    """The sweep file that was run last."""

    name: str
    text: str
    swept: tuple[str, ...]  # column names, without the seeds
    seeds: tuple[str, ...]  # column names: "seed", and those of the other seeds that the file has
    started: float  # when that run began, in seconds since 1970
    requirements: Requirements
    shard: str  # "3/8" for the third of eight parts, "1/8, 3/8" for two; empty for a whole sweep
    n_trials: int  # of the whole sweep
    fingerprint: str  # as of `Sweep.fingerprint`; empty if an earlier version began the sweep


class Change(NamedTuple):
    """How a sweep file changes what has to be trained, in numbers of trials."""

    new: int  # to train: without a result, or lacking something that the file requires
    kept: int  # with a result and all that the file requires
    gone: int  # in the store, but no longer in the file
    timed_out: int = 0  # left out, since they exceeded the file's limit of time or a longer one


class Pending(NamedTuple):
    """A trial to train."""

    position: int
    metrics: tuple[str, ...]  # of its present record, which a new record must not lose


@dataclass(frozen=True)
class Counts:
    """How many trials of the file that was run last have which status."""

    total: int = 0
    complete: int = 0
    solved: int = 0
    diverged: int = 0
    stopped: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        """How many trials have a result."""
        return self.complete + self.solved + self.diverged + self.stopped

    @property
    def pending(self) -> int:
        """How many trials have no record yet."""
        return self.total - self.done - self.failed


def why_no_loss(n_diverged: int, n_failed: int, n_pending: int = 0) -> str:
    """Return why no trial has a loss that counts, as the end of a sentence without its full stop.

    Parameters
    ----------
    n_diverged, n_failed, n_pending : int
        How many trials have which ending; these are all trials.
    """
    n_ended = n_diverged + n_failed
    if not n_ended:
        return "no trial has ended yet"
    ended = " that have ended" if n_pending else ""
    if n_diverged and n_failed:
        return f"of the {n_ended:,} trials{ended}, {n_diverged:,} diverged and {n_failed:,} failed"
    if n_ended > 1:
        who = f"all {n_ended:,} trials{ended}"
    else:
        who = "the only trial that has ended" if n_pending else "the only trial"
    return f"{who} {'diverged' if n_diverged else 'failed'}"
