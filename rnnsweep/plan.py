"""What a run would do, told before it starts; nothing is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from .cost import block_capacity, epoch_flops, trial_bytes, update_flops
from .environment import usable_cores
from .folder import Folder
from .params import Sizes
from .spec import Config, Sweep
from .store import Store

# Axes that do not change what a trial costs. Every other one may; they are multiplied out.
_FREE_AXES = {
    "model.init",
    "train.learning_rate",
    "train.momentum",
    "train.clip_norm",
    "train.optimizer",
    "train.gradient",
    "seed",
}

# Measured: bytes of a process with the kernels and tables loaded; of a trial and of an epoch in
# the store and in the CSV files (``python -m benchmarks.store``).
_PROCESS_BYTES = 300 * 2**20
_TRIAL_DISK_BYTES = 1400
_EPOCH_DISK_BYTES = 140

_TIMED_SHAPES = 12
_TIMED_FLOPS = 3e8


@dataclass(frozen=True)
class Plan:
    """What `run` would do.

    Attributes
    ----------
    axes : list of (column name, values)
    folder : Path
        Where the results would lie.
    jobs : int
        Trials at once.
    n_trials, n_done, n_epochs : int
        Trials in the file, those that the folder has a result of, and epochs of all trials.
    memory_bytes, disk_bytes : float
        Estimates: memory with `jobs` of the largest trials at once; disk for all trials.
    seconds : float or None
        Estimate for the trials that are left, if measured.
    n_timed : int
        Shapes that were timed.
    """

    axes: list[tuple[str, tuple[Any, ...]]]
    folder: Path
    jobs: int
    n_trials: int
    n_done: int
    n_epochs: int
    memory_bytes: float
    disk_bytes: float
    seconds: float | None
    n_timed: int


@dataclass(frozen=True)
class _Cost:
    """What one trial costs; all trials of a shape cost the same."""

    config: Config
    memory_bytes: int
    update_flops: float
    n_updates: float  # with validation, whose cost is told in updates


def make_plan(sweep: Sweep, results: Path | None, jobs: int | None, measure: bool) -> Plan:
    """Return what a run of the sweep would do.

    Parameters
    ----------
    sweep : Sweep
    results : Path, optional
        The results folder; ``results/<stem of the file>`` if left out.
    jobs : int, optional
        Trials at once; the number of usable cores if left out.
    measure : bool
        Time a few shapes, which loads and perhaps compiles the kernels.

    Raises
    ------
    ResultsError
        If there are results that cannot be read.
    """
    folder = results or Path("results", sweep.stem)
    jobs = jobs or usable_cores()
    shapes = list(_shapes(sweep))
    trials_a_shape = len(sweep) // len(shapes)
    n_done = _count_done(sweep, folder)
    n_epochs = sum(shape.config.train.epochs for shape in shapes) * trials_a_shape
    seconds, n_timed = None, 0
    if measure:
        seconds_each, n_timed = _measure(shapes)
        share_left = 1 - n_done / len(sweep)
        seconds = sum(seconds_each) * trials_a_shape * share_left / min(jobs, usable_cores())
    return Plan(
        axes=[(axis.name, axis.values) for axis in sweep.axes],
        folder=folder,
        jobs=jobs,
        n_trials=len(sweep),
        n_done=n_done,
        n_epochs=n_epochs,
        memory_bytes=_PROCESS_BYTES + jobs * max(shape.memory_bytes for shape in shapes),
        disk_bytes=len(sweep) * _TRIAL_DISK_BYTES + n_epochs * _EPOCH_DISK_BYTES,
        seconds=seconds,
        n_timed=n_timed,
    )


def _count_done(sweep: Sweep, folder: Path) -> int:
    place = Folder(folder)
    place.check()
    if not place.store_db.exists():
        return 0
    with Store.reader(folder) as store:
        return store.count_done(trial.trial_id for trial in sweep)


def _shapes(sweep: Sweep) -> Iterator[_Cost]:
    """Yield the cost of one trial for each combination of the axes that change it."""
    lengths = [len(axis.values) for axis in sweep.axes]
    strides = [prod(lengths[i + 1 :]) for i in range(len(lengths))]
    digits = [
        range(1) if axis.key in _FREE_AXES else range(length)
        for axis, length in zip(sweep.axes, lengths, strict=True)
    ]
    for chosen in product(*digits):
        position = sum(d * stride for d, stride in zip(chosen, strides, strict=True))
        yield _cost(sweep[position].config)


def _cost(config: Config) -> _Cost:
    shape, train = config.task.shape(config.model.output), config.train
    sizes = Sizes(shape.input_size, config.model.hidden_size, shape.output_size)
    n_out = shape.seq_len if config.model.output == "every" else 1
    capacity = block_capacity(train.batch_size, shape.n_train, shape.n_val)
    n_sequences = shape.n_train + shape.n_val + shape.n_test
    itemsize = np.dtype(train.dtype).itemsize
    batch = min(train.batch_size, shape.n_train)
    an_update = update_flops(sizes, shape.seq_len, batch, n_out)
    an_epoch = epoch_flops(sizes, shape.seq_len, n_out, shape.n_train, shape.n_val)
    return _Cost(
        config,
        trial_bytes(sizes, shape.seq_len, n_out, n_sequences, capacity, itemsize),
        an_update,
        train.epochs * an_epoch / an_update,
    )


def _measure(shapes: list[_Cost]) -> tuple[list[float], int]:
    """Return the seconds of a trial of each shape, and how many shapes were timed for that."""
    from .trial import seconds_an_update, warm_up

    order = sorted(shapes, key=lambda shape: shape.update_flops)
    picks = np.unique(np.linspace(0, len(order) - 1, _TIMED_SHAPES).round().astype(int))
    timed = [order[pick] for pick in picks]
    for dtype in {shape.config.train.dtype for shape in timed}:
        warm_up(dtype)
    seconds = [
        seconds_an_update(shape.config, max(1, int(_TIMED_FLOPS / shape.update_flops)))
        for shape in timed
    ]
    # Straight lines between the timed sizes, both scales logarithmic; the mean of shapes that
    # differ in other things than their size.
    timed_flops, place = np.unique([shape.update_flops for shape in timed], return_inverse=True)
    mean_log = np.bincount(place, np.log(seconds)) / np.bincount(place)
    flops = np.log([shape.update_flops for shape in shapes])
    an_update = np.exp(np.interp(flops, np.log(timed_flops), mean_log))
    n_updates = np.array([shape.n_updates for shape in shapes])
    return list(n_updates * an_update), len(timed)
