"""Performance profiles equal run-score distributions with their stratified bootstrap."""

import math

import numpy as np
import pytest
from compare_cases import grid

from rnnsweep.analysis.profiles import profile
from rnnsweep.errors import SweepError

INF, NAN = math.inf, math.nan
LOSS = "best_val_loss"


def drawn(seed=0, seeds=range(4)):
    losses = np.random.default_rng(seed).lognormal(size=(2, 6, len(seeds)))
    losses[1, 2:4] = INF
    return losses, grid(
        lambda cell, size, seed: losses[["rnn", "gru"].index(cell), size, seed],
        seeds,
        cell=["rnn", "gru"],
        size=range(6),
    )


def stratified_bands(losses, thresholds, n_resamples=500):
    """The percentile bands of Agarwal et al. 2021, who draw the runs of each setting by themselves.

    The module of rliable that computes them cannot be imported with pandas 3.
    """
    random = np.random.default_rng(0)
    n_settings, n_seeds = losses.shape
    rows = np.arange(n_settings)[:, np.newaxis]
    shares = []
    for _ in range(n_resamples):
        drawn = losses[rows, random.integers(n_seeds, size=losses.shape)]
        shares.append([(drawn <= threshold).mean() for threshold in thresholds])
    return np.quantile(shares, [0.025, 0.975], axis=0)


def test_shares_and_bands_are_those_of_a_stratified_bootstrap():
    losses, trials = drawn(seeds=range(30))
    table = profile(trials, ["cell", "size"], ["cell"], LOSS)
    taus = table.statistics["threshold"][: len(table.statistics["threshold"]) // 2]
    for cell, part in zip(("rnn", "gru"), losses, strict=True):
        rows = np.array(table.by["cell"]) == cell
        shares = np.array([(part <= tau).mean() for tau in taus])
        assert table.statistics["share"][rows] == pytest.approx(shares)
        low, high = (table.statistics[name][rows] for name in ("ci95_low", "ci95_high"))
        # The runs of a seed are independent of each other here, as they assume. Ours are wider
        # where settings differ much, since they count no more cases than there are trials.
        middle = (shares > 0.1) & (shares < 0.6)
        theirs = np.subtract(*stratified_bands(part, taus[middle])[::-1])
        assert 0.9 < np.mean((high - low)[middle]) / np.mean(theirs) < 1.4
        assert (low <= table.statistics["share"][rows]).all()
        assert (high >= table.statistics["share"][rows]).all()
        assert (high > low).all()


def test_shares_of_settings_and_of_trials():
    values = {8: [1, 2, 6], 16: [3, INF, INF], 32: [NAN, 4, 5]}
    trials = grid(lambda size, seed: values[size][seed], size=[8, 16, 32])
    table = profile(trials, ["size"], [], LOSS)
    assert table.statistics["threshold"].tolist() == [1, 2, 3, 4, 5, 6]
    assert table.statistics["share"] == pytest.approx(np.arange(1, 7) / 8)
    # The medians are 2, infinite, and 4.5.
    assert table.statistics["share_of_settings"] == pytest.approx(
        [0, 1 / 3, 1 / 3, 1 / 3, 2 / 3, 2 / 3]
    )
    assert (table.n_failed, table.by) == (1, {})


def test_higher_accuracies_are_better():
    trials = grid(lambda size, seed: 1.0, seeds=range(2), size=[8, 16])
    trials.numbers["best_val_accuracy"] = np.array([0.5, 0.75, 0.75, 1.0])
    table = profile(trials, ["size"], [], "best_val_accuracy")
    assert table.statistics["threshold"].tolist() == [1.0, 0.75, 0.5]
    assert table.statistics["share"].tolist() == [0.25, 0.75, 1.0]


def test_many_trials_have_200_thresholds():
    trials = grid(lambda size, seed: size + seed / 10, size=range(300))
    table = profile(trials, ["size"], [], LOSS)
    thresholds = table.statistics["threshold"]
    assert (len(thresholds), thresholds[0], thresholds[-1]) == (200, 0, 299.2)
    assert table.statistics["share"][[0, -1]].tolist() == [1 / 900, 1]


def test_one_seed_has_no_band():
    trials = grid(lambda size, seed: size, seeds=[3], size=[8, 16])
    table = profile(trials, ["size"], [], LOSS)
    assert np.isnan(table.statistics["ci95_low"]).all()
    assert table.statistics["share"].tolist() == [0.5, 1]


@pytest.mark.parametrize(
    ("loss", "why"), [(INF, "every trial diverged"), (NAN, "none has ended, or all failed")]
)
def test_nothing_to_reach(loss, why):
    with pytest.raises(SweepError, match=why):
        profile(grid(lambda **_: loss, size=[8, 16]), ["size"], [], LOSS)
