"""Parallel coordinates: a line through the values of each combination of settings."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from rnnsweep.array_types import Codes, Flags, Floats
from rnnsweep.value_text import distinct_texts

from .lettering import height, wrap
from .parallel_axes import HIGH, ParallelAxis, parallel_axes
from .scale import LossScale, tick_label
from .setting import Setting
from .study import Study
from .style import (
    GREY,
    INK,
    LABEL_SIZE,
    PALE,
    SMALL_SIZE,
    add_words,
    new_figure,
    styled,
)

COLOURS = "viridis_r"  # as in the loss map: the lowest losses are the brightest
BEST = 0.1  # the share of the combinations that are in colour,
MAX_BEST = 100  # of very many combinations so many: more lines would hide each other
FEWEST_FOR_BAR = 3  # coloured lines; the caption has the losses of fewer
LOSS = "median best validation loss"
MAX_AXES = 8
MAX_LINES = 2000  # further ones among the grey lines would not be seen
NARROW = 0.5  # of the axis: the best draws of a setting that lie closer have a range in common


@styled
def parallel(study: Study, chosen: Sequence[Setting] | None = None) -> Figure | None:
    """Return a line for each combination of settings, through its value of each setting.

    The best tenth of the combinations, at most 100, are in the colours of their median best
    validation losses, all others are grey: where the coloured lines meet is what the best settings
    have in common. Lines through one value are spread, so that one can see how many there are.

    Parameters
    ----------
    study : Study
    chosen : sequence of Setting, optional
        The settings that have an axis, from left to right; else those with the largest effects.

    Returns
    -------
    Figure or None
        None where no setting varies, or every combination diverged.
    """
    shown = list((chosen or study.settings)[:MAX_AXES])
    finite = np.flatnonzero(np.isfinite(study.median))
    if not shown or not len(finite):
        return None
    order = np.argsort(study.median, kind="stable")
    best = order[: min(max(1, round(BEST * len(order))), MAX_BEST)]
    best = best[np.isfinite(study.median[best])]
    drawn = parallel_axes(study, shown)
    heights = np.stack([axis.heights for axis in drawn], axis=1)
    places = np.cumsum([0.0, *(axis.gap for axis in drawn[1:])])
    titles = max(height(axis.title, LABEL_SIZE) for axis in drawn)
    figure = new_figure(0.4 + drawn[0].gap + places[-1] + 1.6, 1.6 + HIGH + titles)
    axes = figure.subplots()
    scale = LossScale.around(study.median[best], [], np.nan)
    rest = order[len(best) :]
    _lines(axes, places, heights[rest[:MAX_LINES]], [PALE] * len(rest[:MAX_LINES]), 0.7)
    norm, colour_map = scale.norm(), matplotlib.colormaps[COLOURS]
    worst_first = best[::-1]
    colours = [colour_map(float(norm(study.median[code]))) for code in worst_first]
    _lines(axes, places, heights[worst_first], colours, 1.5)
    _draw_axes(axes, places, drawn)
    if len(best) >= FEWEST_FOR_BAR:
        _colourbar(figure, axes, scale, study.loss_label(LOSS))
    add_words(figure, _headline(study, drawn, best), _notes(study, shown, best))
    return figure


def _colourbar(figure: Figure, axes: Axes, scale: LossScale, title: str) -> None:
    bar = figure.colorbar(
        ScalarMappable(scale.norm(), COLOURS), ax=axes, aspect=20, pad=0.03, fraction=0.05
    )
    bar.outline.set_visible(False)
    scale.set_ticks(bar.ax.yaxis, scale.ticks(), [tick_label(tick) for tick in scale.ticks()])
    bar.ax.tick_params(which="both", length=2, labelsize=SMALL_SIZE)
    bar.set_label(wrap(title, HIGH, LABEL_SIZE), fontsize=LABEL_SIZE, color=INK)


def _lines(
    axes: Axes, places: Floats, heights: Floats, colours: Sequence[object], line_width: float
) -> None:
    segments = [np.column_stack([places, row]) for row in heights]
    axes.add_collection(LineCollection(segments, colors=colours, linewidths=line_width))


def _draw_axes(axes: Axes, places: Floats, drawn: Sequence[ParallelAxis]) -> None:
    """Draw an upright axis for each setting, with its title above and its values at the left."""
    for place, axis in zip(places, drawn, strict=True):
        axes.vlines(place, 0, 1, GREY, linewidth=0.8, zorder=3)
        for label_height, text in axis.labels:
            axes.text(
                place - 0.06, label_height, text, ha="right", va="center",
                fontsize=SMALL_SIZE, zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8},
            )  # fmt: skip
            if axis.setting.binned:
                axes.plot([place - 0.04, place], [label_height] * 2, color=GREY, linewidth=0.8)
        axes.text(
            place, 1.03, axis.title, ha="center", va="bottom", fontsize=LABEL_SIZE,
            fontweight="bold",
        )  # fmt: skip
    axes.set_xlim(-drawn[0].gap, float(places[-1]) + 0.1)
    axes.set_ylim(0, 1)
    axes.set_axis_off()


def _headline(study: Study, drawn: Sequence[ParallelAxis], best: Codes) -> str:
    """Return what all of the best combinations have in common."""
    if len(best) < 2:
        return study.headline()
    members = np.isin(study.combination, best)
    common = []
    for axis in drawn:
        setting = axis.setting
        codes = np.unique(setting.codes[members])
        if setting.binned and np.ptp(axis.heights[best]) <= NARROW:
            common.append(_range(study.exact[setting.name], members))
        elif len(codes) == 1 and not setting.binned:
            common.append(setting.phrase(int(codes[0])))
    common = [text for text in common if text]
    shared = f"all have {', '.join(common[:4])}" if common else "they have no value in common"
    return f"The {len(best)} best of {len(study.median)} combinations: {shared}"


def _range(exact: Setting, members: Flags) -> str:
    """Return the lowest and the highest of the draws of some trials; nothing if one has none."""
    codes = exact.codes[members]
    if not exact.applies(codes).all():
        return ""
    low, high = distinct_texts([exact.values[codes.min()], exact.values[codes.max()]], fewest=2)
    return f"{exact.title} {low}" if low == high else f"{exact.title} {low} to {high}"


def _notes(study: Study, shown: Sequence[Setting], best: Codes) -> list[str]:
    n = len(study.median)
    notes = [
        f"in colour: the best {len(best)} of {n} combinations of settings, by their median over "
        "the seeds; grey: the others",
    ]
    if len(best) < FEWEST_FOR_BAR:
        losses = distinct_texts(study.median[best].tolist(), fewest=3)
        notes.append(f"{study.loss_label(LOSS)}: {' and '.join(losses)}")
    if not all(setting.binned for setting in shown):
        notes.append("lines through one value are spread")
    if n - len(best) > MAX_LINES:
        notes.append(f"{MAX_LINES} of the others are drawn, the best of them")
    infinite = int(np.isinf(study.median).sum())
    if infinite:
        notes.append(f"half or more of the trials diverged in {infinite} of the combinations")
    if study.n_failed:
        notes.append(f"not shown: {study.n_failed} trials that failed")
    left_out = [s.title for s in study.settings if s.name not in {a.name for a in shown}]
    if left_out:
        more = f" and {len(left_out) - 3} more" if len(left_out) > 3 else ""
        notes.append(f"without an axis: {', '.join(left_out[:3])}{more}")
    return notes
