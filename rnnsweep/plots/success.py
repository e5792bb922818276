"""The plot of success: the share of trials that met the file's success criterion, by setting."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnsweep.analysis.bootstrap import SeedResamples, seed_columns
from rnnsweep.array_types import Flags
from rnnsweep.value_text import distinct_texts

from .marks import SideLabel, side_labels, side_title, side_width
from .setting import Setting
from .study import Study
from .style import (
    OKABE_ITO,
    add_words,
    category_axis,
    colours,
    new_figure,
    styled,
    upright_inches,
)

MAX_LINES = 5
MAX_BARS = 12  # for more values, the intervals are a band
HIGH = 3.2  # inches: height of the panel
CRITERIA = {"val_loss_below": "validation loss below", "accuracy_above": "accuracy above"}


@styled
def success(
    study: Study, across: Setting | None = None, within: Setting | None = None
) -> Figure | None:
    """Return the plot of the share of trials that were solved.

    Along x is the setting with the most values. There is a line for each value of a second setting,
    that with the most values which the first does not determine. Trials that differ in other
    settings or in their seed are counted together. Bars, or bands where there are many values, are
    95 % intervals of the share, over the seeds.

    Parameters
    ----------
    study : Study
    across, within : Setting, optional
        The settings along x and of the lines, in place of those above; without `within` there is
        one line if `across` is given.

    Returns
    -------
    Figure or None
        None where no setting varies.
    """
    if not study.settings or not len(study.score):
        return None
    solved = ~np.isnan(study.trials.numbers["updates_to_success"])
    if across is None:
        across, within = _axes_settings(study)
    values = study.some_values(within, MAX_LINES) if within else [0]
    palette = colours(len(values), ordered=within.numeric) if within else [OKABE_ITO[0]]
    wide = float(np.clip(0.5 * len(across.labels), 3.6, 8.0))
    names = list(within.labels) if within else []
    labels_width = side_width([names[code] for code in values]) if within else 0.1
    below = upright_inches(across.labels, wide)
    figure = new_figure(0.9 + wide + labels_width, 1.3 + HIGH + below)
    axes = figure.subplots()
    ends = []
    for place, (code, colour) in enumerate(zip(values, palette, strict=True)):
        among = within.codes == code if within else np.ones(len(solved), np.bool_)
        # The bars of one value are next to each other, so that none hides another.
        shift = 0.3 * (place - (len(values) - 1) / 2) / max(len(values), 3)
        shift *= not _has_bands(across)
        name = names[code] if within else "solved"
        last = _line(axes, study, across, solved, among, shift, colour, name)
        ends.append(SideLabel(name, _fraction(last), colour))
    if within:
        side_labels(axes, ends, HIGH)
        side_title(axes, within.title)
    category_axis(axes, across.labels, wide)
    axes.set_ylim(-0.03, 1.03)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    axes.set_xlabel(across.title)
    axes.set_ylabel("trials solved")
    add_words(figure, _headline(study, across, solved), _notes(study, across, within, values))
    return figure


def _axes_settings(study: Study) -> tuple[Setting, Setting | None]:
    """Return the setting along x, and that of the lines."""
    # The setting with the most values comes first; but settings that apply to a part of the trials
    # come last, and before them those with few trials for each value, such as random draws. Of
    # settings with equally many values that with the larger effect comes first, as in the study.
    few = len(study.score) / 2
    across, *rest = sorted(
        study.settings, key=lambda s: (s.partial, len(s.labels) > few, -len(s.labels))
    )
    return across, next((setting for setting in rest if not study.tied(across, setting)), None)


def _line(
    axes: Axes,
    study: Study,
    across: Setting,
    solved: Flags,
    among: Flags,
    shift: float,
    colour: Any,
    name: str,
) -> float:
    """Draw the share of the trials `among` under each value, and return the last share."""
    places, shares, low, high = [], [], [], []
    for code in range(len(across.labels)):
        tried = among & (across.codes == code)
        if tried.any():
            share = float(solved[tried].mean())
            lower, upper = share_interval(study, solved, tried)
            places.append(code + shift)
            shares.append(share)
            low.append(lower)
            high.append(upper)
    if not shares:
        return 0.0
    if _has_bands(across):
        band = axes.fill_between(places, low, high, color=colour, alpha=0.12, linewidth=0)
        band.set_label(f"interval {name}")
    else:
        bars = axes.vlines(places, low, high, color=colour, linewidth=0.9)
        bars.set_label(f"interval {name}")
    axes.plot(
        places, shares, color=colour, marker="o", markersize=4, label=name, zorder=3,
        linestyle="-" if across.numeric else "none", linewidth=1.4,
    )  # fmt: skip
    return shares[-1]


def _has_bands(across: Setting) -> bool:
    return across.numeric and len(across.labels) > MAX_BARS


def share_interval(study: Study, solved: Flags, tried: Flags) -> tuple[float, float]:
    """Return the 95 % interval of the share of the trials `tried` that were solved, over the seeds.

    It stays within 0 and 1, and has a width where none or all of the trials were solved; NaN for
    one seed.
    """
    trials = study.trials.take(np.flatnonzero(tried))
    seeds = [trials.settings[name] for name in seed_columns(trials)]
    return SeedResamples(seeds, len(trials)).share_interval(solved[tried].astype(np.float64))


def _fraction(share: float) -> float:
    """Return how far up the panel a share is, from 0 to 1; the limits are -0.03 and 1.03."""
    return (share + 0.03) / 1.06


def _headline(study: Study, across: Setting, solved: Flags) -> str:
    if not solved.any():
        return f"None of {len(solved)} trials was solved"
    total = f"{solved.sum()} of {len(solved)} trials were solved"
    tried = np.unique(across.codes)
    shares = np.array([solved[across.codes == code].mean() for code in tried])
    if np.ptp(shares) == 0:
        return total
    extremes = [
        f"{100 * shares[place]:.0f}\u00a0% at {across.phrase(int(tried[place]))}"
        for place in (shares.argmin(), shares.argmax())
    ]
    return f"{total}: {', '.join(extremes)}"


def _notes(
    study: Study, across: Setting, within: Setting | None, values: Sequence[int]
) -> list[str]:
    notes = []
    criteria = [
        f"{words} {distinct_texts([level])[0]}"
        for name, words in CRITERIA.items()
        if len(levels := set(study.trials.settings[name])) == 1 and (level := levels.pop() or 0) > 0
    ]
    if criteria:
        notes.append(f"solved: {' or '.join(criteria)}")
    marks = "bands" if _has_bands(across) else "bars"
    notes.append(f"{marks}: 95 % interval of the share, over seeds")
    others = [setting.title for setting in study.independent((across, within))]
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        notes.append(f"trials of every {', '.join(others[:3])}{more} count together")
    if within is not None and len(values) < len(within.labels):
        notes.append(f"{len(values)} of {len(within.labels)} values of {within.title} shown")
    diverged = int(study.diverged.sum())
    if diverged:
        notes.append(f"{diverged} diverged, and count as not solved")
    if study.n_failed:
        notes.append(f"not shown: {study.n_failed} that failed")
    return notes
