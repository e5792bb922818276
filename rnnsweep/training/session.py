"""A network in training: its state between kernel calls, and what the kernels are handed."""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rnnsweep.kernels import dropout, linking, optimizers, training
from rnnsweep.kernels.block import MEAN_LOSS, SHARE_RIGHT, Sequences
from rnnsweep.kernels.layers import Objective
from rnnsweep.network.buffers import make_learner, make_work, weights_of
from rnnsweep.network.cost import block_capacity
from rnnsweep.network.model import Model
from rnnsweep.random_streams import DROPOUT, stream
from rnnsweep.sweepfile import Config, ModelConfig, StopConfig, TrainConfig

from .schedules import learning_rates


class Training:
    """A network in training.

    Parameters
    ----------
    model : Model
    objective : Objective
    rule : training.Rule
    rates : (epochs,) array
        Learning rate of each epoch.
    train, val : Sequences
        What it trains on, and what its loss is measured on after each epoch.
    seed : int
        Of the initial parameters.
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
        self.weights = weights_of(self.learner.params, model.sizes)
        self.gradients = weights_of(self.learner.grads, model.sizes)
        n_train, n_val = len(train.lengths), len(val.lengths)
        # The rows of a batch that a stateful training carries its states in.
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
        """The epoch with the lowest validation loss so far."""
        epoch = int(self.learner.counts[training.BEST_EPOCH])
        return epoch if epoch >= 0 else None

    @property
    def n_updates(self) -> int:
        """Updates made so far."""
        return int(self.learner.counts[training.N_UPDATES])

    @property
    def n_sequences(self) -> int:
        """Training sequences seen so far, as often as they were seen."""
        return int(self.learner.counts[training.N_SEQUENCES])

    def train(
        self, orders: NDArray[np.int64], stop: NDArray[np.int64]
    ) -> tuple[int, NDArray[np.float64]]:
        """Train an epoch for each row of `orders` (n_epochs, N); return why it ended, and rows.

        The rows (epochs begun, N_COLUMNS) have the columns that `kernels.training` names.
        """
        records = np.empty((len(orders), training.N_COLUMNS))
        end, n_epochs = training.train_epochs(
            self.weights,
            self.gradients,
            self.learner,
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
        """Return the mean loss of the params at the best epoch over a part of the data."""
        training.evaluate(
            weights_of(self.learner.best, self.model.sizes),
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
        """The share of right outputs in the part of the data that was measured last."""
        return float(self.work.sums[SHARE_RIGHT])

    def outputs(self, part: Sequences, *, best: bool = False) -> NDArray[np.floating]:
        """Return the outputs (N, n_out, O) for a part of the data; 0 past a sequence's end.

        They are those of the params as they are, or with `best` of those at the best epoch.
        """
        n, n_out, _ = part.y.shape
        outputs = np.zeros((n, n_out, self.model.sizes.output), self.model.dtype)
        training.predict(
            weights_of(self.learner.best, self.model.sizes) if best else self.weights,
            self.network,
            part,
            np.arange(n),
            self.work,
            outputs,
        )
        return outputs

    def _order_of(self, part: Sequences) -> tuple[NDArray[np.int64], int]:
        """Return the order in which a part is measured, and how many sequences at a time."""
        n = len(part.lengths)
        if self.rule.stateful:
            lanes = min(self.n_lanes, n)
            return lane_order(n, lanes), lanes
        return np.arange(n), self.work.sorted.size


def lane_order(n: int, n_lanes: int) -> NDArray[np.int64]:
    """Return the order in which the windows 0 to n - 1 of one stream are run.

    The stream is cut into lanes of neighbouring windows, one for each row of a batch; the first
    n mod `n_lanes` lanes hold one window more. Batch u holds window u of every lane that has
    one, so that the state a row ends in is the state that its next window starts from.
    """
    lanes = np.array_split(np.arange(n), n_lanes)
    return np.array([lane[u] for u in range(len(lanes[0])) for lane in lanes if u < len(lane)])


def objective_of(train: TrainConfig) -> Objective:
    """Return what kernels take of the loss and its gradient."""
    return linking.objective_of(
        train.loss,
        train.dtype,
        huber_delta=train.huber_delta,
        gradient=train.gradient,
        window=train.truncation,
    )


def rule_of(config: Config, baseline: float | None = None) -> training.Rule:
    """Return what kernels take of the training rule.

    `baseline` is the loss of the task's best trivial predictor; None where it means nothing.
    """
    rule = _rule(config.train, config.stop, "accuracy" in config.task.scores)
    if baseline is not None and math.isfinite(baseline):
        rule = rule._replace(baseline=baseline)
    if rule.dropout:
        rule = rule._replace(dropout_key=int(stream(config.seed, DROPOUT).integers(2**62)))
    return rule


@lru_cache(maxsize=256)  # what a word's address is takes longer to tell than all else here
def _rule(train: TrainConfig, stop: StopConfig, own_accuracy: bool) -> training.Rule:
    return training.Rule(
        update=optimizers.address(train.optimizer, train.dtype),
        momentum=train.momentum,
        nesterov=train.nesterov,
        weight_decay=train.weight_decay,
        l1=train.l1,
        l2=train.l2,
        clip_norm=train.clip_norm,
        clip_value=train.clip_value,
        warmup_updates=train.warmup_updates,
        batch_size=train.batch_size,
        stateful=train.stateful,
        drop=dropout.address(train.dtype) if train.dropout else 0,
        dropout=train.dropout,
        patience=stop.patience,
        val_loss_below=stop.val_loss_below,
        # Where the task measures its own after each epoch, kernels have none to look at.
        accuracy_above=0.0 if own_accuracy else stop.accuracy_above,
        max_updates=stop.max_updates,
    )


def rates_of(train: TrainConfig) -> NDArray[np.float64]:
    """Return the learning rate of each epoch."""
    return learning_rates(
        train.schedule, train.learning_rate, train.epochs, train.decay, train.decay_every
    )


def model_of(config: Config) -> Model:
    """Return the network of a trial."""
    shape = config.task.shape(config.model.output)
    return _model(config.model, shape.input_size, shape.output_size, config.train.dtype)


@lru_cache(maxsize=256)  # it holds no params, and many trials share it
def _model(model: ModelConfig, input_size: int, output_size: int, dtype: str) -> Model:
    return Model(
        cell=model.cell,
        input_size=input_size,
        hidden_size=model.hidden_size,
        output_size=output_size,
        num_layers=model.num_layers,
        activation=model.activation,
        output_activation=model.output_activation,
        output=model.output,
        init_input=model.init_input,
        init_recurrent=model.init_recurrent,
        init_output=model.init_output,
        init_std=model.init_std,
        spectral_radius=model.spectral_radius,
        init_connections=model.init_connections,
        forget_bias=model.forget_bias,
        dtype=dtype,
    )
