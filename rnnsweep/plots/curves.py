"""What the loss curves show: which trials make a panel and a line, and the median over seeds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnsweep.plots.scale import CEILING
from rnnsweep.plots.setting import Setting
from rnnsweep.plots.study import Study, quartiles, verdict
from rnnsweep.plots.style import GREY, OKABE_ITO, colours

MAX_PANELS = 12
MAX_NUMERIC_PANELS = 6  # numbers in between tell little more
MAX_LINES = 5
FEW_SEEDS = 4  # up to here the band is the range, of more the middle half


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
        The band; its upper edge is that of the trials which have not diverged.
    ends : (n_diverged,) array
        The epochs at which trials diverged.
    n_trials : int
    """

    name: str
    colour: Any
    median: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    ends: NDArray[np.float64]
    n_trials: int

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


def roles(these: Study) -> Roles:
    """Choose the panels and the lines.

    Panels: the activation where it is swept, else the setting with the second largest effect.
    Lines: of what is left, the setting with the largest effect.
    """
    across = these.setting("activation")
    rest = [setting for setting in these.settings if setting is not across]
    within = rest[0] if rest else None
    if across is None and len(rest) > 1:
        across = rest[1]
    widest = MAX_NUMERIC_PANELS if across and across.numeric else MAX_PANELS
    return Roles(
        across,
        within,
        these.some_values(across, widest) if across else [],
        these.some_values(within, MAX_LINES) if within else [],
    )


def panels_of(these: Study, epochs: pd.DataFrame, chosen: Roles) -> list[Panel]:
    """Everything that is drawn: the panels that have a line.

    Parameters
    ----------
    these : Study
    epochs : DataFrame
        The columns of `epochs.csv`.
    chosen : Roles
    """
    lines = [
        [indices for _, indices in _lines(these, members, chosen)]
        for _, members in _panel_members(these, chosen)
    ]
    shown = [index for panel in lines for indices in panel for index in indices]
    rows = epochs[epochs["trial_id"].isin(these.trials["trial_id"].iloc[shown])]
    unit = pd.Series(these.unit, these.trials["trial_id"])
    tables = {}
    for column in ("val_loss",) if chosen.within else ("val_loss", "train_loss"):
        table = rows.pivot(index="epoch", columns="trial_id", values=column)
        with np.errstate(over="ignore"):  # a loss near the largest number there is
            tables[column] = table / unit[table.columns]
    found = [
        _panel(these, tables, chosen, head, members)
        for head, members in _panel_members(these, chosen)
    ]
    return [panel for panel in found if panel.curves]


def _panel_members(these: Study, chosen: Roles) -> Iterator[tuple[str, NDArray[np.intp]]]:
    if chosen.across is None:
        yield "", np.arange(len(these.score))
        return
    for code in chosen.panel_values:
        yield chosen.across.phrase(code), np.flatnonzero(chosen.across.codes == code)


def _lines(
    these: Study, members: NDArray[np.intp], chosen: Roles
) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield, for each value of the lines' setting, the trials at the best of all others."""
    if chosen.within is None:
        yield 0, these.best(members)
        return
    for code in chosen.line_values:
        among = members[chosen.within.codes[members] == code]
        if len(among):
            yield code, these.best(among)


def _panel(
    these: Study,
    tables: dict[str, pd.DataFrame],
    chosen: Roles,
    head: str,
    members: NDArray[np.intp],
) -> Panel:
    within = chosen.within
    if within is None:
        indices = these.best(members)
        curves = [
            _curve(these, tables["train_loss"], indices, "training", GREY),
            _curve(these, tables["val_loss"], indices, "validation", OKABE_ITO[0]),
        ]
    else:
        palette = dict(
            zip(
                chosen.line_values,
                colours(len(chosen.line_values), ordered=within.numeric),
                strict=True,
            )
        )
        curves = [
            _curve(these, tables["val_loss"], indices, within.labels[code], palette[code])
            for code, indices in _lines(these, members, chosen)
        ]
    baselines = _two(these.baselines_of(members))
    line = ""
    if shown := [indices for _, indices in _lines(these, members, chosen) if len(indices)]:
        # Of the lines: a loss that none of them reaches would be a riddle.
        median = float(np.median(these.score[these.best(np.concatenate(shown))]))
        line = verdict(median, next(iter(baselines.values()), None))
    return Panel(head, line, [curve for curve in curves if curve.n_trials], baselines)


def _two(baselines: dict[str, float]) -> dict[str, float]:
    """Return the best trivial predictor, and the second where it is not out of all proportion."""
    best = next(iter(baselines.values()), 0.0)
    near = {name: loss for name, loss in baselines.items() if loss <= CEILING * best}
    return dict(list(near.items())[:2])


def _curve(
    these: Study, table: pd.DataFrame, indices: NDArray[np.intp], name: str, colour: Any
) -> Curve:
    trials = these.trials.iloc[indices]
    trials = trials[trials["trial_id"].isin(table.columns)]
    some = table[list(trials["trial_id"])].dropna(how="all")
    n_epochs = int(trials["epochs_run"].max()) if len(trials) else 0
    losses = some.reindex(np.arange(n_epochs)).to_numpy(np.float64, copy=True)
    diverged = (trials["status"] == "diverged").to_numpy(bool)
    at = trials["diverged_epoch"].fillna(trials["epochs_run"] - 1).to_numpy(np.float64)
    run = trials["epochs_run"].to_numpy(int)
    for place in range(len(trials)):
        if diverged[place]:
            losses[int(at[place]) :, place] = np.inf
        else:  # a trial that stopped early keeps its params, so its loss stays
            losses[run[place] :, place] = losses[run[place] - 1, place]
    losses[np.isnan(losses)] = np.inf
    if not losses.size:
        nothing = np.empty(0)
        return Curve(name, colour, nothing, nothing, nothing, nothing, len(trials))
    if len(trials) <= FEW_SEEDS:
        low, high = losses.min(axis=1), losses.max(axis=1)
    else:
        low, high = quartiles(losses, axis=1)
    finite = np.max(losses, axis=1, initial=0.0, where=np.isfinite(losses))
    high = np.where(np.isinf(high), finite, high)
    return Curve(name, colour, np.median(losses, axis=1), low, high, at[diverged], len(trials))
