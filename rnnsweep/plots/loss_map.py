"""The loss map: the best validation loss over two settings, one along each axis."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rnnsweep.array_types import Codes
from rnnsweep.value_text import number

from .lettering import height, padded_number, width, wrap
from .map_axes import axes_settings
from .scale import LossScale, tick_label
from .setting import Setting
from .study import Study
from .style import (
    INK,
    LABEL_SIZE,
    PALE,
    SMALL_SIZE,
    add_words,
    category_axis,
    grid_of,
    new_figure,
    panel_title,
    styled,
    upright_inches,
)

COLOURS = "viridis_r"  # the lowest losses are the brightest
OUTLINE = "#D55E00"  # vermillion: unlike all of viridis, for colour-blind eyes, too
# Where there are losses above this many times the baseline, the scale reaches up to that.
HEADROOM = 3.0
MAX_PANELS = 12
WIDEST, HIGHEST = 9.0, 6.5  # inches, of all panels of a row and of a column together
SMALLEST = (2.2, 1.6)  # inches: width and height of a panel with room for its labels
CELL = (0.66, 0.48)  # inches: width and height of a cell with room for its text


@dataclass(frozen=True)
class Cell:
    """A cell of the map.

    Attributes
    ----------
    x, y : int
        The codes of the two settings' values.
    median : float
        Median over the trials of their scores; infinite where half of them or more diverged.
    n_diverged, n_trials : int
    best : bool
        Whether its median is the lowest of all panels.
    """

    x: int
    y: int
    median: float
    n_diverged: int
    n_trials: int
    best: bool


@styled
def loss_map(study: Study) -> Figure | None:
    """Return the map of the best validation loss over two settings, its median over seeds.

    The axes are the hidden size and the learning rate where these are swept, with a panel for each
    activation; else they are the settings with the largest effects. Random draws of a number are
    not an axis, since hardly a cell would have a trial, nor is a setting that the other axis
    determines. In each cell, further settings have their best values. A trial that diverged counts
    as infinite, and its cell is hatched.

    Returns
    -------
    Figure or None
        None where there are no two settings for the axes.
    """
    chosen = axes_settings(study)
    if chosen is None or not len(study.score):
        return None
    x, y, across = chosen
    shown = _panels(study, across)
    cells = [_cells(study, members, x, y) for _, members in shown]
    baseline = next(iter(study.baselines_of(np.arange(len(study.score))).items()), None)
    levels = [baseline[1]] if baseline else []
    medians = np.array([cell.median for panel in cells for cell in panel])
    finite = medians[np.isfinite(medians)]
    reference = max(levels, default=float(np.median(finite)) if len(finite) else np.nan)
    # Cells above the scale have to look worse than the baseline.
    headroom = [HEADROOM * loss for loss in levels if (finite > HEADROOM * loss).any()]
    scale = LossScale.around(finite, levels + headroom, reference)

    rows, columns, wide, high = _arranged(cells, x, y)
    below = upright_inches(x.labels, wide)
    labels_width = max(width(label, SMALL_SIZE) for label in y.labels)
    figure = new_figure(
        2.3 + labels_width + columns * (wide + 0.2), 1.7 + below + rows * (high + 0.4)
    )
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    all_axes: list[Axes] = list(grid.flat)
    for place, axes in enumerate(all_axes):
        if place >= len(shown):
            axes.remove()
            continue
        panel_title(axes, shown[place][0], "", wide)
        _draw(axes, cells[place], scale, _cell_size(wide, high, x, y))
        category_axis(axes, x.labels, wide)
        category_axis(axes, y.labels, high, across=False)
        lowest, first = place + columns >= len(shown), place % columns == 0
        axes.tick_params(length=2, labelbottom=lowest, labelleft=first)
        axes.set_xlabel(wrap(x.title, wide, LABEL_SIZE) if lowest else "")
        axes.set_ylabel(wrap(y.title, high, LABEL_SIZE) if first else "")
    if len(finite) or levels:
        words = wrap(study.loss_label("best validation loss"), rows * high, LABEL_SIZE)
        _colourbar(figure, all_axes[: len(shown)], scale, baseline, words, rows * high)
    any_infinite = len(finite) < len(medians)
    notes = _notes(study, len(shown), across, (x, y), scale, any_infinite)
    add_words(figure, study.headline(), notes)
    return figure


def _arranged(cells: Sequence[list[Cell]], x: Setting, y: Setting) -> tuple[int, int, float, float]:
    """Return the numbers of rows and columns of panels, and a panel's width and height in inches.

    A row has as many panels as leave room for the number in every cell; if a single panel does
    not, as many as the page has room for.
    """
    widest = 4 if len(x.labels) <= 4 else 3
    for at_most in (*range(widest, 0, -1), widest):
        rows, columns = grid_of(len(cells), at_most)
        wide = max(SMALLEST[0], min(CELL[0] * len(x.labels), WIDEST / columns))
        high = max(SMALLEST[1], min(CELL[1] * len(y.labels), HIGHEST / rows))
        size = _cell_size(wide, high, x, y)
        if all(_cell_text(c, size) for panel in cells for c in panel if np.isfinite(c.median)):
            break
    return rows, columns, wide, high


def _cell_size(wide: float, high: float, x: Setting, y: Setting) -> tuple[float, float]:
    return wide / len(x.labels), high / len(y.labels)


def _panels(study: Study, across: Setting | None) -> list[tuple[str, Codes]]:
    """Return for each panel its title, and the places of its trials."""
    if across is None:
        return [("", np.arange(len(study.score)))]
    return [
        (across.phrase(code), np.flatnonzero(across.codes == code))
        for code in study.some_values(across, MAX_PANELS)
    ]


def _cells(study: Study, members: Codes, x: Setting, y: Setting) -> list[Cell]:
    best = study.best(np.arange(len(study.score)))[0]
    cells = []
    for place_y in range(len(y.labels)):
        row = members[y.codes[members] == place_y]
        for place_x in range(len(x.labels)):
            chosen = study.best(row[x.codes[row] == place_x])
            if len(chosen):
                median = float(np.median(study.score[chosen]))
                n_diverged = int(study.diverged[chosen].sum())
                is_best = bool(np.isfinite(median) and best in chosen)
                cells.append(Cell(place_x, place_y, median, n_diverged, len(chosen), is_best))
    return cells


def _draw(axes: Axes, cells: list[Cell], scale: LossScale, size: tuple[float, float]) -> None:
    line = min(1.0, 2 * min(size))  # a wider gap would hide small cells
    norm, colour_map = scale.norm(), matplotlib.colormaps[COLOURS]
    for cell in cells:
        alive = np.isfinite(cell.median)
        face = to_rgb(colour_map(float(norm(cell.median)))) if alive else to_rgb(PALE)
        ink = _readable_on(face)
        corner = (cell.x - 0.5, cell.y - 0.5)
        axes.add_patch(Rectangle(corner, 1, 1, facecolor=face, edgecolor="white", linewidth=line))
        if cell.n_diverged:
            axes.add_patch(
                Rectangle(corner, 1, 1, fill=False, hatch="////", edgecolor=ink, linewidth=0)
            )
        if cell.best:
            axes.add_patch(
                Rectangle(
                    corner,
                    1,
                    1,
                    fill=False,
                    edgecolor=OUTLINE,
                    linewidth=2.2,
                    zorder=3,
                    clip_on=False,
                )
            )
        text = _cell_text(cell, size)
        if text:
            axes.text(
                cell.x, cell.y, text, ha="center", va="center", fontsize=SMALL_SIZE, color=ink,
                fontweight="bold" if cell.best else "normal", linespacing=1.1, zorder=4,
                # Without hatching behind the text.
                bbox={"facecolor": face, "edgecolor": "none", "pad": 1.0} if cell.n_diverged
                else None,
            )  # fmt: skip


def _cell_text(cell: Cell, size: tuple[float, float]) -> str:
    """Return as much text as fits into the cell: loss and share diverged, the loss, or nothing."""
    lines = [padded_number(cell.median, 2)] if np.isfinite(cell.median) else []
    diverged = [f"div {cell.n_diverged}/{cell.n_trials}"] if cell.n_diverged else []
    for text in ("\n".join(lines + diverged), "\n".join(lines)):
        inches = width(text, SMALL_SIZE, bold=cell.best)
        if text and inches < 0.94 * size[0] and height(text, SMALL_SIZE) < size[1]:
            return text
    return ""


def _readable_on(colour: tuple[float, float, float]) -> str:
    """Return white or ink, whichever has more contrast (WCAG 2.1, relative luminance)."""

    def luminance(rgb: tuple[float, float, float]) -> float:
        linear = [((part + 0.055) / 1.055) ** 2.4 if part > 0.04 else part / 12.92 for part in rgb]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear)) + 0.05

    behind = luminance(colour)
    return "white" if 1.05 / behind > behind / luminance(to_rgb(INK)) else INK


def _colourbar(
    figure: Figure,
    axes: list[Axes],
    scale: LossScale,
    baseline: tuple[str, float] | None,
    words: str,
    inches: float,
) -> None:
    bar = figure.colorbar(
        ScalarMappable(scale.norm(), COLOURS), ax=axes, aspect=20, pad=0.02, fraction=0.05,
        extend="max" if scale.cut_above else "neither",
    )  # fmt: skip
    bar.outline.set_visible(False)
    labelled: list[tuple[float, str]] = []
    if baseline is not None:
        name, loss = baseline
        place = float(scale.clip(loss))
        labelled = [(place, f"{number(loss)} baseline" + (f"\n({name})" if name else ""))]
        bar.ax.axhline(place, color="white", linewidth=3.5)
        bar.ax.axhline(place, color=INK, linewidth=1.5, label="baseline")
    # Where there is no room for all, powers of ten come first.
    for tick in sorted(scale.ticks(), key=lambda tick: (not f"{tick:e}".startswith("1.0"), tick)):
        # Only where it does not touch the two lines of the baseline's label or another tick's.
        room = 2 * height("x", SMALL_SIZE) / inches
        if all(abs(scale.fraction(tick) - scale.fraction(other)) > room for other, _ in labelled):
            labelled.append((tick, tick_label(tick)))
    scale.set_ticks(bar.ax.yaxis, [tick for tick, _ in labelled], [label for _, label in labelled])
    bar.ax.tick_params(which="both", length=2, labelsize=SMALL_SIZE)
    bar.set_label(words, fontsize=LABEL_SIZE, color=INK)


def _notes(
    study: Study,
    n_shown: int,
    across: Setting | None,
    axes: tuple[Setting, Setting],
    scale: LossScale,
    any_infinite: bool,
) -> list[str]:
    notes = study.counts()
    notes.append("each cell: median over the seeds, a trial that diverged counted as infinite")
    if study.diverged.any():
        grey = "; grey: half of them or more did" if any_infinite else ""
        notes.append(f"hatched: some of its trials diverged{grey}; div 2/3: two of three did")
    if not study.diverged.all():
        notes.append("framed: the lowest")
    others = [setting.title for setting in study.independent((*axes, across))]
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        notes.append(f"each cell stands at the best {', '.join(others[:3])}{more} for it")
    if across is not None and n_shown < len(across.labels):
        notes.append(f"{n_shown} of {len(across.labels)} values of {across.title} shown")
    return notes + scale.notes("the darkest colour")
