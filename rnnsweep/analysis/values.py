"""Every value of a setting, compared with the one that is best: which are worse, and how sure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.array_types import Codes
from rnnsweep.errors import SweepError
from rnnsweep.value_text import distinct_texts

from .grouped import lowest, mean_ranks, means
from .outcomes import Outcomes, codes_of
from .paired import Comparison, compare
from .pairs import pairs_of_settings
from .setting_scores import NO_FINITE_SCORE, problems_in, setting_scores
from .trial_metrics import Measured
from .verdict import better_side

_WORDS = {"a": "Better", "b": "Worse"}


@dataclass(frozen=True)
class ValueComparison:
    """Paired comparisons of the values of a setting with one of them.

    Attributes
    ----------
    setting : str
    reference : object
        The value that the others are compared with: `a` is each of them, `b` the reference.
    values : list
        The other values, in the order of trials.
    comparisons : list of Comparison
        One for each of them.
    best : bool
        Whether of each value the best setting alone is compared.
    """

    setting: str
    reference: Any
    values: list[Any]
    comparisons: list[Comparison]
    best: bool

    @property
    def measured(self) -> Measured:
        """The number that is compared."""
        return self.comparisons[0].measured

    @property
    def rows(self) -> list[tuple[str, Any]]:
        """The setting and its value for each row."""
        return [(self.setting, value) for value in self.values]

    @property
    def statistics(self) -> dict[str, list[float]]:
        """The columns `rnnsweep.analysis.paired.STATISTICS`, a number for each row."""
        rows = [comparison.all_pairs() for comparison in self.comparisons]
        return {name: [row[name] for row in rows] for name in rows[0]}

    @property
    def a(self) -> str:
        """What the first side of each pair is."""
        return f"{'best of ' * self.best}each other value of {self.setting}"

    @property
    def b(self) -> str:
        """What the second side of each pair is."""
        return self.comparisons[0].b

    @property
    def verdict(self) -> str:
        """Which values are worse than the reference, and for which this is open."""
        groups: dict[str, list[str]] = {}
        texts = distinct_texts([self.reference, *self.values])[1:]
        for text, comparison in zip(texts, self.comparisons, strict=True):
            side = better_side(comparison.all_pairs(), self.measured.metric.better)
            word = "Open" if side is None else f"{_WORDS[side]} than {self.b}"
            groups.setdefault(word, []).append(text)
        return " ".join(f"{word}: {', '.join(members)}." for word, members in groups.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was compared, and what counts how."""
        how = "reaches the lowest validation loss" if self.best else "has the best mean rank"
        common = [f"{self.b} is the reference, since it {how}."]
        if len(self.values) > 1:
            common.append("Of twenty intervals one misses the true difference, by chance.")
        for value, comparison in zip(self.values, self.comparisons, strict=True):
            common += [f"{distinct_texts([value])[0]}: {note}" for note in comparison.notes]
        return tuple(common)


def compare_values(
    outcomes: Outcomes, swept: Sequence[str], setting: str, metric: str, best: bool = False
) -> ValueComparison:
    """Return the paired comparison of each value of a setting with the best one.

    The best value is the one whose settings have the lowest mean rank, or with `best` the lowest
    score (the validation loss, `setting_scores`), means over the problems.

    Parameters
    ----------
    outcomes : Outcomes
        With the swept settings and the seeds.
    swept : sequence of str
    setting : str
        One of `swept`.
    metric, best
        As for `compare` and `pairs_of_settings`.

    Raises
    ------
    SweepError
        If the setting has one value, or a value has no pairs with the best one.
    """
    values = list(dict.fromkeys(outcomes.settings[setting]))
    if len(values) < 2:
        text = f": it is {distinct_texts(values)[0]} in all of them" if values else ""
        raise SweepError(f"{setting} does not vary in these trials{text}")
    if setting in problems_in(outcomes, swept):
        raise SweepError(
            f"{setting} makes different problems, of which none is the best; compare two of them, "
            f"as in {setting}=A {setting}=B"
        )
    reference = values[_best_value(outcomes, swept, setting, best)]
    others = [value for value in values if value != reference]
    comparisons = [
        compare(
            pairs_of_settings(outcomes, swept, {setting: value}, {setting: reference}, best), metric
        )
        for value in others
    ]
    return ValueComparison(setting, reference, others, comparisons, best)


def _best_value(outcomes: Outcomes, swept: Sequence[str], setting: str, best: bool) -> int:
    """Return the code of the best value, in the order of trials."""
    scores = setting_scores(outcomes, swept)
    if not np.isfinite(scores.scores).any():
        raise SweepError(NO_FINITE_SCORE)
    has_score = ~np.isnan(scores.scores)
    losses, first = scores.scores[has_score], scores.first[has_score]

    def codes(names: Sequence[str]) -> Codes:
        return codes_of([outcomes.settings[name] for name in names], len(outcomes))[first]

    value, problem = codes([setting]), codes(problems_in(outcomes, swept))
    n_values, n_problems = len({*outcomes.settings[setting]}), int(problem.max()) + 1
    cell = problem * n_values + value
    if best:
        table = lowest(losses, cell, n_values * n_problems)
    else:
        ranks = np.empty(len(losses))
        for code in range(n_problems):
            ranks[problem == code] = mean_ranks(losses[problem == code])
        table = means(ranks, cell, n_values * n_problems)
    # A value that was not tried on a problem, or failed there, is not the best.
    table = np.where(np.isnan(table), np.inf, table)
    return int(np.argmin(table.reshape(n_problems, n_values).mean(axis=0)))
