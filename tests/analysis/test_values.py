"""Every value of a setting, compared with the best one."""

import math

import numpy as np
import pytest
from compare_cases import grid, outcomes

from rnnsweep.analysis.compared import as_plain_data
from rnnsweep.analysis.paired import compare
from rnnsweep.analysis.pairs import pairs_of_settings
from rnnsweep.analysis.values import compare_values
from rnnsweep.errors import SweepError

LOSS = "best_val_loss"
AXES = {"cell": ["rnn", "gru", "lstm"], "size": [8, 16]}


def test_each_row_is_the_comparison_of_two_values():
    random = np.random.default_rng(0).random((3, 2, 4))
    trials = grid(
        lambda cell, size, seed: (
            AXES["cell"].index(cell) + random[AXES["cell"].index(cell), size // 16, seed] / 2
        ),
        range(4),
        **AXES,
    )
    compared = compare_values(trials, [*AXES], "cell", LOSS)
    assert (compared.reference, compared.values) == ("rnn", ["gru", "lstm"])
    assert compared.rows == [("cell", "gru"), ("cell", "lstm")]
    for place, value in enumerate(compared.values):
        pairs = pairs_of_settings(trials, [*AXES], {"cell": value}, {"cell": "rnn"})
        expected = compare(pairs, LOSS).all_pairs()
        assert {name: column[place] for name, column in compared.statistics.items()} == expected
    assert compared.verdict == "Worse than cell=rnn: gru, lstm."
    assert compared.notes[0] == "cell=rnn is the reference, since it has the best mean rank."
    assert [row["value"] for row in as_plain_data(compared)["rows"]] == ["gru", "lstm"]


def test_the_reference_is_best_on_average_or_reaches_the_lowest_loss():
    # The gru has the lowest loss, the rnn the lower ranks.
    losses = {"rnn": {8: 2, 16: 2.5, 32: 3}, "gru": {8: 1, 16: 9, 32: 8}}
    trials = grid(
        lambda cell, size, seed: losses[cell][size] + seed / 1000,
        cell=["rnn", "gru"],
        size=[8, 16, 32],
    )
    on_average = compare_values(trials, ["cell", "size"], "cell", LOSS)
    assert on_average.reference == "rnn"
    best = compare_values(trials, ["cell", "size"], "cell", LOSS, best=True)
    assert (best.reference, best.a) == ("gru", "best of each other value of cell")
    assert best.verdict == "Worse than best of cell=gru: rnn."


def test_what_is_open_and_what_is_better_than_the_reference():
    # By ranks a is the best value, by the mean loss c is: one loss of a is very large.
    losses = {"a": [1, 1, 90, 1], "b": [5, 5, 5, 5], "c": [4, 4, 3, 4]}
    trials = grid(lambda x, seed: losses[x][seed], range(4), x=[*losses])
    compared = compare_values(trials, ["x"], "x", LOSS)
    assert compared.reference == "a"
    assert compared.verdict == "Open: b, c."


def test_a_value_whose_trials_all_failed_is_not_the_reference():
    trials = grid(lambda x, seed: math.nan if x == 1 else float(x), x=[1, 2, 3])
    compared = compare_values(trials, ["x"], "x", LOSS)
    assert compared.reference == 2
    assert compared.statistics["n_pairs"] == [0, 3]
    assert compared.verdict == "Open: 1. Worse than x=2: 3."


def test_over_problems_the_mean_counts():
    trials = grid(
        lambda task_seq_len, x, seed: x if task_seq_len == 10 else 3 * (2 - x) + 1.0,
        task_seq_len=[10, 20],
        x=[1, 2],
    )
    trials.numbers["baseline"] = np.ones(len(trials))
    compared = compare_values(trials, ["task_seq_len", "x"], "x", LOSS, best=True)
    assert compared.reference == 2


@pytest.mark.parametrize(
    ("setting", "message"),
    [("y", "y does not vary in these trials: it is 7"), ("task_seq_len", "different problems")],
)
def test_what_cannot_be_compared(setting, message):
    trials = grid(lambda **_: 1.0, y=[7], task_seq_len=[10, 20])
    with pytest.raises(SweepError, match=message):
        compare_values(trials, ["y", "task_seq_len"], setting, LOSS)


def test_before_a_trial_has_ended():
    trials = outcomes([{"x": 1, "seed": 0}], np.ones(1)).take(np.arange(0))
    with pytest.raises(SweepError, match="x does not vary in these trials"):
        compare_values(trials, ["x"], "x", LOSS)
