"""Tunability: how much lower the loss gets if one setting is tuned and the others stay.

The measure of Probst, Boulesteix and Bischl 2019 (Tunability: importance of hyperparameters of
machine learning algorithms, JMLR 20): the loss of a default minus the lowest loss of
all settings that differ from it in the one hyperparameter. Problems take the place of their data
sets: losses are those over baselines, and the gain is the mean over the problems. The default is
that of the package, as one of theirs is, or the one that is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Codes, Flags, Floats
from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed

from .factors import Factor, factors_of
from .grouped import mean_ranks, means
from .outcomes import Outcomes, codes_of
from .selection import having, selection_text, value_of
from .setting_scores import NO_FINITE_SCORE, problems_in, setting_scores

ALL = "all settings"
STATISTICS = (
    "n_values",
    "default_val_loss",
    "tuned_val_loss",
    "gain",
    "default_test_loss",
    "tuned_test_loss",
    "test_gain",
)


@dataclass(frozen=True)
class Tunability:
    """What tuning of each setting gains, the largest gain first, then that of all together.

    Attributes
    ----------
    settings : list of str
        Names of settings; tied ones as "hidden_size + learning_rate"; at last `ALL`.
    default, tuned : list of str
        The value in the default, and the one with the lowest validation loss, as
        "activation=relu"; where the best one differs with the problem, all of them.
    statistics : dict of list
        The columns `STATISTICS`.
    default_text : str
        The default, as "activation=relu,hidden_size=32".
    over_baseline : bool
        Whether losses are over baselines.
    """

    settings: list[str]
    default: list[str]
    tuned: list[str]
    statistics: dict[str, list[float]]
    default_text: str
    over_baseline: bool


def tunability(
    outcomes: Outcomes,
    swept: Sequence[str],
    named: Mapping[str, Any] | None = None,
    usual: Mapping[str, Any] | None = None,
) -> Tunability:
    """Return what tuning of each setting gains over its value in a default setting.

    Losses are medians over the seeds, with a diverged trial as infinite, and means over problems.
    ``gain`` is the difference of the validation losses by which the values were chosen, so that it
    is never below 0 and somewhat too large; ``test_gain`` is that of the test losses.

    Parameters
    ----------
    outcomes : Outcomes
        With the swept settings.
    swept : sequence of str
    named : mapping, optional
        Values of the default, or texts that mean them.
    usual : mapping, optional
        Values of further settings of the default, such as those of the package: what was tried and
        is nearest counts. A setting that neither has, or whose usual word was not tried, has the
        value that is best on average: the ranks of the settings with it have the lowest mean.

    Raises
    ------
    SweepError
        If no trial has a score yet, no setting varies, or no trial has the default.
    """
    problems = problems_in(outcomes, swept)
    scores = setting_scores(outcomes, swept)
    if not np.isfinite(scores.scores).any():
        raise SweepError(NO_FINITE_SCORE)
    scored = np.flatnonzero(~np.isnan(scores.scores))
    table = outcomes.take(scores.first[scored])
    losses = np.stack([scores.scores[scored], scores.test[scored]])
    problem = codes_of([table.settings[name] for name in problems], len(table))
    factors = factors_of(table, [name for name in swept if name not in problems])
    if not factors:
        raise SweepError("no setting varies in these results that could be tuned")
    start = _default(table, factors, losses[0], problem, named or {}, usual or {})
    rows = []
    for factor in factors:
        fixed = [other for other in factors if other is not factor]
        candidates = _equal_in(fixed, start[0], len(table))
        rows.append((factor.name, *_gain(table, [factor], losses, problem, start, candidates)))
    rows.sort(key=lambda row: -np.nan_to_num(row[-1]["gain"], nan=-1.0))
    every = np.ones(len(table), np.bool_)
    rows.append((ALL, *_gain(table, factors, losses, problem, start, every)))
    names, defaults, tuned, numbers = map(list, zip(*rows, strict=True))
    return Tunability(
        names,
        defaults,
        tuned,
        {name: [row[name] for row in numbers] for name in STATISTICS},
        _text(table, factors, start[:1]),
        scores.over_baseline,
    )


def _default(
    table: Outcomes,
    factors: Sequence[Factor],
    losses: Floats,
    problem: Codes,
    named: Mapping[str, Any],
    usual: Mapping[str, Any],
) -> Codes:
    """Return the place of the default on each problem.

    It is chosen among the settings with the named values that were tried on every problem: those
    with most of the usual values, and of these the one whose values have the lowest sum of mean
    ranks. In a full grid it has all usual values, and otherwise those that are best on average.
    """
    known = [name for factor in factors for name in factor.settings]
    for name in named:
        if name not in known:
            raise SweepError(f"default: {name!r} is no setting to tune; {allowed(name, known)}")
    values = {name: value_of(name, entry, table.settings[name]) for name, entry in named.items()}
    ranks = np.empty(len(table))
    for code in range(int(problem.max()) + 1):
        ranks[problem == code] = mean_ranks(losses[problem == code])
    sums = np.sum([means(ranks, f.codes, f.n_levels)[f.codes] for f in factors], axis=0)
    config = codes_of([factor.codes.tolist() for factor in factors], len(table))
    everywhere = np.bincount(config)[config] == int(problem.max()) + 1
    candidates = np.flatnonzero(having(table, values) & everywhere)
    if not len(candidates):
        what = selection_text(values, table.settings) if values else "the same values"
        raise SweepError(f"no setting with {what} was tried on every problem of these results")
    n_usual = np.zeros(len(table))
    for name in known:
        if name in usual and name not in values:
            n_usual += _are_usual(table.settings[name], usual[name])
    best = candidates[np.lexsort((sums[candidates], -n_usual[candidates]))[0]]
    places = np.flatnonzero(config == config[best])
    return places[np.argsort(problem[places])]


def _are_usual(column: Sequence[Any], value: Any) -> Flags:
    """Return which of these values are the usual one, or the nearest to it if it is a number.

    Of positive numbers the nearest is the one with the smallest ratio.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return np.fromiter((cell == value for cell in column), np.bool_, len(column))
    numbers = np.array([cell if _is_number(cell) else np.nan for cell in column], np.float64)
    if np.isnan(numbers).all():
        return np.zeros(len(column), np.bool_)
    positive = value > 0 and np.nanmin(numbers) > 0
    distance = np.abs(np.log(numbers / value) if positive else numbers - value)
    nearest: Flags = distance == np.nanmin(distance)
    return nearest


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal_in(factors: Sequence[Factor], place: int, n: int) -> Flags:
    """Return which settings are equal to the one at a place in these factors."""
    equal = np.ones(n, np.bool_)
    for factor in factors:
        equal &= factor.codes == factor.codes[place]
    return equal


def _gain(
    table: Outcomes,
    factors: Sequence[Factor],
    losses: Floats,
    problem: Codes,
    start: Codes,
    candidates: Flags,
) -> tuple[str, str, dict[str, float]]:
    """Return the default and the tuned values as text, and the statistics of tuning."""
    best = []
    for code in range(len(start)):
        places = np.flatnonzero(candidates & (problem == code))
        best.append(places[np.argmin(losses[0, places])])
    n_values = len(np.unique(np.stack([f.codes[candidates] for f in factors]), axis=1).T)
    (val, test), (tuned_val, tuned_test) = losses[:, start].mean(1), losses[:, best].mean(1)
    with np.errstate(invalid="ignore"):  # both may be infinite
        numbers = (n_values, val, tuned_val, val - tuned_val, test, tuned_test, test - tuned_test)
    texts = [_text(table, factors, places) for places in (start, np.array(best))]
    return texts[0], texts[1], dict(zip(STATISTICS, map(float, numbers), strict=True))


def _text(table: Outcomes, factors: Sequence[Factor], places: Codes) -> str:
    """Return the different values at these places, as "activation=relu,hidden_size=32"."""
    columns = table.settings
    names = [name for factor in factors for name in factor.settings]
    texts = [
        selection_text({name: columns[name][place] for name in names}, columns)
        for place in places.tolist()
    ]
    return "; ".join(dict.fromkeys(texts))
