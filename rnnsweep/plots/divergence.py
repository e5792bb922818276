"""The divergence map: how many trials diverged over two settings, and in which epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rnnsweep.array_types import Codes
from rnnsweep.value_text import number

from .map_axes import MapAxes, panels_setting
from .map_panels import CellSize, MapPanels, draw_cell, fitting_text, map_panels, panel_trials
from .setting import Setting
from .study import Study
from .style import INK, LABEL_SIZE, PALE, SMALL_SIZE, add_words, styled

COLOURS = "plasma"  # the earliest epochs are the darkest


@dataclass(frozen=True)
class Cell:
    """A cell of the map.

    Attributes
    ----------
    x, y : int
        The codes of the two settings' values.
    epoch : float
        Median epoch, over the trials that diverged, in which they did; NaN where none did.
    n_diverged, n_trials : int
    """

    x: int
    y: int
    epoch: float
    n_diverged: int
    n_trials: int

    @property
    def texts(self) -> list[str]:
        """What the cell says, the longest text first."""
        if not self.n_diverged:
            return [f"0/{self.n_trials}"]
        share = f"{self.n_diverged}/{self.n_trials}"
        return [f"{share}\nepoch {number(self.epoch)}", f"{share}\n@{number(self.epoch)}", share]


@styled
def divergence(study: Study, chosen: MapAxes) -> Figure | None:
    """Return the map of the trials that diverged, and of the epoch in which they did.

    All trials with the two values of a cell count, whatever their other settings are. The colour
    is the median epoch in which they diverged; a cell in which some trials did not is hatched.

    Parameters
    ----------
    study : Study
    chosen : MapAxes
        The settings of the axes and panels.

    Returns
    -------
    Figure or None
        None where no trial diverged.
    """
    if not study.diverged.any():
        return None
    shown = panel_trials(study, chosen)
    cells = [_cells(study, members, chosen) for _, members in shown]

    def texts_fit(size: CellSize) -> bool:
        return all(
            fitting_text(cell.texts, size) in cell.texts[:2] for panel in cells for cell in panel
        )

    frame = map_panels([title for title, _ in shown], chosen, texts_fit)
    epochs = [cell.epoch for panel in cells for cell in panel if cell.n_diverged]
    # One epoch alone would be a scale without length.
    norm = Normalize(min(epochs), max(max(epochs), min(epochs) + 1))
    for axes, panel in zip(frame.axes, cells, strict=True):
        _draw(axes, panel, norm, frame.size)
    if min(epochs) < max(epochs):
        _colourbar(frame, norm)
    add_words(frame.figure, _headline(study), _notes(study, chosen, len(shown), cells))
    return frame.figure


def _cells(study: Study, members: Codes, chosen: MapAxes) -> list[Cell]:
    epochs = study.trials.numbers["diverged_epoch"]
    n_columns = len(chosen.x.labels)
    place = chosen.y.codes[members] * n_columns + chosen.x.codes[members]
    cells = []
    for code in np.unique(place).tolist():
        trials = members[place == code]
        ended = epochs[trials[study.diverged[trials]]]
        epoch = float(np.median(ended)) if len(ended) else np.nan
        y, x = divmod(code, n_columns)
        cells.append(Cell(x, y, epoch, len(ended), len(trials)))
    return cells


def _draw(axes: Axes, cells: Sequence[Cell], norm: Normalize, size: CellSize) -> None:
    colour_map = matplotlib.colormaps[COLOURS]
    for cell in cells:
        face = to_rgb(colour_map(float(norm(cell.epoch)))) if cell.n_diverged else to_rgb(PALE)
        draw_cell(
            axes, cell.x, cell.y, face, fitting_text(cell.texts, size), size,
            hatched=0 < cell.n_diverged < cell.n_trials,
        )  # fmt: skip


def _colourbar(frame: MapPanels, norm: Normalize) -> None:
    bar = frame.figure.colorbar(
        ScalarMappable(norm, COLOURS), ax=frame.axes, aspect=20, pad=0.02, fraction=0.05,
        ticks=MaxNLocator(nbins=5, integer=True),
    )  # fmt: skip
    bar.outline.set_visible(False)
    bar.ax.tick_params(which="both", length=2, labelsize=SMALL_SIZE)
    bar.set_label("epoch of divergence (median)", fontsize=LABEL_SIZE, color=INK)


def _headline(study: Study) -> str:
    """Return how many trials diverged, and under which value of a setting most of them did."""
    n, total = len(study.score), int(study.diverged.sum())
    head = f"{total} of {n} trials diverged"
    worst = _worst(study)
    if worst is None:
        return head
    share, setting, code = worst
    return f"{head}: {100 * share:.0f}\u00a0% of those with {setting.phrase(code)}"


def _worst(study: Study) -> tuple[float, Setting, int] | None:
    """Return the largest share of trials that diverged under one value, and the value's code.

    It is None where all trials diverged, or none, or no setting varies.
    """
    shares = [
        (float(study.diverged[setting.codes == code].mean()), setting, code)
        for setting in study.settings
        for code in np.unique(setting.codes).tolist()
    ]
    if study.diverged.all() or not study.diverged.any():
        return None
    return max(shares, key=lambda of_value: of_value[0], default=None)


def with_worst(study: Study, usual: MapAxes) -> MapAxes:
    """Return the settings of a map, with that of the headline along x where it was not among them.

    It may be a drawn one in ranges.

    Parameters
    ----------
    study : Study
    usual : MapAxes
        The settings that are taken where the headline names one of them.
    """
    worst = _worst(study)
    if worst is None or worst[1].name in {s.name for s in usual if s is not None}:
        return usual
    setting = worst[1]
    tied = [
        other.name
        for other in usual[:2]
        if not setting.binned and (study.tied(setting, other) or study.tied(other, setting))
    ]
    names = {setting.name for setting in usual[:2]}.difference(tied)
    other = next((s for s in study.settings if s.name in names), None)
    if other is None:
        return usual
    return MapAxes(setting, other, panels_setting(study, setting, other))


def _notes(
    study: Study, chosen: MapAxes, n_shown: int, cells: Sequence[Sequence[Cell]]
) -> list[str]:
    ended = study.trials.numbers["diverged_epoch"][study.diverged]
    same = number(float(ended.min())) if ended.min() == ended.max() else ""
    when = f"each in epoch {same}" if same else f"half of them by epoch {number(np.median(ended))}"
    notes = [f"{when}, counted from 0"]
    notes.append("2/3: two of three trials diverged; epoch: the median of those that did")
    if any(0 < cell.n_diverged < cell.n_trials for panel in cells for cell in panel):
        notes.append("hatched: some did not; grey: none diverged")
    else:
        notes.append("grey: none diverged")
    # The exact value of a draw determines all others, its range does not.
    exact = [setting for setting in chosen if setting is not None and not setting.binned]
    names = {setting.name for setting in chosen if setting is not None}
    others = [s.title for s in study.independent(exact) if s.name not in names]
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        notes.append(f"trials of every {', '.join(others[:3])}{more} count together")
    across = chosen.across
    if across is not None and n_shown < len(across.labels):
        notes.append(f"{n_shown} of {len(across.labels)} values of {across.title} shown")
    if study.n_failed:
        notes.append(f"not shown: {study.n_failed} that failed")
    return notes
