"""Marks that pictures of losses share: names beside lines, baselines, trials that diverged."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from rnnsweep.value_text import number

from .lettering import height, width, wrap
from .scale import LossScale
from .style import INK, SMALL_SIZE

BASELINE_STYLES = ("--", ":")  # the best trivial predictor, the second
BASELINE_INCHES = 0.95  # a longer label takes two lines
STRIP_INCHES = 0.28  # a line of text with air around it
STRIP_COLOUR = "#f0f0f0"


def diverged_strip(axes: Axes, scale: LossScale, strip: float, named: bool) -> None:
    """Shade the strip above the losses where trials that diverged are marked.

    Parameters
    ----------
    axes : Axes
        With limits set by `scale`.
    scale : LossScale
    strip : float
        Share of the axis; 0 draws nothing.
    named : bool
        Write "diverged" beside it, in the place of a tick's label.
    """
    if not strip:
        return
    axes.axhspan(scale.high, scale.upper_limit(strip), color=STRIP_COLOUR, linewidth=0, zorder=0)
    if named:
        axes.annotate(
            "diverged", (0, 1 - strip / 2), (-6, 0), xycoords="axes fraction",
            textcoords="offset points", ha="right", va="center", fontsize=SMALL_SIZE,
            annotation_clip=False,
        )  # fmt: skip


class SideLabel(NamedTuple):
    """A text beside the right edge of a panel, at the height of what it names."""

    text: str
    fraction: float  # of the panel's height
    colour: Any


def side_labels(axes: Axes, labels: Sequence[SideLabel], inches_high: float) -> None:
    """Write the labels in a column, moved apart where they would overlap.

    Parameters
    ----------
    axes : Axes
    labels : sequence of SideLabel
    inches_high : float
        Height of the panel, or a little less.
    """
    heights = [height(label.text, SMALL_SIZE) / inches_high for label in labels]
    places = spread([label.fraction for label in labels], heights)
    for label, place in zip(labels, places, strict=True):
        axes.plot(
            [1.0, 1.025, 1.045], [label.fraction, place, place], transform=axes.transAxes,
            color=label.colour, linewidth=1.2, clip_on=False, scalex=False,
            scaley=False,
        )  # fmt: skip
        axes.text(
            1.06, place, label.text, transform=axes.transAxes, fontsize=SMALL_SIZE, va="center"
        )


def side_width(texts: Sequence[str]) -> float:
    """Inches that a column of labels takes."""
    return max((width(text, SMALL_SIZE) for text in texts), default=0.0) + 0.25


def spread(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Centres as close as can be to the wanted ones (least squares) that keep heights apart.

    Parameters
    ----------
    wanted : sequence of float
        Wanted centres, from 0 at the bottom to 1 at the top.
    heights : sequence of float
        Full heights.

    Returns
    -------
    list of float
        In the order of the input. Where there is room, nothing sticks out below 0 or above 1.
    """
    order = np.argsort(np.asarray(wanted), kind="stable")
    tall = np.asarray(heights)[order]
    # Measured from the pile of everything below, centres that touch are equal: what is left is
    # the nearest sequence that does not fall (isotonic regression, pooling neighbours).
    pile = np.cumsum(tall) - tall / 2
    pools: list[list[float]] = []
    for centre in np.asarray(wanted)[order] - pile:
        pools.append([float(centre)])
        while len(pools) > 1 and np.mean(pools[-2]) >= np.mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    free = np.array([np.mean(pool) for pool in pools for _ in pool])
    free = np.clip(free, 0.0, max(0.0, 1.0 - tall.sum()))
    places = np.empty(len(order))
    places[order] = free + pile
    return [float(place) for place in places]


def baseline_label(name: str, loss: float, scale: LossScale, strip: float) -> SideLabel:
    """Name the dashed line of the best trivial predictor.

    Parameters
    ----------
    name : str
        Of the predictor; may be empty.
    loss : float
    scale : LossScale
    strip : float
        Share of the axis above the losses.
    """
    text = f"baseline {number(loss)}" + (f" ({name})" if name else "")
    return SideLabel(
        wrap(text, BASELINE_INCHES, SMALL_SIZE), scale.fraction(loss) * (1 - strip), INK
    )
