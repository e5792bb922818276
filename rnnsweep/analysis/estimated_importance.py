"""The estimate of importance by a random forest, where not every combination was tried."""

from collections.abc import Iterator, Sequence

import numpy as np

from rnnsweep.array_types import Codes, Floats
from rnnsweep.errors import SweepError
from rnnsweep.random_streams import stream
from rnnsweep.value_text import is_none

from . import forest
from .factors import Factor
from .grouped import means
from .outcomes import Outcomes, codes_of
from .parts_of_variance import Part

FEWEST_SETTINGS = 10  # fewer points say nothing about a forest
_WEAK = 0.5  # of the variance; a forest that predicts less is not worth much


def estimated_parts(
    trials: Outcomes, values: Floats, factors: Sequence[Factor]
) -> tuple[list[Part], list[str]]:
    """Return the estimated parts, and notes on them.

    The noise of the seeds is the scatter among trials with the same settings, where there are
    several; it needs no estimate. A forest is fitted to the means of the settings, and what it says
    is the rest of the variance.

    Parameters
    ----------
    trials : Outcomes
    values : (n_trials,) array
        The numbers whose variance is split, not all equal.
    factors : sequence of Factor
        Of these trials. Settings that are tied are one feature; those that were drawn at random
        are not tied.

    Raises
    ------
    SweepError
        If scikit-learn is not installed, or there are too few settings.
    """
    setting = codes_of([factor.codes.tolist() for factor in factors], len(trials))
    n_trials = np.bincount(setting)
    n = len(n_trials)
    if n < FEWEST_SETTINGS:
        raise SweepError(
            f"an estimate needs results of {FEWEST_SETTINGS} settings or more, and there are {n}"
        )
    mean = means(values, setting, n)
    chosen = np.arange(n)
    if n > forest.MOST_ROWS:
        draws = stream(0, "settings of the forest")
        chosen = np.sort(draws.choice(n, forest.MOST_ROWS, replace=False))
    if np.ptp(mean[chosen]) == 0:
        raise SweepError("an estimate needs settings with different means")
    _, first = np.unique(setting, return_index=True)
    features = {
        name: _without_gaps(places[first[chosen]])
        for factor in factors
        for name, places in _features(trials, factor)
    }
    estimate = forest.estimate(list(features.values()), mean[chosen])
    noise = _noise(values - mean[setting], n_trials)
    of_seeds = 0.0
    if noise is not None:
        between = max(0.0, float(mean.var() - (noise / n_trials).mean()))
        of_seeds = noise / (noise + between)
    names = list(features)
    parts = [
        Part(
            tuple(names[place] for place in term),
            "setting" if len(term) == 1 else "pair",
            (1 - of_seeds) * share,
        )
        for term, share in estimate.shares.items()
    ]
    rest = 1 - of_seeds - sum(part.share for part in parts)
    parts.append(Part((), "higher orders", max(0.0, rest)))
    if noise is not None:
        parts.append(Part((), "seed", of_seeds))
    return parts, _notes(estimate.predicted, len(chosen), n, noise is not None)


def _noise(deviations: Floats, n_trials: Codes) -> float | None:
    """Return the variance among trials with the same settings; None where no two have the same."""
    freedom = int((n_trials - 1).sum())
    return float((deviations**2).sum()) / freedom if freedom else None


def _features(trials: Outcomes, factor: Factor) -> Iterator[tuple[str, Codes]]:
    """Yield the name and the places of the values of a factor; if drawn, of each setting."""
    if len(factor.settings) > 1 and not factor.is_drawn:
        yield factor.name, factor.codes
        return
    for name in factor.settings:
        column = trials.settings[name]
        different = list(dict.fromkeys(column))
        if all(is_none(value) or isinstance(value, int | float) for value in different):
            different.sort(key=lambda value: (is_none(value), value))
        place = {value: code for code, value in enumerate(different)}
        yield name, np.array([place[value] for value in column], np.intp)


def _without_gaps(places: Codes) -> Codes:
    return np.unique(places, return_inverse=True)[1].reshape(-1)


def _notes(predicted: float, n_chosen: int, n: int, has_noise: bool) -> list[str]:
    some = f"{n_chosen:,} of the {n:,}" if n_chosen < n else f"{n:,}"
    notes = [f"A random forest (fANOVA) was fitted to the means of {some} settings"]
    seen = "of the variance of settings that it has not seen"
    if predicted <= 0:
        notes.append(f"It predicts nothing {seen}, so that its shares mean nothing")
    elif predicted < _WEAK:
        notes.append(f"It predicts {100 * predicted:.0f} % {seen}, so that its shares say little")
    else:
        notes.append(f"It predicts {100 * predicted:.0f} % {seen}")
    if has_noise:
        notes.append("The share of the seeds is estimated from the scatter within settings")
    else:
        notes.append("The luck of the seeds is unknown with one of them, and is in all shares")
    notes.append("There are no intervals")
    return notes
