"""What the loss curves show: which trials make a panel and a line, and the median over seeds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.analysis.loss_table import loss_table
from rnnsweep.record import TRAIN_LOSS, VAL_LOSS

from .scale import CEILING
from .setting import Setting
from .study import Study, quartiles, verdict
from .style import GREY, OKABE_ITO, colours

MAX_PANELS = 12
MAX_NUMERIC_PANELS = 6  # numbers in between tell little more
MAX_LINES = 5
FEW_SEEDS = 4  # up to here the band is the range, of more the middle half
# Losses of a line that are in memory at once, 8 MB: where its seeds have more, the median and the
# band are those of as many seeds as fit, evenly from first to last.
MAX_LOSSES = 2**20

# Gives the epochs of some trials by their ids, in that order: (epochs_run, 3 or more) arrays whose
# columns begin with `EPOCH_COLUMNS`.
Epochs = Callable[[Sequence[str]], Iterable[NDArray[np.float64]]]


@dataclass(frozen=True)
class Curve:
    """One line of the picture: one setting over its seeds.

    Attributes
    ----------
    name : str
    colour : Any
    median : (n_epochs,) array
        Over the seeds, for epochs 0, 1, ...; infinite where half the trials or more diverged.
    low, high : (n_epochs,) arrays
        The band, infinite where it takes in a trial that diverged.
    ends : (n_diverged,) array
        The epochs at which trials diverged.
    n_trials : int
    n_seen : int
        Of how many trials the median and the band are.
    """

    name: str
    colour: Any
    median: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    ends: NDArray[np.float64]
    n_trials: int
    n_seen: int

    @property
    def label(self) -> str:
        """The name, and how many trials diverged."""
        share = f"div {len(self.ends)}/{self.n_trials}" if len(self.ends) else ""
        return " ".join(part for part in (self.name, share) if part)


@dataclass(frozen=True)
class Panel:
    """A panel's title, curves and baselines."""

    head: str
    line: str
    curves: list[Curve]
    baselines: dict[str, float]


@dataclass(frozen=True)
class Roles:
    """Which settings make the panels and the lines, and which of their values are shown."""

    across: Setting | None
    within: Setting | None
    panel_values: list[int]
    line_values: list[int]


def roles(study: Study) -> Roles:
    """Choose the panels and the lines.

    Panels: the activation where it is swept, else the setting with the second largest effect.
    Lines: of what is left, the setting with the largest effect.
    """
    across = study.setting("activation")
    rest = [setting for setting in study.settings if setting is not across]
    within = rest[0] if rest else None
    if across is None and len(rest) > 1:
        across = rest[1]
    widest = MAX_NUMERIC_PANELS if across and across.numeric else MAX_PANELS
    return Roles(
        across,
        within,
        study.some_values(across, widest) if across else [],
        study.some_values(within, MAX_LINES) if within else [],
    )


def panels_of(study: Study, epochs: Epochs, chosen: Roles) -> list[Panel]:
    """Everything that is drawn: the panels that have a line.

    Parameters
    ----------
    study : Study
    epochs : callable
    chosen : Roles
    """
    found = [
        _panel(study, epochs, chosen, head, members)
        for head, members in _panel_members(study, chosen)
    ]
    return [panel for panel in found if panel.curves]


def _panel_members(study: Study, chosen: Roles) -> Iterator[tuple[str, NDArray[np.intp]]]:
    if chosen.across is None:
        yield "", np.arange(len(study.score))
        return
    for code in chosen.panel_values:
        yield chosen.across.phrase(code), np.flatnonzero(chosen.across.codes == code)


def _panel(
    study: Study, epochs: Epochs, chosen: Roles, head: str, members: NDArray[np.intp]
) -> Panel:
    """Draw, for each value of the lines' setting, the trials at the best of all others."""
    within = chosen.within
    if within is None:
        shown = [study.best(members)]
        names, palette = ["training", "validation"], [GREY, OKABE_ITO[0]]
        curves = _curves(study, epochs, shown[0], (TRAIN_LOSS, VAL_LOSS), names, palette)
    else:
        curves, shown = [], [members[:0]]
        palette = colours(len(chosen.line_values), ordered=within.numeric)
        for code, colour in zip(chosen.line_values, palette, strict=True):
            shown.append(study.best(members[within.codes[members] == code]))
            name = within.labels[code]
            curves += _curves(study, epochs, shown[-1], (VAL_LOSS,), [name], [colour])
    baselines = _two(study.baselines_of(members))
    line = ""
    if len(drawn := np.concatenate(shown)):
        # Of the lines: a loss that none of them reaches would be a riddle.
        median = float(np.median(study.score[study.best(drawn)]))
        line = verdict(median, next(iter(baselines.values()), None))
    return Panel(head, line, curves, baselines)


def _two(baselines: dict[str, float]) -> dict[str, float]:
    """Return the best trivial predictor, and the second where it is not out of all proportion."""
    best = next(iter(baselines.values()), 0.0)
    near = {name: loss for name, loss in baselines.items() if loss <= CEILING * best}
    return dict(list(near.items())[:2])


def _curves(
    study: Study,
    epochs: Epochs,
    indices: NDArray[np.intp],
    columns: Sequence[int],
    names: Sequence[str],
    palette: Sequence[Any],
) -> list[Curve]:
    """Return a curve for each of these columns of the trials' epochs; none of no trials."""
    numbers = study.trials.numbers
    indices = indices[numbers["epochs_run"][indices] > 0]
    if not len(indices):
        return []
    ends = numbers["diverged_epoch"][indices]
    n_epochs = int(numbers["epochs_run"][indices].max())
    n_seen = min(len(indices), max(1, MAX_LOSSES // n_epochs))
    seen = np.linspace(0, len(indices) - 1, n_seen).astype(np.intp)
    ids = [study.trials.trial_id[place] for place in indices[seen]]
    losses = loss_table(epochs(ids), ends[seen], columns, n_epochs)
    with np.errstate(over="ignore"):  # a loss near the largest number there is
        losses /= study.unit[indices[seen]]
    return [
        _curve(table, name, colour, ends[~np.isnan(ends)], len(indices))
        for table, name, colour in zip(losses, names, palette, strict=True)
    ]


def _curve(
    losses: NDArray[np.float64], name: str, colour: Any, ends: NDArray[np.float64], n_trials: int
) -> Curve:
    """Return the curve of (n_epochs, n_seen) losses."""
    if n_trials <= FEW_SEEDS:
        low, high = losses.min(axis=1), losses.max(axis=1)
    else:
        low, high = quartiles(losses, axis=1)
    median = np.median(losses, axis=1)
    return Curve(name, colour, median, low, high, ends, n_trials, losses.shape[1])
