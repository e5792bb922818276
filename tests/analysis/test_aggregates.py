"""Aggregates equal those of rliable and scipy, and their intervals contain them."""

import math

import numpy as np
import pytest
from compare_cases import grid
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rliable.metrics import aggregate_iqm, aggregate_mean

from rnnsweep.analysis.aggregates import aggregates, trimmed_means
from rnnsweep.errors import SweepError

INF, NAN = math.inf, math.nan
LOSS = "best_val_loss"


def row(table, place=0):
    return {name: column[place] for name, column in table.statistics.items()}


@hypothesis_settings(deadline=None)
@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=9), st.integers(0, 99))
def test_a_resample_is_the_list_of_its_numbers(values, seed):
    ordered = np.sort(values)
    times = np.random.default_rng(seed).integers(0, 4, (5, len(values))).astype(float)
    times[:, 0] += 1
    for cut, naive in (
        (lambda n: 0 * n, np.mean),
        (lambda n: (n - 1) // 2, np.median),
        (lambda n: n // 4, lambda numbers: aggregate_iqm(np.array([numbers]))),
    ):
        expected = [naive(np.repeat(ordered, counts.astype(int))) for counts in times]
        assert trimmed_means(ordered, times, cut) == pytest.approx(expected, rel=1e-9)


def test_aggregates_and_their_intervals():
    losses = np.random.default_rng(0).lognormal(size=(2, 4, 20))
    trials = grid(
        lambda cell, size, seed: losses[["rnn", "gru"].index(cell), size, seed],
        range(20),
        cell=["rnn", "gru"],
        size=range(4),
    )
    table = aggregates(trials, ["cell"], LOSS)
    assert table.by == {"cell": ["rnn", "gru"]}
    for place, part in enumerate(losses):
        numbers = row(table, place)
        assert numbers["n"] == 80
        assert numbers["mean"] == pytest.approx(aggregate_mean(part))
        assert numbers["iqm"] == pytest.approx(aggregate_iqm(part))
        assert numbers["median"] == pytest.approx(np.median(part))
        for name in ("mean", "median", "iqm"):
            assert 0 < numbers[f"{name}_low"] < numbers[name] < numbers[f"{name}_high"]
    # About 95 % of such intervals contain the mean exp(1 / 2); these do.
    assert row(table)["mean_low"] < math.exp(0.5) < row(table)["mean_high"]


def test_a_diverged_trial_is_infinite_and_a_failed_one_left_out():
    values = [1.0, 2.0, 3.0, 4.0, INF, NAN]
    table = row(aggregates(grid(lambda seed: values[seed], range(6)), [], LOSS))
    assert (table["n"], table["n_diverged"], table["n_left_out"]) == (5, 1, 1)
    assert (table["mean"], table["median"], table["iqm"]) == (INF, 3.0, 3.0)
    assert table["median_low"] < 3 < table["median_high"]


def test_accuracies():
    trials = grid(lambda seed: 1.0, range(4))
    trials.numbers["best_val_accuracy"] = np.array([0.0, 0.5, 0.5, 1.0])
    table = row(aggregates(trials, [], "best_val_accuracy"))
    assert (table["mean"], table["median"], table["iqm"]) == (0.5, 0.5, 0.5)


def test_one_seed_has_no_interval():
    table = row(aggregates(grid(lambda size, seed: size, [0], size=[1, 2]), [], LOSS))
    assert table["mean"] == 1.5
    assert math.isnan(table["mean_low"])


def test_all_trials_failed():
    table = row(aggregates(grid(lambda seed: NAN), [], LOSS))
    assert (table["n"], table["n_left_out"]) == (0, 3)
    assert math.isnan(table["mean"])


def test_a_metric_that_is_not_there():
    with pytest.raises(SweepError, match="did you mean best_val_loss"):
        aggregates(grid(lambda seed: 1.0), [], "best_val_los")
