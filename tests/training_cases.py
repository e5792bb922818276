"""Trainings with their data, and the same for the naive twin."""

import naive
import naive_training
import numpy as np
from hypothesis import strategies as st
from network_cases import some_lengths
from some_cells import CELLS

from rnnsweep.kernels import draws, linking, optimizers, training
from rnnsweep.network.buffers import make_sequences
from rnnsweep.network.layout import split
from rnnsweep.network.model import Model
from rnnsweep.training.schedules import learning_rates
from rnnsweep.training.session import Session, lane_order
from rnnsweep.vocabulary import GRADIENTS, LOSSES, OPTIMIZERS, OUTPUTS

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
            activation=self.model.activation,
        )
        same = {name: getattr(rule, name) for name in training.Rule._fields if name in Rule._fields}
        addresses = {
            "update": optimizers.address(rule.optimizer, dtype),
            "drop": draws.drop.address(dtype) if stop.get("dropout") else 0,
        }
        coded = training.Rule(**same | addresses | stop)
        rates = learning_rates(
            rule.schedule, rule.learning_rate, n_epochs, rule.decay, rule.decay_every
        )
        parts = [self.sequences(part) for part in self.parts]
        return Session(self.model, objective, coded, rates, *parts, self.seed)

    def orders(self, n_epochs):
        rng = np.random.default_rng(self.seed + 1)
        n = len(self.parts[0].x)
        if self.rule.stateful:
            return np.tile(lane_order(n, self.rule.batch_size), (n_epochs, 1))
        return np.stack([rng.permutation(n) for _ in range(n_epochs)])

    def twin(self, n_epochs, shaken_by=0.0):
        """Return the twin's training; each initial param is moved by that share of its size."""
        start = self.model.init(self.seed)
        if shaken_by:
            rng = np.random.default_rng(0)
            start = {
                name: value * (1 + shaken_by * rng.choice([-1, 1], value.shape))
                for name, value in start.items()
            }
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


# ---- any training

# Not mae and not l1: their gradients jump, and a rounding may take a step of the learning rate.
SMOOTH = [name for name in LOSSES if name != "mae"]
OPTIONS = {
    "sgd": [{}, {"momentum": 0.5}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    "adamw": [{"weight_decay": 0.01}, {"weight_decay": 0.5}],
}
CLIPPING = [{}, {"clip_norm": 0.1}, {"clip_norm": 1.0}, {"clip_value": 0.05}]
DECAYS = [
    {"schedule": "constant"},
    {"schedule": "cosine"},
    {"schedule": "exponential", "decay": 0.7},
    {"schedule": "step", "decay": 0.1, "decay_every": 2},
]


@st.composite
def rules(draw, optimizers=tuple(OPTIMIZERS)):
    optimizer = draw(st.sampled_from(optimizers))
    gradient = draw(st.sampled_from(list(GRADIENTS)))
    options = draw(st.sampled_from(OPTIONS.get(optimizer, [{}])))
    return Rule(
        loss=draw(st.sampled_from(SMOOTH)),
        huber_delta=draw(st.sampled_from([0.1, 1.0])),
        gradient=gradient,
        truncation=draw(st.integers(1, 4)) if gradient == "truncated" else 0,
        optimizer=optimizer,
        learning_rate=draw(st.sampled_from([0.001, 0.01, 0.05])),
        batch_size=draw(st.integers(1, 20) | st.just(40)),
        l2=draw(st.sampled_from([0.0, 0.1])),
        warmup_updates=draw(st.sampled_from([0, 0, 1, 4, 100])),
        stateful=draw(st.booleans()),
        **options | draw(st.sampled_from(CLIPPING)) | draw(st.sampled_from(DECAYS)),
    )


@st.composite
def arguments(draw):
    return {
        "seed": draw(st.integers(0, 1000)),
        "n_train": draw(st.integers(1, 18) | st.just(45)),
        # Evaluated in blocks of 32 sequences, or of the batch size where that is larger.
        "n_val": draw(st.integers(1, 8) | st.integers(30, 70)),
        "seq_len": draw(st.integers(1, 4)),
        "sizes": tuple(draw(st.integers(1, 9)) for _ in range(3)),
        "cell": draw(st.sampled_from(list(CELLS))),
        "num_layers": draw(st.sampled_from([1, 1, 2, 3])),
        "activation": draw(st.sampled_from(["tanh", "sigmoid", "elu", "softplus", "sin"])),
        "output": draw(st.sampled_from(list(OUTPUTS))),
        "with_lengths": draw(st.booleans()),
        "tokens": draw(st.booleans()),
    }


def any_case(rule, dtype, **arguments):
    if rule.gradient == "notebook":
        arguments |= {"cell": "rnn", "num_layers": 1, "output": "last"}
    if rule.stateful:  # windows of one stream, all of one length
        # The state goes on through all windows of a lane, and in a network whose units are sines a
        # rounding may grow without end: over 30 windows of 4 time steps to 1e-7.
        arguments |= {"with_lengths": False, "n_val": min(arguments["n_val"], 8)}
        rule = rule._replace(batch_size=min(rule.batch_size, arguments["n_train"]))
    output_activation = "sigmoid" if rule.loss == "bce" else "identity"
    return Case(rule, dtype=dtype, output_activation=output_activation, **arguments)


def few_updates(rule, sizes):
    """Return the sizes with at most six updates an epoch.

    A rounding grows from update to update: after 135 of rmsprop, 45 an epoch, to a hundredth.
    """
    return sizes | {"n_train": min(sizes["n_train"], 6 * rule.batch_size)}


def rounding_grows(case, n_epochs):
    """Return whether roundings of the start alone move the twin's results by more than 1e-12.

    A training that divides by the size of a gradient, or whose units are sines, may be chaotic:
    what two right programs compute then differs in any digit.
    """
    plain, shaken = case.twin(n_epochs), case.twin(n_epochs, shaken_by=np.finfo(float).eps)
    if plain.has_diverged or shaken.has_diverged:
        return False
    moved = [np.abs(np.subtract(plain.records, shaken.records)).max()]
    moved += [np.abs(plain.params[name] - shaken.params[name]).max() for name in plain.params]
    return max(moved) > 1e-12


def assert_training_equals_the_twin(case, n_epochs, tolerance):
    run, want = case.start(n_epochs), case.twin(n_epochs)
    end, rows = train(run, case.orders(n_epochs))
    assert end == (training.DIVERGED if want.has_diverged else training.FINISHED)
    assert run.epoch == len(want.records)
    assert run.best_epoch == want.best_epoch
    if want.has_diverged:  # with rounding errors; `test_session_ends.py` compares the ends
        return
    np.testing.assert_allclose(rows[:, MEASURED], want.records, rtol=tolerance, atol=tolerance)
    assert_params_equal(params_of(run, run.learner.params), want.params, tolerance)
    assert_params_equal(params_of(run, run.learner.best), want.best, tolerance)
