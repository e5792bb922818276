"""Trainings with their data, and the same for the naive twin."""

import naive
import naive_training
import numpy as np
from network_cases import some_lengths

from rnnsweep.arrays import make_sequences
from rnnsweep.kernels import dropout, linking, optimizers, training
from rnnsweep.model import Model
from rnnsweep.params import split
from rnnsweep.schedules import learning_rates
from rnnsweep.training import Training, lane_order

GO_ON = np.zeros(1, np.int64)
Rule = naive_training.Rule

# Columns that the twin has too.
MEASURED = [training.TRAIN_LOSS, training.VAL_LOSS, training.GRAD_NORM]


class Case:
    """A training with its data, and the same for the twin."""

    def __init__(
        self,
        rule,
        seed=0,
        n_train=8,
        n_val=5,
        seq_len=3,
        sizes=(2, 4, 1),
        dtype="float64",
        with_lengths=False,
        tokens=False,
        **words,
    ):
        rng = np.random.default_rng(seed)
        self.rule = rule
        self.model = Model(
            input_size=sizes[0], hidden_size=sizes[1], output_size=sizes[2], dtype=dtype, **words
        )
        self.network = naive.Network(
            self.model.activation,
            self.model.output_activation,
            self.model.output,
            self.model.cell,
            self.model.sizes.layers,
        )
        self.parts = []
        for n in (n_train, n_val):
            if tokens:
                x = rng.integers(0, sizes[0], (n, seq_len))
            else:
                x = rng.standard_normal((n, seq_len, sizes[0])).astype(dtype)
            shape = (n, seq_len, sizes[2]) if self.model.output == "every" else (n, sizes[2])
            if rule.loss == "cross_entropy":
                y = rng.integers(0, sizes[2], shape[:-1])
            else:
                y = rng.random(shape).astype(dtype)
            lengths = some_lengths(rng, n, seq_len) if with_lengths else None
            self.parts.append(naive_training.Part(x, y, lengths))
        self.seed = seed

    def sequences(self, part):
        n_out = self.model.n_out(part.x.shape[1])
        return make_sequences(
            part.x, part.target, self.model.dtype, self.model.sizes, n_out, part.lengths
        )

    def start(self, n_epochs=50, **stop):
        """Return the training before its first update; `stop` are the rule's limits."""
        rule = self.rule
        dtype = self.model.dtype
        objective = linking.objective_of(
            rule.loss,
            dtype,
            huber_delta=rule.huber_delta,
            gradient=rule.gradient,
            window=rule.truncation,
        )
        same = {name: getattr(rule, name) for name in training.Rule._fields if name in Rule._fields}
        addresses = {
            "update": optimizers.address(rule.optimizer, dtype),
            "drop": dropout.address(dtype) if stop.get("dropout") else 0,
        }
        coded = training.Rule(**same | addresses | stop)
        rates = learning_rates(
            rule.schedule, rule.learning_rate, n_epochs, rule.decay, rule.decay_every
        )
        parts = [self.sequences(part) for part in self.parts]
        return Training(self.model, objective, coded, rates, *parts, self.seed)

    def orders(self, n_epochs):
        rng = np.random.default_rng(self.seed + 1)
        n = len(self.parts[0].x)
        if self.rule.stateful:
            return np.tile(lane_order(n, self.rule.batch_size), (n_epochs, 1))
        return np.stack([rng.permutation(n) for _ in range(n_epochs)])

    def twin(self, n_epochs):
        start = self.model.init(self.seed)
        with np.errstate(all="ignore"):
            return naive_training.train(
                self.network, self.rule, start, *self.parts, self.orders(n_epochs)
            )


def train(run, orders):
    with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
        return run.train(orders, GO_ON)


def params_of(run, flat):
    return split(flat, run.model.sizes)


def assert_params_equal(got, want, tolerance):
    for name, value in want.items():
        np.testing.assert_allclose(got[name], value, rtol=0, atol=tolerance, err_msg=name)


def still(rule=Rule(), **arguments):  # noqa: B008
    """Return a case whose learning rate leaves the params where they are."""
    return Case(rule._replace(learning_rate=1e-30), **arguments)
