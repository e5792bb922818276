"""The order in which a run trains its trials: long ones first, short ones in packs."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from rnnsweep.record import Recording
from rnnsweep.sweepfile import Trial

# The longest of so many trials is taken next; they are in memory at once, 1 KB each.
_LOOK_AHEAD = 2000


class QueuedTrial(NamedTuple):
    """A trial to train.

    Attributes
    ----------
    trial : Trial
    recording : Recording
        What to record of it.
    seconds : float
        Roughly how long it may take.
    position : int
        Among all trials of the sweep file; processes that have the file know it by this.
    timeout_s : float
        Seconds after which it is ended; 0 for never.
    """

    trial: Trial
    recording: Recording
    seconds: float
    position: int = -1
    timeout_s: float = 0.0


Pack = Sequence[QueuedTrial]


def longest_first(
    queue: Iterable[QueuedTrial], look_ahead: int = _LOOK_AHEAD
) -> Iterator[QueuedTrial]:
    """Yield the longest of the next `look_ahead` trials, again and again.

    The last trials are short then, and no thread is left alone with a long one. Of equally long
    trials the first comes first.
    """
    numbered = ((-trial.seconds, number, trial) for number, trial in enumerate(queue))
    heap = list(islice(numbered, look_ahead))
    heapq.heapify(heap)
    for entry in numbered:
        yield heapq.heapreplace(heap, entry)[-1]
    while heap:
        yield heapq.heappop(heap)[-1]


def packed(queue: Iterable[QueuedTrial], seconds: float) -> Iterator[Pack]:
    """Yield trials in packs that take about so many seconds, a longer trial by itself."""
    pack: list[QueuedTrial] = []
    total = 0.0
    for trial in queue:
        if pack and total + trial.seconds > seconds:
            yield pack
            pack, total = [], 0.0
        pack.append(trial)
        total += trial.seconds
    if pack:
        yield pack
