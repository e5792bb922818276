"""95 % intervals by resampling of seeds, which stay right for few of them.

The seeds are what a sweep samples; its settings were chosen. Trials with the same seed share their
data, their initial weights and the order of their batches, so that their losses are not independent
of each other. A resample therefore draws seeds with replacement, and takes all trials of a drawn
seed, in every setting: each setting (stratum) keeps its share of the trials. Where several seeds
vary (`SEEDS`), each is drawn by itself, and a trial counts as often as the product says (the
pigeonhole bootstrap: Owen 2007, Annals of Applied Statistics 1, 386-411), which is conservative.

The usual percentile interval is too narrow for few seeds: with 3 it covers the mean of normal
numbers in 75 % of cases. It is stretched here by what is lacking: sqrt(n / (n - 1)), since a
resample of n numbers has (n - 1) / n of their variance, and t / z, the quantiles of Student's and
the normal distribution (Hesterberg 2015, The American Statistician 69, 371-386, describes both
faults). Then it covers it in 95 % (`tests/analysis/test_bootstrap.py`).
"""

import math
from collections.abc import Sequence

import numpy as np

from rnnsweep.array_types import Codes, Floats
from rnnsweep.random_streams import stream
from rnnsweep.vocabulary import SEEDS

from .intervals import share_intervals
from .outcomes import Outcomes, codes_of
from .products import product
from .student import Z_975, t_975

_MOST_RESAMPLES = 2000
_FEWEST_RESAMPLES = 200
_MOST_WEIGHTS = 10_000_000  # 80 MB
_ENDS = (0.025, 0.975)


def seed_columns(outcomes: Outcomes) -> list[str]:
    """Return the names of the seeds that these outcomes have, in the order of `SEEDS`."""
    return [name for name in SEEDS if name in outcomes.settings]


class SeedResamples:
    """Resamples of the seeds of some trials or pairs of trials, always the same ones.

    Parameters
    ----------
    seeds : sequence of sequences
        A column of values for each seed, (n_units,) each.
    n_units : int
        The number of trials or pairs.

    Attributes
    ----------
    n_seeds : int
        The number of different seeds; the smallest of these numbers where several seeds vary.
    n_varying : int
        How many seeds vary; those that vary together count once.
    unit : (n_units,) array of int
        The combination of seeds of each trial or pair.
    weights : (n_resamples, n_combinations) array
        How often each combination is in a resample.
    """

    def __init__(self, seeds: Sequence[Sequence[object]], n_units: int) -> None:
        factors: dict[bytes, Codes] = {}
        for column in seeds:
            codes = codes_of([column], n_units)
            if codes.any():
                factors.setdefault(codes.tobytes(), codes)  # seeds that vary together are one
        codes_by_factor = list(factors.values())
        levels = [int(codes.max()) + 1 for codes in codes_by_factor]
        self.n_seeds = min(levels, default=min(n_units, 1))
        self.n_varying = len(levels)
        combinations, self.unit = np.zeros((0, 1), np.intp), np.zeros(n_units, np.intp)
        if codes_by_factor:
            combinations, unit = np.unique(np.stack(codes_by_factor), axis=1, return_inverse=True)
            self.unit = unit.reshape(-1)
        widest = max(levels, default=1) + combinations.shape[1]
        n_resamples = max(_FEWEST_RESAMPLES, min(_MOST_RESAMPLES, _MOST_WEIGHTS // widest))
        random = stream(0, "resamples of seeds")
        self.weights: Floats = np.ones((n_resamples, combinations.shape[1]))
        for codes, n_levels in zip(combinations, levels, strict=True):
            drawn = random.multinomial(n_levels, np.full(n_levels, 1 / n_levels), n_resamples)
            self.weights *= drawn[:, codes]

    @property
    def is_crossed(self) -> bool:
        """Whether several seeds vary, and not together."""
        return self.n_varying > 1

    def means(self, values: Floats) -> Floats:
        """Return the mean of the values (n_units,) or (n_units, n_columns) in each resample.

        NaN is left out; a resample without a number has the mean NaN.
        """
        table = values.reshape(len(values), math.prod(values.shape[1:]))
        present = ~np.isnan(table)
        sums, counts = np.zeros((2, self.weights.shape[1], table.shape[1]))
        np.add.at(sums, self.unit, np.where(present, table, 0.0))
        np.add.at(counts, self.unit, present)
        return self.ratios(sums, counts).reshape(-1, *values.shape[1:])

    def ratios(self, sums: Floats, counts: Floats) -> Floats:
        """Return the ratios (n_resamples, n_columns) of two sums in each resample.

        `sums` and `counts` (n_combinations, n_columns) are those of each combination of seeds.
        """
        with np.errstate(invalid="ignore", over="ignore"):
            ratios: Floats = product(self.weights, sums) / product(self.weights, counts)
        return ratios

    def interval(self, estimate: Floats | float, resampled: Floats) -> tuple[Floats, Floats]:
        """Return the ends of the 95 % interval of an estimate.

        Parameters
        ----------
        estimate : float or (n_columns,) array
            From all trials.
        resampled : (n_resamples,) or (n_resamples, n_columns) array
            The same from each resample; NaN where it has none.

        Returns
        -------
        low, high
            Like `estimate`; NaN for fewer than two seeds.
        """
        estimate = np.asarray(estimate, np.float64)
        if self.n_seeds < 2:
            return np.full(estimate.shape, np.nan), np.full(estimate.shape, np.nan)
        with np.errstate(invalid="ignore", over="ignore"):
            low, high = _quantiles(resampled) - estimate
            factor = self._widening * self.t / Z_975
            return estimate + factor * low, estimate + factor * high

    def standard_error(self, resampled: Floats) -> Floats:
        """Return the standard error of an estimate from its values in the resamples.

        It has the shape of the estimate, and is NaN for fewer than two seeds.
        """
        if self.n_seeds < 2:
            return np.full(resampled.shape[1:], np.nan)
        deviation: Floats = np.nanstd(resampled, axis=0)
        return deviation * self._widening

    def share_interval(self, cases: Floats) -> tuple[float, float]:
        """Return the ends of the 95 % interval of the mean of cases, which are 0, 1 or between.

        Parameters
        ----------
        cases : (n_units,) array

        Returns
        -------
        float, float
            NaN for fewer than two seeds.
        """
        share = np.array(cases.mean() if len(cases) else math.nan)
        error = self.standard_error(self.means(cases))
        low, high = share_intervals(share, len(cases), error, self.t)
        return float(low), float(high)

    @property
    def t(self) -> float:
        """The 0.975 quantile of Student's distribution for n - 1 seeds."""
        return t_975(self.n_seeds - 1)

    @property
    def _widening(self) -> float:
        """The root of the variance of numbers over that of their resamples."""
        return math.sqrt(self.n_seeds / (self.n_seeds - 1))


def _quantiles(resampled: Floats) -> Floats:
    """Return the 0.025 and the 0.975 quantile over the resamples without NaN.

    They are values of resamples, which may be infinite, and not between two of them.
    """
    missing = np.isnan(resampled)
    if not missing.any():
        return np.quantile(resampled, _ENDS, axis=0, method="inverted_cdf")
    columns = resampled.reshape(len(resampled), -1)
    quantiles = np.full((2, columns.shape[1]), np.nan)
    for place, column in enumerate(columns.T):
        if len(present := column[~np.isnan(column)]):
            quantiles[:, place] = np.quantile(present, _ENDS, method="inverted_cdf")
    return quantiles.reshape(2, *resampled.shape[1:])
