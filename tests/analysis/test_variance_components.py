"""Variance components equal those of statsmodels' mean squares, and mean squares over all pairs."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from rnnsweep.analysis.variance_components import components, resampled_components

SHAPES = [(3, 4, 3, 5), (2, 6, 3), (1, 2, 2), (4, 2, 3, 2)]


def drawn_values(shape, seed=0):
    """Values with effects of each axis and of pairs of axes."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(shape)
    for axis in range(1, len(shape)):
        sizes = [n if a in (0, axis) else 1 for a, n in enumerate(shape)]
        values = values + axis * rng.standard_normal(sizes)
    return values


def ones(shape):
    return [np.ones((1, n)) for n in shape[1:]]


def half_mean_square(values, weights, apart):
    """Half the mean squared difference over all weighted pairs that differ exactly in `apart`."""
    total, n = 0.0, 0.0
    for one, other in itertools.product(np.ndindex(values.shape[1:]), repeat=2):
        if {axis for axis, (a, b) in enumerate(zip(one, other, strict=True)) if a != b} == {*apart}:
            # Where the value of a seed is shared, it is one draw, and not a pair of draws.
            w = math.prod(
                row[a] * (row[b] if axis in apart else 1)
                for axis, (row, a, b) in enumerate(zip(weights, one, other, strict=True))
            )
            total += w * np.mean([(own[one] - own[other]) ** 2 for own in values]) / 2
            n += w
    return total / n


def naive_components(values, weights):
    axes = range(values.ndim - 1)
    total = half_mean_square(values, weights, axes)
    alone = [total - half_mean_square(values, weights, {*axes} - {axis}) for axis in axes]
    return [*alone, total - sum(alone)]


def statsmodels_components(values):
    """The components from the mean squares of a crossed design with random effects, by hand."""
    names = "abc"[: values.ndim]
    index = pd.MultiIndex.from_product([range(n) for n in values.shape], names=list(names))
    table = pd.DataFrame({"y": values.ravel()}, index=index).reset_index()
    terms = "*".join(f"C({name})" for name in names)
    with np.errstate(all="ignore"):  # nothing is left as residual
        sums = anova_lm(ols(f"y ~ {terms}", table).fit(), typ=1)
    square = {
        frozenset(term.replace("C(", "").replace(")", "").split(":")): row.sum_sq / row.df
        for term, row in sums.drop("Residual").iterrows()
    }
    n = dict(zip(names, values.shape, strict=True))
    # Each mean square is the sum over the effects that contain it, times how often they occur;
    # solved from the largest effect down (Searle, Casella and McCulloch 1992, section 4.3).
    component = {}
    for effect in sorted(square, key=len, reverse=True):
        times = math.prod(n[name] for name in names if name not in effect)
        larger = sum(
            value * math.prod(n[name] for name in names if name not in other)
            for other, value in component.items()
            if effect < other
        )
        component[effect] = (square[effect] - larger) / times
    alone = [component[frozenset(name)] for name in names]
    return [*alone, sum(component.values()) - sum(alone)]


@pytest.mark.parametrize("shape", SHAPES)
def test_components_are_half_mean_squares_of_pairs(shape):
    values = drawn_values(shape)
    (got,) = components(values, ones(shape))
    np.testing.assert_allclose(got, naive_components(values, [w[0] for w in ones(shape)]))


@pytest.mark.parametrize("shape", SHAPES)
def test_components_are_those_of_the_analysis_of_variance(shape):
    values = drawn_values(shape, seed=1)
    want = np.mean([statsmodels_components(own) for own in values], axis=0)
    (got,) = components(values, ones(shape))
    np.testing.assert_allclose(got, want, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES[:2])
def test_a_value_that_counts_twice_is_not_compared_with_itself(shape):
    values = drawn_values(shape, seed=2)
    rng = np.random.default_rng(3)
    weights = [1 + rng.integers(0, 3, (4, n)) for n in shape[1:]]
    weights = [np.where(np.arange(w.shape[1]) == 1, 0, w).astype(float) for w in weights]
    got = components(values, weights)
    for row in range(4):
        np.testing.assert_allclose(got[row], naive_components(values, [w[row] for w in weights]))


def test_a_seed_of_which_one_value_counts_has_no_component():
    values = drawn_values((2, 3, 3))
    weights = [np.array([[3.0, 0, 0], [1, 1, 1]]), np.ones((2, 3))]
    assert np.isnan(components(values, weights)).any(axis=1).tolist() == [True, False]


def test_components_are_unbiased():
    # Variances 4, 1 and 0.25 of the two seeds and of what is left, for few values of each.
    rng = np.random.default_rng(5)
    n = 4000
    values = (
        2 * rng.standard_normal((n, 3, 1))
        + rng.standard_normal((n, 1, 4))
        + 0.5 * rng.standard_normal((n, 3, 4))
    )
    got = components(values, ones(values.shape))[0]
    # Five standard errors: those of 4000 estimates whose own deviations are about 4.2, 0.9, 0.15.
    np.testing.assert_allclose(got, [4, 1, 0.25], atol=5 * 4.2 / n**0.5)
    assert abs(got[1] - 1) < 5 * 0.9 / n**0.5
    assert abs(got[2] - 0.25) < 5 * 0.15 / n**0.5


def test_resamples_are_always_the_same_and_fewer_of_many_values():
    values = drawn_values((3, 4, 4))
    first, again = (np.concatenate([*resampled_components(values)]) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.shape == (1000, 3)
    many = np.concatenate([*resampled_components(drawn_values((1000, 20, 5)))])
    assert many.shape == (200, 3)
