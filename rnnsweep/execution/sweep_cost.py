"""Estimates of what a run of a sweep takes: memory, disk and time."""

from collections.abc import Callable
from itertools import islice
from math import log2
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.network.cost import constraint_flops, epoch_flops, update_flops
from rnnsweep.network.layout import Sizes, flat_size, param_shapes
from rnnsweep.precision import item_bytes
from rnnsweep.record import Recording
from rnnsweep.sweepfile import Config, StopConfig, Sweep
from rnnsweep.training.workload import (
    KEPT_DATA_BYTES,
    Workload,
    data_bytes_of,
    trial_bytes,
    trial_seconds,
)
from rnnsweep.vocabulary import SEEDS

# Keys that do not change what a trial costs, as those of [cell]. Any other key may: trials that
# differ in it have different shapes.
_FREE_KEYS = {
    "model.init",
    "model.init_input",
    "model.init_recurrent",
    "model.init_output",
    "model.init_std",
    "model.spectral_radius",
    "model.init_connections",
    "model.forget_bias",
    "model.dale_excitatory",
    "model.antisymmetric_gamma",
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
    *SEEDS,
}

# The keys, in addition to those of the task and the seeds, that decide a task's arrays.
_DATA_KEYS = {"model.output", "train.loss", "train.huber_delta", "train.dtype"}

# Measured: bytes of a process with the kernels and tables loaded; of a trial and of an epoch in
# the store and in the CSV files. `tests/execution/test_plan.py` compares the last two with what a
# run writes. A further column of an epoch has 8 bytes in the store and about 20 digits in the CSV
# file.
_PROCESS_BYTES = 300 * 2**20
_OUTCOME_BYTES = 600  # of a trial in the pictures, in memory: python -m benchmarks.driver
_TRIAL_DISK_BYTES = 1400
_EPOCH_DISK_BYTES = 140
_CELL_DISK_BYTES = 28

_NO_STOP = StopConfig()

_TIMED_SHAPES = 12
_TIMED_FLOPS = 3e8


class _Cost(NamedTuple):
    """What one trial costs. All trials of a shape cost the same.

    Attributes
    ----------
    n_trials : int
        Trials of the shape.
    n_epochs : int
        Epochs of a trial, at most.
    may_stop : bool
        Whether a trial may end before its last epoch.
    memory_bytes, data_bytes : float
        Memory while it trains, and the part of it that its data take.
    disk_bytes, params_bytes : float
        Bytes of its record on the disk, and of its params where the file asks for them.
    update_flops : float
        Floating-point operations of the matrix products of one update.
    n_updates : float
        Updates of the trial, including its other passes over the data: an evaluation counts as
        the number of updates that takes as many operations.
    """

    n_trials: int
    n_epochs: int
    may_stop: bool
    memory_bytes: float
    data_bytes: float
    disk_bytes: float
    params_bytes: float
    update_flops: float
    n_updates: float


def free_keys(sweep: Sweep) -> set[str]:
    """Return the keys that do not change what a trial of a sweep costs."""
    return _FREE_KEYS | {axis.key for axis in sweep.axes if axis.key.startswith("cell.")}


def costs_of(sweep: Sweep) -> NDArray[np.void]:
    """Return a row for each shape: trials that differ in nothing that changes their cost.

    The array (n_shapes,) has the fields of `_Cost`.
    """
    fields = [(name, np.float64) for name in _Cost._fields]
    costs = (_cost(sweep, config, n_trials) for config, n_trials in sweep.shapes(free_keys(sweep)))
    return np.fromiter(costs, np.dtype(fields))


def total_seconds(sweep: Sweep) -> float:
    """Return roughly how long all trials take together, one after the other on one thread."""
    recording = Recording(sweep.metrics)
    shapes = sweep.shapes(free_keys(sweep))
    return sum(n_trials * trial_seconds(config, recording) for config, n_trials in shapes)


def memory_bytes(sweep: Sweep, costs: NDArray[np.void], jobs: int) -> float:
    """Return the memory of a run with `jobs` of the largest trials at once.

    It includes the data sets that are kept for later trials. After training, the tables and the
    pictures take some memory for each trial.
    """
    in_use = jobs * float(costs["data_bytes"].max())
    kept = max(0.0, min(KEPT_DATA_BYTES, _all_data_bytes(sweep, KEPT_DATA_BYTES)) - in_use)
    training = jobs * float(costs["memory_bytes"].max())
    return _PROCESS_BYTES + max(training, len(sweep) * _OUTCOME_BYTES) + kept


def disk_bytes(sweep: Sweep, costs: NDArray[np.void]) -> float:
    """Return what the results of all trials take on the disk."""
    params = costs["params_bytes"]
    saved = {"none": 0.0, "best": params.max(), "all": costs["n_trials"] @ params}
    return float(costs["n_trials"] @ costs["disk_bytes"] + saved[sweep.save_params])


def _all_data_bytes(sweep: Sweep, enough: float) -> float:
    """Return the bytes of all different data sets; the sum ends where it reaches `enough`."""
    names = {axis.key for axis in sweep.axes}
    of_data = "seed_data" if "seed_data" in sweep.seeds else "seed"
    n_seeds = next((len(axis.values) for axis in sweep.axes if axis.key == of_data), 1)
    alike = {key for key in names - _DATA_KEYS if not key.startswith("task.")}
    total = 0.0
    for config, _ in sweep.shapes(alike):
        total += data_bytes_of(config) * (n_seeds if config.task.seeded else 1)
        if total >= enough:
            break
    return total


def _cost(sweep: Sweep, config: Config, n_trials: int) -> _Cost:
    train, work = config.train, Workload.of(config)
    sizes, seq_len, n_out = work.sizes, work.seq_len, work.n_out
    itemsize = item_bytes(train.dtype)
    batch = min(train.batch_size, work.n_train)
    flops = update_flops(sizes, seq_len, batch, n_out) + constraint_flops(sizes)
    # The loss of the training part before the first update, measured as one of validation is.
    before = epoch_flops(sizes, seq_len, n_out, 0, work.n_train)
    of_data, own = trial_bytes(config)
    n_columns = _n_metrics(sweep, sizes, seq_len) if sweep.metrics else 0
    of_an_epoch = _EPOCH_DISK_BYTES + _CELL_DISK_BYTES * n_columns
    return _Cost(
        n_trials=n_trials,
        n_epochs=work.n_epochs,
        may_stop=config.stop != _NO_STOP,
        memory_bytes=of_data + own,
        data_bytes=of_data,
        disk_bytes=_TRIAL_DISK_BYTES + work.n_epochs * of_an_epoch,
        params_bytes=itemsize * flat_size(sizes) if sweep.save_params != "none" else 0.0,
        update_flops=flops,
        n_updates=(work.n_epochs * work.epoch_flops() + before) / flops,
    )


def _n_metrics(sweep: Sweep, sizes: Sizes, seq_len: int) -> int:
    """Return about how many columns [metrics] adds to an epoch."""
    n_columns = {
        "grad_norms": len(param_shapes(sizes)) if "grad_norms" in sweep.metrics else 0,
        "spectral_radius": sizes.layers,
        "singular_value": sizes.layers,
        "dead_units": sizes.layers,
        "gradient_flow": 3 + int(log2(seq_len)),
    }
    return sum(n_columns.get(metric, 1) for metric in sweep.metrics)


def measured_seconds(
    sweep: Sweep, costs: NDArray[np.void], say: Callable[[str], None]
) -> tuple[NDArray[np.float64], int]:
    """Time updates of some shapes; return the seconds of a trial of each shape (n_shapes,).

    The second value is how many shapes were timed. `say` takes a line for the user.
    """
    from rnnsweep.training.trial import seconds_per_update

    from .compilation import Compilation, Needs

    flops = costs["update_flops"]
    by_size = np.argsort(flops, kind="stable")
    picks = np.unique(np.linspace(0, len(by_size) - 1, _TIMED_SHAPES).round().astype(int))
    timed = sorted(by_size[picks].tolist())
    shapes = enumerate(config for config, _ in sweep.shapes(free_keys(sweep)))
    configs = [config for i, config in islice(shapes, timed[-1] + 1) if i in timed]
    compilation = Compilation(say)
    for config in configs:
        compilation.prepare(Needs.of_trial(config, Recording()))
    seconds = [
        seconds_per_update(config, max(1, int(_TIMED_FLOPS / flops[i])))
        for config, i in zip(configs, timed, strict=True)
    ]
    # Straight lines between the timed sizes, both scales logarithmic; where several timed shapes
    # have one size, the mean of their logarithms.
    timed_flops, place = np.unique(flops[timed], return_inverse=True)
    mean_log = np.bincount(place, np.log(seconds)) / np.bincount(place)
    an_update = np.exp(np.interp(np.log(flops), np.log(timed_flops), mean_log))
    return costs["n_updates"] * an_update, len(timed)
