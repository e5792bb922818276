"""A panel of the plot of effects for random draws: each trial at its number, and the trend."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.markers import CARETUP
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from rnnsweep.analysis.grouped import medians
from rnnsweep.array_types import Floats

from .lettering import width
from .scale import LossScale, tick_label
from .setting import Setting
from .study import Study, quartiles
from .style import GREY, INK, OKABE_ITO, SMALL_SIZE

MAX_DOTS = 2000  # evenly over the trials; more would merge


def draw_scatter(axes: Axes, study: Study, setting: Setting, scale: LossScale) -> None:
    """Draw a dot for each trial, the median of each range of draws, and a band of quartiles.

    Trials that diverged count as infinite in medians and quartiles, and have no dot; nor have
    those to which the setting does not apply.

    Parameters
    ----------
    axes : Axes
        Its limits of losses are set.
    study : Study
    setting : Setting
        One that is in ranges.
    scale : LossScale
        Of the losses.
    """
    x = _draws_of(study, setting)
    alive = np.flatnonzero(np.isfinite(study.score) & np.isfinite(x))
    dots = alive[np.linspace(0, len(alive) - 1, min(len(alive), MAX_DOTS)).astype(int)]
    size = 3.5 if len(dots) < MAX_DOTS else 2.0
    draw_dots(axes, x[dots], study.score[dots], scale, size, max(0.15, min(0.55, 100 / len(x))))
    places, middles, low, high = _trend(study, setting, x)
    axes.fill_between(
        places, scale.clip(low), scale.clip(high), where=low < scale.high, color=GREY, alpha=0.18,
        linewidth=0, label="quartiles",
    )  # fmt: skip
    axes.plot(
        places, np.where(middles <= scale.high, scale.clip(middles), np.nan), color=INK,
        linewidth=1.6, marker="o", markersize=2.5, zorder=4, label="median",
    )  # fmt: skip


def draw_dots(
    axes: Axes, x: Floats, losses: Floats, scale: LossScale, size: float, alpha: float
) -> None:
    """Draw a dot for each loss; those above the scale are triangles at its edge."""
    # The tip of a caret is at the edge of the scale, below the strip of diverged trials.
    for which, marker in ((losses <= scale.high, "o"), (losses > scale.high, CARETUP)):
        axes.plot(
            x[which], scale.clip(losses[which]), linestyle="none", marker=marker, markersize=size,
            markeredgewidth=0, color=OKABE_ITO[0], zorder=2, alpha=alpha, label="trials",
        )  # fmt: skip


def draw_diverged(axes: Axes, study: Study, setting: Setting, strip: float) -> None:
    """Draw a cross in the strip at the top for each trial that diverged."""
    x = _draws_of(study, setting)[study.diverged]
    axes.plot(
        x, 1 - strip * (0.5 + 0.3 * jitter(len(x))), transform=axes.get_xaxis_transform(),
        linestyle="none", marker="x", markersize=3.0, markeredgewidth=0.8, color=GREY, zorder=3,
        label="diverged",
    )  # fmt: skip


def _draws_of(study: Study, setting: Setting) -> Floats:
    """Return the number (n_trials,) that each trial has; NaN where the setting does not apply."""
    exact = study.exact[setting.name]
    numbers: Floats = np.array([*exact.values, *[np.nan] * exact.partial], np.float64)
    return numbers[exact.codes]


def number_axis(axes: Axes, setting: Setting, inches: float) -> None:
    """Set up the x axis for the draws of a setting, logarithmic where these are.

    Parameters
    ----------
    axes : Axes
    setting : Setting
    inches : float
        Length of the axis, or a little less.
    """
    scale = LossScale.of_draws(setting.values)
    axes.set_xscale("log" if scale.log else "linear")
    axes.set_xlim(scale.low, scale.high)
    minor = scale.minor_ticks()
    axes.xaxis.set_minor_locator(FixedLocator(minor) if minor else NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    ticks = _fitting_ticks(scale, inches)
    axes.set_xticks(ticks, [tick_label(tick) for tick in ticks])


def _fitting_ticks(scale: LossScale, inches: float) -> list[float]:
    """Return as many round numbers as have room for their labels, powers of ten first."""
    ticks = scale.ticks()
    powers = [tick for tick in ticks if f"{tick:e}".startswith("1.0")]
    for some in (ticks, powers, ticks[::2], ticks[::3]):
        places = [inches * scale.fraction(tick) for tick in some]
        room = max(width(tick_label(tick), SMALL_SIZE) for tick in some) + 0.1 if some else 0.0
        if len(some) > 1 and min(np.diff(places)) > room:
            return some
    return ticks[:1]


def _trend(study: Study, setting: Setting, x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return for each range its median draw, and the median and the quartiles of its losses."""
    n_ranges = len(setting.labels) - setting.partial
    places, low, high = (np.full(n_ranges, np.nan) for _ in range(3))
    for code in range(n_ranges):
        members = setting.codes == code
        if members.any():
            places[code] = np.median(x[members])
            low[code], high[code] = quartiles(study.score[members])
    middles = medians(study.score, setting.codes, len(setting.labels))[:n_ranges]
    drawn = ~np.isnan(places)
    return places[drawn], middles[drawn], low[drawn], high[drawn]


def jitter(n: int) -> Floats:
    """Return places (n,) spread evenly from -1 to 1, the same each time.

    They are multiples of the golden ratio modulo 1, scaled.
    """
    place = np.arange(n, dtype=np.float64)
    return 2 * ((0.6180339887498949 * place + 0.5) % 1) - 1
