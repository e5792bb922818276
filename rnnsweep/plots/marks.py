"""Marks in several plots of losses: labels of lines, baselines, and trials that diverged."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from rnnsweep.value_text import number

from .lettering import height, width, wrap
from .scale import LossScale
from .style import GREY, INK, SMALL_SIZE

BASELINE_STYLES = ("--", ":")  # of the best trivial predictor and the second
BASELINE_INCHES = 0.95  # a longer label has two lines
STRIP_INCHES = 0.28  # the height of a line of text with a margin
STRIP_COLOUR = "#f0f0f0"


def diverged_strip(axes: Axes, scale: LossScale, strip: float, named: bool) -> None:
    """Shade the strip above the losses in which trials that diverged are marked.

    Parameters
    ----------
    axes : Axes
        Axes whose limits `scale` has set.
    scale : LossScale
    strip : float
        Share of the axis, 0 to 1; 0 draws nothing.
    named : bool
        Whether to write "diverged" at its left, as the label of a tick.
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
    """A text at the right of a panel, at the height of the line that it names."""

    text: str
    fraction: float  # how far up the panel the line is, 0 to 1
    colour: Any


def side_labels(axes: Axes, labels: Sequence[SideLabel], inches_high: float) -> None:
    """Write labels in a column at the right of a panel, moved apart where they would overlap.

    Parameters
    ----------
    axes : Axes
    labels : sequence of SideLabel
    inches_high : float
        Height of the panel in inches, or a little less.
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


def side_title(axes: Axes, title: str) -> None:
    """Write what the labels at the right of a panel are values of, above them."""
    axes.text(
        1.06, 1.02, title, transform=axes.transAxes, va="bottom", fontsize=SMALL_SIZE, color=GREY
    )


def side_width(texts: Sequence[str]) -> float:
    """Return the width in inches of a column of labels."""
    return max((width(text, SMALL_SIZE) for text in texts), default=0.0) + 0.25


def spread(centres: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Return centres as close as possible to these (least squares) at which labels do not overlap.

    Parameters
    ----------
    centres : sequence of float
        Desired centres, from 0 at the bottom to 1 at the top.
    heights : sequence of float
        Heights of the labels.

    Returns
    -------
    list of float
        In the order of the input. If there is room, no label reaches below 0 or above 1.
    """
    order = np.argsort(np.asarray(centres), kind="stable")
    heights_up = np.asarray(heights)[order]
    # Each centre is measured from where it would be if all labels below it were stacked from 0 on.
    # By this measure labels that touch are equal, and the solution is isotonic regression: the
    # closest sequence that does not decrease, by pooling adjacent violators.
    stacked = np.cumsum(heights_up) - heights_up / 2
    pools: list[list[float]] = []
    for offset in np.asarray(centres)[order] - stacked:
        pools.append([float(offset)])
        while len(pools) > 1 and np.mean(pools[-2]) >= np.mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    offsets = np.array([np.mean(pool) for pool in pools for _ in pool])
    offsets = np.clip(offsets, 0.0, max(0.0, 1.0 - heights_up.sum()))
    places = np.empty(len(order))
    places[order] = offsets + stacked
    return [float(place) for place in places]


def baseline_label(name: str, loss: float, scale: LossScale, strip: float) -> SideLabel:
    """Return the label of the dashed line at the loss of the best trivial predictor.

    Parameters
    ----------
    name : str
        Name of the predictor; may be empty.
    loss : float
    scale : LossScale
    strip : float
        Share of the axis that the strip above the losses takes.
    """
    text = f"baseline {number(loss)}" + (f" ({name})" if name else "")
    return SideLabel(
        wrap(text, BASELINE_INCHES, SMALL_SIZE), scale.fraction(loss) * (1 - strip), INK
    )
