"""The analysis of variance equals that of statsmodels, and a twin that follows the definitions."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from rnnsweep.analysis.variance import decompose


def values(*shape, seed=0):
    """Effects of both orders, seeds that differ, and seeds that differ by the level of factor 0."""
    rng = np.random.default_rng(seed)
    *levels, n_seeds = shape
    total = rng.standard_normal(shape)
    for place, n in enumerate(levels):
        effect = [1] * len(shape)
        effect[place] = n
        total = total + rng.standard_normal(effect)
    seeds = rng.standard_normal((levels[0], *[1] * (len(levels) - 1), n_seeds))
    return total + seeds + rng.standard_normal(n_seeds)


def frame(table):
    """The values as a table with the columns `a`, `b`, ..., `seed` and `y`."""
    names = [*"abcdef"[: table.ndim - 1], "seed"]
    index = pd.MultiIndex.from_product([range(n) for n in table.shape], names=names)
    return pd.DataFrame({"y": table.ravel()}, index=index).reset_index(), names[:-1]


def statsmodels_table(table, formula):
    data, names = frame(table)
    anova = anova_lm(ols(f"y ~ {formula.format(*(f'C({n})' for n in names))}", data).fit(), typ=2)
    return anova.set_axis([name.replace("C(", "").replace(")", "") for name in anova.index])


def test_sums_of_squares_are_those_of_statsmodels():
    table = values(3, 4, 2, 5)
    anova = statsmodels_table(table, "{0} * {1} * {2}")
    effects, noise = decompose(table)
    for effect in effects[:-1]:
        row = anova.loc[":".join("abc"[place] for place in effect.factors)]
        assert effect.sum_sq == pytest.approx(row["sum_sq"], rel=1e-10)
        assert effect.df == row["df"]
    assert effects[-1].factors == ()
    assert effects[-1].sum_sq == pytest.approx(anova.loc["a:b:c", "sum_sq"], rel=1e-10)
    assert effects[-1].df == anova.loc["a:b:c", "df"]
    assert noise.sum_sq == pytest.approx(anova.loc["Residual", "sum_sq"], rel=1e-10)
    assert noise.df == anova.loc["Residual", "df"]


def test_shares_follow_from_the_mean_squares_of_statsmodels():
    # With the seed as a factor: its interaction with an effect is the scatter of the effect.
    table = values(3, 4, 5)
    n_seeds = table.shape[-1]
    anova = statsmodels_table(table, "({0} + {1} + C(seed)) ** 2")["sum_sq"]
    anova = anova.rename({"Residual": "a:b:seed"})  # all that remains
    components = [
        (anova[name] - anova[f"{name}:seed"] / (n_seeds - 1)) / table.size
        for name in ("a", "b", "a:b")
    ]
    components.append(statsmodels_table(table, "{0} * {1}").loc["Residual", "sum_sq"] / (12 * 4))
    components = np.maximum(components, 0)
    effects, noise = decompose(table)
    shares = [effect.share for effect in (*effects, noise)]
    assert shares == pytest.approx(components / components.sum(), rel=1e-10)


def naive(table, draws=None):
    """The shares by their definitions, an effect at a time; of resampled seeds with `draws`."""
    n = table.shape[-1]
    k = table.ndim - 1

    def effect(of_seed, factors):
        """By inclusion and exclusion of the marginal means."""
        total = 0.0
        for order in range(len(factors) + 1):
            for some in itertools.combinations(factors, order):
                others = tuple(place for place in range(k) if place not in some)
                total = total + (-1) ** (len(factors) - order) * of_seed.mean(others, keepdims=True)
        return total

    def pieces(of_seed):
        singles = [effect(of_seed, (i,)) for i in range(k)]
        pairs = [effect(of_seed, pair) for pair in itertools.combinations(range(k), 2)]
        rest = of_seed - of_seed.mean() - sum(singles) - sum(pairs)
        return [*singles, *pairs, *([rest] if k > 2 else [])]

    by_seed = [pieces(table[..., s]) for s in range(n)]
    components = []
    for effects in zip(*by_seed, strict=True):
        stack = np.stack(effects, axis=-1)
        error = (stack.std(axis=-1, ddof=1) ** 2 / n).mean()
        if draws is None:
            components.append((stack.mean(axis=-1) ** 2).mean() - error)
        else:
            mean = stack.mean(axis=-1)
            shifted = mean + np.sqrt(n / (n - 1)) * (stack[..., draws].mean(axis=-1) - mean)
            components.append((shifted**2).mean() - 2 * error)
    if draws is None:
        components.append(table.var(axis=-1, ddof=1).mean())
    else:
        components.append(table[..., draws].var(axis=-1).mean() * (n / (n - 1)) ** 2)
    components = np.maximum(components, 0)
    return components / components.sum()


@pytest.mark.parametrize("shape", [(2, 2), (3, 4, 3), (2, 3, 2, 4), (2, 3, 2, 2, 2), (3, 2, 20)])
def test_shares_equal_those_of_the_twin_and_add_up(shape):
    table = values(*shape)
    effects, noise = decompose(table)
    shares = [effect.share for effect in (*effects, noise)]
    assert shares == pytest.approx(naive(table), rel=1e-9, abs=1e-12)
    assert sum(shares) == pytest.approx(1)
    total = sum(effect.sum_sq for effect in (*effects, noise))
    assert total == pytest.approx(((table - table.mean()) ** 2).sum())
    assert sum(effect.df for effect in (*effects, noise)) == table.size - 1


def test_intervals_are_the_percentiles_of_all_resamples():
    # Of three seeds there are 27 draws. Each has more than 2.5 % of all resamples, so that the
    # interval goes from the lowest to the highest share.
    table = values(2, 3, 2, 3, seed=1)
    shares = [naive(table, list(draws)) for draws in itertools.product(range(3), repeat=3)]
    effects, noise = decompose(table)
    intervals = np.array([(effect.low, effect.high) for effect in (*effects, noise)])
    assert intervals[:, 0] == pytest.approx(np.min(shares, axis=0), rel=1e-9, abs=1e-9)
    assert intervals[:, 1] == pytest.approx(np.max(shares, axis=0), rel=1e-9, abs=1e-9)


def test_intervals_cover_the_shares_of_all_seeds():
    # Four effects with known shares; noise of seeds, and of seeds by the level of a factor.
    rng = np.random.default_rng(0)
    cells = values(3, 4, 1, seed=2)[..., 0]
    effects, _ = decompose(cells[..., np.newaxis])
    components = np.array([effect.sum_sq / cells.size for effect in effects])
    truth = np.append(components, 1.0) / (components.sum() + 1.0)
    inside = []
    for _ in range(200):
        noise = (
            0.5 * rng.standard_normal(5)
            + 0.5 * rng.standard_normal((3, 1, 5))
            + np.sqrt(0.5) * rng.standard_normal((3, 4, 5))
        )
        effects, seeds = decompose(cells[..., np.newaxis] + noise)
        pairs = zip((*effects, seeds), truth, strict=True)
        inside.append([effect.low <= share <= effect.high for effect, share in pairs])
    # 200 cases with a chance of 0.95 each: fewer than 180 are inside in one of 1,000 runs.
    assert stats.binom.cdf(180, 200, 0.95) < 0.005
    assert (np.sum(inside, axis=0) > 180).all()


def test_noise_alone_has_no_effects():
    rng = np.random.default_rng(0)
    of_pair, by_sums = [], []
    for _ in range(50):
        effects, noise = decompose(rng.standard_normal((6, 6, 3)))
        of_pair.append(effects[2].share)
        by_sums.append(effects[2].sum_sq / sum(e.sum_sq for e in (*effects, noise)))
    assert np.mean(by_sums) > 0.2  # 25 of 107 degrees of freedom
    assert np.mean(of_pair) < 0.05


def test_one_seed_has_no_noise_and_no_intervals():
    table = values(3, 4, 1)
    effects, noise = decompose(table)
    assert noise is None
    assert sum(effect.share for effect in effects) == pytest.approx(1)
    anova = statsmodels_table(table, "{0} + {1}")["sum_sq"]
    expected = anova[["a", "b", "Residual"]] / anova.sum()  # the pair is all that remains
    assert [effect.share for effect in effects] == pytest.approx(list(expected))
    assert all(np.isnan([effect.low, effect.high]).all() for effect in effects)


def test_the_same_values_have_the_same_intervals():
    assert decompose(values(3, 4, 5)) == decompose(values(3, 4, 5))


def test_many_seeds_have_fewer_resamples():
    table = values(2, 200_000)
    effects, noise = decompose(table)
    assert [e.low < e.share < e.high for e in (*effects, noise)] == [True, True]
