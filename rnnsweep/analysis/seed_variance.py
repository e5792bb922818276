"""How much of the scatter among trials of one setting comes from the data, the start and the order.

Trials of one setting differ in their seeds alone. Where a sweep crosses several seeds, as every
`seed_data` with every `seed_init`, their scatter can be taken apart: how far are two trials apart
that share no seed, and how far are they still apart if they share the seed of the data? What
sharing it takes away is the share of the data. What no seed makes by itself, but two or three of
them together, is left over: the interactions of seeds. (Bouthillier et al. 2021, Accounting for
Variance in Machine Learning Benchmarks, MLSys 3, compare such shares for larger networks.)

How far apart the settings are plays no part: components are those within a setting, and their mean
over all settings.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import NamedTuple

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.errors import SweepError
from rnnsweep.vocabulary import SEEDS

from .factors import Factor, factors_of
from .outcomes import Outcomes, codes_of
from .parts_of_variance import MEASURES, check_measure, measured
from .ranking import ranking_of
from .variance_components import components, resampled_components

INTERACTIONS = "interactions of seeds"

# With two values of a seed, a resample has both or says nothing.
_FEWEST_FOR_INTERVAL = 3


class SeedShare(NamedTuple):
    """The share of one seed in the sum of the variance components within settings.

    Attributes
    ----------
    name : str
    share : float
        0 to 1, an estimate.
    low, high : float
        Its 95 % interval; NaN where a seed has two values.
    """

    name: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class SeedVariance:
    """The shares of each seed in the scatter among trials of one setting.

    Attributes
    ----------
    parts : tuple of SeedShare
        One for each seed that varies by itself, in the order of `SEEDS`, and one for their
        interactions, whose name is `INTERACTIONS`. Their shares add up to 1.
    n_values : tuple of int
        How many values each of these seeds has.
    measure : str
        One of `MEASURES`.
    n_settings, n_trials : int
        The settings that have a trial for each combination of the seeds, and their trials.
    n_left_out : int
        The settings that do not have all of these trials.
    n_diverged : int
        How many of these trials diverged; they count as the worst.
    note : str
        What was done, and what it may be used for.
    """

    parts: tuple[SeedShare, ...]
    n_values: tuple[int, ...]
    measure: str
    n_settings: int
    n_trials: int
    n_left_out: int
    n_diverged: int
    note: str


def seed_variance_of(
    outcomes: Outcomes, swept: Sequence[str], measure: str = "rank"
) -> SeedVariance:
    """Return the share of each seed in the scatter among trials of one setting.

    The 95 % intervals are those of a bootstrap that draws the values of each seed by itself (Owen
    2007, The pigeonhole bootstrap, Annals of Applied Statistics 1, 386-411). In simulations with 5
    values of each of three seeds they cover the true share in 87 % of cases or more
    (`tests/analysis/test_seed_variance.py`). They are NaN where a seed has two values.

    Parameters
    ----------
    outcomes : Outcomes
        Of the trials that ended, with their seeds among the settings.
    swept : sequence of str
        Names of the settings that vary, without the seeds.
    measure : str
        One of `MEASURES`.

    Raises
    ------
    SweepError
        If there is no such measure, if fewer than two seeds vary, if no setting has a trial for
        each combination of them, or if trials of one setting do not differ.
    """
    check_measure(measure)
    scores = ranking_of(outcomes).scores
    has_score = np.flatnonzero(~np.isnan(scores))
    scores, trials = scores[has_score], outcomes.take(has_score)
    seeds = factors_of(trials, [name for name in SEEDS if name in trials.settings])
    if len(seeds) < 2:
        raise SweepError(_one_seed(seeds))
    n_values = tuple(seed.n_levels for seed in seeds)
    setting = codes_of([trials.settings[name] for name in swept], len(trials))
    is_full = np.bincount(setting) == math.prod(n_values)
    if not is_full.any():
        raise SweepError(
            f"no setting has a trial for each of the {_crossing(seeds)} yet, so that it is not "
            "known which of the seeds the scatter comes from"
        )
    counted = is_full[setting]
    row = (np.cumsum(is_full) - 1)[setting[counted]]
    values = np.empty((int(is_full.sum()), *n_values))
    values[(row, *(seed.codes[counted] for seed in seeds))] = measured(scores, measure)[counted]
    values -= values.mean(axis=tuple(range(1, values.ndim)), keepdims=True)
    if not values.any():
        raise SweepError("trials of one setting do not differ")
    return SeedVariance(
        parts=_parts(values, seeds),
        n_values=n_values,
        measure=measure,
        n_settings=len(values),
        n_trials=values.size,
        n_left_out=int((~is_full).sum()),
        n_diverged=int(np.isinf(scores[counted]).sum()),
        note=_note(seeds, measure, int((~is_full).sum())),
    )


def _parts(values: Floats, seeds: Sequence[Factor]) -> tuple[SeedShare, ...]:
    """Return the parts of values (n_settings, values of the first seed, of the second one, ...)."""
    n_values = values.shape[1:]
    share = _shares(components(values, [np.ones((1, n)) for n in n_values]))[0]
    low = high = np.full(len(share), np.nan)
    if min(n_values) >= _FEWEST_FOR_INTERVAL:
        resampled = np.concatenate([_shares(drawn) for drawn in resampled_components(values)])
        resampled = resampled[~np.isnan(resampled).any(axis=1)]
        low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
        low, high = np.minimum(low, share), np.maximum(high, share)
    names = [*(seed.name for seed in seeds), INTERACTIONS]
    return tuple(
        starmap(SeedShare, zip(names, share.tolist(), low.tolist(), high.tolist(), strict=True))
    )


def _shares(of_components: Floats) -> Floats:
    """Return shares that add up to 1 in each row; a negative component counts as 0."""
    positive = np.maximum(of_components, 0.0)
    total = positive.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        shares: Floats = positive / np.where(total > 0, total, np.nan)
    return shares


def _one_seed(seeds: Sequence[Factor]) -> str:
    """Return why fewer than two seeds cannot be taken apart."""
    way_out = "cross seed_data, seed_init and seed_order in [grid] to learn where it comes from"
    if not seeds:
        return f"the trials of a setting have one seed, so that there is no scatter; {way_out}"
    return f"only {seeds[0].name} varies among the trials of a setting; {way_out}"


def _crossing(seeds: Sequence[Factor]) -> str:
    counts = " x ".join(f"{seed.n_levels} {seed.name}" for seed in seeds)
    return f"{math.prod(seed.n_levels for seed in seeds)} combinations of seeds ({counts})"


def _note(seeds: Sequence[Factor], measure: str, n_left_out: int) -> str:
    left_out = ""
    if n_left_out:
        left_out = f"; {n_left_out:,} settings without a result for each of them are left out"
    return (
        f"variance components of {MEASURES[measure]} within settings, over "
        f"{_crossing(seeds)}{left_out}; a trial that diverged counts as the worst"
    )
