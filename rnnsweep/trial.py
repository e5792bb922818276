"""One trial: task, model and training rule -> a record."""

import time
from threading import Lock
from typing import NamedTuple

import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from . import vocabulary
from .arrays import make_learner, make_sequences, make_work, weight_views
from .cost import block_capacity, update_flops
from .kernels import training
from .model import Model
from .record import EPOCH_COLUMNS, Record
from .spec import Config, Trial
from .streams import SHUFFLING, stream
from .tasks import Task, baselines

# Trials that share a seed share their data; the axes before the seed repeat all seeds.
_DATA_CACHE_BYTES = 256 * 2**20
# Bounds of one kernel call: orders of the training sequences drawn for it, and arithmetic, so
# that Ctrl-C is heard in the main thread within a second or an epoch.
_ORDERS_AT_ONCE = 2**18
_FLOPS_AT_ONCE = 5e9


class Data(NamedTuple):
    """A task's three parts as kernels take them, and its trivial predictors."""

    train: training.Sequences
    val: training.Sequences
    test: training.Sequences
    baselines: dict[str, float]


def run_trial(trial: Trial, stop: NDArray[np.int64]) -> Record | None:
    """Train one trial.

    Parameters
    ----------
    trial : Trial
    stop : int64 array (1,)
        Another thread ends the trial between two updates by setting it.

    Returns
    -------
    Record or None
        None if it was stopped. An exception is recorded as status ``failed``.
    """
    start = time.perf_counter()
    settings = trial.config.settings()
    try:
        record = _train(trial.trial_id, settings, trial.config, stop, start)
    except Exception as error:  # a trial that fails must harm no other
        return Record(
            trial.trial_id,
            settings,
            "failed",
            error=f"{type(error).__name__}: {error}",
            wall_s=time.perf_counter() - start,
        )
    return record


def warm_up(dtype: str) -> None:
    """Compile the kernels for a dtype, or load them from the cache.

    Compilation holds a global lock, and two threads that start it would both do it.
    """
    model = Model(input_size=1, hidden_size=1, output_size=1, dtype=dtype)
    sequences = make_sequences(np.zeros((1, 1, 1)), np.zeros((1, 1, 1)), model.dtype)
    rule = training.Rule(0, 0, 0, 0.1, 0.0, 0.0, 1)
    training_run = TrainingRun(model, rule, sequences, sequences)
    training_run.train(np.zeros((1, 1), np.int64), np.zeros(1, np.int64))
    training_run.best_loss(sequences)


class TrainingRun:
    """A network in training: its state between kernel calls."""

    def __init__(
        self,
        model: Model,
        rule: training.Rule,
        train: training.Sequences,
        val: training.Sequences,
        seed: int = 0,
    ) -> None:
        n_time, n_out = train.x.shape[1], train.y.shape[1]
        self.model = model
        self.rule = rule
        self.data = (train, val)
        self.learner = make_learner(model.init_flat(seed))
        capacity = block_capacity(rule.batch_size, len(train.x), len(val.x))
        self.work = make_work(model.sizes, n_time, n_out, capacity, model.dtype)
        self.epoch = 0

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the lowest validation loss so far."""
        epoch = int(self.learner.counts[training.BEST_EPOCH])
        return epoch if epoch >= 0 else None

    def train(
        self, orders: NDArray[np.int64], stop: NDArray[np.int64]
    ) -> tuple[int, NDArray[np.float64]]:
        """Train an epoch for each row of `orders` (n_epochs, N); return why it ended, and rows.

        The rows (epochs begun, 3) are those of `EPOCH_COLUMNS`.
        """
        records = np.full((len(orders), len(EPOCH_COLUMNS)), np.nan)
        sizes = self.model.sizes
        end, n_epochs = training.train_epochs(
            weight_views(self.learner.params, sizes),
            weight_views(self.learner.grads, sizes),
            self.learner,
            self.model.network,
            self.rule,
            *self.data,
            orders,
            self.epoch,
            self.work,
            records,
            stop,
        )
        self.epoch += n_epochs
        return end, records[:n_epochs]

    def best_loss(self, part: training.Sequences) -> float:
        """Return the mean loss of the params at the best epoch over a part of the data."""
        weights = weight_views(self.learner.best, self.model.sizes)
        return float(
            training.evaluate(weights, self.model.network, self.rule.loss, part, self.work)
        )


def seconds_an_update(config: Config, n_updates: int) -> float:
    """Time up to `n_updates` updates of a trial; the kernels are compiled already."""
    data = _data(config)
    n_sequences = min(len(data.train.x), n_updates * config.train.batch_size)
    train, val = (
        training.Sequences(part.x[:n], part.y[:n])
        for part, n in ((data.train, n_sequences), (data.val, 1))
    )
    run = TrainingRun(_model(config), _rule(config), train, val, config.seed)
    order = np.arange(n_sequences).reshape(1, n_sequences)
    start = time.perf_counter()
    run.train(order, np.zeros(1, np.int64))
    return (time.perf_counter() - start) / -(-n_sequences // config.train.batch_size)


def _train(
    trial_id: str,
    settings: dict[str, object],
    config: Config,
    stop: NDArray[np.int64],
    start: float,
) -> Record | None:
    train = config.train
    data = _data(config)
    run = TrainingRun(_model(config), _rule(config), data.train, data.val, config.seed)
    n_train = len(data.train.x)
    shuffling = stream(config.seed, SHUFFLING)
    n_time, n_out = data.train.x.shape[1], data.train.y.shape[1]
    flops = n_train * update_flops(run.model.sizes, n_time, 1, n_out)
    epochs_at_once = max(1, min(_ORDERS_AT_ONCE // n_train, int(_FLOPS_AT_ONCE / flops)))
    parts = []
    while run.epoch < train.epochs:
        n_epochs = min(epochs_at_once, train.epochs - run.epoch)
        orders = np.stack([shuffling.permutation(n_train) for _ in range(n_epochs)])
        end, rows = run.train(orders, stop)
        if end == training.INTERRUPTED:
            return None
        parts.append(rows)
        if end == training.DIVERGED:
            break
    diverged = end == training.DIVERGED
    return Record(
        trial_id,
        settings,
        "diverged" if diverged else "complete",
        epochs=np.concatenate(parts),
        n_params=run.model.n_params,
        baselines=data.baselines,
        best_epoch=run.best_epoch,
        test_loss=None if run.best_epoch is None else run.best_loss(data.test),
        diverged_epoch=run.epoch - 1 if diverged else None,
        wall_s=time.perf_counter() - start,
    )


def _model(config: Config) -> Model:
    shape = config.task.shape(config.model.output)
    return Model(
        cell=config.model.cell,
        input_size=shape.input_size,
        hidden_size=config.model.hidden_size,
        output_size=shape.output_size,
        activation=config.model.activation,
        output_activation=config.model.output_activation,
        output=config.model.output,
        init=config.model.init,
        dtype=config.train.dtype,
    )


def _rule(config: Config) -> training.Rule:
    train = config.train
    return training.Rule(
        loss=vocabulary.LOSSES[train.loss].code,
        gradient=vocabulary.GRADIENTS[train.gradient].code,
        optimizer=vocabulary.OPTIMIZERS[train.optimizer].code,
        learning_rate=train.learning_rate,
        momentum=train.momentum,
        clip_norm=train.clip_norm,
        batch_size=train.batch_size,
    )


def _bytes(data: Data) -> int:
    return sum(array.nbytes for part in (data.train, data.val, data.test) for array in part)


def _data(config: Config) -> Data:
    train = config.train
    return _shared_data(config.task, config.seed, config.model.output, train.loss, train.dtype)


@cached(LRUCache(_DATA_CACHE_BYTES, getsizeof=_bytes), lock=Lock())
def _shared_data(task: Task, seed: int, output: str, loss: str, dtype: str) -> Data:
    made = task.data(seed, output)
    train, val, test = (make_sequences(part.x, part.y, np.dtype(dtype)) for part in made)
    return Data(train, val, test, baselines(made, loss) if task.has_baseline else {})
