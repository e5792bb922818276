"""The columns of a summary that are worth showing, as short texts: for screens and documents."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.analysis.summary import Summary
from rnnsweep.value_text import distinct_texts, text_of

# The statistics of a summary, from those that a narrow terminal must show to those that it may
# leave out. Also left out are counts that are 0 in all rows, and numbers that no row has.
_STATISTICS = [
    ("median",),
    ("n",),
    ("median_test_loss", "test_baseline"),
    ("n_diverged",),
    ("n_failed",),
    ("n_solved",),
    ("median_updates_to_success",),
    ("mean",),
    ("ci95_low", "ci95_high"),
    ("iqm",),
]
_COUNTS = ("n_diverged", "n_failed")
_HEADINGS = {
    "n": "trials",
    "n_diverged": "diverged",
    "n_failed": "failed",
    "n_solved": "solved",
    "median_updates_to_success": "updates",
    "median_test_loss": "test\nloss",
    "test_baseline": "test\nbaseline",
}
_FEWEST_OF_IQM = 4


class ShownTable(NamedTuple):
    """A table of texts.

    Attributes
    ----------
    names : list of str
        The columns: "rank", those of the settings, then statistics.
    headings : list of str
        The texts above the columns; one may have two lines.
    n_settings : int
        How many columns after the first are settings.
    rows : list of tuple of str
    """

    names: list[str]
    headings: list[str]
    n_settings: int
    rows: list[tuple[str, ...]]


def statistics_to_show(summary: Summary) -> list[tuple[str, ...]]:
    """Return the groups of statistics that say something about these settings.

    Those come first that a narrow terminal shows, too.
    """
    statistics = summary.statistics

    def is_informative(name: str) -> bool:
        if name in _COUNTS:
            return bool(statistics[name].any())
        if name == "iqm":  # of fewer trials it is their mean
            return bool((statistics["n"] >= _FEWEST_OF_IQM).any())
        return name in statistics and bool(np.isfinite(statistics[name]).any())

    groups = (tuple(filter(is_informative, group)) for group in _STATISTICS)
    return [group for group in groups if group]


def shown_table(
    summary: Summary, top: int | None = None, groups: Sequence[tuple[str, ...]] | None = None
) -> ShownTable:
    """Return the first rows of a summary, all for None, with these groups of statistics.

    Values of one setting that differ have different texts. Where every trial diverged or failed, no
    setting has a rank.
    """
    statistics: Mapping[str, NDArray[Any]] = summary.statistics
    chosen = statistics_to_show(summary) if groups is None else groups
    rows = list(summary.rows())[:top]  # islice takes no number beyond 64 bits
    columns = dict(zip(summary.heading, zip(*rows, strict=True), strict=True)) if rows else {}
    wanted = {name for group in chosen for name in group}
    # In the order of the summary, whatever was left out.
    names = ["rank", *summary.settings, *(name for name in statistics if name in wanted)]
    if rows and not statistics["n_complete"].any():
        columns["rank"] = (None,) * len(rows)
    texts = [
        distinct_texts(columns[name])
        if name in summary.settings
        else [*map(text_of, columns[name])]
        for name in names
        if rows
    ]
    headings = [_HEADINGS.get(name, name) for name in names]
    return ShownTable(names, headings, len(summary.settings), list(zip(*texts, strict=True)))
