"""The panels of a map: their arrangement, axes and titles, and the cells in them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rnnsweep.array_types import Codes

from .lettering import height, width, wrap
from .map_axes import MapAxes
from .study import Study
from .style import (
    INK,
    LABEL_SIZE,
    SMALL_SIZE,
    category_axis,
    grid_of,
    new_figure,
    panel_title,
    upright_inches,
)

MAX_PANELS = 12
WIDEST, HIGHEST = 9.0, 6.5  # inches, of all panels of a row and of a column together
SMALLEST = (2.2, 1.6)  # inches: width and height of a panel with room for its labels
CELL = (0.66, 0.48)  # inches: width and height of a cell with room for its text

Colour = tuple[float, float, float]
CellSize = tuple[float, float]  # inches: width and height


@dataclass(frozen=True)
class MapPanels:
    """The empty panels of a map in a figure.

    Attributes
    ----------
    figure : Figure
    axes : list of Axes
        A panel each, row by row.
    size : tuple of float
        Width and height of a cell in inches.
    high : float
        Height of all rows together in inches.
    """

    figure: Figure
    axes: list[Axes]
    size: CellSize
    high: float


def panel_trials(study: Study, chosen: MapAxes) -> list[tuple[str, Codes]]:
    """Return for each panel its title, and the places of its trials."""
    across = chosen.across
    if across is None:
        return [("", np.arange(len(study.score)))]
    return [
        (across.phrase(code), np.flatnonzero(across.codes == code))
        for code in study.some_values(across, MAX_PANELS)
    ]


def map_panels(
    titles: list[str], chosen: MapAxes, texts_fit: Callable[[CellSize], bool]
) -> MapPanels:
    """Return a figure with a panel for each title, and room for a colour bar at the right.

    Parameters
    ----------
    titles : list of str
    chosen : MapAxes
    texts_fit : callable
        Returns whether the texts of all cells fit into cells of a size.
    """
    x, y = chosen.x, chosen.y
    rows, columns, wide, high = _arranged(len(titles), chosen, texts_fit)
    below = upright_inches(x.labels, wide)
    labels_width = max(width(label, SMALL_SIZE) for label in y.labels)
    figure = new_figure(
        2.3 + labels_width + columns * (wide + 0.2), 1.7 + below + rows * (high + 0.4)
    )
    grid: list[Axes] = list(
        figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat
    )
    for place, axes in enumerate(grid):
        if place >= len(titles):
            axes.remove()
            continue
        panel_title(axes, titles[place], "", wide)
        category_axis(axes, x.labels, wide)
        category_axis(axes, y.labels, high, across=False)
        lowest, first = place + columns >= len(titles), place % columns == 0
        axes.tick_params(length=2, labelbottom=lowest, labelleft=first)
        axes.set_xlabel(wrap(x.title, wide, LABEL_SIZE) if lowest else "")
        axes.set_ylabel(wrap(y.title, high, LABEL_SIZE) if first else "")
    return MapPanels(figure, grid[: len(titles)], _cell_size(wide, high, chosen), rows * high)


def _arranged(
    n_panels: int, chosen: MapAxes, texts_fit: Callable[[CellSize], bool]
) -> tuple[int, int, float, float]:
    """Return the numbers of rows and columns of panels, and a panel's width and height in inches.

    A row has as many panels as leave room for the text in every cell; if a single panel does
    not, as many as the page has room for.
    """
    x, y = chosen.x, chosen.y
    widest = 4 if len(x.labels) <= 4 else 3
    for at_most in (*range(widest, 0, -1), widest):
        rows, columns = grid_of(n_panels, at_most)
        wide = max(SMALLEST[0], min(CELL[0] * len(x.labels), WIDEST / columns))
        high = max(SMALLEST[1], min(CELL[1] * len(y.labels), HIGHEST / rows))
        if texts_fit(_cell_size(wide, high, chosen)):
            break
    return rows, columns, wide, high


def _cell_size(wide: float, high: float, chosen: MapAxes) -> CellSize:
    return wide / len(chosen.x.labels), high / len(chosen.y.labels)


def fitting_text(texts: list[str], size: CellSize, bold: bool = False) -> str:
    """Return the first of these texts that fits into a cell, or nothing."""
    for text in texts:
        inches = width(text, SMALL_SIZE, bold)
        if text and inches < 0.94 * size[0] and height(text, SMALL_SIZE) < size[1]:
            return text
    return ""


def draw_cell(
    axes: Axes, x: int, y: int, face: Colour, text: str, size: CellSize,
    *, hatched: bool = False, frame: str | None = None,
) -> None:  # fmt: skip
    """Draw a cell of the map in a colour, with a text that can be read on it.

    Parameters
    ----------
    axes : Axes
    x, y : int
        Codes of the values of the two settings.
    face : tuple of float
    text : str
    size : tuple of float
        Width and height of the cell in inches.
    hatched : bool
    frame : str, optional
        The colour of a frame, which makes the text bold.
    """
    corner, ink = (x - 0.5, y - 0.5), readable_on(face)
    line = min(1.0, 2 * min(size))  # a wider gap would hide small cells
    axes.add_patch(Rectangle(corner, 1, 1, facecolor=face, edgecolor="white", linewidth=line))
    if hatched:
        axes.add_patch(
            Rectangle(corner, 1, 1, fill=False, hatch="////", edgecolor=ink, linewidth=0)
        )
    if frame:
        edge = Rectangle(corner, 1, 1, fill=False, edgecolor=frame, linewidth=2.2, zorder=3)
        edge.set_clip_on(False)
        axes.add_patch(edge)
    if text:
        axes.text(
            x, y, text, ha="center", va="center", fontsize=SMALL_SIZE, color=ink,
            fontweight="bold" if frame else "normal", linespacing=1.1, zorder=4,
            # Without hatching behind the text.
            bbox={"facecolor": face, "edgecolor": "none", "pad": 1.0} if hatched else None,
        )  # fmt: skip


def readable_on(colour: Colour) -> str:
    """Return white or ink, whichever has more contrast (WCAG 2.1, relative luminance)."""

    def luminance(rgb: Colour) -> float:
        linear = [((part + 0.055) / 1.055) ** 2.4 if part > 0.04 else part / 12.92 for part in rgb]
        weighted = zip((0.2126, 0.7152, 0.0722), linear, strict=True)
        return sum(weight * part for weight, part in weighted) + 0.05

    behind = luminance(colour)
    return "white" if 1.05 / behind > behind / luminance(to_rgb(INK)) else INK
