"""The picture of a budget: what the best of n settings reaches, if n are drawn at random."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from rnnsweep.value_text import number

from .groups import Group, Groups, groups_of
from .lettering import width
from .marks import SideLabel, baseline_label, side_labels, side_title, side_width
from .scale import LossScale
from .style import INK, SMALL_SIZE, add_words, new_figure, styled

if TYPE_CHECKING:
    import pandas as pd

WIDE, HIGH = 5.0, 3.2  # inches: the panel
FEW = 5  # settings: the number that the headline is about


@styled
def budget(table: "pd.DataFrame", baseline: tuple[str, float] | None = None) -> Figure:
    """Return the validation loss of the best of n random settings, over n.

    A line is the mean over the draws, a band is between their quartiles.

    Parameters
    ----------
    table : DataFrame
        As `Results.budget` returns it.
    baseline : tuple, optional
        Name and loss of the best trivial predictor, which has a dashed line.
    """
    groups = groups_of(table, "n")
    level = [baseline[1]] if baseline else []
    expected = np.concatenate([group.columns["expected_val_loss"] for group in groups.shown])
    finite = expected[np.isfinite(expected)]
    reference = max([*level, float(np.median(finite))] if len(finite) else level, default=np.nan)
    scale = LossScale.around(expected, level, reference)
    labels = _labels(groups.shown, scale)
    if baseline:
        labels.append(baseline_label(*baseline, scale, 0.0))
    figure = new_figure(0.9 + WIDE + _labels_width(groups, labels), 1.6 + HIGH)
    axes = figure.subplots()
    scale.apply(axes)
    most = max(int(group.columns["n"][-1]) for group in groups.shown)
    for group in groups.shown:
        _draw(axes, group, scale, most)
    if baseline:
        axes.axhline(baseline[1], color=INK, linestyle="--", linewidth=1.0, label="baseline")
    side_labels(axes, labels, HIGH)
    side_title(axes, groups.title)
    _across(axes, most)
    over = " / its baseline" if table.attrs["over_baseline"] else ""
    axes.set_xlabel("settings tried at random")
    axes.set_ylabel(f"best validation loss{over}")
    add_words(figure, _headline(groups.shown), _notes(groups, scale))
    return figure


def _labels_width(groups: Groups, labels: Sequence[SideLabel]) -> float:
    title = width(groups.title, SMALL_SIZE) + 0.25
    return max(side_width([label.text for label in labels]), title)


def _labels(groups: Sequence[Group], scale: LossScale) -> list[SideLabel]:
    lasts = [float(group.columns["expected_val_loss"][-1]) for group in groups]
    return [
        SideLabel(group.name, scale.fraction(last), group.colour)
        for group, last in zip(groups, lasts, strict=True)
        if group.name and np.isfinite(last)
    ]


def _draw(axes: Axes, group: Group, scale: LossScale, most: int) -> None:
    n, expected, low, high = (
        group.columns[name] for name in ("n", "expected_val_loss", "low_val_loss", "high_val_loss")
    )
    axes.fill_between(
        n, scale.clip(low), scale.clip(np.where(np.isnan(high), np.inf, high)),
        where=np.isfinite(low), color=group.colour, alpha=0.14, linewidth=0,
        label=f"band {group.name}",
    )  # fmt: skip
    axes.plot(
        n, np.clip(expected, scale.low, 10 * scale.high), color=group.colour, linewidth=1.7,
        label=group.name or "all settings", zorder=3, marker="o",
        markersize=3 if len(n) <= 30 else 0,
    )  # fmt: skip
    if n[-1] < most and np.isfinite(expected[-1]):  # a thin line leads to the label
        axes.hlines(scale.clip(expected[-1]), n[-1], most, group.colour, linewidth=0.6)


def _across(axes: Axes, most: int) -> None:
    axes.set_xscale("log")
    axes.set_xlim(1, max(most, 2))
    ticks = [head * 10**power for power in range(7) for head in (1, 2, 5)]
    ticks = [tick for tick in ticks if tick < 0.75 * most] + [most]
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(ticks))


def _headline(groups: Sequence[Group]) -> str:
    """Return what a few settings reach with the best group, and with the worst."""
    n = min(FEW, *(int(group.columns["n"][-1]) for group in groups), FEW)
    losses = []
    for group in groups:
        loss = float(group.columns["expected_val_loss"][np.searchsorted(group.columns["n"], n)])
        losses.append(loss if np.isfinite(loss) else np.inf)
    order = np.argsort(losses, kind="stable").tolist()
    parts = []
    for place in dict.fromkeys([order[0], order[-1]]):
        best = "only divergence" if np.isinf(losses[place]) else number(losses[place])
        parts.append(best + (f" with {groups[place].phrase}" if groups[place].name else ""))
    return f"Best of {n} random setting{'s' if n > 1 else ''}: {', '.join(parts)}"


def _notes(groups: Groups, scale: LossScale) -> list[str]:
    notes = [
        "lines: the expected validation loss of the best of n settings, drawn without repetition; "
        "bands: the middle half of the draws",
        "the loss of a setting is its median over the seeds",
        *groups.notes(),
    ]
    if any((group.columns["probability_all_diverged"] > 0).any() for group in groups.shown):
        notes.append("draws of which every setting diverges are in the bands, not in the lines")
    return notes + scale.notes("beyond the upper edge")
