"""The curves of the loss-curve plot: which trials make each panel and line, and their medians."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.analysis.loss_table import loss_table
from rnnsweep.array_types import Codes, Floats
from rnnsweep.record import TRAIN_LOSS, VAL_LOSS

from .scale import CEILING
from .setting import Setting
from .study import Study, quartiles, verdict
from .style import GREY, OKABE_ITO, colours

MAX_PANELS = 12
MAX_NUMERIC_PANELS = 6  # the numbers between these add little
MAX_LINES = 5
FEW_SEEDS = 4  # up to this many the band is the range, of more the middle half
# How many losses of a line are in memory at once, 8 MB. Where its seeds have more, the median and
# the band are over as many seeds as fit, evenly from first to last.
MAX_LOSSES = 2**20

# Returns the epochs of trials by their ids, in that order: (epochs_run, 3 or more) arrays whose
# columns begin with `EPOCH_COLUMNS`.
Epochs = Callable[[Sequence[str]], Iterable[Floats]]


@dataclass(frozen=True)
class Curve:
    """A line of the plot: one combination of settings over its seeds.

    Attributes
    ----------
    name : str
    colour : Any
    median : (n_epochs,) array
        The median loss over the trials in each epoch; infinite where half of them or more diverged.
    low, high : (n_epochs,) arrays
        The band around the median; infinite where it contains a trial that diverged.
    ends : (n_diverged,) array
        The epochs in which trials diverged.
    n_trials : int
    n_seen : int
        Over how many of the trials the median and the band are.
    """

    name: str
    colour: Any
    median: Floats
    low: Floats
    high: Floats
    ends: Floats
    n_trials: int
    n_seen: int

    @property
    def label(self) -> str:
        """The name, and how many of the trials diverged."""
        share = f"div {len(self.ends)}/{self.n_trials}" if len(self.ends) else ""
        return " ".join(part for part in (self.name, share) if part)


@dataclass(frozen=True)
class Panel:
    """A panel of the plot: its title in two parts, its curves and its baselines by name."""

    head: str
    line: str
    curves: list[Curve]
    baselines: dict[str, float]


@dataclass(frozen=True)
class Roles:
    """The settings that make the panels (`across`) and the lines (`within`), and their values."""

    across: Setting | None
    within: Setting | None
    panel_values: list[int]
    line_values: list[int]


def roles(study: Study) -> Roles:
    """Return which settings make the panels and the lines, and which of their values are shown.

    The panels are those of the activation where it is swept, else of the setting with the second
    largest effect. The lines are those of the setting with the largest effect among the rest.
    """
    across = study.setting("activation")
    rest = [setting for setting in study.settings if setting is not across]
    within = rest[0] if rest else None
    if across is None and len(rest) > 1:
        across = rest[1]
    return roles_of(study, within, across)


def roles_of(study: Study, within: Setting | None, across: Setting | None) -> Roles:
    """Return the roles of a setting for the lines and one for the panels."""
    widest = MAX_NUMERIC_PANELS if across and across.numeric else MAX_PANELS
    return Roles(
        across,
        within,
        study.some_values(across, widest) if across else [],
        study.some_values(within, MAX_LINES) if within else [],
    )


def panels_of(study: Study, epochs: Epochs, chosen: Roles) -> list[Panel]:
    """Return the panels that have a line.

    Parameters
    ----------
    study : Study
    epochs : callable
        Returns the epochs of trials by their ids, as `Store.epochs_of` does.
    chosen : Roles
    """
    panels = [
        _panel(study, epochs, chosen, head, members)
        for head, members in _panel_members(study, chosen)
    ]
    return [panel for panel in panels if panel.curves]


def _panel_members(study: Study, chosen: Roles) -> Iterator[tuple[str, Codes]]:
    """Yield for each panel its title, and the places of its trials."""
    if chosen.across is None:
        yield "", np.arange(len(study.score))
        return
    for code in chosen.panel_values:
        yield chosen.across.phrase(code), np.flatnonzero(chosen.across.codes == code)


def _panel(study: Study, epochs: Epochs, chosen: Roles, head: str, members: Codes) -> Panel:
    """Return a panel: for each value of the lines' setting, the best combination of the others."""
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
        # The best loss of the lines, and not of the panel, which none of them may reach.
        median = float(np.median(study.score[study.best(drawn)]))
        line = verdict(median, next(iter(baselines.values()), None))
    return Panel(head, line, curves, baselines)


def _two(baselines: dict[str, float]) -> dict[str, float]:
    """Return the best trivial predictor, and the second unless its loss is off the scale."""
    best = next(iter(baselines.values()), 0.0)
    on_scale = {name: loss for name, loss in baselines.items() if loss <= CEILING * best}
    return dict(list(on_scale.items())[:2])


def _curves(
    study: Study,
    epochs: Epochs,
    places: Codes,
    columns: Sequence[int],
    names: Sequence[str],
    palette: Sequence[Any],
) -> list[Curve]:
    """Return a curve for each of these columns of the trials' epochs; nothing without trials."""
    numbers = study.trials.numbers
    places = places[numbers["epochs_run"][places] > 0]
    if not len(places):
        return []
    ends = numbers["diverged_epoch"][places]
    n_epochs = int(numbers["epochs_run"][places].max())
    n_seen = min(len(places), max(1, MAX_LOSSES // n_epochs))
    seen = np.linspace(0, len(places) - 1, n_seen).astype(np.intp)
    ids = [study.trials.trial_id[place] for place in places[seen]]
    losses = loss_table(epochs(ids), ends[seen], columns, n_epochs)
    with np.errstate(over="ignore"):  # a loss near the largest number there is
        losses /= study.unit[places[seen]]
    return [
        _curve(table, name, colour, ends[~np.isnan(ends)], len(places))
        for table, name, colour in zip(losses, names, palette, strict=True)
    ]


def _curve(losses: Floats, name: str, colour: Any, ends: Floats, n_trials: int) -> Curve:
    """Return the curve of (n_epochs, n_seen) losses."""
    if n_trials <= FEW_SEEDS:
        low, high = losses.min(axis=1), losses.max(axis=1)
    else:
        low, high = quartiles(losses, axis=1)
    median = np.median(losses, axis=1)
    return Curve(name, colour, median, low, high, ends, n_trials, losses.shape[1])
