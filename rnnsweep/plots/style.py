"""The common style of all plots: fonts, colours, figures, titles, notes, axes of categories."""

import functools
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, ParamSpec, TypeVar

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from .defaults import defaults_with
from .lettering import FONT, height, width, wrap

DPI = 150
NOTEBOOK_DPI = 100  # how large a notebook shows a figure
TITLE_SIZE = 12.0
PANEL_TITLE_SIZE = 9.5
LABEL_SIZE = 9.0
SMALL_SIZE = 8.0

INK = "#222222"
GREY = "#666666"
PALE = "#dddddd"
# Okabe and Ito (2008), "Color universal design": different for every kind of colour blindness.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

# matplotlib reads these when an artist is made and when it is drawn. All others are its defaults.
RC: Any = {
    "font.family": FONT,
    "font.size": LABEL_SIZE,
    "text.color": INK,
    "text.usetex": False,
    "text.parse_math": False,  # a $ in a column's name is a $
    "axes.edgecolor": GREY,
    "axes.facecolor": "white",
    "axes.grid": False,
    "axes.labelcolor": INK,
    "axes.labelsize": LABEL_SIZE,
    "axes.linewidth": 0.7,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": PANEL_TITLE_SIZE,
    "figure.facecolor": "white",
    "hatch.linewidth": 0.6,
    "pdf.fonttype": 42,  # TrueType, as journals ask for
    "svg.fonttype": "none",  # text that can be searched and edited
    "svg.hashsalt": "rnnsweep",  # ids of parts are the same each time
    "lines.linewidth": 1.7,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL_SIZE,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL_SIZE,
}

# Entries of a file that would differ with the time and the version.
_METADATA = {"svg": ("Creator", "Date"), "pdf": ("Creator", "Producer", "CreationDate")}

P = ParamSpec("P")
R = TypeVar("R")


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Return a function that draws in the style above and restores matplotlib's settings."""

    @functools.wraps(draw)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        with defaults_with(RC):
            return draw(*args, **kwargs)

    return inner


def save(figure: Figure, path: str | Path | IO[bytes], form: str = "png") -> None:
    """Write a file whose bytes depend on the figure alone: without date and version.

    Parameters
    ----------
    figure : Figure
    path : path or binary file
        The name may have any ending.
    form : {"png", "svg", "pdf"}
    """
    with defaults_with(RC):
        if form == "png":
            # Figure.savefig goes through all artists once more before it draws.
            canvas = FigureCanvasAgg(figure)
            canvas.print_png(path, metadata={"Software": None})  # type: ignore[no-untyped-call]
        else:
            figure.savefig(path, format=form, metadata=dict.fromkeys(_METADATA[form]))


class Picture(Figure):
    """A figure that a notebook shows, whether or not it has set up matplotlib.

    pyplot does not know it, so that no window opens and nothing stays in memory.
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        file = io.BytesIO()
        save(self, file)
        wide, high = (round(NOTEBOOK_DPI * inches) for inches in self.get_size_inches())
        return file.getvalue(), {"width": wide, "height": high}


def new_figure(inches_wide: float, inches_high: float) -> Figure:
    """Return an empty figure whose parts are laid out without overlap."""
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06, wspace=0.02, hspace=0.03)
    return Picture(figsize=(inches_wide, inches_high), dpi=DPI, layout=layout)


def grid_of(n_panels: int, widest: int) -> tuple[int, int]:
    """Return the numbers of rows and columns for panels, at most `widest` in a row.

    Rows have as equal numbers of panels as possible.
    """
    rows = -(-n_panels // widest)
    return rows, -(-n_panels // rows)


def panels(
    figure: Figure, n_panels: int, columns: int, rows: int, widths: Sequence[float] | None = None
) -> list[Axes]:
    """Return the axes of panels, row by row, which share the axis of losses.

    Parameters
    ----------
    figure : Figure
    n_panels, columns, rows : int
    widths : sequence of float, optional
        Relative widths of the columns.
    """
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False, width_ratios=widths)
    axes: list[Axes] = list(grid.flat)
    for unused in axes[n_panels:]:
        unused.remove()
    return axes[:n_panels]


def words_height(title: str, notes: Sequence[str], inches: float) -> float:
    """Return how high the words of `add_words` are, in inches, in a figure so wide."""
    above, below = _wrapped_words(title, notes, inches)
    return height(above, TITLE_SIZE) + height(below, SMALL_SIZE)


def add_words(figure: Figure, title: str, notes: Sequence[str]) -> None:
    """Write the title above all panels, and the notes below them, each as a sentence."""
    above, below = _wrapped_words(title, notes, figure.get_figwidth())
    figure.suptitle(above, x=0.012, ha="left", fontsize=TITLE_SIZE, fontweight="bold")
    figure.supxlabel(below, x=0.012, ha="left", fontsize=SMALL_SIZE, color=GREY)


def _wrapped_words(title: str, notes: Sequence[str], inches: float) -> tuple[str, str]:
    inches -= 0.3
    sentences = " ".join(note[0].upper() + note[1:] + "." for note in notes)
    return wrap(title, inches, TITLE_SIZE, bold=True), wrap(sentences, inches, SMALL_SIZE)


def empty_figure(message: str) -> Figure:
    """Return a figure with a message in place of panels."""
    figure = new_figure(6.0, 2.0)
    figure.text(0.5, 0.5, message, ha="center", va="center", color=GREY)
    return figure


def panel_title(axes: Axes, head: str, line: str, inches: float, n_lines: int = 1) -> None:
    """Write the title of a panel above it: a bold head, and below that a plain line.

    Parameters
    ----------
    axes : Axes
    head, line : str
        The line may be empty.
    inches : float
        Width of the panel.
    n_lines : int
        For how many lines there is room below the head, so that all heads of a row are at the same
        height.
    """
    size = PANEL_TITLE_SIZE
    below = wrap(line, inches, SMALL_SIZE) if line else ""
    below += "\n" * (n_lines - 1 - below.count("\n"))
    lift = 3 + (72 * height(below, SMALL_SIZE) if line else 0)
    axes.annotate(
        below, (0, 1), (0, 3), xycoords="axes fraction", textcoords="offset points",
        fontsize=SMALL_SIZE, va="bottom", ha="left", color=INK, annotation_clip=False,
    )  # fmt: skip
    axes.annotate(
        wrap(head, inches, size, bold=True), (0, 1), (0, lift), xycoords="axes fraction",
        textcoords="offset points", fontsize=size, fontweight="bold", va="bottom", ha="left",
        annotation_clip=False,
    )  # fmt: skip


def colours(n: int, ordered: bool) -> list[Any]:
    """Return `n` colours: from the viridis map for values with an order, else as unlike as can be.

    Parameters
    ----------
    n : int
        At most six without an order.
    ordered : bool
    """
    if not ordered:
        return list(OKABE_ITO[:n])
    # The yellow end is hardly visible on white.
    return [matplotlib.colormaps["viridis"](place) for place in np.linspace(0.0, 0.8, n)]


class Ticks(NamedTuple):
    """The labels of an axis of categories that are written."""

    shown: list[int]
    upright: bool  # whether they are turned by 90 degrees


def fitting(labels: Sequence[str], inches: float, across: bool) -> Ticks:
    """Return which labels do not overlap: all, all upright, or every second, third, ... upright.

    Parameters
    ----------
    labels : sequence of str
    inches : float
        Length of the axis.
    across : bool
        Whether the axis is horizontal.
    """
    cell = inches / len(labels)
    widest = max(width(label, SMALL_SIZE) for label in labels) + 0.06
    if across and widest <= cell:
        return Ticks(list(range(len(labels))), False)
    step = int(np.ceil(height("x", SMALL_SIZE) / cell))
    return Ticks(list(range(0, len(labels), step)), across)


def upright_inches(labels: Sequence[str], inches: float) -> float:
    """Return the height in inches of labels below an axis if they are upright, else 0."""
    upright = fitting(labels, inches, across=True).upright
    return max(width(label, SMALL_SIZE) for label in labels) if upright else 0.0


def category_axis(axes: Axes, labels: Sequence[str], inches: float, across: bool = True) -> None:
    """Set up an axis of categories 0, 1, ..., with as many labels as fit.

    Parameters
    ----------
    axes : Axes
    labels : sequence of str
    inches : float
        Length of the axis, or a little less.
    across : bool
        Whether it is the x axis; else it is the y axis.
    """
    ticks = fitting(labels, inches, across)
    names = [labels[place] for place in ticks.shown]
    limits = (-0.5, len(labels) - 0.5)
    if across:
        axes.set_xticks(ticks.shown, names, rotation=90 if ticks.upright else 0)
        axes.set_xlim(*limits)
    else:
        axes.set_yticks(ticks.shown, names)
        axes.set_ylim(*limits)
