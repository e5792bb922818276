"""What a run would do, told before it starts; nothing is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil, log2
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cost import block_capacity, data_bytes, epoch_flops, training_bytes, update_flops
from .environment import usable_cores
from .folder import Folder
from .params import Sizes, count_params, param_shapes
from .ranking import of_the_problem, over_baseline
from .spec import Config, Dimension, StopConfig, Sweep, as_cell, column
from .store import Store
from .stored_trial import StoredTrial
from .wanted import Asked

# Keys that do not change what a trial costs. Every other one may; their values are told apart.
_FREE_KEYS = {
    "model.init",
    "model.init_input",
    "model.init_recurrent",
    "model.init_output",
    "model.init_std",
    "model.spectral_radius",
    "model.init_connections",
    "model.forget_bias",
    "train.huber_delta",
    "train.optimizer",
    "train.learning_rate",
    "train.momentum",
    "train.nesterov",
    "train.weight_decay",
    "train.l1",
    "train.l2",
    "train.clip_norm",
    "train.clip_value",
    "train.schedule",
    "train.decay",
    "train.decay_every",
    "train.warmup_updates",
    "train.gradient",
    "train.truncation",
    "train.dropout",
    "stop.patience",
    "stop.val_loss_below",
    "stop.accuracy_above",
    "seed",
}

# Measured: bytes of a process with the kernels and tables loaded; of a trial and of an epoch in
# the store and in the CSV files (``python -m benchmarks.store``). A further column of an epoch
# has 8 bytes in the store and about 20 digits in the CSV file.
_PROCESS_BYTES = 300 * 2**20
_TRIAL_DISK_BYTES = 1400
_EPOCH_DISK_BYTES = 140
_CELL_DISK_BYTES = 28

_ITEM_BYTES = {"float32": 4, "float64": 8}
_NO_STOP = StopConfig()

_TIMED_SHAPES = 12
_TIMED_FLOPS = 3e8


class PlannedAxis(NamedTuple):
    """One swept key.

    Attributes
    ----------
    name : str
        Its column.
    values : tuple
        In their order; of [[zip]] with repeats.
    form : str
        "grid", "zip", "random" or "when".
    note : str
        What it advances with, or where it exists.
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
        Where the results would lie.
    jobs : int
        Trials at once.
    n_trials, n_done, n_epochs : int
        Trials in the file, those that the folder has a result of, and epochs of all trials.
    may_stop : bool
        Whether trials may end before their last epoch, so that all but `n_trials` are at most.
    memory_bytes, disk_bytes : float
        Estimates: memory with `jobs` of the largest trials at once; disk for all trials.
    seconds : float or None
        Estimate for the trials that are left, if measured.
    n_timed : int
        Shapes that were timed.
    """

    axes: list[PlannedAxis]
    folder: Path
    jobs: int
    n_trials: int
    n_done: int
    n_epochs: int
    may_stop: bool
    memory_bytes: float
    disk_bytes: float
    seconds: float | None
    n_timed: int


class _Cost(NamedTuple):
    """What one trial costs; all trials of a shape cost the same."""

    n_trials: int
    n_epochs: int
    may_stop: bool
    memory_bytes: float
    disk_bytes: float
    params_bytes: float
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
    costs = _costs(sweep)
    n_done = _count_done(sweep, folder)
    n_epochs = int(costs["n_trials"] @ costs["n_epochs"])
    disk_bytes = float(costs["n_trials"] @ costs["disk_bytes"])
    if sweep.save_params == "best":
        disk_bytes += float(costs["params_bytes"].max())
    elif sweep.save_params == "all":
        disk_bytes += float(costs["n_trials"] @ costs["params_bytes"])
    seconds, n_timed = None, 0
    if measure:
        seconds_each, n_timed = _measure(sweep, costs)
        share_left = 1 - n_done / len(sweep)
        all_seconds = float(costs["n_trials"] @ seconds_each)
        seconds = all_seconds * share_left / min(jobs, usable_cores())
    return Plan(
        axes=[axis for dimension in sweep.dimensions for axis in _planned(dimension)],
        folder=folder,
        jobs=jobs,
        n_trials=len(sweep),
        n_done=n_done,
        n_epochs=n_epochs,
        may_stop=bool(costs["may_stop"].any()),
        memory_bytes=_PROCESS_BYTES + jobs * float(costs["memory_bytes"].max()),
        disk_bytes=disk_bytes,
        seconds=seconds,
        n_timed=n_timed,
    )


def _planned(dimension: Dimension) -> Iterable[PlannedAxis]:
    first = dimension.axes[0].name
    repeated = max(dimension.asked - len(dimension), 0)
    for axis in dimension.axes:
        note = ""
        if repeated and axis.name == first:
            note = f"{repeated:,} of {dimension.asked:,} repeat another and are left out"
        elif dimension.form == "zip" and axis.name != first:
            note = f"with {first}"
        elif dimension.condition is not None:
            note = f"where {_condition_text(dimension.condition.wanted)}"
        yield PlannedAxis(axis.name, axis.values, dimension.form, note)


def _condition_text(wanted: Mapping[str, Sequence[Any]]) -> str:
    parts = (
        f"{column(key)} is {' or '.join(str(as_cell(value)) for value in values)}"
        for key, values in wanted.items()
    )
    return ", ".join(parts)


def _count_done(sweep: Sweep, folder: Path) -> int:
    place = Folder(folder)
    place.check()
    if not place.store_db.exists():
        return 0
    with Store.reader(folder) as store:
        asked = Asked(sweep.metrics, sweep.save_params)
        n_done = store.count_done((trial.trial_id for trial in sweep), asked)
        # Whoever has nothing else to do trains the best trial again, if its params are missing.
        if n_done == len(sweep) and sweep.save_params == "best" and not _has_best(sweep, store):
            n_done -= 1
        return n_done


def _has_best(sweep: Sweep, store: Store) -> bool:
    """Return whether the params of the best trial are kept, where all have a result.

    The best of this file, which need not be the one that was run last: that one's the store tells.
    """
    found = (store.trial(trial.trial_id) for trial in sweep)
    trials = [it for it in found if it is not None and it.best_val_loss is not None]
    if not trials:
        return True
    names = of_the_problem([axis.name for axis in sweep.axes])
    problems = (tuple(it.settings.get(name) for name in names) for it in trials)
    by_ratio = over_baseline(problems, [it.baseline for it in trials])

    def rank(trial: StoredTrial) -> tuple[bool, float]:
        baseline = trial.baseline if by_ratio else None
        return trial.status == "diverged", (trial.best_val_loss or 0.0) / (baseline or 1.0)

    return store.params(min(trials, key=rank).trial_id) is not None


def _costs(sweep: Sweep) -> NDArray[np.void]:
    """Return a row for each shape: trials that differ in nothing that changes their cost."""
    kinds = [(name, np.float64) for name in _Cost._fields]
    costs = (_cost(sweep, config, count) for config, count in sweep.shapes(_FREE_KEYS))
    return np.fromiter(costs, np.dtype(kinds))


def _cost(sweep: Sweep, config: Config, n_trials: int) -> _Cost:
    model, train = config.model, config.train
    shape = config.task.shape(model.output)
    sizes = Sizes(
        shape.input_size, model.hidden_size, shape.output_size, model.cell, model.num_layers
    )
    n_out = shape.seq_len if model.output == "every" else 1
    capacity = block_capacity(train.batch_size, shape.n_train, shape.n_val)
    n_sequences = shape.n_train + shape.n_val + shape.n_test
    itemsize = _ITEM_BYTES[train.dtype]
    batch = min(train.batch_size, shape.n_train)
    an_update = update_flops(sizes, shape.seq_len, batch, n_out)
    an_epoch = epoch_flops(sizes, shape.seq_len, n_out, shape.n_train, shape.n_val)
    n_epochs = train.epochs
    if config.stop.max_updates:
        n_epochs = min(n_epochs, ceil(config.stop.max_updates / ceil(shape.n_train / batch)))
    n_inputs = 1 if config.task.has_symbols else shape.input_size + 1
    n_targets = 1 if config.task.n_classes else shape.output_size
    of_data = data_bytes(n_sequences, shape.seq_len, n_out, n_inputs, n_targets, itemsize)
    of_an_epoch = _EPOCH_DISK_BYTES + _CELL_DISK_BYTES * _n_metrics(sweep, sizes, shape.seq_len)
    return _Cost(
        n_trials,
        n_epochs,
        config.stop != _NO_STOP,
        of_data + training_bytes(sizes, shape.seq_len, n_out, capacity, itemsize),
        _TRIAL_DISK_BYTES + n_epochs * of_an_epoch,
        itemsize * count_params(sizes) if sweep.save_params != "none" else 0,
        an_update,
        n_epochs * an_epoch / an_update,
    )


def _n_metrics(sweep: Sweep, sizes: Sizes, seq_len: int) -> int:
    """Return about how many columns [metrics] adds to an epoch."""
    several = {
        "grad_norms": len(param_shapes(sizes)) if "grad_norms" in sweep.metrics else 0,
        "spectral_radius": sizes.layers,
        "singular_value": sizes.layers,
        "dead_units": sizes.layers,
        "gradient_flow": 3 + int(log2(seq_len)),
    }
    return sum(several.get(metric, 1) for metric in sweep.metrics)


def _measure(sweep: Sweep, costs: NDArray[np.void]) -> tuple[NDArray[np.float64], int]:
    """Return the seconds of a trial of each shape, and how many shapes were timed for that."""
    from .training import warm_up
    from .trial import seconds_an_update

    flops = costs["update_flops"]
    order = np.argsort(flops, kind="stable")
    picks = np.unique(np.linspace(0, len(order) - 1, _TIMED_SHAPES).round().astype(int))
    timed = sorted(order[picks].tolist())
    shapes = enumerate(config for config, _ in sweep.shapes(_FREE_KEYS))
    configs = [config for i, config in islice(shapes, timed[-1] + 1) if i in timed]
    for cell, dtype in {(config.model.cell, config.train.dtype) for config in configs}:
        warm_up(cell, dtype)
    seconds = [
        seconds_an_update(config, max(1, int(_TIMED_FLOPS / flops[i])))
        for config, i in zip(configs, timed, strict=True)
    ]
    # Straight lines between the timed sizes, both scales logarithmic; the mean of shapes that
    # differ in other things than their size.
    timed_flops, place = np.unique(flops[timed], return_inverse=True)
    mean_log = np.bincount(place, np.log(seconds)) / np.bincount(place)
    an_update = np.exp(np.interp(np.log(flops), np.log(timed_flops), mean_log))
    return costs["n_updates"] * an_update, len(timed)
