"""Trials of a store trained once more, into a store of their own, and compared with it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rnnsweep.errors import SweepError
from rnnsweep.record import Recording, metrics_in
from rnnsweep.store.copies import Copy
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Sweep, Trial
from rnnsweep.training.cpu_type import CPU_TYPE
from rnnsweep.training.data_cache import DataCache
from rnnsweep.training.workload import trial_seconds

from .local_executors import ThreadExecutor
from .progress import Progress, counted
from .scheduler import Scheduler
from .trial_differences import NUDGE, exact_difference, near_difference
from .trial_queue import QueuedTrial

Places = Sequence[tuple[int, str]]  # position in the whole sweep, and id, of some trials


class Recomputed(NamedTuple):
    """How trials compare with themselves, trained once more.

    Attributes
    ----------
    n_equal : int
        Trials whose numbers are all equal to the last bit.
    n_near : int
        Trials of another or an unknown type of CPU, equal but for roundings.
    differences : tuple of str
        A line for each other trial.
    """

    n_equal: int
    n_near: int
    differences: tuple[str, ...]


def sampled(store: Store, size: int | None, seed: int) -> Places:
    """Return which trials to train once more: `size` of those with a result, None for all.

    They are spread over the whole sweep: one is drawn from each of `size` equal parts.
    """
    n_trials = store.counts().done
    if size == 0:
        return []
    if size is None or size >= n_trials:
        return list(store.results())
    edges = np.arange(size + 1) * n_trials // size
    chosen = np.random.default_rng(seed).integers(edges[:-1], edges[1:])
    wanted = set(chosen.tolist())
    return [place for number, place in enumerate(store.results()) if number in wanted]


def recompute(
    store: Store,
    sweep: Sweep,
    places: Places,
    folder: Path,
    n_threads: int,
    progress: Progress,
) -> Recomputed:
    """Train some trials once more and compare them with what is stored.

    Parameters
    ----------
    store : Store
    sweep : Sweep
        The whole sweep of the store.
    places : sequence of (position, trial_id)
    folder : Path
        A folder for what is trained.
    n_threads : int
        Trials at once.
    progress : Progress

    Raises
    ------
    SweepError
        If the sweep has other trials at these positions.
    KeyboardInterrupt
        On Ctrl-C.
    """
    _check_ids(sweep, places)

    def train(places: Places, name: str, change: Callable[[Trial], Trial]) -> Iterator[Copy]:
        """Train trials after a change into a store of this name, and yield them from there."""

        def queue() -> Iterator[QueuedTrial]:
            for position, trial_id in places:
                (stored,) = store.copies([trial_id])
                trial, recording = change(sweep[position]), _recording(stored)
                yield QueuedTrial(trial, recording, trial_seconds(trial.config, recording))

        with (
            ThreadExecutor(n_threads, DataCache(), progress.say) as executor,
            Store.writer(folder / name) as copies,
        ):
            settings: dict[str, Any] = {}
            trials = ((trial_id, settings) for _, trial_id in places)
            copies.set_sweep(name, "", [], trials, Requirements(save_params="all"))
            scheduler = Scheduler(copies, executor, progress)
            scheduler.train(queue(), len(places), sum(each.seconds for each in queue()))
            yield from copies.copies(trial_id for _, trial_id in places)

    progress.say(f"training {counted(len(places), 'trial')} once more")
    n_equal = 0
    differences: dict[str, str] = {}
    apart: list[tuple[int, str]] = []
    recomputed = train(places, "recomputed", lambda trial: trial)
    for place, (stored, again) in zip(places, _pairs(store, places, recomputed), strict=True):
        difference = exact_difference(stored, again)
        if difference is None:
            n_equal += 1
        elif stored.trial.cpu == CPU_TYPE or again.trial.status == "failed":
            differences[place[1]] = str(difference)
        else:
            apart.append(place)
    if apart:
        progress.say(
            f"training {counted(len(apart), 'trial')} of another type of CPU with a nudged "
            "learning rate, to measure how training magnifies roundings"
        )
        nudged = train(apart, "nudged", _nudged)
        with Store.reader(folder / "recomputed") as copies:
            pairs = _pairs(store, apart, copies.copies(trial_id for _, trial_id in apart))
            for (stored, again), moved in zip(pairs, nudged, strict=True):
                if difference := near_difference(stored, again, moved):
                    differences[stored.trial.trial_id] = (
                        f"{difference}; trained on {stored.trial.cpu or 'an unknown type of CPU'}, "
                        f"and recomputed on {CPU_TYPE}, which does not explain it"
                    )
    lines = tuple(f"trial {trial_id}: {line}" for trial_id, line in differences.items())
    return Recomputed(n_equal, len(places) - n_equal - len(lines), lines)


def _pairs(store: Store, places: Places, recomputed: Iterable[Copy]) -> Iterator[tuple[Copy, Copy]]:
    return zip(store.copies(trial_id for _, trial_id in places), recomputed, strict=True)


def _check_ids(sweep: Sweep, places: Places) -> None:
    """Raise `SweepError` unless the sweep has these trials at these positions."""
    changed = [
        trial_id
        for position, trial_id in places
        if position >= len(sweep) or sweep[position].trial_id != trial_id
    ]
    if changed:
        raise SweepError(
            f"{sweep.path}: {counted(len(changed), 'trial')} of the {len(places)} to recompute "
            f"(first {changed[0]}) cannot be made again: the content of a data file or of a cell's "
            "file decides a trial's id and has changed, or an earlier version of rnnsweep trained "
            "them; put the files back, or name the sweep file next to them with --sweep FILE"
        )


def _recording(stored: Copy) -> Recording:
    """Return what was recorded of a trial."""
    return Recording(metrics_in(stored.trial.extra_columns), stored.params is not None)


def _nudged(trial: Trial) -> Trial:
    """Return the trial, with its id, and a learning rate that differs by some roundings."""
    train = trial.config.train
    rate = train.learning_rate * (1 + NUDGE[train.dtype])
    config = replace(trial.config, train=train.model_copy(update={"learning_rate": rate}))
    return replace(trial, config=config)
