"""The one rule on whether networks beat the best trivial predictor."""

import math

import numpy as np
import pytest
from compare_cases import grid
from scipy import stats

from rnnsweep.analysis.against_baseline import against_baseline, beat_baseline

INF, NAN = math.inf, math.nan


def trials_of(losses, baselines):
    """Outcomes of one setting with these losses, each seed with a baseline of its own."""
    trials = grid(lambda seed: losses[seed], range(len(losses)))
    trials.numbers["test_baseline"] = trials.numbers["baseline"] = np.array(baselines, float)
    return trials


def test_each_seed_is_compared_on_its_own_data():
    # The medians say the opposite: 3 against 2.
    result = against_baseline(trials_of([1, 3, 4], [2, 3.5, 1]), "test")
    assert (result.n, result.n_better, result.is_better) == (3, 2, True)
    assert result.mean_difference == pytest.approx(np.mean([-1, -0.5, 3]))
    assert result.evidence().endswith("and contains 0: this may be chance.")


def test_seeds_apart_are_named():
    trials = grid(lambda seed_data, seed_init, **_: 1 + seed_data + seed_init, [0],
                  seed_data=range(2), seed_init=range(3))  # fmt: skip
    trials.numbers["test_baseline"] = trials.numbers["baseline"] = np.full(6, 9.0)
    evidence = against_baseline(trials, "test").evidence()
    assert "6 of 6 trials have a lower loss" in evidence
    assert "its 95 % interval over seed_data and seed_init is" in evidence


def test_the_interval_is_nearly_the_t_interval():
    losses = 1 + 0.1 * np.random.default_rng(0).standard_normal(8)
    result = against_baseline(trials_of(losses, [2] * 8), "validation")
    theirs = stats.ttest_1samp(losses - 2, 0).confidence_interval()
    assert (result.low, result.high) == pytest.approx(tuple(theirs), abs=0.02)
    assert "8 of 8 trials" in result.evidence()
    assert "chance" not in result.evidence()


def test_a_diverged_trial_does_not_beat_it_and_a_failed_one_is_left_out():
    result = against_baseline(trials_of([1, INF, INF, NAN], [2] * 4), "test")
    assert (result.n, result.n_better, result.is_better) == (3, 1, False)
    assert math.isnan(result.low)
    assert "fewer than two seeds" in result.evidence()


def test_half_of_the_trials_are_not_enough():
    assert against_baseline(trials_of([1, 3], [2, 2]), "test").is_better is False
    assert against_baseline(trials_of([1, 2], [NAN, NAN]), "test").is_better is None
    assert against_baseline(trials_of([INF], [2]), "test").evidence().startswith("0 of 1 trial ")


def test_groups_follow_the_same_rule():
    random = np.random.default_rng(0)
    losses = np.where(random.random(60) < 0.2, INF, random.random(60))
    trials = trials_of(losses, random.random(60))
    group = random.integers(0, 12, 60)
    flags = beat_baseline(trials, group, 12, "validation")
    for code in range(12):
        own = against_baseline(trials.take(np.flatnonzero(group == code)), "validation")
        assert flags[code] == bool(own.is_better)
