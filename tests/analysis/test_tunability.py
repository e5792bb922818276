"""What tuning one setting gains over the default."""

import math

import numpy as np
import pytest
from compare_cases import grid, outcomes
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rnnsweep.analysis.tunability import ALL, tunability
from rnnsweep.errors import SweepError

INF = math.inf
AXES = {"cell": ["rnn", "gru"], "size": [8, 16, 32], "rate": [0.01, 0.1]}


def row(table, setting):
    place = table.settings.index(setting)
    numbers = {name: column[place] for name, column in table.statistics.items()}
    return table.default[place], table.tuned[place], numbers


@hypothesis_settings(deadline=None)
@given(st.lists(st.floats(1e-3, 1e3), min_size=12, max_size=12, unique=True), st.integers(0, 11))
def test_it_is_the_difference_to_the_best_along_an_axis(losses, place):
    table = np.array(losses).reshape(2, 3, 2)
    sizes = [len(values) for values in AXES.values()]
    index = np.unravel_index(place, sizes)

    def places(settings):
        return tuple(AXES[name].index(settings[name]) for name in AXES)

    trials = grid(lambda seed, **own: table[places(own)], seeds=[0], **AXES)
    default = {name: AXES[name][i] for name, i in zip(AXES, index, strict=True)}
    tuned = tunability(trials, [*AXES], default)
    for axis, name in enumerate(AXES):
        along = np.moveaxis(table, axis, 0)[(slice(None), *np.delete(index, axis))]
        start, end, numbers = row(tuned, name)
        assert start == f"{name}={default[name]}"
        assert end == f"{name}={AXES[name][int(along.argmin())]}"
        assert numbers["gain"] == pytest.approx(table[index] - along.min())
        assert numbers["n_values"] == sizes[axis]
    gains = tuned.statistics["gain"]
    assert tuned.settings[-1] == ALL
    assert gains[-1] == pytest.approx(table[index] - table.min())
    assert gains[:-1] == sorted(gains[:-1], reverse=True)
    assert min(gains) >= 0


def test_the_default_has_the_usual_values_or_those_that_are_nearest():
    trials = grid(lambda cell, size, rate, seed: size * rate, **AXES)
    usual = {"cell": "gru", "size": 20, "rate": 0.02, "activation": "tanh"}
    table = tunability(trials, [*AXES], usual=usual)
    assert table.default_text == "cell=gru,size=16,rate=0.01"  # by the ratio
    named = tunability(trials, [*AXES], {"size": "32"}, usual)
    assert named.default_text == "cell=gru,size=32,rate=0.01"


def test_without_a_usual_value_it_is_the_one_that_is_best_on_average():
    # Size 32 has the single best loss, size 8 the best on average.
    losses = {8: (2, 3), 16: (4, 5), 32: (1, 9)}
    trials = grid(
        lambda size, rate, seed: losses[size][rate > 0.05] + seed / 10,
        size=[8, 16, 32],
        rate=[0.01, 0.1],
    )
    table = tunability(trials, ["size", "rate"], usual={"size": "none", "rate": None})
    assert table.default_text == "size=8,rate=0.01"
    _, end, numbers = row(table, "size")
    assert (end, numbers["gain"]) == ("size=32", pytest.approx(1.0))


def test_the_value_is_chosen_on_validation_and_the_test_loss_reported():
    trials = grid(lambda size, seed: float(size), size=[1, 2, 3])
    trials.numbers["test_loss"] = np.repeat([5.0, 1.0, 4.0], 3)
    _, end, numbers = row(tunability(trials, ["size"], {"size": 3}), "size")
    assert end == "size=1"
    assert (numbers["gain"], numbers["test_gain"]) == (2.0, -1.0)


def test_gains_are_means_over_problems_of_losses_over_baselines():
    losses = {(10, 8): 1.0, (10, 16): 0.5, (20, 8): 4.0, (20, 16): 8.0}
    trials = grid(
        lambda task_seq_len, size, seed: losses[task_seq_len, size],
        task_seq_len=[10, 20],
        size=[8, 16],
    )
    trials.numbers["baseline"] = np.where(np.array(trials.settings["task_seq_len"]) == 10, 1.0, 10)
    table = tunability(trials, ["task_seq_len", "size"], {"size": 8})
    assert table.over_baseline
    assert table.settings == ["size", ALL]
    start, end, numbers = row(table, "size")
    assert (start, end) == ("size=8", "size=16; size=8")
    assert numbers["gain"] == pytest.approx((0.5 + 0) / 2)


def test_tied_settings_are_tuned_together():
    rows = [{"size": 8 * k, "rate": 0.1 / k, "seed": 0} for k in (1, 2, 3)]
    table = tunability(outcomes(rows, np.array([3.0, 2.0, 1.0])), ["size", "rate"], {"size": 8})
    assert table.settings == ["size + rate", ALL]
    assert row(table, "size + rate")[1] == "size=24,rate=0.03333"


def test_a_default_that_diverged():
    trials = grid(lambda size, seed: INF if size == 8 else 1.0, size=[8, 16])
    _, _, numbers = row(tunability(trials, ["size"], {"size": 8}), "size")
    assert numbers["gain"] == INF


@pytest.mark.parametrize(
    ("axes", "named", "message"),
    [
        ({"size": [8]}, None, "no setting varies in these results"),
        ({"size": [8, 16]}, {"sise": 8}, "'sise' is no setting to tune; allowed: size; did you"),
        ({"size": [8, 16]}, {"size": 9}, "no trial has size = 9"),
    ],
)
def test_what_cannot_be_tuned(axes, named, message):
    with pytest.raises(SweepError, match=message):
        tunability(grid(lambda **_: 1.0, **axes), [*axes], named)


def test_a_combination_that_was_not_tried():
    rows = [{"size": 8, "rate": 1, "seed": 0}, {"size": 16, "rate": 1, "seed": 0}]
    rows.append({"size": 8, "rate": 2, "seed": 0})
    with pytest.raises(SweepError, match="no setting with size=16,rate=2 was tried"):
        tunability(outcomes(rows, np.ones(3)), ["size", "rate"], {"size": 16, "rate": 2})
