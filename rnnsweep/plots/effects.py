"""The plot of effects: for each setting, the best validation loss of all trials by its value."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rnnsweep.analysis.grouped import means, medians
from rnnsweep.array_types import Floats
from rnnsweep.value_text import NONE

from .lettering import percent, width, wrap
from .marks import STRIP_INCHES, baseline_label, diverged_strip, side_labels, side_width
from .scale import LossScale
from .scatter import draw_diverged, draw_dots, draw_scatter, jitter, number_axis
from .setting import Setting
from .study import Study, quartiles
from .style import (
    GREY,
    INK,
    LABEL_SIZE,
    SMALL_SIZE,
    add_words,
    category_axis,
    grid_of,
    new_figure,
    panel_title,
    panels,
    styled,
    upright_inches,
)

MAX_PANELS = 12
MAX_DOTS = 300  # of a value; more would merge
WIDEST_BOX = 0.8  # inches
FEWEST_FOR_BOX = 5  # the quartiles of fewer trials are nearly the trials themselves


@styled
def effects(study: Study, chosen: Sequence[Setting] | None = None) -> Figure | None:
    """Return the plot of every trial's best validation loss by the value of each setting.

    Each setting has a panel, that with the largest effect first. There is a dot for each trial, a
    bar at the median, a box between the quartiles, and at the top the share of trials that
    diverged. These count as infinite.

    Parameters
    ----------
    study : Study
    chosen : sequence of Setting, optional
        The settings that have a panel, in this order, in place of those with the largest effects.

    Returns
    -------
    Figure or None
        None where no setting varies.
    """
    if not study.settings or not len(study.score):
        return None
    shown = (chosen or study.settings)[:MAX_PANELS]
    common = next(iter(study.baselines_of(np.arange(len(study.score))).items()), None)
    baselines = [_baselines(study, setting) for setting in shown]
    levels = [loss for losses in baselines for loss in losses if np.isfinite(loss)]
    finite = study.score[np.isfinite(study.score)]
    reference = max([*levels, float(np.median(finite))] if len(finite) else levels, default=np.nan)
    scale = LossScale.around(finite, levels, reference)

    rows, columns = grid_of(len(shown), 3 if len(shown) <= 6 else 4)
    widths = _widths(shown, rows, columns)
    each = [widths[place % columns] for place in range(len(shown))]
    high = 3.2 if rows == 1 else 2.2
    strip = STRIP_INCHES / high if study.diverged.any() else 0.0
    label = baseline_label(*common, scale, strip) if common else None
    labels_width = side_width([label.text]) if label else 0.1
    below = max(
        0.0 if s.binned else upright_inches(s.labels, wide)
        for s, wide in zip(shown, each, strict=True)
    )
    figure = new_figure(0.9 + 1.05 * sum(widths) + labels_width, 1.2 + rows * (high + 0.6 + below))
    for place, axes in enumerate(panels(figure, len(shown), columns, rows, widths)):
        setting, wide = shown[place], each[place]
        share = "" if np.isnan(setting.share) else f" explains {percent(setting.share)}"
        panel_title(axes, f"{setting.title}{share}", "", wide)
        scale.apply(axes, strip)
        diverged_strip(axes, scale, strip, named=place % columns == 0)
        if setting.binned:
            number_axis(axes, setting, wide)
            draw_scatter(axes, study, setting, scale)
            if strip:
                draw_diverged(axes, study, setting, strip)
        else:
            category_axis(axes, setting.labels, wide)
            _draw(axes, study, setting, scale, wide)
            if strip:
                _diverged(axes, study, setting, strip, wide)
        _draw_baselines(axes, baselines[place], pieces=not setting.binned)
        if label and (place + 1) % columns == 0:  # a row that is not full has no room for it
            side_labels(axes, [label], high)
        if place % columns == 0:
            below_strip = high * (1 - strip)
            words = wrap(study.loss_label("best validation loss"), below_strip, LABEL_SIZE)
            axes.set_ylabel(words, y=(1 - strip) / 2)
    notes = _notes(study, shown, each, scale)
    left_out = ", ".join(s.title for s in (chosen or study.settings)[MAX_PANELS:])
    if left_out:
        notes.append(f"left out{'' if chosen else ', with smaller effects'}: {left_out}")
    add_words(figure, _headline(study), notes)
    return figure


def _widths(shown: Sequence[Setting], rows: int, columns: int) -> list[float]:
    """Return the width of each column in inches; in a single row, more for more values."""
    if rows > 1:
        return [{2: 4.0, 3: 3.2}.get(columns, 2.8)] * columns
    room = np.clip([len(setting.labels) for setting in shown], 3, 14)
    total = {1: float(np.clip(0.8 * room[0], 3.6, 8.0)), 2: 8.4}.get(columns, 9.6)
    return [max(2.2, float(inches)) for inches in total * room / room.sum()]


def _draw(axes: Axes, study: Study, setting: Setting, scale: LossScale, wide: float) -> None:
    """Draw the dots, boxes and medians of a setting's values; no median that is off the scale."""
    inches = wide / len(setting.labels)
    half = min(0.34, WIDEST_BOX / 2 / inches)
    size = float(np.clip(20 * inches, 1.0, 4.0))
    for code, median in enumerate(_medians(study, setting)):
        scores = study.score[setting.codes == code]
        if not len(scores):
            continue
        alive = np.sort(scores[np.isfinite(scores)])
        if len(alive) > MAX_DOTS:  # evenly from the lowest to the highest
            alive = alive[np.linspace(0, len(alive) - 1, MAX_DOTS).astype(int)]
        places = code + half * jitter(len(alive))
        draw_dots(axes, places, alive, scale, size, float(np.clip(25 / len(scores), 0.15, 0.5)))
        low, high = scale.clip(quartiles(scores))
        if len(scores) >= FEWEST_FOR_BOX and low < scale.high:
            box = Rectangle((code - half, low), 2 * half, high - low, facecolor="none")
            box.set(edgecolor=GREY, linewidth=0.9, zorder=3)
            axes.add_patch(box)
        if median <= scale.high:
            line = 2.2 if inches > 0.15 else 1.4
            axes.hlines(scale.clip(median), code - half, code + half, INK, linewidth=line, zorder=4)


def _medians(study: Study, setting: Setting) -> Floats:
    """Return the median score under each value of a setting."""
    return medians(study.score, setting.codes, len(setting.labels))


def _baselines(study: Study, setting: Setting) -> list[float]:
    """Return the baseline under each value; NaN where there is none, or more than one."""
    levels = []
    for code in range(len(setting.labels)):
        shared = study.baselines_of(np.flatnonzero(setting.codes == code))
        levels.append(next(iter(shared.values()), np.nan))
    return levels


def _draw_baselines(axes: Axes, levels: list[float], pieces: bool) -> None:
    """Draw a dashed line; where the baseline depends on the value, a piece for each value."""
    style: dict[str, Any] = {"color": INK, "linestyle": "--", "linewidth": 1.0, "zorder": 3.5}
    places = np.flatnonzero(np.isfinite(levels))
    if len(places) == len(levels) and len(set(levels)) == 1:
        axes.axhline(levels[0], label="baseline", **style)
    elif len(places) and pieces:
        lines = axes.hlines(np.array(levels)[places], places - 0.45, places + 0.45, **style)
        lines.set_label("baseline")


def _share_texts(study: Study, setting: Setting, wide: float) -> list[str] | None:
    """Return texts for the share that diverged under each value; None if they do not fit."""
    texts = [f"{100 * part:.0f} %" if part else "" for part in _shares(study, setting)]
    widest = max(width(text, SMALL_SIZE) for text in texts) + 0.05
    return texts if widest < wide / len(texts) else None


def _shares(study: Study, setting: Setting) -> list[float]:
    shares = means(study.diverged.astype(np.float64), setting.codes, len(setting.labels))
    return [float(share) for share in np.nan_to_num(shares)]


def _diverged(axes: Axes, study: Study, setting: Setting, strip: float, wide: float) -> None:
    """Draw the share that diverged under each value into the strip, as text or as bars."""
    along = axes.get_xaxis_transform()
    texts = _share_texts(study, setting, wide)
    if texts is not None:
        for place, text in enumerate(texts):
            axes.text(
                place, 1 - strip / 2, text, transform=along, ha="center", va="center",
                fontsize=SMALL_SIZE,
            )  # fmt: skip
        return
    for place, part in enumerate(_shares(study, setting)):
        bar = Rectangle((place - 0.4, 1 - strip), 0.8, strip * part, transform=along)
        bar.set(facecolor=GREY, linewidth=0, label="diverged")
        axes.add_patch(bar)


def _headline(study: Study) -> str:
    first = study.settings[0]
    if study.diverged.all():
        return study.headline()
    if np.isnan(first.effect):
        return "Best validation loss by setting"
    if first.effect < 0.05:
        return "No setting alone explains much of the best validation loss"
    shared = [setting for setting in study.settings if not np.isnan(setting.share)]
    if shared and all(setting.may_be_luck for setting in shared):
        seeds = study.seeds()
        return f"{seeds[0].upper()}{seeds[1:]} do not show how much each setting explains"
    explains = f"explains {percent(first.share)} of how the trials rank"
    if len(study.settings) == 1:
        known = not np.isnan(first.share)
        return f"The {first.title} {explains if known else 'matters'}"
    alone = "" if np.isnan(first.share) else f": alone it {explains}"
    return f"The {first.title} matters most{alone}"


def _notes(
    study: Study, shown: Sequence[Setting], widths: Sequence[float], scale: LossScale
) -> list[str]:
    valued = [(s, wide) for s, wide in zip(shown, widths, strict=True) if not s.binned]
    draws = [setting.title for setting in shown if setting.binned]
    crowded = any(np.bincount(setting.codes).max() > MAX_DOTS for setting, _ in valued)
    dots = f"dots: trials, no more than {MAX_DOTS} a value" if crowded else "dot: a trial"
    bars = ["bar: median", "box: the middle half"] if valued else []
    notes = [*study.counts(), "; ".join([dots, *bars])]
    if draws:
        more = f" and {len(draws) - 3} more" if len(draws) > 3 else ""
        notes.append(
            f"{', '.join(draws[:3])}{more}: line, median, and band, the middle half, of ranges "
            "with as many values each"
        )
    if study.diverged.any():
        notes[-1] += "; trials that diverged count as infinite"
        if any(np.isinf(median) for setting, _ in valued for median in _medians(study, setting)):
            notes[-1] += ", so that there is no bar where half or more did"
        if valued:
            texts = [_share_texts(study, *pair) for pair in valued]
            bars_of = " (bars: of the strip's height)" if None in texts else ""
            notes.append(f"at the top: the share of trials that diverged{bars_of}")
        if draws:
            notes.append("cross: a trial that diverged")
    if not study.baselines and np.isfinite(study.baseline).any():
        notes.append("dashed: the baseline, where a value has one")
    if not all(np.isnan(setting.share) for setting in shown):
        luck = ", ".join(setting.title for setting in shown if setting.may_be_luck)
        notes.append(
            "explains: exact share of the variance of the trials' ranks by loss"
            + (f", which {study.seeds()} leave uncertain for {luck}" if luck else "")
        )
    if any(setting.partial for setting in shown):
        notes.append(f"{NONE}: trials to which a setting does not apply; it explains nothing there")
    return notes + scale.notes("triangles")
