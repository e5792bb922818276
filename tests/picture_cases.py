"""Reads the texts, panels and lines of a figure, and tests that no text overlaps another."""

import functools
import itertools
from collections.abc import Collection

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from plot_cases import CASES, draw, grid_case

from rnnsweep.plots.style import DPI

GRID = grid_case()


def texts(figure: Figure) -> list[Text]:
    """Return every text that can be seen."""
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text().replace("\n", " ") for text in texts(figure))


def assert_nothing_overlaps(figure: Figure, apart_from: Collection[Text] = ()) -> None:
    """Test that no text of a figure is cut, or covers a part of another."""
    figure.set_dpi(DPI)  # letters are fitted to pixels, so widths depend on it
    figure.draw_without_rendering()
    whole = figure.bbox
    shown = [text for text in texts(figure) if text not in apart_from]
    boxes = [(text.get_text(), text.get_window_extent()) for text in shown]
    for text, box in boxes:
        # A pixel of 150 an inch: the antialiased edge of a letter.
        assert whole.x0 - 1 <= box.x0 <= box.x1 <= whole.x1 + 1, text
        assert whole.y0 - 1 <= box.y0 <= box.y1 <= whole.y1 + 1, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        # Boxes include the font's empty rim, so they may touch.
        assert across <= 1 or along <= 1, (one, other)


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]


def head(axes: Axes) -> str:
    """Return the panel's bold title."""
    bold = [text.get_text() for text in axes.texts if text.get_fontweight() == "bold"]
    return bold[0].replace("\n", " ")


def line(axes: Axes, label: str) -> np.ndarray:
    """Return the (n, 2) points of the line of that label."""
    (match,) = [line for line in axes.lines if line.get_label() == label]
    return np.asarray(match.get_xydata())


@functools.cache
def drawn(name: str) -> dict[str, Figure]:
    """Return the pictures of a case by their stems, drawn once. Not to be changed."""
    return draw(CASES[name]())
