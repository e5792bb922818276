"""A network in training: its state between kernel calls, and the arguments of these calls."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rnnsweep.cells import Cell
from rnnsweep.kernels import draws, linking, optimizers, training
from rnnsweep.kernels.block import MEAN_LOSS, SHARE_RIGHT, Sequences
from rnnsweep.kernels.layers import Objective
from rnnsweep.kernels.weights import Weights
from rnnsweep.network.buffers import make_learner, make_work, weights_of
from rnnsweep.network.cost import block_capacity
from rnnsweep.network.effective import effective_like, effective_of, make_constraint
from rnnsweep.network.model import Model
from rnnsweep.random_streams import DROPOUT, NOISE, stream
from rnnsweep.sweepfile import Config, ModelConfig, StopConfig, TrainConfig

from .schedules import learning_rates


class Session:
    """A network in training.

    Parameters
    ----------
    model : Model
    objective : Objective
        The loss and its gradient.
    rule : training.Rule
        How a gradient becomes an update, and when the training ends early.
    rates : (epochs,) array
        Learning rate of each epoch.
    train, val : Sequences
        The sequences to train on, and those on which the loss is measured after each epoch.
    seed : int
        Decides the initial parameters.

    Attributes
    ----------
    learner : Learner
        The parameters, those at the best epoch, and the optimiser's state.
    train_part, val_part : Sequences
        `train` may be replaced between two epochs.
    n_lanes : int
        Rows of a batch, in each of which a stateful training carries a state along.
    epoch : int
        Epochs trained so far.
    """

    def __init__(
        self,
        model: Model,
        objective: Objective,
        rule: training.Rule,
        rates: NDArray[np.float64],
        train: Sequences,
        val: Sequences,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.objective = objective
        self.rule = rule
        self.rates = rates
        self.train_part = train
        self.val_part = val
        self.network = model.network_for(rule.batch_size)
        self.learner = make_learner(model.init_flat(seed))
        self.constraint = make_constraint(model.sizes, model.dtype)
        effective = effective_of(self.learner.params, model.sizes)
        self.weights = weights_of(effective, model.sizes)
        self.gradients = weights_of(effective_like(self.learner.grads, model.sizes), model.sizes)
        n_train, n_val = len(train.lengths), len(val.lengths)
        self.n_lanes = min(rule.batch_size, n_train)
        self.work = make_work(
            model.sizes,
            seq_len := val.tokens.shape[1],
            model.n_out(seq_len),
            block_capacity(rule.batch_size, n_train, n_val),
            model.dtype,
            dropout=rule.dropout > 0,
            stateful=rule.stateful,
        )
        self._val_order = self._order_of(val)
        self.epoch = 0

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the lowest validation loss so far; None before the first finite one."""
        epoch = int(self.learner.counts[training.BEST_EPOCH])
        return epoch if epoch >= 0 else None

    @property
    def n_updates(self) -> int:
        """Updates made so far."""
        return int(self.learner.counts[training.N_UPDATES])

    @property
    def n_sequences(self) -> int:
        """Training sequences seen so far, each counted as often as it was seen."""
        return int(self.learner.counts[training.N_SEQUENCES])

    def train(
        self, orders: NDArray[np.int64], stop: NDArray[np.int64]
    ) -> tuple[int, NDArray[np.float64]]:
        """Train an epoch for each row of `orders`, unless the training ends before.

        Parameters
        ----------
        orders : (n_epochs, N) array
            The order of the training sequences in each epoch.
        stop : int64 array (1,)
            Another thread ends the training between two updates by setting it.

        Returns
        -------
        end : int
            Why it ended: `FINISHED`, `DIVERGED`, `INTERRUPTED`, `SOLVED` or `STOPPED`.
        rows : (epochs begun, N_COLUMNS) array
            What was measured, in the columns that the kernel's module names.
        """
        records = np.empty((len(orders), training.N_COLUMNS))
        end, n_epochs = training.train_epochs(
            self.weights,
            self.gradients,
            self.learner,
            self.constraint,
            self.network,
            self.objective,
            self.rule,
            self.train_part,
            self.val_part,
            orders,
            *self._val_order,
            self.rates[self.epoch : self.epoch + len(orders)],
            self.epoch,
            self.work,
            records,
            stop,
        )
        self.epoch += n_epochs
        return end, records[:n_epochs]

    def best_loss(self, part: Sequences, stop: NDArray[np.int64]) -> float:
        """Return the mean loss over a part of the data, with the params at the best epoch."""
        training.evaluate(
            self._best_weights(),
            self.network,
            self.objective,
            part,
            *self._order_of(part),
            self.rule.stateful,
            self.work,
            stop,
        )
        return float(self.work.sums[MEAN_LOSS])

    @property
    def share_right(self) -> float:
        """The share of right outputs in the part that `best_loss` measured last."""
        return float(self.work.sums[SHARE_RIGHT])

    def outputs(self, part: Sequences, *, best: bool = False) -> NDArray[np.floating]:
        """Return the outputs (N, n_out, O) for a part of the data; 0 past a sequence's end.

        The params are the present ones, or with `best` those at the best epoch.
        """
        n, n_out, _ = part.y.shape
        outputs = np.zeros((n, n_out, self.model.sizes.output), self.model.dtype)
        training.predict(
            self._best_weights() if best else self.weights,
            self.network,
            part,
            np.arange(n),
            self.work,
            outputs,
        )
        return outputs

    def _best_weights(self) -> Weights:
        """Return the weights at the best epoch."""
        sizes = self.model.sizes
        return weights_of(effective_of(self.learner.best, sizes), sizes)

    def _order_of(self, part: Sequences) -> tuple[NDArray[np.int64], int]:
        """Return the order in which a part is measured, and the sequences taken at a time."""
        n = len(part.lengths)
        if self.rule.stateful:
            lanes = min(self.n_lanes, n)
            return lane_order(n, lanes), lanes
        return np.arange(n), self.work.sorted.size


def lane_order(n: int, n_lanes: int) -> NDArray[np.int64]:
    """Return the order (n,) in which the windows 0 to n - 1 of one stream are run.

    The stream is cut into lanes of consecutive windows, one lane for each row of a batch; the
    first n mod `n_lanes` lanes have one window more. Batch u consists of window u of every lane
    that has one, so that the state at the end of a row is the state from which the row's next
    window starts.
    """
    lanes = np.array_split(np.arange(n), n_lanes)
    return np.array([lane[u] for u in range(len(lanes[0])) for lane in lanes if u < len(lane)])


def objective_of(train: TrainConfig, activation: str) -> Objective:
    """Return the loss and its gradient as kernels take them.

    `activation` is the network's.
    """
    return linking.objective_of(
        train.loss,
        train.dtype,
        huber_delta=train.huber_delta,
        gradient=train.gradient,
        window=train.truncation,
        activation=activation,
    )


def rule_of(config: Config, baseline: float | None = None) -> training.Rule:
    """Return the training rule of a trial as kernels take it.

    `baseline` is the loss of the task's best trivial predictor; None where it means nothing.
    """
    rule = _shared_rule(config.train, config.stop)
    if "accuracy" in config.task.scores:  # the task measures its own, which kernels do not see
        rule = rule._replace(accuracy_above=0.0)
    if baseline is not None and math.isfinite(baseline):
        rule = rule._replace(baseline=baseline)
    if rule.dropout:
        rule = rule._replace(drop_key=_key(config.seed_order, DROPOUT))
    if config.cell.uses_noise:
        rule = rule._replace(
            noise=draws.fill_noise.address(config.train.dtype),
            noise_key=_key(config.seed_order, NOISE),
        )
    return rule


def _key(seed: int, name: str) -> int:
    """Return the number from which kernels draw what belongs to a stream of a trial."""
    return int(stream(seed, name).integers(2**62))


@lru_cache(maxsize=256)  # to look up the functions' addresses takes longer than all else here
def _shared_rule(train: TrainConfig, stop: StopConfig) -> training.Rule:
    """Return the rule that the two tables define; a field of `Rule` has the name of its key."""
    keys = {**dict(train), **dict(stop)}
    return training.Rule(
        update=optimizers.address(train.optimizer, train.dtype),
        drop=draws.drop.address(train.dtype) if train.dropout else 0,
        **{name: keys[name] for name in training.Rule._fields if name in keys},
    )


def rates_of(train: TrainConfig) -> NDArray[np.float64]:
    """Return the learning rate of each epoch."""
    return learning_rates(
        train.schedule, train.learning_rate, train.epochs, train.decay, train.decay_every
    )


def model_of(config: Config) -> Model:
    """Return the network of a trial."""
    shape = config.task.shape(config.model.output)
    return _shared_model(
        config.model, config.cell, shape.input_size, shape.output_size, config.train.dtype
    )


@lru_cache(maxsize=256)  # a model holds no params, so many trials can share it
def _shared_model(
    model: ModelConfig, cell: Cell, input_size: int, output_size: int, dtype: str
) -> Model:
    """Return the network that [model] describes; each of its keys is an argument of `Model`."""
    settings = {**dict(model), "cell": cell}
    return Model(input_size=input_size, output_size=output_size, dtype=dtype, **settings)
