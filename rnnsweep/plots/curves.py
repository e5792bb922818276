"""The curves of the loss-curve plot: which trials make each panel and line, and their medians."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
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
N_BEST = 5  # lines of a random search, whose settings are all different
MAX_NAMED = 4  # settings of a draw in the label of its line
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
class Spread:
    """Quantiles over all trials of a panel in each epoch; infinite where these trials diverged.

    Attributes
    ----------
    quantiles : (5, n_epochs) array
        Those of `SHARES`.
    n_trials : int
    """

    quantiles: Floats
    n_trials: int


SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class Panel:
    """A panel of the plot: its title in two parts, its curves and its baselines by name.

    For draws there is the spread of all trials, too.
    """

    head: str
    line: str
    curves: list[Curve]
    baselines: dict[str, float]
    spread: Spread | None = None


@dataclass(frozen=True)
class Roles:
    """The settings that make the panels (`across`) and the lines (`within`), and their values.

    With `of_draws` the lines are the best combinations of settings, `named` has the settings whose
    values are their labels, and `unnamed` those that differ between the lines, too.
    """

    across: Setting | None
    within: Setting | None
    panel_values: list[int]
    line_values: list[int]
    of_draws: bool = False
    named: tuple[Setting, ...] = ()
    unnamed: tuple[Setting, ...] = ()

    @property
    def line_title(self) -> str:
        """What the labels of the lines are values of."""
        return self.within.title if self.within else ", ".join(s.title for s in self.named)


def roles(study: Study) -> Roles:
    """Return which settings make the panels and the lines, and which of their values are shown.

    The panels are those of the activation where it is swept, else of the setting with the second
    largest effect. The lines are those of the setting with the largest effect among the rest.

    In a random search all combinations differ: the lines are the best of them, and the panels are
    those of a setting that was crossed with the draws, if there is one.
    """
    draws = [setting for setting in study.settings if setting.binned]
    if draws:
        crossed = [setting for setting in study.independent(draws) if not setting.binned]
        first = next((s for s in crossed if s.name == "activation"), next(iter(crossed), None))
        chosen = roles_of(study, None, first)
        drawn = [
            places
            for _, members in _panel_members(study, chosen)
            for places in _best_draws(study, members)
        ]
        lines = np.concatenate(drawn) if drawn else np.empty(0, np.intp)
        rest = [study.exact[s.name] for s in study.settings if s is not first]
        named = [s for s in rest if len(np.unique(s.codes[lines])) > 1] or rest[:1]
        return replace(
            chosen,
            of_draws=True,
            named=tuple(named[:MAX_NAMED]),
            unnamed=tuple(named[MAX_NAMED:]),
        )
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
    within, spread = chosen.within, None
    if chosen.of_draws:
        shown = _best_draws(study, members)
        palette = colours(len(shown), ordered=False)
        curves = []
        for places, colour in zip(shown, palette, strict=True):
            name = ", ".join(setting.labels[setting.codes[places[0]]] for setting in chosen.named)
            curves += _curves(study, epochs, places, (VAL_LOSS,), [name], [colour])
        spread = _spread(study, epochs, members)
    elif within is None:
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
    return Panel(head, line, curves, baselines, spread)


def _best_draws(study: Study, members: Codes) -> list[Codes]:
    """Return the places of the trials of the best combinations, the best first."""
    combinations = np.unique(study.combination[members])
    order = np.argsort(study.median[combinations], kind="stable")[:N_BEST]
    return [members[study.combination[members] == code] for code in combinations[order]]


def _spread(study: Study, epochs: Epochs, members: Codes) -> Spread | None:
    """Return the quantiles of all trials at these places; None where none has an epoch."""
    losses = _losses(study, epochs, members, (VAL_LOSS,))
    if losses is None:
        return None
    quantiles = np.quantile(losses[0], SHARES, axis=1, method="closest_observation")
    return Spread(quantiles, len(members))


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
    losses = _losses(study, epochs, places, columns)
    if losses is None:
        return []
    places = _with_epochs(study, places)
    ends = study.trials.numbers["diverged_epoch"][places]
    return [
        _curve(table, name, colour, ends[~np.isnan(ends)], len(places))
        for table, name, colour in zip(losses, names, palette, strict=True)
    ]


def _with_epochs(study: Study, places: Codes) -> Codes:
    some: Codes = places[study.trials.numbers["epochs_run"][places] > 0]
    return some


def _losses(study: Study, epochs: Epochs, places: Codes, columns: Sequence[int]) -> Floats | None:
    """Return the losses (len(columns), n_epochs, n_seen) of the trials with epochs, or None."""
    places = _with_epochs(study, places)
    if not len(places):
        return None
    numbers = study.trials.numbers
    n_epochs = int(numbers["epochs_run"][places].max())
    n_seen = min(len(places), max(1, MAX_LOSSES // n_epochs))
    seen = np.linspace(0, len(places) - 1, n_seen).astype(np.intp)
    ids = [study.trials.trial_id[place] for place in places[seen]]
    losses = loss_table(epochs(ids), numbers["diverged_epoch"][places][seen], columns, n_epochs)
    with np.errstate(over="ignore"):  # a loss near the largest number there is
        losses /= study.unit[places[seen]]
    return losses


def _curve(losses: Floats, name: str, colour: Any, ends: Floats, n_trials: int) -> Curve:
    """Return the curve of (n_epochs, n_seen) losses."""
    if n_trials <= FEW_SEEDS:
        low, high = losses.min(axis=1), losses.max(axis=1)
    else:
        low, high = quartiles(losses, axis=1)
    median = np.median(losses, axis=1)
    return Curve(name, colour, median, low, high, ends, n_trials, losses.shape[1])
