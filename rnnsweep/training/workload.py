"""What a trial has to compute, and roughly what time and memory that takes, from its settings.

Nothing here loads the kernels, so that `plan` can use it.
"""

from dataclasses import replace
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from rnnsweep.network.cost import (
    block_capacity,
    constraint_flops,
    data_bytes,
    epoch_flops,
    training_bytes,
)
from rnnsweep.network.layout import Sizes
from rnnsweep.network.recurrent import Recurrent
from rnnsweep.precision import item_bytes
from rnnsweep.record import Recording
from rnnsweep.sweepfile import Config
from rnnsweep.tasks import GeneratedTask

# Bytes of data sets that a run keeps for later trials, unless the user says otherwise. Trials
# that share a seed share their data, and the axes before the seed repeat all seeds.
KEPT_DATA_BYTES = 512 * 2**20

# Rates of one thread, measured over hidden sizes of 3 to 128 (``python -m benchmarks.steps``).
_TRIAL_S, _UPDATE_S, _STATE_S, _FLOPS_PER_S = 1e-4, 3e-6, 1e-9, 2e11
# An epoch after which Python measures something takes so much longer.
_MEASURING_S = 5e-4


class Workload(NamedTuple):
    """The amount of work in one trial.

    Attributes
    ----------
    sizes : Sizes
        Of the network's layers.
    seq_len : int
        Time steps of the longest sequence.
    n_out : int
        Time steps of a sequence that have an output.
    n_train, n_val : int
        Sequences of the training and the validation part.
    updates_per_epoch : int
    n_epochs : int
        Epochs of the trial; it may stop earlier.
    """

    sizes: Sizes
    seq_len: int
    n_out: int
    n_train: int
    n_val: int
    updates_per_epoch: int
    n_epochs: int

    @classmethod
    def of(cls, config: Config) -> "Workload":
        """Return the workload of a trial with these settings."""
        model, train = config.model, config.train
        shape = config.task.shape(model.output)
        updates_per_epoch = ceil(shape.n_train / train.batch_size)
        n_epochs = train.epochs
        if config.stop.max_updates:
            n_epochs = min(n_epochs, ceil(config.stop.max_updates / updates_per_epoch))
        return cls(
            Sizes(
                shape.input_size,
                model.hidden_size,
                shape.output_size,
                config.cell,
                model.num_layers,
                Recurrent.of(dict(model)),
            ),
            shape.seq_len,
            shape.seq_len if model.output == "every" else 1,
            shape.n_train,
            shape.n_val,
            updates_per_epoch,
            n_epochs,
        )

    def epoch_flops(self) -> float:
        """Return the floating-point operations of the matrix products of one epoch."""
        products = epoch_flops(self.sizes, self.seq_len, self.n_out, self.n_train, self.n_val)
        return products + self.updates_per_epoch * constraint_flops(self.sizes)


def trial_seconds(config: Config, recording: Recording) -> float:
    """Return roughly how long a trial takes on one thread, if it does not stop early.

    The estimate is good enough to order trials by length.
    """
    return _seconds(_without_seeds(config), bool(recording.metrics))


def _without_seeds(config: Config) -> Config:
    """Return the settings of a trial that takes as long and as much memory."""
    return replace(config, seed=0, seeds_apart=())


@lru_cache(maxsize=1024)  # trials that differ in their seeds take as long: 34 -> 5 us
def _seconds(config: Config, has_metrics: bool) -> float:
    work, task = Workload.of(config), config.task
    sizes = work.sizes
    states = (work.n_train + work.n_val) * work.seq_len * sizes.layers * sizes.n_sums * sizes.hidden
    epoch_s = (
        work.updates_per_epoch * _UPDATE_S + states * _STATE_S + work.epoch_flops() / _FLOPS_PER_S
    )
    if has_metrics or task.scores or (isinstance(task, GeneratedTask) and task.fresh):
        epoch_s += _MEASURING_S
    return _TRIAL_S + work.n_epochs * epoch_s


def trial_bytes(config: Config) -> tuple[int, int]:
    """Return the bytes of a trial's data, which it may share, and what it takes in addition."""
    return _bytes(_without_seeds(config))


@lru_cache(maxsize=1024)  # trials that differ in their seeds take as much
def _bytes(config: Config) -> tuple[int, int]:
    train, work = config.train, Workload.of(config)
    capacity = block_capacity(train.batch_size, work.n_train, work.n_val)
    itemsize = item_bytes(train.dtype)
    own = training_bytes(work.sizes, work.seq_len, work.n_out, capacity, itemsize)
    return data_bytes_of(config), own


def data_bytes_of(config: Config) -> int:
    """Return the bytes of a trial's data while they are made."""
    shape = config.task.shape(config.model.output)
    return data_bytes(
        shape.n_train + shape.n_val + shape.n_test,
        shape.seq_len,
        shape.seq_len if config.model.output == "every" else 1,
        1 if config.task.has_symbols else shape.input_size,
        1 if config.task.n_classes else shape.output_size,
        item_bytes(config.train.dtype),
    )
