"""Paired comparisons equal those of a naive twin, of rliable and of scipy."""

import math

import numpy as np
import pytest
from compare_cases import grid, outcomes
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rliable.metrics import probability_of_improvement
from scipy import stats

from rnnsweep.analysis.paired import compare
from rnnsweep.analysis.pairs import pairs_of_settings
from rnnsweep.errors import SweepError

NAN, INF = math.nan, math.inf
AXES = {"activation": ["relu", "tanh"], "hidden_size": [8, 16]}
RELU, TANH = {"activation": "relu"}, {"activation": "tanh"}


def compared(trials, swept=tuple(AXES), a=RELU, b=TANH, metric="best_val_loss"):
    return compare(pairs_of_settings(trials, swept, a, b), metric)


LOSSES = st.one_of(st.sampled_from([0.25, 0.5, INF, NAN]), st.floats(1e-3, 1e3))


@hypothesis_settings(deadline=None)
@given(st.lists(LOSSES, min_size=12, max_size=12))
def test_all_numbers_are_those_of_the_naive_twin(losses):
    table = np.array(losses).reshape(2, 2, 3)  # activation, hidden size, seed
    trials = grid(
        lambda activation, hidden_size, seed: table[
            AXES["activation"].index(activation), AXES["hidden_size"].index(hidden_size), seed
        ],
        **AXES,
    )
    row = compared(trials).all_pairs()
    pairs = [pair for pair in zip(*table.reshape(2, -1).tolist(), strict=True)]
    counted = [pair for pair in pairs if not any(map(math.isnan, pair))]
    finite = [pair for pair in counted if INF not in pair]
    assert row["n_pairs"] == len(counted)
    assert row["n_left_out"] == len(pairs) - len(counted)
    assert row["n_diverged_a"] == sum(a == INF for a, _ in counted)
    assert row["n_diverged_b"] == sum(b == INF for _, b in counted)
    assert row["n_in_mean"] == len(finite)
    expected = np.mean([a - b for a, b in finite]) if finite else NAN
    assert row["mean_difference"] == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)
    better = np.mean([(a < b) + (a == b) / 2 for a, b in counted]) if counted else NAN
    assert row["probability_of_improvement"] == pytest.approx(better, nan_ok=True)
    if counted:
        # rliable's, with every pair as a task of one run each; it wants higher scores.
        scores = -np.nan_to_num(np.array(counted).T, posinf=1e9)[:, np.newaxis]
        assert probability_of_improvement(*scores) == pytest.approx(better)
    low, high = row["ci95_low"], row["ci95_high"]
    assert math.isnan(low) or low <= row["mean_difference"] + 1e-9 <= high + 2e-9


def test_the_difference_of_one_setting_is_nearly_the_t_interval():
    random = np.random.default_rng(0)
    effect = dict(zip(range(5), random.standard_normal(5) * 0.1 - 0.3, strict=True))
    trials = grid(
        lambda activation, seed: 1 + seed + (effect[seed] if activation == "relu" else 0),
        seeds=range(5),
        activation=["relu", "tanh"],
    )
    row = compared(trials, ["activation"]).all_pairs()
    differences = np.array(list(effect.values()))
    assert row["mean_difference"] == pytest.approx(differences.mean())
    theirs = stats.ttest_1samp(differences, 0).confidence_interval()
    assert (row["ci95_low"], row["ci95_high"]) == pytest.approx(tuple(theirs), abs=0.04)
    assert row["seeds_to_settle"] <= 5
    # The losses scatter ten times as much as the differences, which pairs take out.
    assert row["probability_of_improvement"] == 1.0
    assert row["probability_low"] == pytest.approx(0.393, abs=1e-3)  # five seeds that agree
    assert row["probability_high"] == 1.0


def test_a_row_for_each_common_value():
    trials = grid(
        lambda activation, hidden_size, seed: (activation == "relu") * hidden_size + seed, **AXES
    )
    comparison = compared(trials)
    assert comparison.rows == [("", None), ("hidden_size", 8), ("hidden_size", 16)]
    assert comparison.statistics["mean_difference"] == [12.0, 8.0, 16.0]
    assert comparison.statistics["n_pairs"] == [6, 3, 3]
    assert comparison.statistics["seeds_to_settle"] == [2, 2, 2]  # the seeds agree
    assert comparison.verdict == (
        "activation=tanh is better than activation=relu: "
        "the interval of the mean difference is on one side of 0."
    )


def test_a_common_setting_with_many_values_has_no_rows():
    trials = grid(lambda **_: 1.0, activation=["relu", "tanh"], rate=range(25), hidden_size=[8, 16])
    comparison = compared(trials, ["activation", "rate", "hidden_size"])
    assert [name for name, _ in comparison.rows] == ["", "hidden_size", "hidden_size"]


def test_higher_accuracy_is_better():
    trials = grid(lambda activation, seed: 1.0, activation=["relu", "tanh"])
    accuracy = np.array([0.9, 0.8, 0.9, 0.5, 0.5, 0.4])
    trials.numbers["best_val_accuracy"] = accuracy
    comparison = compared(trials, ["activation"], metric="best_val_accuracy")
    row = comparison.all_pairs()
    assert row["mean_difference"] == pytest.approx(0.4)
    assert row["probability_of_improvement"] == 1.0
    assert comparison.verdict.startswith("activation=relu is better")


def test_the_notes_say_what_was_left_out():
    losses = {("relu", 0): INF, ("relu", 1): 0.5, ("relu", 2): NAN}
    trials = grid(
        lambda activation, seed: losses.get((activation, seed), 1.0 + seed),
        activation=["relu", "tanh"],
    )
    comparison = compared(trials, ["activation"])
    assert [note.partition(".")[0] for note in comparison.notes] == [
        "Pairs with a trial that diverged or has no number: 1",
        "Pairs left out, since a trial failed or has no such number: 1",
    ]
    assert comparison.all_pairs()["probability_of_improvement"] == 0.5


def test_all_trials_diverged():
    comparison = compared(grid(lambda **_: INF, **AXES))
    row = comparison.all_pairs()
    assert row["probability_of_improvement"] == 0.5
    assert math.isnan(row["mean_difference"])
    assert comparison.verdict.startswith("This is open: there is no pair of which neither trial")


def test_one_seed():
    comparison = compared(grid(lambda hidden_size, **_: hidden_size, seeds=[7], **AXES))
    row = comparison.all_pairs()
    assert math.isnan(row["ci95_low"])
    assert math.isnan(row["probability_low"])
    assert math.isnan(row["seeds_to_settle"])
    assert comparison.verdict == "This is open: there is one seed."
    assert "one seed" in comparison.notes[0]


def test_crossed_seeds():
    rows = [
        {"activation": name, "seed": 0, "seed_data": data, "seed_init": start}
        for name in ("relu", "tanh")
        for data in range(3)
        for start in range(3)
    ]
    losses = np.random.default_rng(0).random(len(rows))
    comparison = compared(outcomes(rows, losses), ["activation"])
    row = comparison.all_pairs()
    assert (row["n_pairs"], row["n_seeds"]) == (9, 3)
    assert np.isfinite(row["ci95_low"])
    assert math.isnan(row["seeds_to_settle"])
    assert "Several seeds vary" in comparison.notes[0]


def test_different_problems_are_compared_over_their_baselines():
    trials = grid(
        lambda activation, task_seq_len, seed: task_seq_len * (1 if activation == "relu" else 2),
        activation=["relu", "tanh"],
        task_seq_len=[10, 20],
    )
    trials.numbers["baseline"] = 2.0 * np.array(trials.settings["task_seq_len"])
    comparison = compared(trials, ["activation", "task_seq_len"])
    assert comparison.statistics["mean_difference"] == [-0.5, -0.5, -0.5]
    assert "divided by their baselines" in comparison.notes[0]


def test_problems_without_baselines_are_not_compared():
    trials = grid(lambda task_seq_len, seed: 1.0, task_seq_len=[10, 20])
    sides = {"task_seq_len": 10}, {"task_seq_len": 20}
    with pytest.raises(SweepError, match="task_seq_len=20 are different problems"):
        compared(trials, ["task_seq_len"], *sides)
    trials.numbers["best_val_accuracy"] = np.full(6, 0.5)  # a share is a share
    assert compared(trials, ["task_seq_len"], *sides, metric="best_val_accuracy").all_pairs()
    trials.numbers["baseline"] = np.full(6, 2.0)
    row = compared(trials, ["task_seq_len"], *sides).all_pairs()
    assert (row["mean_a"], row["mean_b"]) == (0.5, 0.5)
