"""Loss curves as lines of text, on a logarithmic scale."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.value_text import text_of


class Marks(NamedTuple):
    """The characters that a plot is drawn with: one for each curve, and those of the lines."""

    curves: str
    baseline: str
    axis: str
    corner: str
    floor: str


UNICODE = Marks("●○", "╌", "│", "└", "─")
ASCII = Marks("*o", "-", "|", "+", "-")
_FEWEST_COLUMNS, _MOST_COLUMNS = 10, 72
_LABEL_EVERY = 4  # rows
_LEAST_SPAN = 0.1  # of logarithms: a factor of 1.1


def marks_for(encoding: str | None) -> Marks:
    """Return the marks that a stream of this encoding can show."""
    try:
        "".join(UNICODE).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def curve_lines(
    curves: Mapping[str, Floats],
    baseline: float | None,
    width: int,
    height: int,
    marks: Marks,
) -> list[str]:
    """Return a plot of losses over epochs; empty where there is no finite loss.

    A loss of 0 is in the lowest row, since a logarithm of it is none. Where several epochs share a
    column, a curve has all rows from the lowest to the highest of their losses.

    Parameters
    ----------
    curves : mapping of (n_epochs,) arrays
        Losses by the names of the curves, at most two, all as long; of two the first is on top.
        NaN and infinity where there is none.
    baseline : float, optional
        A loss that is drawn as a dashed line.
    width : int
        Characters of a line; the plot takes more where these are too few for it.
    height : int
        Lines for the losses; the axis and the names come on top.
    marks : Marks
    """
    scale = _Scale.of([*curves.values(), np.array([baseline or np.nan])], height)
    if scale is None:
        return []
    labels = {row: text_of(scale.loss(row), 3) for row in range(0, height, _LABEL_EVERY)}
    gutter = max(map(len, labels.values()))
    n_epochs = max(map(len, curves.values()))
    room = min(max(width - gutter - 3, _FEWEST_COLUMNS), _MOST_COLUMNS)
    cells = [[" "] * room for _ in range(height)]
    if baseline is not None and baseline > 0:
        cells[scale.row(baseline)] = [marks.baseline] * room
    for mark, losses in reversed([*zip(marks.curves, curves.values(), strict=False)]):
        for column, lowest, highest in _columns(losses, room):
            for row in range(scale.row(highest), scale.row(lowest) + 1):
                cells[row][column] = mark
    lines = [
        f"{labels.get(row, ''):>{gutter}} {marks.axis} {''.join(line)}".rstrip()
        for row, line in enumerate(cells)
    ]
    lines.append(f"{'':>{gutter}} {marks.corner}{marks.floor * (room + 1)}")
    lines.append(f"{'':>{gutter}}   {_epochs(n_epochs, room)}".rstrip())
    names = [f"{mark} {name}" for mark, name in zip(marks.curves, curves, strict=False)]
    if baseline is not None and baseline > 0:
        names.append(f"{marks.baseline * 2} baseline")
    in_a_line = "   ".join(names)
    legend = [in_a_line] if len(in_a_line) <= room + 1 else names
    return [*lines, *(f"{'':>{gutter}}   {text}" for text in legend)]


class _Scale(NamedTuple):
    """The rows of losses, from the logarithm of the highest one in row 0 to that of the lowest."""

    high: float
    low: float
    height: int

    @classmethod
    def of(cls, losses: list[Floats], height: int) -> "_Scale | None":
        """Return the scale of some losses; None if none of them is finite."""
        numbers = np.concatenate(losses)
        finite = numbers[np.isfinite(numbers)]
        if not len(finite):
            return None
        positive = finite[finite > 0]
        if not len(positive):
            return cls(0.0, -1.0, height)
        low, high = math.log(positive.min()), math.log(positive.max())
        if high - low < _LEAST_SPAN:  # last digits that differ would look like progress
            low, high = low - 2 * _LEAST_SPAN, high + 2 * _LEAST_SPAN
        return cls(high, low, height)

    def row(self, loss: float) -> int:
        """Return the row of a loss."""
        if loss <= 0:
            return self.height - 1
        share = (self.high - math.log(loss)) / (self.high - self.low)
        return min(max(round(share * (self.height - 1)), 0), self.height - 1)

    def loss(self, row: int) -> float:
        """Return the loss of a row."""
        return math.exp(self.high + (self.low - self.high) * row / (self.height - 1))


def _columns(losses: Floats, room: int) -> list[tuple[int, float, float]]:
    """Return the columns that have losses, each with the lowest and the highest of them."""
    places = np.arange(len(losses)) * (room - 1) // max(len(losses) - 1, 1)
    columns = []
    for column in np.unique(places):
        own = losses[places == column]
        own = own[np.isfinite(own)]
        if len(own):
            columns.append((int(column), float(own.min()), float(own.max())))
    return columns


def _epochs(n_epochs: int, room: int) -> str:
    """Return the line below the axis: the first and the last epoch, and what they are."""
    first, last = "0", str(n_epochs - 1)
    if n_epochs < 2:
        return f"{first}  epoch"
    return f"{first}{'epoch':^{max(room - len(first) - len(last), 7)}}{last}"
