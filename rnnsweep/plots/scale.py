"""The axis of losses: logarithmic where they span a decade, and not stretched by outliers."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from rnnsweep.array_types import Floats
from rnnsweep.value_text import number

DECADE = 10.0
# Losses above this many times the reference (the baseline, or the loss at the start) are cut off.
CEILING = 10.0
# A logarithmic axis begins at this share of the highest loss, if not above.
LOWEST = 1e-12
LEAST_RATIO = 4.0  # of the values of a setting on a logarithmic axis, which has two ticks then
MARGIN = 0.04  # share of the axis beyond the lowest and beyond the highest loss


@dataclass(frozen=True)
class LossScale:
    """The limits of an axis of losses or of a setting, and whether it is logarithmic.

    Attributes
    ----------
    log : bool
    low, high : float
        Limits; a loss beyond them is drawn at the edge.
    cut_below, cut_above : bool
        Whether there is a finite loss beyond them.
    """

    log: bool
    low: float
    high: float
    cut_below: bool
    cut_above: bool

    @classmethod
    def around(cls, values: ArrayLike, baselines: Iterable[float], reference: float) -> "LossScale":
        """Return the scale that shows these losses.

        Parameters
        ----------
        values : array_like
            Losses to show; those that are not finite are ignored.
        baselines : iterable of float
            Losses that are within the limits in any case.
        reference : float
            Losses above `CEILING` times this one are cut off, unless all are; may be NaN.
        """
        losses = np.ravel(np.asarray(values, np.float64))
        losses = losses[np.isfinite(losses)]
        always = np.array(list(baselines), np.float64)
        if not losses.size + always.size:
            return cls(False, 0.0, 1.0, False, False)
        high = max(losses.max(initial=-np.inf), always.max(initial=-np.inf))
        cut_above = False
        if np.isfinite(reference) and losses.size and reference > 0:
            ceiling = max(CEILING * reference, CEILING * losses.min(), always.max(initial=-np.inf))
            cut_above = bool(high > ceiling)
            within = losses[losses <= ceiling]
            high = max(within.max(initial=-np.inf), always.max(initial=-np.inf))
        shown = np.append(losses, always)
        low = float(min(shown.min(), high))
        positive = shown[shown > 0]
        log = bool(positive.size and low >= 0 and high > DECADE * positive.min())
        cut_below = False
        if log:
            floor = max(float(positive.min()), LOWEST * high)
            cut_below = bool(low < floor)
            low = floor
        return cls(log, *_widened(low, float(high), log), cut_below, cut_above)

    @classmethod
    def of_draws(cls, values: ArrayLike) -> "LossScale":
        """Return the scale on which these values of a setting are spread most evenly.

        So draws from a logarithmic distribution have a logarithmic axis.

        Parameters
        ----------
        values : array_like
            Finite numbers, at least one.
        """
        ordered = np.unique(np.asarray(values, np.float64))
        low, high = float(ordered[0]), float(ordered[-1])
        log = low > 0 and high >= LEAST_RATIO * low
        log = log and _unevenness(np.log(ordered)) < _unevenness(ordered)
        return cls(log, *_widened(low, high, log), False, False)

    def clip(self, values: ArrayLike) -> Floats:
        """Return the losses, with the closest limit in place of those beyond the limits."""
        return np.clip(np.asarray(values, np.float64), self.low, self.high)

    def fraction(self, value: float) -> float:
        """Return how far up the axis a loss is, from 0 to 1."""
        low, value, high = self.low, float(self.clip(value)), self.high
        if self.log:
            low, value, high = np.log(low), np.log(value), np.log(high)
        return float((value - low) / (high - low))

    def upper_limit(self, strip: float) -> float:
        """Return the upper limit of an axis with a free strip above the highest loss.

        Parameters
        ----------
        strip : float
            Share of the axis that is free, 0 to 1.
        """
        if self.log:
            return float(self.high * (self.high / self.low) ** (strip / (1 - strip)))
        return self.high + (self.high - self.low) * strip / (1 - strip)

    def ticks(self) -> list[float]:
        """Return round values between the limits.

        On a logarithmic axis of few decades they are 1, 2 and 5 in each, else powers of ten.
        """
        if not self.log:
            ticks = MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]).tick_values(self.low, self.high)
            return [float(tick) for tick in ticks if self.low <= tick <= self.high]
        first, last = np.floor(np.log10(self.low)), np.ceil(np.log10(self.high))
        step = max(1, round((last - first) / 6))
        heads = (1, 2, 5) if np.log10(self.high / self.low) < 3 else (1,)
        ticks = [
            float(f"{head}e{decade}")
            for decade in range(int(first), int(last) + 1, step)
            for head in heads
        ]
        return [tick for tick in ticks if self.low <= tick <= self.high]

    def minor_ticks(self) -> list[float]:
        """Return the ticks of a logarithmic axis that have no label."""
        if not self.log or self.high / self.low > 1e6:
            return []
        decades = range(int(np.floor(np.log10(self.low))), int(np.ceil(np.log10(self.high))))
        ticks = [float(f"{head}e{decade}") for decade in decades for head in range(1, 10)]
        return [tick for tick in ticks if self.low <= tick <= self.high]

    def apply(self, axes: Axes, strip: float = 0.0) -> None:
        """Set the scale, limits and ticks of the y axis; `strip` is as for `upper_limit`."""
        axes.set_yscale("log" if self.log else "linear")
        axes.set_ylim(self.low, self.upper_limit(strip))
        self.set_ticks(axes.yaxis, self.ticks(), [tick_label(tick) for tick in self.ticks()])

    def set_ticks(self, axis: Axis, ticks: list[float], labels: list[str]) -> None:
        """Set these ticks of an axis, and its minor ticks."""
        minor = self.minor_ticks()
        axis.set_minor_locator(FixedLocator(minor) if minor else NullLocator())
        axis.set_minor_formatter(NullFormatter())
        axis.set_ticks(ticks, labels=labels)

    def norm(self) -> Normalize:
        """Return the same scale for colours."""
        norm = LogNorm if self.log else Normalize
        return norm(vmin=self.low, vmax=self.high)

    def notes(self, mark: str) -> list[str]:
        """Return notes on losses beyond the limits; `mark` names how the plot marks high ones."""
        low, high = (self._precise(limit) for limit in (self.low, self.high))
        below = [f"losses below {low} are drawn at the lower edge"] * self.cut_below
        return below + [f"{mark}: losses above {high}"] * self.cut_above

    def _precise(self, limit: float) -> str:
        """Return a limit with two digits, or as many as show it to a tenth of the axis."""
        digits = range(2, 10)
        close = 0.1 * (self.high - self.low)
        texts = [number(limit, n) for n in digits]
        fit = (text for text in texts if self.log or abs(float(text) - limit) <= close)
        return next(fit, texts[-1])


def tick_label(tick: float) -> str:
    """Return a round number with all its digits."""
    return number(tick, 10)


def _unevenness(ordered: Floats) -> float:
    """Return how far ascending numbers are from even steps, as a share of their range."""
    places = (ordered - ordered[0]) / (ordered[-1] - ordered[0])
    return float(np.abs(places - np.linspace(0.0, 1.0, len(places))).mean())


def _widened(low: float, high: float, log: bool) -> tuple[float, float]:
    """Return the limits with margins."""
    if log:
        factor = (high / low) ** MARGIN
        return low / factor, high * factor
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        # All losses are equal: limits this far away hide differences by rounding.
        around = 0.1 * max(abs(low), abs(high)) or 1.0
        return low - around, high + around
    return low - MARGIN * (high - low), high + MARGIN * (high - low)
