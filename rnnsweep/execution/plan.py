"""The plan of a run: what it would do, without doing it. Nothing is written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import tee
from math import inf
from pathlib import Path
from sys import intern
from typing import Any, NamedTuple

from rnnsweep.record import Recording
from rnnsweep.store.folder import Folder
from rnnsweep.store.rank import bests, problem_of, problem_settings
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Dimension, Sweep, as_cell, column
from rnnsweep.training.workload import trial_seconds

from .earlier_results import count_earlier, earlier_line, timed_out_line
from .environment import usable_cores
from .free_memory import free_for_trials
from .sweep_cost import costs_of, disk_bytes, measured_seconds, memory_bytes
from .sweep_folder import folder_of


class PlannedAxis(NamedTuple):
    """One swept key.

    Attributes
    ----------
    name : str
        The name of its column.
    values : tuple
        In order; those of [[zip]] may repeat.
    form : str
        "grid", "zip", "random" or "when".
    note : str
        Which axis it advances with, or under which condition it exists.
    """

    name: str
    values: tuple[Any, ...]
    form: str
    note: str


@dataclass(frozen=True)
class Plan:
    """What `run` would do.

    Attributes
    ----------
    axes : list of PlannedAxis
    folder : Path
        The results folder.
    jobs : int
        Trials at once.
    shard : str
        The part of the file's trials that is planned, such as "3/8"; empty for all of them.
    n_in_file, n_trials, n_done, n_epochs : int
        Trials of the file, those that are planned, those of them that have a result in the folder,
        and epochs of the planned ones.
    may_stop : bool
        Whether trials may end before their last epoch, so that the numbers of epochs, bytes and
        seconds are upper bounds.
    memory_bytes, disk_bytes : float
        Estimates: memory with `jobs` of the largest trials at once, including the data sets that
        are kept for later trials; disk for all trials.
    largest_bytes : float
        Estimate of the memory that the largest trial takes.
    free_bytes : float
        What is free for trials in the memory of this machine; infinity where the system does not
        say, and where they are trained on other machines.
    seconds : float or None
        Estimate for the trials that are left; None if nothing was measured.
    n_timed : int
        How many shapes were timed for it.
    """

    axes: list[PlannedAxis]
    folder: Path
    jobs: int
    shard: str
    n_in_file: int
    n_trials: int
    n_done: int
    n_epochs: int
    may_stop: bool
    memory_bytes: float
    disk_bytes: float
    largest_bytes: float
    free_bytes: float
    seconds: float | None
    n_timed: int


def make_plan(
    sweep: Sweep,
    results: Path | None,
    jobs: int | None,
    measure: bool,
    say: Callable[[str], None] = lambda line: None,
    executor: str = "threads",
) -> Plan:
    """Return what a run of the sweep would do.

    Parameters
    ----------
    sweep : Sweep
    results : Path, optional
        The results folder; ``results/<stem of the file>`` if None.
    jobs : int, optional
        Trials at once; the number of usable cores if None.
    measure : bool
        Whether to time a few trials, which loads and perhaps compiles the kernels.
    say : callable, optional
        Takes a line for the user meanwhile.
    executor : str
        A key of `EXECUTORS`: with "dask", so many trials train at once as `jobs` says, whatever
        cores this machine has.

    Raises
    ------
    SweepError
        If `results` is None, and the default folder holds the results of another file.
    ResultsError
        If the folder holds results that cannot be read.
    """
    folder = folder_of(sweep, results)
    jobs = jobs or usable_cores()
    for note in sweep.notes:
        say(note)
    costs = costs_of(sweep)
    n_done, share_left = _count_done(sweep, folder, say)
    seconds, n_timed = None, 0
    if measure:
        seconds_each, n_timed = measured_seconds(sweep, costs, say)
        all_seconds = float(costs["n_trials"] @ seconds_each)
        at_once = jobs if executor == "dask" else min(jobs, usable_cores())
        seconds = all_seconds * share_left / at_once
    return Plan(
        axes=[axis for dimension in sweep.dimensions for axis in _planned(dimension)],
        folder=folder,
        jobs=jobs,
        shard=sweep.shard,
        n_in_file=sweep.n_in_file,
        n_trials=len(sweep),
        n_done=n_done,
        n_epochs=int(costs["n_trials"] @ costs["n_epochs"]),
        may_stop=bool(costs["may_stop"].any()),
        memory_bytes=memory_bytes(sweep, costs, jobs),
        disk_bytes=disk_bytes(sweep, costs),
        largest_bytes=float(costs["memory_bytes"].max()),
        free_bytes=inf if executor == "dask" else free_for_trials(),
        seconds=seconds,
        n_timed=n_timed,
    )


def _planned(dimension: Dimension) -> Iterable[PlannedAxis]:
    """Yield the axes of a dimension of the sweep, which advance together."""
    first = dimension.axes[0].name
    repeated = max(dimension.n_draws - len(dimension), 0)
    for axis in dimension.axes:
        note = ""
        if repeated and axis.name == first:
            note = f"{repeated:,} of {dimension.n_draws:,} repeat another and are left out"
        elif dimension.form == "zip" and axis.name != first:
            note = f"with {first}"
        elif dimension.condition is not None:
            note = f"where {_condition_text(dimension.condition.values)}"
        yield PlannedAxis(axis.name, axis.values, dimension.form, note)


def _condition_text(values_of: Mapping[str, Sequence[Any]]) -> str:
    """Return a condition as text, from the values that each of its keys may have."""
    parts = (
        f"{column(key)} is {' or '.join(str(as_cell(value)) for value in values)}"
        for key, values in values_of.items()
    )
    return ", ".join(parts)


def _count_done(sweep: Sweep, folder: Path, say: Callable[[str], None]) -> tuple[int, float]:
    """Return how many trials are done, and the share of the total time that the others take.

    `say` takes a line about results that no longer count.
    """
    results = Folder(folder)
    results.check()
    if not results.store_db.exists():
        return 0, 1.0
    with Store.reader(folder) as store:
        if not results.in_use():  # as a run does, and one that is going on has done
            store.inspect()
        requirements = Requirements(sweep.metrics, sweep.save_params, sweep.trial_timeout)
        recording = Recording(sweep.metrics)
        trials, trials_of_ids = tee(sweep)
        are_done = store.are_done((trial.trial_id for trial in trials_of_ids), requirements)
        # Trials differ in length, and a run takes the long ones first.
        n_done, seconds, seconds_left = 0, 0.0, 0.0
        for trial, is_done in zip(trials, are_done, strict=True):
            expected = trial_seconds(trial.config, recording)
            seconds += expected
            seconds_left += 0.0 if is_done else expected
            n_done += is_done
        if n_earlier := count_earlier(sweep, store, len(sweep) - n_done):
            say(earlier_line(n_earlier))
        if sweep.trial_timeout:
            ids = (trial.trial_id for trial in sweep)
            if n_timed_out := store.count_timed_out(ids, requirements):
                say(timed_out_line(n_timed_out, sweep.trial_timeout))
        # If that is all there is to do, a run trains the best trial again for its params.
        if n_done == len(sweep) and sweep.save_params == "best":
            n_again = _n_bests_without_params(sweep, store)
            return n_done - n_again, n_again / len(sweep)
        return n_done, seconds_left / seconds


def _n_bests_without_params(sweep: Sweep, store: Store) -> int:
    """Return how many of this sweep's best trials lack their params, where all have a result.

    `Store.best` is about the file that was run last, which need not be this one.
    """
    names = problem_settings(axis.name for axis in sweep.axes)
    stored = (store.trial(trial.trial_id) for trial in sweep)
    # A whole trial takes 4 KB, these columns 0.2 KB; most trials have the same few problems.
    rows = [
        (
            trial.trial_id,
            trial.status,
            trial.best_val_loss,
            trial.baseline,
            intern(problem_of(trial.settings, names)),
        )
        for trial in stored
        if trial is not None
    ]
    trial_ids, statuses, losses, baselines, problems = zip(*rows, strict=True)
    is_part = bool(sweep.shard and names)
    places = {place for place, _ in bests(statuses, losses, baselines, problems, is_part)}
    return sum(store.params(trial_ids[place]) is None for place in places)
