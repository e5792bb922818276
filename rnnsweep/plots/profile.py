"""The performance profile: which share of the trials reaches a given loss."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from rnnsweep.array_types import Floats
from rnnsweep.value_text import number

from .groups import Group, Groups, groups_of
from .lettering import width, words
from .marks import SideLabel, side_labels, side_title, side_width
from .scale import LossScale, tick_label
from .style import INK, SMALL_SIZE, add_words, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd

WIDE, HIGH = 5.0, 3.2  # inches: the panel
HALF = 0.5


@styled
def profile(table: "pd.DataFrame", baseline: tuple[str, float] | None = None) -> Figure:
    """Return the share of trials that reach each loss, with its 95 % interval over the seeds.

    Parameters
    ----------
    table : DataFrame
        As `Results.profile` returns it.
    baseline : tuple, optional
        Name and loss of the best trivial predictor, which has a dashed line.
    """
    groups = groups_of(table, "threshold")
    level = [baseline[1]] if baseline else []
    thresholds = table["threshold"].to_numpy(float)
    rises = table.attrs["better"] == "lower"
    # Of losses that are far above the baseline it does not matter how far.
    reference = level[0] if level else float(np.median(thresholds)) if rises else np.nan
    scale = LossScale.around(thresholds, level, reference)
    title_width = width(groups.title, SMALL_SIZE) + 0.25
    labels_width = max(side_width([group.name for group in groups.shown]), title_width)
    figure = new_figure(0.9 + WIDE + labels_width, 1.8 + HIGH)
    axes = figure.subplots()
    for group in groups.shown:
        _draw(axes, group, scale, rises)
    _across(axes, scale, rises)
    if baseline and scale.low <= baseline[1] <= scale.high:
        _baseline(axes, scale, *baseline)
    if groups.title:
        ends = [
            _share_at(group, scale.high if rises else scale.low, rises) for group in groups.shown
        ]
        labels = [
            SideLabel(group.name, (end + 0.03) / 1.06, group.colour)
            for group, end in zip(groups.shown, ends, strict=True)
        ]
        side_labels(axes, labels, HIGH)
        side_title(axes, groups.title)
    axes.set_ylim(-0.03, 1.03)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    over = " / its baseline" if table.attrs["over_baseline"] else ""
    reached = "at most" if rises else "at least"
    axes.set_xlabel(f"{words(table.attrs['metric']).replace(' val ', ' validation ')}{over}")
    axes.set_ylabel(f"trials that reach {reached} this")
    notes = _notes(table, groups) + scale.notes("beyond the right edge")
    add_words(figure, _headline(groups.shown), notes)
    return figure


def _share_at(group: Group, threshold: float, rises: bool) -> float:
    """Return the share that reaches a threshold."""
    thresholds = group.columns["threshold"]
    reached = thresholds <= threshold if rises else thresholds >= threshold
    return float(group.columns["share"][reached][-1]) if reached.any() else 0.0


def _draw(axes: Axes, group: Group, scale: LossScale, rises: bool) -> None:
    thresholds, share, low, high = (
        group.columns[name] for name in ("threshold", "share", "ci95_low", "ci95_high")
    )
    # The share stays as it is from one threshold to the next; before the first it is 0.
    start, end = (scale.low, scale.high) if rises else (scale.high, scale.low)
    x = np.array([start, *thresholds, _last(thresholds, end, rises)])
    axes.step(
        x, [0.0, *share, share[-1]], where="post", color=group.colour, linewidth=1.6,
        label=group.name, zorder=3,
    )  # fmt: skip
    if np.isfinite(low).any():
        axes.fill_between(
            x, [0.0, *low, low[-1]], [0.0, *high, high[-1]], step="post", color=group.colour,
            alpha=0.14, linewidth=0, label=f"interval {group.name}",
        )  # fmt: skip


def _last(thresholds: Floats, end: float, rises: bool) -> float:
    """Return where a line ends: at the edge of the panel, or at a threshold beyond it."""
    last = float(thresholds[-1])
    return max(last, end) if rises else min(last, end)


def _across(axes: Axes, scale: LossScale, rises: bool) -> None:
    axes.set_xscale("log" if scale.log else "linear")
    axes.set_xlim((scale.low, scale.high) if rises else (scale.high, scale.low))
    minor = scale.minor_ticks()
    axes.xaxis.set_minor_locator(FixedLocator(minor) if minor else NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks(scale.ticks(), [tick_label(tick) for tick in scale.ticks()])


def _baseline(axes: Axes, scale: LossScale, name: str, loss: float) -> None:
    axes.axvline(loss, color=INK, linestyle="--", linewidth=1.0, label="baseline", zorder=2)
    text = f"baseline {number(loss)}" + (f" ({name})" if name else "")
    side = "right" if scale.fraction(loss) > HALF else "left"
    axes.annotate(
        text, (loss, 1.0), (0, 2), xycoords=("data", "axes fraction"), fontsize=SMALL_SIZE,
        textcoords="offset points", va="bottom", ha=side,
    )  # fmt: skip


def _headline(groups: Sequence[Group]) -> str:
    """Return the number that half of the trials of the best group reach, and of the worst."""
    reached = [_reached_by_half(group) for group in groups]
    order = sorted(range(len(groups)), key=lambda place: reached[place][0])
    ends = dict.fromkeys([order[0], order[-1]])
    parts = [
        f"{reached[place][1]}" + (f" with {groups[place].phrase}" if groups[place].name else "")
        for place in ends
    ]
    return f"Half of the trials reach {', '.join(parts)}"


def _reached_by_half(group: Group) -> tuple[int, str]:
    """Return the place of the threshold that half of the trials reach, and its number."""
    places = np.flatnonzero(group.columns["share"] >= HALF)
    if not len(places):
        return len(group.columns["share"]), "no number"
    return int(places[0]), number(float(group.columns["threshold"][places[0]]))


def _notes(table: "pd.DataFrame", groups: Groups) -> list[str]:
    notes = ["bands: 95 % interval of the share, over seeds", *groups.notes()]
    if any(group.columns["share"][-1] < 1 for group in groups.shown):
        notes.append("a trial that diverged reaches nothing, so that a line may end below 100 %")
    if table.attrs["n_failed"]:
        notes.append(f"not shown: {table.attrs['n_failed']} that failed or have no such number")
    return notes
