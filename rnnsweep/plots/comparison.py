"""The picture of a paired comparison: the mean difference of two settings, and how sure it is."""

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rnnsweep.analysis.paired import Comparison

from .lettering import printable, value_labels, width, words, wrap
from .scale import tick_label
from .style import (
    GREY,
    INK,
    LABEL_SIZE,
    OKABE_ITO,
    SMALL_SIZE,
    add_words,
    new_figure,
    styled,
    words_height,
)

MAX_ROWS = 30  # the row of all pairs, and values of common settings
WIDE = 4.2  # inches: the panel of the differences
ROW = 0.26  # inches: the height of a row
GAP = 0.6  # rows between two settings


@styled
def comparison(compared: Comparison) -> Figure:
    """Return the picture of a comparison: a row for all pairs, and for each common value.

    A row has the mean difference a - b of its pairs with the 95 % interval, and at the right the
    probability that a is better with its interval. Pairs with a trial that diverged have no
    difference; they count in the probability.
    """
    shown = compared.rows[:MAX_ROWS]
    heights, headings = _places([name for name, _ in shown])
    labels = _labels(shown)
    columns = compared.statistics
    texts = [_probability(columns, row) for row in range(len(shown))]
    left = max(width(label, SMALL_SIZE) for label in (*labels, *(text for _, text in headings)))
    right = max(width(text, SMALL_SIZE) for text in (*texts, "a is better")) + 0.3
    total = heights[-1] + 1
    title, notes = printable(compared.verdict).rstrip("."), _notes(compared, len(shown))
    inches = 0.5 + left + WIDE + right
    figure = new_figure(inches, 0.9 + words_height(title, notes, inches) + ROW * total)
    axes = figure.subplots()
    for row, height in enumerate(heights):
        _draw_row(axes, columns, row, height, is_total=row == 0)
        axes.text(
            1.03, height, texts[row], transform=axes.get_yaxis_transform(), va="center",
            fontsize=SMALL_SIZE, fontweight="bold" if row == 0 else "normal",
        )  # fmt: skip
    axes.axvline(0.0, color=INK, linewidth=1.0, linestyle="--", zorder=1)
    axes.set_ylim(total - 0.4, -0.8)
    axes.set_yticks(
        [*heights, *(place for place, _ in headings)], [*labels, *(text for _, text in headings)]
    )
    for tick in axes.yaxis.get_major_ticks()[len(heights) :]:
        tick.label1.set_color(GREY)
        tick.tick1line.set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    _across(axes, columns, len(shown))
    metric = compared.measured.metric
    over = " / its baseline" if compared.measured.over_baseline else ""
    axes.set_xlabel(
        wrap(f"difference of {metric.name}{over}, a - b ({_side(metric.better)})", WIDE, LABEL_SIZE)
    )
    axes.text(
        1.03, 1.0, "a is better", transform=axes.transAxes, va="bottom", fontsize=SMALL_SIZE,
        color=GREY,
    )  # fmt: skip
    add_words(figure, title, notes)
    return figure


def _side(better: str) -> str:
    return "a is better left of 0" if better == "lower" else "a is better right of 0"


def _places(names: list[str]) -> tuple[list[float], list[tuple[float, str]]]:
    """Return the height of each row, and the headings of the settings with theirs."""
    heights: list[float] = []
    headings: list[tuple[float, str]] = []
    height, last = 0.0, ""
    for name in names:
        if name != last:
            height += GAP
            headings.append((height, words(name)))
            height, last = height + 1, name
        heights.append(height)
        height += 1
    return heights, headings


def _labels(rows: list[tuple[str, Any]]) -> list[str]:
    """Return the label of each row: a value that differs from the others of its setting."""
    texts: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for name, _ in rows if name):
        texts[name] = list(value_labels([value for other, value in rows if other == name]))
    return [texts[name].pop(0) if name else "all pairs" for name, _ in rows]


def _draw_row(
    axes: Axes, columns: dict[str, list[float]], row: int, height: float, is_total: bool
) -> None:
    low, mean, high = (columns[name][row] for name in ("ci95_low", "mean_difference", "ci95_high"))
    if math.isnan(mean):
        return
    colour = INK if is_total else OKABE_ITO[0]
    if not math.isnan(low):
        axes.hlines(height, low, high, colour, linewidth=2.2 if is_total else 1.4, zorder=2)
    axes.plot(
        mean, height, marker="D" if is_total else "o", markersize=6 if is_total else 4.5,
        color=colour, linestyle="none", zorder=3,
    )  # fmt: skip


def _across(axes: Axes, columns: dict[str, list[float]], n_rows: int) -> None:
    """Set up the axis of differences; 0 is on it."""
    ends = [columns[name][:n_rows] for name in ("ci95_low", "mean_difference", "ci95_high")]
    finite = np.array([0.0, *(value for column in ends for value in column if value == value)])
    low, high = float(finite.min()), float(finite.max())
    margin = 0.06 * (high - low) or 1.0
    low, high = low - margin, high + margin
    axes.set_xlim(low, high)
    ticks = [tick for tick in MaxNLocator(nbins=5).tick_values(low, high) if low <= tick <= high]
    axes.set_xticks(ticks, [tick_label(float(tick)) for tick in ticks])


def _probability(columns: dict[str, list[float]], row: int) -> str:
    """Return in how many of the pairs of a row a is better, with the interval."""
    share, low, high = (
        columns[name][row]
        for name in ("probability_of_improvement", "probability_low", "probability_high")
    )
    if math.isnan(share):
        return ""
    text = f"{100 * share:.0f} %"
    return text if math.isnan(low) else f"{text} ({100 * low:.0f} to {100 * high:.0f})"


def _notes(compared: Comparison, n_shown: int) -> list[str]:
    row = compared.all_pairs()
    notes = [
        f"compared: a, {printable(compared.a)}, with b, {printable(compared.b)}",
        f"pairs of trials: {row['n_pairs']:.0f}, seeds: {row['n_seeds']:.0f}",
        "lines: 95 % interval of the mean difference over seeds; a is better: in what share of the "
        "pairs, with its interval",
    ]
    if row["n_diverged_a"] or row["n_diverged_b"]:
        notes.append(
            f"diverged: {row['n_diverged_a']:.0f} of a, {row['n_diverged_b']:.0f} of b; their "
            "pairs have no difference, and count as the worst at the right"
        )
    if row["n_left_out"]:
        notes.append(f"not shown: {row['n_left_out']:.0f} pairs with a trial that failed")
    if math.isfinite(row["seeds_to_settle"]):
        notes.append(f"seeds that would show such a difference: {row['seeds_to_settle']:.0f}")
    if n_shown < len(compared.rows):
        notes.append(f"{len(compared.rows) - n_shown} more values left out")
    return notes
