"""The best of n random settings equals that of all subsets, one by one."""

import itertools
import math

import numpy as np
import pytest
from compare_cases import grid, outcomes
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rnnsweep.analysis.budget import budget, probabilities
from rnnsweep.errors import SweepError

INF = math.inf


def of_settings(losses, tests=None):
    """Outcomes of one trial for each setting x."""
    rows = [{"x": place, "seed": 0} for place in range(len(losses))]
    losses = np.array(losses, float)
    tests = np.array(losses if tests is None else tests, float)
    return outcomes(rows, losses, test_loss=np.where(np.isinf(losses), math.nan, tests))


@hypothesis_settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([0.25, 0.5, INF]) | st.floats(1e-3, 1e3), st.floats(0, 1e3)),
        min_size=1,
        max_size=7,
    ).filter(lambda numbers: any(loss < INF for loss, _ in numbers))
)
def test_it_is_the_best_of_every_subset(numbers):
    losses, tests = zip(*numbers, strict=True)
    table = budget(of_settings(losses, tests), ["x"], []).statistics
    assert table["n"] == list(range(1, len(losses) + 1))
    for place, n in enumerate(range(1, len(losses) + 1)):
        subsets = list(itertools.combinations(range(len(losses)), n))
        best = [min(subset, key=lambda i: (losses[i], i)) for subset in subsets]
        reached = sorted(losses[i] for i in best)
        finite = [i for i in best if losses[i] < INF]
        row = {name: column[place] for name, column in table.items()}
        assert row["n_settings"] == len(losses)
        assert row["probability_all_diverged"] == pytest.approx(1 - len(finite) / len(best))
        if finite:
            assert row["expected_val_loss"] == pytest.approx(np.mean([losses[i] for i in finite]))
            assert row["expected_test_loss"] == pytest.approx(np.mean([tests[i] for i in finite]))
        else:
            assert math.isnan(row["expected_val_loss"])
            assert math.isnan(row["expected_test_loss"])
        for name, share in (("low", 0.25), ("median", 0.5), ("high", 0.75)):
            # The first of the sorted losses up to which the share of the subsets is.
            expected = reached[math.ceil(share * len(reached) - 1e-9) - 1]
            assert row[f"{name}_val_loss"] == expected


@pytest.mark.parametrize(("n_settings", "n"), [(1, 1), (10, 3), (5000, 17), (5000, 5000)])
def test_the_probabilities_are_the_ratios_of_binomials(n_settings, n):
    weights = probabilities(n_settings, n)
    expected = [
        math.comb(n_settings - i, n - 1) / math.comb(n_settings, n)
        for i in range(1, min(n_settings, 50) + 1)
    ]
    assert weights[: len(expected)] == pytest.approx(expected, rel=1e-9, abs=1e-300)
    assert weights.sum() == pytest.approx(1.0)


def test_for_few_draws_of_many_it_is_the_formula_of_dodge_et_al():
    losses = np.random.default_rng(0).random(2000)
    table = budget(of_settings(losses), ["x"], []).statistics
    ordered = np.sort(losses)
    share = np.arange(1, len(losses) + 1) / len(losses)
    for n, expected in zip(table["n"][:8], table["expected_val_loss"][:8], strict=True):
        # Theirs, with losses in place of accuracies: with replacement.
        at_least = (1 - share + 1 / len(losses)) ** n - (1 - share) ** n
        assert expected == pytest.approx((ordered * at_least).sum(), rel=0.01)
    assert len(table["n"]) <= 100
    assert (table["n"][-1], table["expected_val_loss"][-1]) == (2000, ordered[0])


def test_a_setting_is_its_median_over_the_seeds_and_groups_are_apart():
    values = {("gru", 8): [1, 2, 9], ("gru", 16): [3, INF, INF], ("rnn", 8): [5, 5, INF]}
    trials = grid(
        lambda cell, size, seed: values.get((cell, size), [math.nan] * 3)[seed],
        cell=["gru", "rnn"],
        size=[8, 16],
    )
    table = budget(trials, ["cell", "size"], ["cell"])
    assert table.by == {"cell": ["gru", "gru", "rnn"]}  # a setting whose trials failed is left out
    assert table.statistics["n_settings"] == [2, 2, 1]
    assert table.statistics["expected_val_loss"] == [2, 2, 5]
    assert table.statistics["probability_all_diverged"] == [0.5, 0, 0]
    assert table.statistics["high_val_loss"] == [INF, 2, 5]


def test_problems_are_not_mixed():
    trials = grid(lambda task_seq_len, size, seed: size, task_seq_len=[10, 20], size=[1, 2])
    with pytest.raises(SweepError, match="name task_seq_len in by"):
        budget(trials, ["task_seq_len", "size"], [])
    table = budget(trials, ["task_seq_len", "size"], ["task_seq_len"])
    assert table.statistics["n"] == [1, 2, 1, 2]


@pytest.mark.parametrize("n_trials", [0, 2])
def test_without_a_score(n_trials):
    trials = of_settings([math.nan, math.nan]).take(np.arange(n_trials))
    with pytest.raises(SweepError, match="no trial has a score yet"):
        budget(trials, ["x"], [])
