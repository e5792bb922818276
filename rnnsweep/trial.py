"""One trial: task, model and training rule -> a record."""

import time
import traceback
from pathlib import Path
from threading import Condition
from typing import NamedTuple

import numpy as np
from cachetools import LRUCache, cached
from numpy.typing import NDArray

from . import vocabulary
from .arrays import make_learner, make_sequences, make_work, weight_views
from .cost import block_capacity, epoch_flops
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
        return _train(trial.trial_id, settings, trial.config, stop, start)
    except Exception as error:  # a trial that fails must harm no other
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Record(
            trial.trial_id,
            settings,
            "failed",
            error=f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})",
            wall_s=time.perf_counter() - start,
        )


def warm_up(dtype: str) -> None:
    """Compile the kernels for a dtype, or load them from the cache.

    Compilation holds a global lock, and two threads that start it would both do it.
    """
    model = Model(input_size=1, hidden_size=1, output_size=1, dtype=dtype)
    sequences = make_sequences(np.zeros((1, 1, 1)), np.zeros((1, 1, 1)), model.dtype)
    rule = training.Rule(
        loss=0,
        gradient=0,
        optimizer=0,
        learning_rate=0.1,
        momentum=0.0,
        clip_norm=0.0,
        batch_size=1,
    )
    tiny = Training(model, rule, sequences, sequences)
    stop = np.zeros(1, np.int64)
    tiny.train(np.zeros((1, 1), np.int64), stop)
    tiny.best_loss(sequences, stop)


class Training:
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

    def best_loss(self, part: training.Sequences, stop: NDArray[np.int64]) -> float:
        """Return the mean loss of the params at the best epoch over a part of the data."""
        weights = weight_views(self.learner.best, self.model.sizes)
        return float(
            training.evaluate(weights, self.model.network, self.rule.loss, part, self.work, stop)
        )


def seconds_an_update(config: Config, n_updates: int) -> float:
    """Time about `n_updates` updates of a trial; the kernels are compiled already."""
    data = _data(config)
    n_sequences = min(len(data.train.x), n_updates * config.train.batch_size)
    updates_an_epoch = -(-n_sequences // config.train.batch_size)
    n_epochs = -(-n_updates // updates_an_epoch)
    train, val = (
        training.Sequences(part.x[:n], part.y[:n])
        for part, n in ((data.train, n_sequences), (data.val, 1))
    )
    run = Training(_model(config), _rule(config), train, val, config.seed)
    orders = np.tile(np.arange(n_sequences), (n_epochs, 1))
    start = time.perf_counter()
    run.train(orders, np.zeros(1, np.int64))
    return (time.perf_counter() - start) / (n_epochs * updates_an_epoch)


def _train(
    trial_id: str,
    settings: dict[str, object],
    config: Config,
    stop: NDArray[np.int64],
    start: float,
) -> Record | None:
    train = config.train
    data = _data(config)
    run = Training(_model(config), _rule(config), data.train, data.val, config.seed)
    n_train = len(data.train.x)
    shuffling = stream(config.seed, SHUFFLING)
    n_time, n_out = data.train.x.shape[1], data.train.y.shape[1]
    flops = epoch_flops(run.model.sizes, n_time, n_out, n_train, len(data.val.x))
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
    test_loss = None if run.best_epoch is None else run.best_loss(data.test, stop)
    if stop[0] != 0:
        return None
    return Record(
        trial_id,
        settings,
        "diverged" if diverged else "complete",
        epochs=np.concatenate(parts),
        n_params=run.model.n_params,
        baselines=data.baselines,
        best_epoch=run.best_epoch,
        test_loss=test_loss,
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
    seed = config.seed if config.task.seeded else 0
    return _shared_data(config.task, seed, config.model.output, train.loss, train.dtype)


# With a condition, threads that ask for what one of them is making wait for it.
@cached(LRUCache(_DATA_CACHE_BYTES, getsizeof=_bytes), condition=Condition())
def _shared_data(task: Task, seed: int, output: str, loss: str, dtype: str) -> Data:
    made = task.data(seed, output)
    train, val, test = (make_sequences(part.x, part.y, np.dtype(dtype)) for part in made)
    return Data(train, val, test, baselines(made, loss) if task.has_baseline else {})
