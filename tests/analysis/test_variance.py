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
    effects, (noise,) = decompose(table, table.ndim - 1)
    for effect in effects[:-1]:
        row = anova.loc[":".join("abc"[place] for place in effect.factors)]
        assert effect.sum_sq == pytest.approx(row["sum_sq"], rel=1e-10)
        assert effect.df == row["df"]
    assert effects[-1].factors == ()
    assert effects[-1].sum_sq == pytest.approx(anova.loc["a:b:c", "sum_sq"], rel=1e-10)
    assert effects[-1].df == anova.loc["a:b:c", "df"]
    assert noise.sum_sq == pytest.approx(anova.loc["Residual", "sum_sq"], rel=1e-10)
    assert noise.df == anova.loc["Residual", "df"]


def test_shares_are_eta_squared_of_statsmodels():
    table = values(3, 4, 2, 3)
    anova = statsmodels_table(table, "{0} * {1} * {2}")["sum_sq"]
    names = ["a", "b", "c", "a:b", "a:c", "b:c", "a:b:c", "Residual"]
    effects, noise = decompose(table, 3)
    shares = [part.share for part in (*effects, *noise)]
    assert shares == pytest.approx(list(anova[names] / anova.sum()), rel=1e-10)
    assert sum(shares) == pytest.approx(1, abs=1e-14)


def test_corrected_shares_follow_from_the_mean_squares_of_statsmodels():
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
    effects, (noise,) = decompose(table, table.ndim - 1)
    shares = [effect.corrected for effect in (*effects, noise)]
    assert shares == pytest.approx(components / components.sum(), rel=1e-10)


def by_seed(table):
    """The effects of each seed by their definitions: an array (..., n_seeds) for each effect."""
    k = table.ndim - 1

    def effect(values, factors):
        """By inclusion and exclusion of the marginal means."""
        total = 0.0
        for order in range(len(factors) + 1):
            for some in itertools.combinations(factors, order):
                others = tuple(place for place in range(k) if place not in some)
                total = total + (-1) ** (len(factors) - order) * values.mean(others, keepdims=True)
        return total

    def effects(values):
        singles = [effect(values, (i,)) for i in range(k)]
        pairs = [effect(values, pair) for pair in itertools.combinations(range(k), 2)]
        rest = values - values.mean() - sum(singles) - sum(pairs)
        return [*singles, *pairs, *([rest] if k > 2 else [])]

    seeds = [effects(table[..., seed]) for seed in range(table.shape[-1])]
    return [np.stack(arrays, axis=-1) for arrays in zip(*seeds, strict=True)]


def shares_of(components):
    positive = np.maximum(components, 0)
    return positive / positive.sum()


def error(effects):
    """The squared standard error of the effects' means, on average."""
    return (stats.sem(effects, axis=-1) ** 2).mean()


def naive_shares(table):
    components = [(e.mean(axis=-1) ** 2).mean() - error(e) for e in by_seed(table)]
    return shares_of([*components, table.var(axis=-1, ddof=1).mean()])


def resampled(table, draws, noise_draws):
    """The shares of one resample: for the means the seeds `draws`, for the noise the others."""
    n = table.shape[-1]
    components = []
    for effects in by_seed(table):
        mean = effects.mean(axis=-1)
        moved = mean + np.sqrt(n / (n - 1)) * (effects[..., draws].mean(axis=-1) - mean)
        components.append((moved**2).mean() - 2 * error(effects))
    noise = table.var(axis=-1, ddof=1).mean()
    if len(set(noise_draws)) == 1:
        return shares_of([*components, noise])
    # The mean of the squared differences of all pairs of different seeds.
    pairs = [(i, j) for i, j in itertools.combinations(noise_draws, 2) if i != j]
    again = np.mean([(table[..., i] - table[..., j]) ** 2 / 2 for i, j in pairs])
    return shares_of([*components, again])


@pytest.mark.parametrize("shape", [(2, 2), (3, 4, 3), (2, 3, 2, 4), (2, 3, 2, 2, 2), (3, 2, 20)])
def test_corrected_shares_equal_those_of_the_twin_and_add_up(shape):
    table = values(*shape)
    effects, (noise,) = decompose(table, table.ndim - 1)
    shares = [effect.corrected for effect in (*effects, noise)]
    assert shares == pytest.approx(naive_shares(table), rel=1e-9, abs=1e-12)
    assert sum(shares) == pytest.approx(1)
    total = sum(effect.sum_sq for effect in (*effects, noise))
    assert total == pytest.approx(((table - table.mean()) ** 2).sum())
    assert sum(effect.df for effect in (*effects, noise)) == table.size - 1


def test_intervals_are_the_percentiles_of_all_resamples():
    # Of three seeds there are 27 draws for the means and as many for the noise.
    table = values(2, 3, 3, seed=1)
    draws = [list(draws) for draws in itertools.product(range(3), repeat=3)]
    every = [resampled(table, *pair) for pair in itertools.product(draws, repeat=2)]
    effects, (noise,) = decompose(table, table.ndim - 1)
    low, high = np.array([(effect.low, effect.high) for effect in (*effects, noise)]).T
    shares = np.array([effect.corrected for effect in (*effects, noise)])
    stretch = stats.t.ppf(0.975, 2) / stats.norm.ppf(0.975)
    # The standard error of the 2.5 % point of 2,000 resamples is 0.35 % of them.
    for ends, points in ((low, (0.01, 0.04)), (high, (0.96, 0.99))):
        from_, to = np.quantile(every, points, axis=0, method="nearest") - shares
        assert (np.clip(shares + stretch * from_, 0, 1) - 1e-9 <= ends).all()
        assert (ends <= np.clip(shares + stretch * to, 0, 1) + 1e-9).all()


def test_intervals_cover_the_shares_of_all_seeds():
    # Four effects with known shares; noise of seeds, and of seeds by the level of a factor.
    rng = np.random.default_rng(0)
    cells = values(3, 4, 1, seed=2)[..., 0]
    effects, _ = decompose(cells, 2)
    components = np.array([effect.sum_sq / cells.size for effect in effects])
    truth = np.append(components, 1.0) / (components.sum() + 1.0)
    inside = []
    for _ in range(200):
        noise = (
            0.5 * rng.standard_normal(5)
            + 0.5 * rng.standard_normal((3, 1, 5))
            + np.sqrt(0.5) * rng.standard_normal((3, 4, 5))
        )
        effects, (seeds,) = decompose(cells[..., np.newaxis] + noise, 2)
        pairs = zip((*effects, seeds), truth, strict=True)
        inside.append([effect.low <= share <= effect.high for effect, share in pairs])
    # 200 cases with a chance of 0.95 each: fewer than 181 are inside in one of 200 runs.
    assert (np.sum(inside, axis=0) >= 181).all()


def test_noise_alone_has_no_effects():
    rng = np.random.default_rng(0)
    corrected, shares = [], []
    for _ in range(50):
        effects, (noise,) = decompose(rng.standard_normal((6, 6, 3)), 2)
        assert noise.share > 0.5
        corrected.append(effects[2].corrected)
        shares.append(effects[2].share)
    assert np.mean(shares) > 0.2  # 25 of 107 degrees of freedom
    assert np.mean(corrected) < 0.05


def test_one_seed_has_no_noise_and_no_intervals():
    table = values(3, 4, 1)
    effects, noise = decompose(table[..., 0], 2)
    assert noise == []
    assert sum(effect.share for effect in effects) == pytest.approx(1)
    anova = statsmodels_table(table, "{0} + {1}")["sum_sq"]
    expected = anova[["a", "b", "Residual"]] / anova.sum()  # the pair is all that remains
    assert [effect.share for effect in effects] == pytest.approx(list(expected))
    assert all(np.isnan([effect.corrected, effect.low, effect.high]).all() for effect in effects)


def test_the_same_values_have_the_same_intervals():
    assert decompose(values(3, 4, 5), 2) == decompose(values(3, 4, 5), 2)


def test_many_seeds_have_fewer_resamples():
    table = values(2, 50_000, seed=3)
    effects, (noise,) = decompose(table, table.ndim - 1)
    assert [e.low < e.corrected < e.high for e in (*effects, noise)] == [True, True]


def crossed(*shape, seed=0):
    """Two factors and two seeds, each with effects on everything."""
    rng = np.random.default_rng(seed)
    a, b, m, n = shape
    return (
        rng.standard_normal((a, 1, 1, 1))
        + rng.standard_normal((1, b, 1, 1))
        + 0.5 * rng.standard_normal((a, b, 1, 1))
        + rng.standard_normal((1, 1, m, 1))
        + 0.5 * rng.standard_normal((a, 1, m, 1))
        + 0.3 * rng.standard_normal((1, b, 1, n))
        + 0.5 * rng.standard_normal(shape)
    )


class TestCrossedSeeds:
    def test_sums_of_squares_are_those_of_statsmodels(self):
        table = crossed(2, 3, 3, 4)
        index = pd.MultiIndex.from_product(map(range, table.shape), names=[*"abdi"])
        data = pd.DataFrame({"y": table.ravel()}, index=index).reset_index()
        data["cell"] = 3 * data["a"] + data["b"]
        within = anova_lm(ols("y ~ C(cell) + C(cell):C(d) + C(cell):C(i)", data).fit(), typ=2)
        effects, noise = decompose(table, 2)
        assert [part.factors for part in noise] == [(0,), (1,), ()]
        rows = within.loc[["C(cell):C(d)", "C(cell):C(i)", "Residual"]]
        assert [part.sum_sq for part in noise] == pytest.approx(rows["sum_sq"].tolist())
        assert [part.df for part in noise] == rows["df"].tolist()
        between = sum(effect.sum_sq for effect in effects)
        assert between == pytest.approx(within.loc["C(cell)", "sum_sq"])
        assert sum(part.df for part in (*effects, *noise)) == table.size - 1

    def test_corrected_shares_follow_from_mean_squares(self):
        # The expected mean squares of a model with random seeds (Cornfield and Tukey 1956).
        a, b, m, n = shape = 3, 4, 3, 5
        table = crossed(*shape)
        index = pd.MultiIndex.from_product(map(range, shape), names=[*"abdi"])
        data = pd.DataFrame({"y": table.ravel()}, index=index).reset_index()
        formula = "y ~ (C(a) + C(b) + C(d) + C(i)) ** 4 - C(a):C(b):C(d):C(i)"
        anova = anova_lm(ols(formula, data).fit(), typ=2)
        sums = {
            "".join(part[2] for part in name.split(":")) if name != "Residual" else "abdi": value
            for name, value in anova["sum_sq"].items()
        }
        components = []
        for effect in ("a", "b", "ab"):
            errors = (
                sums[f"{effect}d"] / (m - 1)
                + sums[f"{effect}i"] / (n - 1)
                - sums[f"{effect}di"] / ((m - 1) * (n - 1))
            )
            components.append((sums[effect] - errors) / table.size)
        # Within the cells: the mean squares of each seed and of both.
        data, init, both = (
            sum(value for name, value in sums.items() if name.strip("ab") == seeds) / (a * b * df)
            for seeds, df in (("d", m - 1), ("i", n - 1), ("di", (m - 1) * (n - 1)))
        )
        components += [(data - both) / n, (init - both) / m, both]
        effects, noise = decompose(table, 2)
        shares = [part.corrected for part in (*effects, *noise)]
        assert shares == pytest.approx(shares_of(components), rel=1e-9)

    def test_intervals_cover_the_shares_of_all_seeds(self):
        rng = np.random.default_rng(0)
        cells = values(3, 4, 1, seed=2)[..., 0]
        effects, _ = decompose(cells, 2)
        components = [effect.sum_sq / cells.size for effect in effects]
        truth = shares_of([*components, 0.5, 0.25, 0.25])
        inside = []
        for _ in range(200):
            noise = (
                np.sqrt(0.2) * rng.standard_normal((5, 1))
                + np.sqrt(0.3) * rng.standard_normal((3, 1, 5, 1))
                + np.sqrt(0.25) * rng.standard_normal((1, 4, 1, 5))
                + np.sqrt(0.25) * rng.standard_normal((3, 4, 5, 5))
            )
            parts = itertools.chain(*decompose(cells[..., np.newaxis, np.newaxis] + noise, 2))
            pairs = zip(parts, truth, strict=True)
            inside.append([part.low <= share <= part.high for part, share in pairs])
        assert (np.sum(inside, axis=0) >= 181).all()

    def test_a_seed_that_is_hard_for_a_level_is_no_effect(self):
        # As 16 independent seeds it would seem to be one, since four of them are alike.
        rng = np.random.default_rng(0)
        of_crossed, of_flat = [], []
        for _ in range(50):
            noise = rng.standard_normal((2, 1, 4, 1)) + 0.1 * rng.standard_normal((2, 3, 4, 4))
            of_crossed.append(decompose(noise, 2).effects[0].corrected)
            of_flat.append(decompose(noise.reshape(2, 3, 16), 2).effects[0].corrected)
        # A share is not below 0, so that its mean is not 0.
        assert np.mean(of_crossed) < 0.7 * np.mean(of_flat)
