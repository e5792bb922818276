"""Reads the texts, panels and lines of a figure."""

import functools

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from plot_cases import CASES, draw, grid_case

GRID = grid_case()


def texts(figure: Figure) -> list[Text]:
    """Return every text that can be seen."""
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text().replace("\n", " ") for text in texts(figure))


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
