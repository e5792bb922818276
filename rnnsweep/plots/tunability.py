"""The picture of tunability: how much lower the loss gets if one setting is tuned."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from rnnsweep.value_text import number

from .lettering import height, printable, width, words, wrap
from .scale import LossScale, tick_label
from .style import (
    INK,
    LABEL_SIZE,
    OKABE_ITO,
    SMALL_SIZE,
    add_words,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 20
WIDE = 4.4  # inches: the panel of the losses
LONGEST_DEFAULTS = 160  # letters of the note that names them
WIDEST_TEXT = 2.6  # inches; a longer text has several lines
ROW = 0.34  # inches: the least height of a row


@styled
def tunability(table: "pd.DataFrame", baseline: tuple[str, float] | None = None) -> Figure:
    """Return for each setting the loss with its default, and with its tuned value.

    Parameters
    ----------
    table : DataFrame
        As `Results.tunability` returns it: its last row is for all settings together.
    baseline : tuple, optional
        Name and loss of the best trivial predictor, which has a dashed line.
    """
    shown = table if len(table) <= MAX_ROWS else table.iloc[[*range(MAX_ROWS - 1), -1]]
    default, tuned = (
        shown[f"{name}_val_loss"].to_numpy(float, na_value=np.nan) for name in ("default", "tuned")
    )
    level = [baseline[1]] if baseline else []
    losses = np.concatenate([default, tuned])
    finite = losses[np.isfinite(losses)]
    reference = max([*level, float(np.median(finite))] if len(finite) else level, default=np.nan)
    scale = LossScale.around(losses, level, reference)
    labels = [wrap(words(str(name)), WIDEST_TEXT, SMALL_SIZE) for name in shown["setting"]]
    texts = [*map(_change, shown["setting"], shown["default"], shown["tuned"])]
    texts[-1] = ""  # of all settings: their values are in the other rows
    left = max(width(label, SMALL_SIZE) for label in labels)
    right = max(width(text, SMALL_SIZE) for text in texts) + 0.3
    rows = [
        max(ROW, height(f, SMALL_SIZE) + 0.1, height(t, SMALL_SIZE) + 0.1)
        for f, t in zip(labels, texts, strict=True)
    ]
    places = np.cumsum(rows) - np.array(rows) / 2  # inches from the top
    figure = new_figure(0.5 + left + WIDE + right, 1.75 + sum(rows))
    axes = figure.subplots()
    for row, place in enumerate(places.tolist()):
        is_all = row == len(shown) - 1
        _draw_row(axes, place, float(default[row]), float(tuned[row]), scale, is_all)
        axes.text(
            1.03, place, texts[row], transform=axes.get_yaxis_transform(), va="center",
            fontsize=SMALL_SIZE,
        )  # fmt: skip
    if baseline and scale.low <= baseline[1] <= scale.high:
        axes.axvline(baseline[1], color=INK, linestyle="--", linewidth=1.0, label="baseline")
    axes.set_yticks(places, labels)
    axes.set_ylim(sum(rows), 0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    _across(axes, scale)
    over = " / its baseline" if table.attrs["over_baseline"] else ""
    axes.set_xlabel(wrap(f"validation loss{over}, median over the seeds", WIDE, LABEL_SIZE))
    add_words(figure, _headline(shown), _notes(table, len(shown), scale, baseline))
    return figure


def _change(setting: str, default: str, tuned: str) -> str:
    """Return "0.01 → 0.1" for the texts of two values of a setting, as "learning_rate=0.1"."""
    if default == tuned:
        return "the default is best"
    before, after = (
        printable(text.removeprefix(f"{setting}=").replace(",", ", ")) for text in (default, tuned)
    )
    return wrap(f"{before} → {after}", WIDEST_TEXT, SMALL_SIZE)


def _draw_row(
    axes: Axes, place: float, default: float, tuned: float, scale: LossScale, is_all: bool
) -> None:
    colour = INK if is_all else OKABE_ITO[0]
    start, end = scale.clip([default, tuned]).tolist()
    if np.isnan(end):
        return
    axes.hlines(place, end, start, colour, linewidth=2.2 if is_all else 1.6, zorder=2)
    marker = ">" if default > scale.high else "o"
    axes.plot(
        start, place, marker=marker, markersize=5, color=colour, markerfacecolor="white",
        linestyle="none", zorder=3, label="default", clip_on=False,
    )  # fmt: skip
    axes.plot(
        end, place, marker="o", markersize=6, color=colour, linestyle="none", zorder=4,
        label="tuned", clip_on=False,
    )  # fmt: skip


def _across(axes: Axes, scale: LossScale) -> None:
    axes.set_xscale("log" if scale.log else "linear")
    axes.set_xlim(scale.low, scale.high)
    minor = scale.minor_ticks()
    axes.xaxis.set_minor_locator(FixedLocator(minor) if minor else NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks(scale.ticks(), [tick_label(tick) for tick in scale.ticks()])


def _headline(shown: "pd.DataFrame") -> str:
    first, together = shown.iloc[0], shown.iloc[-1]
    before, after, best = (
        number(float(row[f"{name}_val_loss"]))
        for row, name in ((first, "default"), (first, "tuned"), (together, "tuned"))
    )
    if not float(first["gain"]) > 0:
        return f"Tuning one setting gains nothing: {before}"
    title = words(str(first["setting"]))
    if len(shown) <= 2:
        return f"Tuning the {title}: from {before} to {after}"
    return f"Tuning the {title} alone: from {before} to {after}; all settings: {best}"


def _notes(
    table: "pd.DataFrame", n_shown: int, scale: LossScale, baseline: tuple[str, float] | None
) -> list[str]:
    defaults = printable(str(table.attrs["default"]).replace(",", ", "))
    if len(defaults) > LONGEST_DEFAULTS:
        defaults = f"{defaults[:LONGEST_DEFAULTS].rpartition(', ')[0]}, …"
    notes = [
        "hollow: every setting at its default; full: this setting at the value with the lowest "
        "validation loss, the others at their defaults",
        f"defaults: {defaults}",
    ]
    if baseline and scale.low <= baseline[1] <= scale.high:
        name = f", {baseline[0]}" if baseline[0] else ""
        notes.append(f"dashed: the baseline{name}, {number(baseline[1])}")
    if n_shown < len(table):
        notes.append(f"{len(table) - n_shown} settings with smaller gains left out")
    if any(np.isinf(table["default_val_loss"].to_numpy(float, na_value=np.nan))):
        notes.append("triangle: with the defaults half or more of the trials diverge")
    return notes + scale.notes("triangle")
