"""The settings of a sweep as rows of the page's table, each with its trials."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnsweep.analysis.grouped import medians
from rnnsweep.analysis.ranking import ranking_of
from rnnsweep.analysis.summary import Summary, summarise
from rnnsweep.analysis.survey import CRITERIA
from rnnsweep.array_types import Codes, Floats

from .axes import Axis, axis_of, value_label
from .collected import Collected


@dataclass(frozen=True)
class SettingRows:
    """The rows, the best setting first, as in summary.csv.

    Attributes
    ----------
    summary : Summary
        Their statistics.
    scores : (n_rows,) array
        The median of what the trials of each row are ranked by; infinite where half of them or
        more diverged, NaN where all failed.
    units : (n_trials,) array
        What each trial's losses are divided by, in the order of trials.
    axes : list of Axis
        The swept settings.
    order : (n_trials,) array of int
        The places of the trials, row by row.
    first : (n_rows + 1,) array of int
        Where the trials of each row begin in `order`; the last one is the number of trials.
    """

    summary: Summary
    scores: Floats
    units: Floats
    axes: list[Axis]
    order: Codes
    first: Codes

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def first_trials(self) -> Codes:
        """The place of the first trial of each row, in the order of trials."""
        return self.order[self.first[:-1]]

    def label(self, row: int) -> str:
        """Return the setting of a row as in "activation relu, hidden_size 8"."""
        trial = self.first_trials[row]
        return ", ".join(
            f"{axis.name} {value_label(axis, axis.codes[trial])}" for axis in self.axes
        )


def setting_rows(collected: Collected, swept: Sequence[str]) -> SettingRows:
    """Return the rows of a sweep that varies the settings `swept`."""
    outcomes = collected.outcomes
    ranking = ranking_of(outcomes)
    summary = summarise(outcomes, swept, _has_criterion(collected))
    n_rows = len(summary.statistics["n"])
    row = _row_of_trials(summary, collected, swept)
    order = np.argsort(row, kind="stable")
    return SettingRows(
        summary,
        medians(ranking.scores, row, n_rows),
        ranking.units,
        [axis_of(name, collected.settings[name]) for name in swept if len(outcomes)],
        order,
        np.searchsorted(row[order], np.arange(n_rows + 1)),
    )


def _row_of_trials(summary: Summary, collected: Collected, swept: Sequence[str]) -> Codes:
    if not swept:
        return np.zeros(len(collected.outcomes), np.intp)
    places = {
        values: row for row, values in enumerate(zip(*summary.settings.values(), strict=True))
    }
    columns = [collected.outcomes.settings[name] for name in swept]
    return np.array([places[values] for values in zip(*columns, strict=True)], np.intp)


def _has_criterion(collected: Collected) -> bool:
    """Return whether a trial has a success criterion."""
    columns = [collected.settings[name] for name in CRITERIA if name in collected.settings]
    return any((value or 0) > 0 for column in columns for value in column.values)
