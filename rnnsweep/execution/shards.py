"""The parts of a sweep that several machines train apart from each other: its shards.

Each machine computes the same parts from the sweep file alone. `rnnsweep.execution.merge` puts
their results together.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

from rnnsweep.errors import SweepError
from rnnsweep.record import Recording
from rnnsweep.shard_text import read_shard
from rnnsweep.sweepfile import Sweep
from rnnsweep.training.workload import trial_seconds

from .sweep_cost import free_keys

# More digits would make more different costs, and say no more about the time of a trial.
_COST_DIGITS = 3
_COSTS_PER_S = 1e6
_LONGEST_S = 1e9


def take_shard(sweep: Sweep, shard: str | None) -> Sweep:
    """Return the trials of one shard as a sweep of its own, or the whole sweep where it is None.

    Parameters
    ----------
    sweep : Sweep
        All trials of a file.
    shard : str or None
        "K/N", as in "3/8": the third of eight shards.

    Raises
    ------
    SweepError
        If `shard` has another form, there is no such shard, or it has no trial.
    """
    if shard is None:
        return sweep
    number, n_shards = read_shard(shard)
    text = f"{number}/{n_shards}"
    n_trials = len(sweep)
    empty = (
        f"the sweep has {n_trials} trials, so that the shards from {n_trials + 1}/{n_shards} on "
        f"are empty"
    )
    if number > n_trials:
        raise SweepError(
            f"--shard {text}: {empty}; allowed: 1/{n_shards} to {n_trials}/{n_shards}, "
            "or fewer shards"
        )
    # Shards that would be empty change no other one, and may be very many.
    shards = shards_of(sweep, min(n_shards, n_trials))
    part = sweep.part(np.flatnonzero(shards == number - 1), text)
    if n_shards > n_trials:
        part.notes = (*part.notes, empty)
    return part


def shards_of(sweep: Sweep, n_shards: int) -> NDArray[np.int32]:
    """Return for each trial of a file the shard that trains it, counted from 0.

    The result depends on the file alone. The predicted times of two shards differ by no more than
    the longest trial. Trials that cost the same are dealt out in a scattered order: in the order
    of trials, each value of the fastest axis might go to a shard of its own, and one of them would
    have all trials that diverge early.

    Parameters
    ----------
    sweep : Sweep
        All trials of a file.
    n_shards : int
        At most the number of trials; then no shard is empty.

    Returns
    -------
    (n_trials,) array
    """
    recording, alike = Recording(sweep.metrics), free_keys(sweep)
    of_shapes = [_cost(trial_seconds(config, recording)) for config, _ in sweep.shapes(alike)]
    costs = np.array(of_shapes)[sweep.shape_numbers(alike)]
    # The longest first.
    order = np.lexsort((_scattered(len(sweep)), -costs))
    shards = np.empty(len(sweep), np.int32)
    # The cost of each shard beyond what all have in common; the cheapest is the first.
    loads = [(0, shard) for shard in range(n_shards)]
    start = 0
    for negative, count in zip(*np.unique(-costs, return_counts=True), strict=True):
        equal, start = order[start : start + count], start + count
        n_dealt = len(equal) - len(equal) % n_shards
        shards[equal[:n_dealt]] = np.arange(n_dealt) % n_shards
        for position in equal[n_dealt:]:
            load, shard = loads[0]
            heapq.heapreplace(loads, (load - int(negative), shard))
            shards[position] = shard
    return shards


def _cost(seconds: float) -> int:
    """Return a predicted time as a whole number, of which only the first digits count.

    The prediction adds, multiplies and divides, which gives the same bits on every machine.
    """
    rounded = float(f"{min(seconds, _LONGEST_S):.{_COST_DIGITS - 1}e}")
    return max(1, round(rounded * _COSTS_PER_S))


def _scattered(n: int) -> NDArray[np.uint64]:
    """Return a different number for each of 0, 1, ..., n - 1, in no order.

    They are the first numbers of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom
    number generators", OOPSLA 2014, figure 16): NumPy's own streams may change with its version.
    """
    z = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
