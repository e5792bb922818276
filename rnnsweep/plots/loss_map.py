"""The loss map: the best validation loss over two settings, one along each axis."""

from dataclasses import dataclass, replace
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from rnnsweep.array_types import Codes, Floats
from rnnsweep.value_text import number

from .lettering import height, padded_number, wrap
from .map_axes import MapAxes, axes_settings
from .map_panels import CellSize, MapPanels, draw_cell, fitting_text, map_panels, panel_trials
from .scale import LossScale, tick_label
from .study import Study, quartiles
from .style import INK, LABEL_SIZE, PALE, SMALL_SIZE, add_words, styled

COLOURS = "viridis_r"  # the lowest losses are the brightest
OUTLINE = "#D55E00"  # vermillion: unlike all of viridis, for colour-blind eyes, too
# Losses above the scale are black, with an arrow at the colour bar, so that a few bad cells do not
# give all others one colour. These are outliers by Tukey's rule (1977, Exploratory Data Analysis,
# section 2D), above the upper quartile by this many times the distance of the quartiles,
FENCE = 1.5
# and above this many times the baseline, so that the baseline is not among the darkest colours.
HEADROOM = 1.5
ABOVE = "#161616"
DIGITS = (3, 2)  # of a cell's number: the first that fits into every cell


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
def loss_map(study: Study, chosen: MapAxes | None = None) -> Figure | None:
    """Return the map of the best validation loss over two settings, its median over seeds.

    The axes are the hidden size and the learning rate where these are swept, with a panel for each
    activation; else they are the settings with the largest effects. Random draws of a number are
    not an axis, since hardly a cell would have a trial, nor is a setting that the other axis
    determines. In each cell, further settings have their best values. A trial that diverged counts
    as infinite, and its cell is hatched.

    Parameters
    ----------
    study : Study
    chosen : MapAxes, optional
        The settings of the axes and panels, in place of those above.

    Returns
    -------
    Figure or None
        None where there are no two settings for the axes.
    """
    chosen = chosen or axes_settings(study)
    if chosen is None or not len(study.score):
        return None
    shown = panel_trials(study, chosen)
    cells = [_cells(study, members, chosen) for _, members in shown]
    baseline = next(iter(study.baselines_of(np.arange(len(study.score))).items()), None)
    levels = [baseline[1]] if baseline else []
    medians = np.array([cell.median for panel in cells for cell in panel])
    finite = medians[np.isfinite(medians)]
    scale = _scale(finite, levels)
    alive = [cell for panel in cells for cell in panel if np.isfinite(cell.median)]

    def texts_fit(size: CellSize, digits: int = DIGITS[-1]) -> bool:
        return all(_cell_text(cell, size, digits) for cell in alive)

    frame = map_panels([title for title, _ in shown], chosen, texts_fit)
    digits = next((n for n in DIGITS if texts_fit(frame.size, n)), DIGITS[-1])
    for axes, panel in zip(frame.axes, cells, strict=True):
        _draw(axes, panel, scale, frame.size, digits)
    if len(finite) or levels:
        words = wrap(study.loss_label("best validation loss"), frame.high, LABEL_SIZE)
        _colourbar(frame, scale, baseline, words)
    any_infinite = len(finite) < len(medians)
    notes = _notes(study, len(shown), chosen, scale, any_infinite)
    add_words(frame.figure, study.headline(), notes)
    return frame.figure


def _scale(medians: Floats, levels: list[float]) -> LossScale:
    """Return the scale of finite medians and of the baseline, if there is one, without outliers."""
    if not len(medians):
        return LossScale.around(medians, levels, np.nan)
    low, high = quartiles(medians)
    fence = high * (high / low) ** FENCE if low > 0 else high + FENCE * (high - low)
    headroom = [HEADROOM * loss for loss in levels]
    inside = medians <= max([fence, *headroom])
    if inside.all():
        return LossScale.around(medians, levels, np.nan)
    scale = LossScale.around(medians[inside], levels + headroom, np.nan)
    return replace(scale, cut_above=bool((medians > scale.high).any()))


def _cells(study: Study, members: Codes, chosen: MapAxes) -> list[Cell]:
    x, y, _ = chosen
    best = study.best(np.arange(len(study.score)))[0]
    cells = []
    for place_y in range(len(y.labels)):
        row = members[y.codes[members] == place_y]
        for place_x in range(len(x.labels)):
            trials = study.best(row[x.codes[row] == place_x])
            if len(trials):
                median = float(np.median(study.score[trials]))
                n_diverged = int(study.diverged[trials].sum())
                is_best = bool(np.isfinite(median) and best in trials)
                cells.append(Cell(place_x, place_y, median, n_diverged, len(trials), is_best))
    return cells


def _draw(axes: Axes, cells: list[Cell], scale: LossScale, size: CellSize, digits: int) -> None:
    for cell in cells:
        face = to_rgb(_colour(cell.median, scale))
        draw_cell(
            axes, cell.x, cell.y, face, _cell_text(cell, size, digits), size,
            hatched=cell.n_diverged > 0, frame=OUTLINE if cell.best else None,
        )  # fmt: skip


def _colour(median: float, scale: LossScale) -> Any:
    if np.isinf(median):
        return PALE
    if median > scale.high:
        return ABOVE
    return matplotlib.colormaps[COLOURS](scale.fraction(median))


def _cell_text(cell: Cell, size: CellSize, digits: int) -> str:
    """Return as much text as fits into the cell: loss and share diverged, the loss, or nothing."""
    lines = [padded_number(cell.median, digits)] if np.isfinite(cell.median) else []
    diverged = [f"div {cell.n_diverged}/{cell.n_trials}"] if cell.n_diverged else []
    return fitting_text(["\n".join(lines + diverged), "\n".join(lines)], size, cell.best)


def _colourbar(
    frame: MapPanels, scale: LossScale, baseline: tuple[str, float] | None, words: str
) -> None:
    colour_map = matplotlib.colormaps[COLOURS].with_extremes(over=ABOVE)
    bar = frame.figure.colorbar(
        ScalarMappable(scale.norm(), colour_map), ax=frame.axes, aspect=20, pad=0.02, fraction=0.05,
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
    if scale.cut_above:
        labelled.append((scale.high, f"> {number(scale.high, 2)}"))
    # Where there is no room for all, powers of ten come first.
    for tick in sorted(scale.ticks(), key=lambda tick: (not f"{tick:e}".startswith("1.0"), tick)):
        # Only where it does not touch the two lines of the baseline's label or another tick's.
        room = 2 * height("x", SMALL_SIZE) / frame.high
        if all(abs(scale.fraction(tick) - scale.fraction(other)) > room for other, _ in labelled):
            labelled.append((tick, tick_label(tick)))
    scale.set_ticks(bar.ax.yaxis, [tick for tick, _ in labelled], [label for _, label in labelled])
    bar.ax.tick_params(which="both", length=2, labelsize=SMALL_SIZE)
    bar.set_label(words, fontsize=LABEL_SIZE, color=INK)


def _notes(
    study: Study, n_shown: int, chosen: MapAxes, scale: LossScale, any_infinite: bool
) -> list[str]:
    across = chosen.across
    notes = study.counts()
    notes.append("each cell: median over the seeds, a trial that diverged counted as infinite")
    if study.diverged.any():
        grey = "; grey: half of them or more did" if any_infinite else ""
        notes.append(f"hatched: some of its trials diverged{grey}; div 2/3: two of three did")
    if not study.diverged.all():
        notes.append("framed: the lowest")
    others = [setting.title for setting in study.independent(chosen)]
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        notes.append(f"each cell is at the best {', '.join(others[:3])}{more} for it")
    if across is not None and n_shown < len(across.labels):
        notes.append(f"{n_shown} of {len(across.labels)} values of {across.title} shown")
    return notes + scale.notes("black")
