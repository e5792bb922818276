"""Parallel coordinates: a line through the values of each combination of settings."""

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from rnnsweep.array_types import Codes, Floats

from .effects import jitter
from .lettering import height, width, wrap
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
MAX_AXES = 8
MAX_LINES = 2000  # further ones among the grey lines would not be seen
HIGH = 3.6  # inches: the panel
GAP = 1.35  # inches between two axes, more where labels are long
SPREAD = 0.3  # of the distance between two values, in which lines through one value lie


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
    heights = _heights(study, shown)
    gaps = [max(GAP, _labels_width(setting) + 0.35) for setting in shown]
    places = np.cumsum([0.0, *gaps[1:]])
    figure = new_figure(0.4 + gaps[0] + places[-1] + 1.6, 1.6 + HIGH + _title_height(shown, gaps))
    axes = figure.subplots()
    scale = LossScale.around(study.median[best], [], np.nan)
    rest = order[len(best) :]
    _lines(axes, places, heights[rest[:MAX_LINES]], [PALE] * len(rest[:MAX_LINES]), 0.7)
    norm, colour_map = scale.norm(), matplotlib.colormaps[COLOURS]
    worst_first = best[::-1]
    colours = [colour_map(float(norm(study.median[code]))) for code in worst_first]
    _lines(axes, places, heights[worst_first], colours, 1.5)
    _axes_of_settings(axes, places, shown, gaps)
    bar = figure.colorbar(
        ScalarMappable(norm, COLOURS), ax=axes, aspect=20, pad=0.03, fraction=0.05
    )
    bar.outline.set_visible(False)
    scale.set_ticks(bar.ax.yaxis, scale.ticks(), [tick_label(tick) for tick in scale.ticks()])
    bar.ax.tick_params(which="both", length=2, labelsize=SMALL_SIZE)
    words = wrap(study.loss_label("median best validation loss"), HIGH, LABEL_SIZE)
    bar.set_label(words, fontsize=LABEL_SIZE, color=INK)
    add_words(figure, _headline(study, best), _notes(study, shown, best))
    return figure


def _heights(study: Study, shown: Sequence[Setting]) -> Floats:
    """Return the height (n_combinations, n_axes) of each combination on each axis, 0 to 1."""
    n = len(study.median)
    first = np.zeros(n, np.intp)
    first[study.combination[::-1]] = np.arange(len(study.combination))[::-1]
    columns = []
    for setting in shown:
        codes = setting.codes[first]
        columns.append((codes + 0.5 + SPREAD * _spread(codes)) / len(setting.labels))
    return np.stack(columns, axis=1)


def _spread(codes: Codes) -> Floats:
    """Return a place from -1 to 1 for each combination, evenly among those with the same code."""
    places = np.zeros(len(codes))
    for code in np.unique(codes):
        members = np.flatnonzero(codes == code)
        places[members] = jitter(len(members)) if len(members) > 1 else 0.0
    return places


def _lines(
    axes: Axes, places: Floats, heights: Floats, colours: Sequence[object], line_width: float
) -> None:
    segments = [np.column_stack([places, row]) for row in heights]
    axes.add_collection(LineCollection(segments, colors=colours, linewidths=line_width))


def _labels_width(setting: Setting) -> float:
    return max(width(label, SMALL_SIZE) for label in setting.labels)


def _title_height(shown: Sequence[Setting], gaps: Sequence[float]) -> float:
    return max(
        height(wrap(s.title, gap - 0.1, LABEL_SIZE, bold=True), LABEL_SIZE)
        for s, gap in zip(shown, gaps, strict=True)
    )


def _axes_of_settings(
    axes: Axes, places: Floats, shown: Sequence[Setting], gaps: Sequence[float]
) -> None:
    """Draw an upright axis for each setting, with its title above and its values at the left."""
    for place, setting, gap in zip(places, shown, gaps, strict=True):
        axes.vlines(place, 0, 1, GREY, linewidth=0.8, zorder=3)
        n = len(setting.labels)
        every = int(np.ceil(height("x", SMALL_SIZE) * n / HIGH))
        for code in range(0, n, every):
            axes.text(
                place - 0.06, (code + 0.5) / n, setting.labels[code], ha="right", va="center",
                fontsize=SMALL_SIZE, zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8},
            )  # fmt: skip
        axes.text(
            place, 1.03, wrap(setting.title, gap - 0.1, LABEL_SIZE, bold=True), ha="center",
            va="bottom", fontsize=LABEL_SIZE, fontweight="bold",
        )  # fmt: skip
    axes.set_xlim(-gaps[0], float(places[-1]) + 0.1)
    axes.set_ylim(0, 1)
    axes.set_axis_off()


def _headline(study: Study, best: Codes) -> str:
    """Return what all of the best combinations have in common."""
    members = np.isin(study.combination, best)
    common = [
        setting.phrase(int(codes[0]))
        for setting in study.settings
        if len(codes := np.unique(setting.codes[members])) == 1
    ]
    if len(best) < 2:
        return study.headline()
    shared = f"all have {', '.join(common[:4])}" if common else "they have no value in common"
    return f"The {len(best)} best of {len(study.median)} combinations: {shared}"


def _notes(study: Study, shown: Sequence[Setting], best: Codes) -> list[str]:
    n = len(study.median)
    notes = [
        f"in colour: the best {len(best)} of {n} combinations of settings, by their median over "
        "the seeds; grey: the others",
        "lines through one value are spread",
    ]
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
