"""What the trials of a sweep cost together: memory, disk, time."""

from collections.abc import Callable
from itertools import islice
from math import ceil, log2
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.network.cost import (
    block_capacity,
    data_bytes,
    epoch_flops,
    training_bytes,
    update_flops,
)
from rnnsweep.network.layout import Sizes, count_params, param_shapes
from rnnsweep.record import Wanted
from rnnsweep.sweepfile import Config, StopConfig, Sweep

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

# What decides the form of a task's data, beside the task and the seed.
_DATA_KEYS = {"model.output", "train.loss", "train.huber_delta", "train.dtype"}
# As `shared_data` has it, which a plan does not load: bytes of data sets that stay for further
# trials.
_KEPT_BYTES = 512 * 2**20

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


class _Cost(NamedTuple):
    """What one trial costs; all trials of a shape cost the same."""

    n_trials: int
    n_epochs: int
    may_stop: bool
    memory_bytes: float
    data_bytes: float
    disk_bytes: float
    params_bytes: float
    update_flops: float
    n_updates: float  # with the other passes over the data, whose cost is counted in updates


def costs_of(sweep: Sweep) -> NDArray[np.void]:
    """Return a row for each shape: trials that differ in nothing that changes their cost."""
    kinds = [(name, np.float64) for name in _Cost._fields]
    costs = (_cost(sweep, config, count) for config, count in sweep.shapes(_FREE_KEYS))
    return np.fromiter(costs, np.dtype(kinds))


def memory_bytes(sweep: Sweep, costs: NDArray[np.void], jobs: int) -> float:
    """Return what a process takes with the largest trials at once, and the data sets that stay."""
    in_use = jobs * float(costs["data_bytes"].max())
    stay = max(0.0, min(_KEPT_BYTES, _all_data_bytes(sweep, _KEPT_BYTES)) - in_use)
    return _PROCESS_BYTES + jobs * float(costs["memory_bytes"].max()) + stay


def disk_bytes(sweep: Sweep, costs: NDArray[np.void]) -> float:
    """Return what the results of all trials take on the disk."""
    params = costs["params_bytes"]
    kept = {"none": 0.0, "best": params.max(), "all": costs["n_trials"] @ params}
    return float(costs["n_trials"] @ costs["disk_bytes"] + kept[sweep.save_params])


def _all_data_bytes(sweep: Sweep, enough: float) -> float:
    """Return the bytes of the different data sets; the sum ends where it is `enough`."""
    names = {axis.key for axis in sweep.axes}
    n_seeds = next((len(axis.values) for axis in sweep.axes if axis.key == "seed"), 1)
    alike = {key for key in names - _DATA_KEYS if not key.startswith("task.")}
    total = 0.0
    for config, _ in sweep.shapes(alike):
        total += _data_bytes(config) * (n_seeds if config.task.seeded else 1)
        if total >= enough:
            break
    return total


def _data_bytes(config: Config) -> int:
    shape = config.task.shape(config.model.output)
    return data_bytes(
        shape.n_train + shape.n_val + shape.n_test,
        shape.seq_len,
        shape.seq_len if config.model.output == "every" else 1,
        1 if config.task.has_symbols else shape.input_size,
        1 if config.task.n_classes else shape.output_size,
        _ITEM_BYTES[config.train.dtype],
    )


def _cost(sweep: Sweep, config: Config, n_trials: int) -> _Cost:
    model, train = config.model, config.train
    shape = config.task.shape(model.output)
    sizes = Sizes(
        shape.input_size, model.hidden_size, shape.output_size, model.cell, model.num_layers
    )
    n_out = shape.seq_len if model.output == "every" else 1
    capacity = block_capacity(train.batch_size, shape.n_train, shape.n_val)
    itemsize = _ITEM_BYTES[train.dtype]
    batch = min(train.batch_size, shape.n_train)
    an_update = update_flops(sizes, shape.seq_len, batch, n_out)
    an_epoch = epoch_flops(sizes, shape.seq_len, n_out, shape.n_train, shape.n_val)
    # The loss of the training part before the first update, measured as one of validation is.
    before = epoch_flops(sizes, shape.seq_len, n_out, 0, shape.n_train)
    n_epochs = train.epochs
    if config.stop.max_updates:
        n_epochs = min(n_epochs, ceil(config.stop.max_updates / ceil(shape.n_train / batch)))
    of_data = _data_bytes(config)
    n_columns = _n_metrics(sweep, sizes, shape.seq_len) if sweep.metrics else 0
    of_an_epoch = _EPOCH_DISK_BYTES + _CELL_DISK_BYTES * n_columns
    return _Cost(
        n_trials,
        n_epochs,
        config.stop != _NO_STOP,
        of_data + training_bytes(sizes, shape.seq_len, n_out, capacity, itemsize),
        of_data,
        _TRIAL_DISK_BYTES + n_epochs * of_an_epoch,
        itemsize * count_params(sizes) if sweep.save_params != "none" else 0.0,
        an_update,
        (n_epochs * an_epoch + before) / an_update,
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


def measured_seconds(
    sweep: Sweep, costs: NDArray[np.void], say: Callable[[str], None]
) -> tuple[NDArray[np.float64], int]:
    """Return the seconds of a trial of each shape, and how many shapes were timed for that."""
    from rnnsweep.training.trial import seconds_an_update

    from .compilation import Compilation, Needs

    flops = costs["update_flops"]
    order = np.argsort(flops, kind="stable")
    picks = np.unique(np.linspace(0, len(order) - 1, _TIMED_SHAPES).round().astype(int))
    timed = sorted(order[picks].tolist())
    shapes = enumerate(config for config, _ in sweep.shapes(_FREE_KEYS))
    configs = [config for i, config in islice(shapes, timed[-1] + 1) if i in timed]
    compilation = Compilation(say)
    for config in configs:
        compilation.prepare(Needs.of_trial(config, Wanted()))
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
