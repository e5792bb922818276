"""Trials of a store trained once more, into a store of their own, and compared with it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from rnnsweep.errors import SweepError
from rnnsweep.interruption import deferred
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
    again = _Again(store, sweep, folder, n_threads, progress)
    progress.say(f"training {counted(len(places), 'trial')} once more")
    n_equal = 0
    differences: dict[str, str] = {}
    apart: list[tuple[int, str]] = []  # of another type of CPU, and not equal to the last bit
    pairs = zip(_copies(store, places), again.train("recomputed", places), strict=True)
    for place, (stored, recomputed) in zip(places, pairs, strict=True):
        difference = exact_difference(stored, recomputed)
        _, trial_id = place
        if difference is None:
            n_equal += 1
        elif recomputed.trial.status == "failed":
            differences[trial_id] = f"it failed when trained once more: {recomputed.trial.error}"
        elif stored.trial.cpu == CPU_TYPE:
            differences[trial_id] = str(difference)
        else:
            apart.append(place)
    if apart:
        progress.say(
            f"training {counted(len(apart), 'trial')} of another type of CPU with a nudged "
            "learning rate, to measure how training magnifies roundings"
        )
        differences |= _far(store, apart, again)
    lines = tuple(f"trial {trial_id}: {line}" for trial_id, line in differences.items())
    return Recomputed(n_equal, len(places) - n_equal - len(lines), lines)


def _far(store: Store, places: Places, again: "_Again") -> dict[str, str]:
    """Return a line for each trial that differs by more than another type of CPU explains."""
    lines = {}
    nudged = again.train("nudged", places, with_nudge)
    with Store.reader(again.folder / "recomputed") as copies:
        for stored, recomputed, moved in zip(
            _copies(store, places), _copies(copies, places), nudged, strict=True
        ):
            if difference := near_difference(stored, recomputed, moved):
                lines[stored.trial.trial_id] = (
                    f"{difference}; trained on {stored.trial.cpu or 'an unknown type of CPU'}, "
                    f"and recomputed on {CPU_TYPE}, which does not explain it"
                )
    return lines


class _Again(NamedTuple):
    """Trains trials of a store once more, into stores of their own; fields as of `recompute`."""

    store: Store
    sweep: Sweep
    folder: Path
    n_threads: int
    progress: Progress

    def train(
        self, name: str, places: Places, change: Callable[[Trial], Trial] = lambda trial: trial
    ) -> Iterator[Copy]:
        """Train trials after a change into a store of this name, and yield them from there."""

        def queue() -> Iterator[QueuedTrial]:
            for (position, _), stored in zip(places, _copies(self.store, places), strict=True):
                trial, recording = change(self.sweep[position]), _recording(stored)
                yield QueuedTrial(trial, recording, trial_seconds(trial.config, recording))

        with (
            Store.writer(self.folder / name) as copies,
            ThreadExecutor(self.n_threads, DataCache(), self.progress.say) as executor,
        ):
            settings: dict[str, Any] = {}  # each record has its own
            trials = ((trial_id, settings) for _, trial_id in places)
            copies.set_sweep(name, "", [], trials, Requirements(save_params="all"))
            seconds = sum(each.seconds for each in queue())
            Scheduler(copies, executor, self.progress).train(queue(), len(places), seconds)
            yield from _copies(copies, places)


def _copies(store: Store, places: Places) -> Iterator[Copy]:
    return store.copies(trial_id for _, trial_id in places)


def _check_ids(sweep: Sweep, places: Places) -> None:
    """Raise `SweepError` unless the sweep has these trials at these positions."""
    with deferred() as interruption:
        changed = [
            trial_id
            for position, trial_id in interruption.checked(places)
            if position >= len(sweep) or sweep[position].trial_id != trial_id
        ]
    if changed:
        raise SweepError(
            f"{sweep.path}: {counted(len(changed), 'trial')} of the {len(places):,} to recompute "
            f"(first {changed[0]}) cannot be made again: the content of a data file or of a cell's "
            "file decides a trial's id and has changed, or an earlier version of rnnsweep trained "
            "them; put the files back, or name the sweep file next to them with --sweep FILE"
        )


def _recording(stored: Copy) -> Recording:
    """Return what was recorded of a trial."""
    return Recording(metrics_in(stored.trial.extra_columns), stored.params is not None)


def with_nudge(trial: Trial) -> Trial:
    """Return the trial, with its id, and a learning rate that differs by some roundings."""
    train = trial.config.train
    rate = train.learning_rate * (1 + NUDGE[train.dtype])
    config = replace(trial.config, train=train.model_copy(update={"learning_rate": rate}))
    return replace(trial, config=config)
