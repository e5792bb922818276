"""Which trials make a pair, and what is said where none do."""

import numpy as np
import pytest
from compare_cases import grid, outcomes

from rnnsweep.analysis.pairs import pairs_of_settings, pairs_of_sweeps
from rnnsweep.errors import SweepError

AXES = {"activation": ["relu", "tanh"], "hidden_size": [8, 16]}


def ones(**_):
    return 1.0


def settings_of(pairs, name):
    column = pairs.outcomes.settings[name]
    return [(column[a], column[b]) for a, b in zip(pairs.a, pairs.b, strict=True)]


def test_pairs_share_everything_else_and_the_seed():
    pairs = pairs_of_settings(
        grid(ones, **AXES), [*AXES], {"activation": "relu"}, {"activation": "tanh"}
    )
    assert (pairs.text_a, pairs.text_b) == ("activation=relu", "activation=tanh")
    assert len(pairs) == 6
    assert set(settings_of(pairs, "activation")) == {("relu", "tanh")}
    for name in ("hidden_size", "seed"):
        assert all(a == b for a, b in settings_of(pairs, name))
    assert (pairs.common, pairs.n_unpaired, pairs.differences) == (["hidden_size"], (0, 0), "")
    assert pairs.column("hidden_size") == [8, 8, 8, 16, 16, 16]


def test_a_setting_of_one_side_alone_is_that_of_the_other_side_too():
    a, b = {"activation": "relu", "hidden_size": "16"}, {"activation": "tanh"}
    pairs = pairs_of_settings(grid(ones, **AXES), [*AXES], a, b)
    assert set(settings_of(pairs, "hidden_size")) == {(16, 16)}
    assert (len(pairs), pairs.n_unpaired) == (3, (0, 3))


def test_several_settings_on_both_sides():
    a, b = "activation=relu,hidden_size=8", "activation=tanh,hidden_size=16"
    sides = [dict(part.split("=") for part in side.split(",")) for side in (a, b)]
    pairs = pairs_of_settings(grid(ones, **AXES), [*AXES], *sides)
    assert set(settings_of(pairs, "hidden_size")) == {(8, 16)}
    assert (pairs.text_a, pairs.text_b) == (a, b)


# A gru has no activation axis.
CONDITIONAL = [
    {"cell": cell, "activation": activation, "seed": seed}
    for cell, activation in (("rnn", "relu"), ("rnn", "tanh"), ("gru", None))
    for seed in range(2)
]


def test_an_axis_that_one_side_does_not_have():
    trials = outcomes(CONDITIONAL, np.ones(6))
    with pytest.raises(SweepError, match="activation is relu, tanh and -; name what differs on"):
        pairs_of_settings(trials, ["cell", "activation"], {"cell": "rnn"}, {"cell": "gru"})
    a = {"cell": "rnn", "activation": "relu"}
    pairs = pairs_of_settings(trials, ["cell", "activation"], a, {"cell": "gru"})
    assert (len(pairs), pairs.differences) == (2, "activation is relu and -")


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (
            {"activation": "relu"},
            {"hidden_size": 8},
            "do not exclude each other; name another value",
        ),
        ({"activation": "relu"}, {"activation": "relu"}, "do not exclude each other"),
        ({"seed": 0}, {"seed": 1}, "seed cannot be compared: the trials of a pair share it"),
        ({"activation": "rel"}, {"activation": "tanh"}, "did you mean relu?"),
        ({"cell": "gru"}, {"cell": "rnn"}, "no trial has cell = gru|does not vary"),
    ],
)
def test_sides_that_cannot_be_compared(a, b, message):
    trials = grid(ones, cell=["rnn"], **AXES)
    with pytest.raises(SweepError, match=message.replace("?", r"\?")):
        pairs_of_settings(trials, [*AXES], a, b)


def test_a_combination_that_no_trial_has():
    rows = [{"x": 1, "y": 1, "seed": 0}, {"x": 2, "y": 2, "seed": 0}]
    with pytest.raises(SweepError, match="no trial has x=1,y=2"):
        pairs_of_settings(outcomes(rows, np.ones(2)), ["x", "y"], {"x": 1, "y": 2}, {"x": 2})


def test_tied_settings_are_named():
    rows = [{"x": v, "rate": v / 10, "seed": s} for v in (1, 2) for s in (0, 1)]
    with pytest.raises(SweepError, match=r"rate is 0\.1 and 0\.2; name what differs on both sides"):
        pairs_of_settings(outcomes(rows, np.ones(4)), ["x", "rate"], {"x": 1}, {"x": 2})


def test_no_common_seed():
    rows = [{"x": v, "seed": v + 2 * s} for v in (1, 2) for s in (0, 1)]
    with pytest.raises(SweepError, match=r"no seed in common \(seed is 1, 3 and 2, 4\)"):
        pairs_of_settings(outcomes(rows, np.ones(4)), ["x"], {"x": 1}, {"x": 2})


def test_a_random_search_has_no_pairs():
    rows = [
        {"x": x, "rate": r, "size": s, "seed": 0}
        for x, r, s in [(1, 0.1, 8), (1, 0.2, 16), (2, 0.1, 16), (2, 0.2, 8)]
    ]
    with pytest.raises(SweepError, match=r"as in a random search\. Pairs need a grid"):
        pairs_of_settings(outcomes(rows, np.ones(4)), ["x", "rate", "size"], {"x": 1}, {"x": 2})


def sweep(optimizer, sizes=(8, 16), seeds=(0, 1), **own):
    return outcomes(
        [
            {"task": "adding", "optimizer": optimizer, "hidden_size": size, "seed": seed, **own}
            for size in sizes
            for seed in seeds
        ],
        np.ones(len(sizes) * len(seeds)),
    )


def test_two_sweeps():
    pairs = pairs_of_sweeps({"x": sweep("sgd", (8, 16)), "y": sweep("adam", (16, 32), beta=0.9)})
    assert (pairs.text_a, pairs.text_b) == ("x", "y")
    assert pairs.differences == "optimizer is sgd and adam; beta is - and 0.9"
    assert set(settings_of(pairs, "hidden_size")) == {(16, 16)}
    assert (len(pairs), pairs.n_unpaired) == (2, (2, 2))


def test_two_sweeps_of_different_problems():
    a, b = sweep("sgd", task_seq_len=10), sweep("sgd", task_seq_len=20)
    with pytest.raises(
        SweepError, match=r"x and y have different problems.*: task_seq_len is 10 and 20$"
    ):
        pairs_of_sweeps({"x": a, "y": b})
    # The size of the training part does not make another problem.
    assert len(pairs_of_sweeps({"x": sweep("sgd", task_n_train=1), "y": sweep("sgd")})) == 4


def test_two_sweeps_without_a_pair():
    with pytest.raises(SweepError, match=r"no seed in common \(seed is 0, 1 and 2, 3\)"):
        pairs_of_sweeps({"x": sweep("sgd"), "y": sweep("sgd", seeds=(2, 3))})
    with pytest.raises(SweepError, match=r"hidden_size is 8, 16 and 32, 64"):
        pairs_of_sweeps({"x": sweep("sgd"), "y": sweep("sgd", (32, 64))})
    with pytest.raises(SweepError, match="is compared with itself"):
        pairs_of_sweeps({"x": sweep("sgd")})


def test_the_best_setting_of_each_side():
    losses = {("relu", 8): 3, ("relu", 16): 1, ("tanh", 8): 2, ("tanh", 16): 4}
    trials = grid(lambda activation, hidden_size, seed: losses[activation, hidden_size], **AXES)
    a, b = {"activation": "relu"}, {"activation": "tanh"}
    pairs = pairs_of_settings(trials, [*AXES], a, b, best=True)
    assert set(settings_of(pairs, "hidden_size")) == {(16, 8)}
    assert (len(pairs), pairs.n_unpaired, pairs.common) == (3, (0, 0), [])
    assert (pairs.text_a, pairs.text_b) == ("best of activation=relu", "best of activation=tanh")
    assert pairs.differences == "hidden_size is 16 and 8"


def test_the_best_setting_for_each_problem():
    def loss(task_seq_len, activation, hidden_size, seed):
        is_best = hidden_size == (8 if task_seq_len == 10 else 16)
        return 1.0 if is_best else 2.0

    trials = grid(loss, task_seq_len=[10, 20], **AXES)
    sides = {"activation": "relu"}, {"activation": "tanh"}
    pairs = pairs_of_settings(trials, ["task_seq_len", *AXES], *sides, best=True)
    assert len(pairs) == 6
    assert pairs.common == ["task_seq_len"]
    assert pairs.column("hidden_size") == [8, 8, 8, 16, 16, 16]


def test_the_best_settings_of_two_sweeps():
    a, b = sweep("sgd", (8, 16)), sweep("adam", (16, 32))
    a.numbers["best_val_loss"][:2] = 0.5
    b.numbers["best_val_loss"][2:] = 0.5
    pairs = pairs_of_sweeps({"x": a, "y": b}, best=True)
    assert pairs.differences == "hidden_size is 8 and 32; optimizer is sgd and adam"
    assert len(pairs) == 2


def test_a_side_on_which_every_trial_diverged_has_no_best_setting():
    trials = grid(
        lambda activation, seed: np.inf if activation == "relu" else 1.0,
        seeds=[0, 1],
        activation=["relu", "tanh"],
    )
    sides = {"activation": "relu"}, {"activation": "tanh"}
    with pytest.raises(SweepError, match="no setting of activation=relu has a finite median loss"):
        pairs_of_settings(trials, ["activation"], *sides, best=True)
