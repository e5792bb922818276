"""Where trials diverged, survivors alone decide nothing: the verdict of a paired comparison."""

import math

import numpy as np
import pytest
from compare_cases import grid
from scipy import stats

from rnnsweep.analysis.paired import compare
from rnnsweep.analysis.pairs import pairs_of_settings

INF = math.inf


def compared(a, b):
    """Return the comparison of two settings with these losses of seed 0, 1, ..."""
    losses = {"a": a, "b": b}
    trials = grid(lambda x, seed: losses[x][seed], range(len(a)), x=["a", "b"])
    return compare(pairs_of_settings(trials, ["x"], {"x": "a"}, {"x": "b"}), "best_val_loss")


def near(loss, n, scale=0.01):
    """Return losses that scatter a little."""
    return (loss + scale * np.random.default_rng(n).standard_normal(n)).tolist()


def test_the_interval_is_over_the_seeds_whose_pairs_survived():
    a, b = near(1.0, 6), [*near(2.0, 5), 2.0]
    whole, part = compared(a[:4], b[:4]), compared([*a[:4], INF, INF], b)
    for name in ("mean_difference", "ci95_low", "ci95_high"):
        assert part.all_pairs()[name] == whole.all_pairs()[name]
    row = part.all_pairs()
    assert (row["n_pairs"], row["n_in_mean"]) == (6, 4)
    assert (row["n_seeds"], row["n_seeds_in_mean"]) == (6, 4)
    theirs = stats.ttest_1samp(np.subtract(a[:4], b[:4]), 0).confidence_interval()
    assert (row["ci95_low"], row["ci95_high"]) == pytest.approx(tuple(theirs), abs=0.01)


def test_one_surviving_pair_has_no_interval():
    row = compared([1.0, INF, INF], [2.0, 2.1, 2.2]).all_pairs()
    assert row["mean_difference"] == -1.0
    assert row["n_seeds_in_mean"] == 1
    for name in ("ci95_low", "ci95_high", "seeds_to_settle"):
        assert math.isnan(row[name])


def test_survivors_do_not_win():
    # Where it does not diverge, a is better without doubt; it diverges with half of the seeds.
    a, b = [*near(1.0, 5), *[INF] * 5], near(2.0, 10)
    comparison = compared(a, b)
    assert comparison.all_pairs()["ci95_high"] < 0
    assert comparison.verdict.startswith("This is open: the mean difference is over the pairs")
    assert comparison.verdict.endswith("contains 50 %.")
    # And where it diverges with nearly all seeds, both answers are known, and differ.
    a = [*near(1.0, 5), *[INF] * 25]
    assert compared(a, near(2.0, 30)).verdict.endswith("is on the other side of 50 %.")
    assert compared(a, near(2.0, 30)).all_pairs()["seeds_to_settle"] == INF


@pytest.mark.parametrize("swapped", [False, True])
def test_both_intervals_agree(swapped):
    # The other one is worse, and diverges as well.
    sides = near(1.0, 12), [*near(2.0, 10), INF, INF]
    comparison = compared(*(sides[::-1] if swapped else sides))
    winner, loser = ("x=b", "x=a") if swapped else ("x=a", "x=b")
    assert comparison.verdict.startswith(f"{winner} is better than {loser}: the intervals of")
    # Pairs that all agree need about as many seeds as Wilson's interval does: with t**2 < n.
    assert 7 <= comparison.all_pairs()["seeds_to_settle"] <= 12


def test_the_survivors_are_equal():
    comparison = compared([*near(1.0, 10), *[INF] * 30], [*near(1.0, 10), *near(1.0, 30)])
    row = comparison.all_pairs()
    assert row["probability_high"] < 0.5
    assert comparison.verdict == "This is open: the interval of the mean difference contains 0."


def test_without_survivors_the_probability_decides():
    comparison = compared([INF] * 10, near(1.0, 10))
    assert comparison.verdict.startswith(
        "x=b is better than x=a: there is no pair of which neither trial diverged"
    )
    assert compared([INF] * 3, near(1.0, 3)).verdict.endswith("contains 50 %.")
    both = compared([INF] * 10, [INF] * 10)
    assert both.all_pairs()["probability_of_improvement"] == 0.5
    assert both.verdict.startswith("This is open")
    assert math.isnan(both.all_pairs()["seeds_to_settle"])


def test_divergence_on_both_sides():
    # Different seeds diverge: three of each side, so that neither is better by it.
    a = [INF, INF, INF, *near(1.0, 7)]
    b = [*near(2.0, 7), INF, INF, INF]
    row = compared(a, b).all_pairs()
    assert (row["n_diverged_a"], row["n_diverged_b"], row["n_in_mean"]) == (3, 3, 4)
    assert row["ci95_high"] < 0
    assert compared(a, b).verdict.startswith("This is open: the mean difference is over the pairs")


def test_one_value_of_a_crossed_seed_survives():
    trials = grid(
        lambda x, seed_data, seed_init, **_: (
            INF if seed_data and x == "a" else seed_init + (x == "b") / (9 - seed_init)
        ),
        [0], x=["a", "b"], seed_data=range(3), seed_init=range(3),
    )  # fmt: skip
    pairs = pairs_of_settings(trials, ["x"], {"x": "a"}, {"x": "b"})
    row = compare(pairs, "best_val_loss").all_pairs()
    assert row["n_in_mean"] == 3
    assert row["n_seeds_in_mean"] == 1
    assert math.isnan(row["ci95_low"])
