"""Draws at random: their range and law, what they depend on, and what is wrong with them."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sweep_cases import GOOD, fault_of, load

from rnnsweep.sweepfile.search.draws import Distribution, OneOfValues, draw

ends = st.tuples(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6)).filter(lambda e: e[0] < e[1])
whole_ends = st.tuples(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1)).filter(
    lambda e: e[0] < e[1]
)
distributions = st.one_of(
    st.builds(lambda e, log: Distribution(*e, log, False), ends, st.booleans()),
    st.builds(lambda e, log: Distribution(*e, log, True), whole_ends, st.booleans()),
    st.builds(
        lambda values: OneOfValues(tuple(values)), st.lists(st.integers(), min_size=2, unique=True)
    ),
)


@given(distributions, st.integers(0, 2**63 - 1), st.integers(1, 60), st.integers(1, 60))
def test_the_first_draws_do_not_depend_on_how_many_there_are(draws, seed, n, more):
    short, long = draw("a.b", draws, seed, n), draw("a.b", draws, seed, n + more)
    assert long[:n] == short
    assert len(long) == n + more


@given(distributions, st.integers(0, 2**63 - 1))
def test_draws_lie_where_their_distribution_is(draws, seed):
    values = draw("a.b", draws, seed, 30)
    if isinstance(draws, OneOfValues):
        assert set(values) <= set(draws.values)
        return
    assert all(draws.low <= value <= draws.high for value in values)
    assert {type(value) for value in values} == {int if draws.whole else float}
    if not draws.whole:
        ends_or_rounded = [v in (draws.low, draws.high) or v == float(f"{v:.12g}") for v in values]
        assert all(ends_or_rounded)


def test_each_key_and_each_seed_has_its_own_stream():
    unit = Distribution(0.0, 1.0, False, False)
    streams = [draw(key, unit, seed, 2000) for key in ("a.b", "a.c") for seed in (0, 1)]
    correlations = np.corrcoef(streams) - np.eye(4)
    # Of 2000 independent pairs it scatters by 0.022.
    assert np.abs(correlations).max() < 0.1


N = 20_000


@pytest.mark.parametrize(
    ("draws", "shares"),
    [
        (OneOfValues(("a", "b", "c", "d")), {value: 1 / 4 for value in "abcd"}),
        (Distribution(3, 6, False, True), {value: 1 / 4 for value in range(3, 7)}),
        # The whole part of what is log-uniform from 1 to 4.
        (Distribution(1, 3, True, True), {k: np.log((k + 1) / k) / np.log(4) for k in (1, 2, 3)}),
    ],
)
def test_whole_draws_have_their_chances(draws, shares):
    values = draw("a.b", draws, 0, N)
    assert set(values) == set(shares)
    for value, share in shares.items():
        # Five standard deviations of a share of N draws.
        assert abs(values.count(value) / N - share) < 5 * np.sqrt(share * (1 - share) / N)


@pytest.mark.parametrize("log", [False, True])
def test_draws_of_numbers_are_uniform_on_their_scale(log):
    values = np.array(draw("a.b", Distribution(0.001, 10.0, log, False), 0, N))
    place = np.log(values / 0.001) / np.log(10_000) if log else (values - 0.001) / 9.999
    expected = (np.arange(N) + 0.5) / N
    # Kolmogorov and Smirnov: 1.95 / sqrt(N) is passed once in a thousand times.
    assert np.abs(np.sort(place) - expected).max() < 1.95 / np.sqrt(N)


POOL = {
    "task.seq_len": {"from": 2, "to": 9},
    "model.hidden_size": {"from": 1, "to": 64, "scale": "log"},
    "model.activation": ["tanh", "relu", "sin"],
    "train.learning_rate": {"from": 0.001, "to": 1.0, "scale": "log"},
    "train.clip_norm": [0.0, 1.0],
    "train.momentum": {"from": 0.0, "to": 0.9},
    "stop.patience": [0, 5],
}


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {json.dumps(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


def random_table(keys, trials, seed=0):
    return f"[random]\ntrials = {trials}\nseed = {seed}\n" + "".join(
        f"{key} = {toml(POOL[key])}\n" for key in keys
    )


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(POOL)), unique=True, min_size=1),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(0, 5),
)
def test_more_draws_change_no_earlier_trial(tmp_path_factory, keys, n, more, seed):
    folder = tmp_path_factory.getbasetemp()
    grid = "[grid]\ntrain.optimizer = ['sgd']\nseed = [3, 4]\n"
    short = [t.trial_id for t in load(folder, GOOD + grid + random_table(keys, n, seed))]
    long = [t.trial_id for t in load(folder, GOOD + grid + random_table(keys, n + more, seed))]
    assert long[: len(short)] == short
    assert len(set(long)) == len(long) <= 2 * (n + more)
    # Nor does what else is drawn, or in which order it is written.
    assume(len(keys) > 1)
    values = {}
    for order in (keys, keys[::-1], keys[:1]):
        sweep = load(folder, GOOD + random_table([*order], 40, seed))
        values[len(order)] = {axis.key: set(axis.values) for axis in sweep.axes}
    assert values[len(keys)][keys[0]] == values[1][keys[0]]


def test_draws_are_combined_with_everything_else_and_slowest(tmp_path):
    text = GOOD + "[grid]\ntask.n_train = [5, 6]\nseed = [0, 1]\n"
    text += random_table(["train.learning_rate", "model.activation"], 3)
    sweep = load(tmp_path, text)
    assert len(sweep) == 3 * 2 * 2
    assert [axis.name for axis in sweep.axes] == [
        "activation", "learning_rate", "task_n_train", "seed"
    ]  # fmt: skip
    rows = [(t.config.train.learning_rate, t.config.task.n_train, t.config.seed) for t in sweep]
    rates = sweep.axes[1].values
    assert rows == [(r, n, s) for r in rates for n in (5, 6) for s in (0, 1)]
    assert len(rates) == 3


def test_a_draw_that_repeats_another_is_left_out(tmp_path):
    text = GOOD + random_table(["model.activation", "train.clip_norm"], 200)
    sweep = load(tmp_path, text)
    assert len(sweep) == 6
    assert len({trial.trial_id for trial in sweep}) == 6
    (dimension,) = sweep.dimensions
    assert (len(dimension), dimension.n_draws) == (6, 200)


def test_draws_may_be_left_out_and_stand_in_conditions(tmp_path):
    text = GOOD + random_table(["model.activation", "train.learning_rate"], 60)
    n_relu = sum(t.config.model.activation == "relu" for t in load(tmp_path, text))
    assert 0 < n_relu < 60
    without = load(tmp_path, text + "[[exclude]]\nmodel.activation = 'relu'\n")
    assert len(without) == 60 - n_relu
    when = "[[when]]\nif.model.activation = 'relu'\ntrain.clip_norm = [0.0, 1.0, 2.0]\n"
    assert len(load(tmp_path, text + when)) == 60 + 2 * n_relu


WRONG = [
    ("[random]\n", ["[random]: no key to draw"]),
    ("[random]\ntrain.epochs = [1, 2]\n", ["[random] trials: this key is missing", "from 1 to"]),
    ("[random]\ntrials = 0\ntrain.epochs = [1, 2]\n", ["[random] trials: 0 given"]),
    ("[random]\ntrials = true\ntrain.epochs = [1, 2]\n", ["[random] trials: true given"]),
    ("[random]\ntrials = 2.0\ntrain.epochs = [1, 2]\n", ["[random] trials: 2.0 given"]),
    ("[random]\ntrials = 10_000_001\ntrain.epochs = [1, 2]\n", ["trials: 10000001 given"]),
    ("[random]\ntrials = 2\nseed = -1\ntrain.epochs = [1, 2]\n", ["[random] seed: -1 given"]),
    (
        "[random]\ntrials = 2\nseed = [0, 1]\ntrain.epochs = [1, 2]\n",
        ["[random] seed: [0, 1] given; this is the one seed of the draws", "an axis in [grid]"],
    ),
    ("[random]\ntrails = 2\ntrain.epochs = [1, 2]\n", ["[random] trails", "mean trials?"]),
    *(
        (f"[random]\n{name} = 2\ntrain.epochs = [1, 2]\n", [f"[random] {name}:", "mean trials?"])
        for name in ("num", "n", "samples", "n_samples", "count", "budget", "n_trials")
    ),
    ("[[random]]\ntrials = 2\n", ["[random]: [{trials = 2}] given", "a table of keys"]),
    ("[random]\ntrials = 2\ntrain.epochs = 3\n", ["[random] train.epochs: 3 given", "[train]"]),
    ("[random]\ntrials = 2\ntrain.epochs = [3]\n", ["one value is no draw", "into [train]"]),
    ("[random]\ntrials = 2\ntrain.epochs = []\n", ["[random] train.epochs: an empty list"]),
    ("[random]\ntrials = 2\ntrain.epochs = [3, 3]\n", ["value 2: 3 given", "value 1 already"]),
    ("[random]\ntrials = 2\ntrain.epochs = {from = 3, to = 2}\n",
     ["[random] train.epochs, to: 2 given, which is not above from, 3"]),
    ("[random]\ntrials = 2\ntrain.epochs = {from = 3, to = 3}\n", ["which is not above from"]),
    ("[random]\ntrials = 2\ntrain.epochs = {from = 3}\n", ["to missing", "a distribution is {"]),
    ("[random]\ntrials = 2\ntrain.epochs = {from = 0, to = 3}\n", ["epochs, from: 0 given"]),
    ("[random]\ntrials = 2\ntrain.epochs = {from = 1, too = 3}\n", ["epochs, too", "mean to?"]),
    ("[random]\ntrials = 2\ntrain.epochs = {from = 1, to = 3, num = 2}\n",
     ["[random] train.epochs, num", "[random] trials says how many"]),
    ("[random]\ntrials = 2\ntrain.momentum = {from = 0, to = 0.5, scale = 'log'}\n",
     ["[random] train.momentum, from: 0 given", "above 0"]),
    ("[random]\ntrials = 2\ntrain.momentum = {from = 0, to = 0.5, scale = 'lgo'}\n",
     ['mean "log"?']),
    ("[random]\ntrials = 2\nmodel.activation = {from = 1, to = 2}\n",
     ["[random] model.activation", "a distribution is for numbers", '"tanh"']),
    ("[random]\ntrials = 2\nmodel.activtion = ['tanh', 'sin']\n", ["model.activation?"]),
    ("[random]\ntrials = 2\ntrain.epochs = [3, 4]\n[grid]\ntrain.epochs = [1]\n",
     ["[grid], [random]: each of these has an axis of train.epochs"]),
    ("[random]\ntrials = 2\nmetrics.saturation = [true, false]\n", ["[random] metrics: no axis"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fragments"), WRONG)
def test_a_fault_of_the_draws_is_reported(tmp_path, text, fragments):
    lines = fault_of(tmp_path, GOOD + text).splitlines()[1:]
    assert any(all(fragment in line for fragment in fragments) for line in lines), lines
