"""The sentences that say how importance was computed, and of which trials."""

import math
from collections.abc import Sequence

import numpy as np

from rnnsweep.array_types import Floats

from .factors import Factor, FullGrid
from .variance import FEWEST_FOR_INTERVAL

_MOST_NAMES = 5  # of settings in one sentence


def notes_on_grid(grid: FullGrid, n_factors: int) -> list[str]:
    """Return the notes on an exact analysis of variance."""
    levels = grid.trials.shape
    n_cells, n_seeds = math.prod(levels[:n_factors]), levels[n_factors:]
    seeds = f"{' x '.join(f'{n:,}' for n in n_seeds)} seeds each" if n_seeds else "one seed"
    notes = [
        f"Exact, by an analysis of variance of {n_cells:,} settings with {seeds}: a share is a sum "
        "of squares over the total"
    ]
    if not n_seeds:
        notes.append("The luck of the seeds is unknown with one of them, and is in all shares")
    else:
        few = min(n_seeds) < FEWEST_FOR_INTERVAL
        notes.append(
            "The luck of the seeds is in every share; a corrected share is an estimate without it, "
            "not below 0"
            + (
                ". Two seeds say little about luck: with three there are 95 % intervals"
                if few
                else ", and its 95 % interval comes from resampling the seeds"
            )
        )
    if grid.left_out is not None:
        name, left_out, number = grid.left_out
        notes.append(
            f"Left out: {left_out} of the {number} values of {name}, with which not every setting "
            "has a result"
        )
    return notes


def note_on_pending(n_pending: int, n_trials: int) -> str:
    """Return the note on trials that have not ended, of all trials of the sweep."""
    (pending,) = why_missing(n_trials, n_pending, 0)
    return f"{pending}, so that all shares may still change"


def why_missing(n_trials: int, n_pending: int, n_failed: int) -> list[str]:
    """Return which of the trials have no loss, in phrases that follow a message."""
    trials = "trial" if n_trials == 1 else "trials"
    phrases = [(n_pending, "not ended"), (n_failed, "failed")]
    return [
        f"{number:,} of {n_trials:,} {trials} {'has' if number == 1 else 'have'} {what}"
        for number, what in phrases
        if number
    ]


def why_not_exact(is_drawn: bool, factors: Sequence[Factor], seeds: Sequence[Factor]) -> str:
    """Return why the trials are no full grid, without a capital letter and a full stop."""
    if is_drawn:
        return "the settings were drawn at random"
    n_trials = len(factors[0].codes)
    axes = [*factors, *seeds]
    n_grid = math.prod(axis.n_levels for axis in axes)
    names = [f"{axis.n_levels} {axis.name}" for axis in axes]
    if len(names) > _MOST_NAMES:
        names[_MOST_NAMES:] = ["..."]
    return (
        f"{n_grid - n_trials:,} of the {n_grid:,} results of a full grid are missing "
        f"({' x '.join(names)})"
    )


def notes_on_problems(differ: Sequence[str], over_baseline: bool) -> list[str]:
    """Return the notes on losses of different problems.

    Parameters
    ----------
    differ : sequence of str
        The settings by which problems differ.
    over_baseline : bool
        Whether scores are losses over baselines.
    """
    if over_baseline:
        return ["Losses are those over their baselines, since the problems differ"]
    if differ:
        return [
            f"Losses of different problems ({', '.join(differ)}) are compared, which says little, "
            "since not every trial has a baseline"
        ]
    return []


def notes_on_trials(scores: Floats, measure: str, n_failed: int) -> list[str]:
    """Return the notes on trials that count in a way of their own.

    Parameters
    ----------
    scores : (n_trials,) array
        As in `ranking_of`, without NaN.
    measure : str
        One of `MEASURES`.
    n_failed : int
    """
    notes = []
    is_rank = measure == "rank"
    if n_diverged := int(np.isinf(scores).sum()):
        worst = "the worst rank" if is_rank else "the largest loss of the others"
        notes.append(_counted(n_diverged, "diverged and counts as", "diverged and count as", worst))
    if not is_rank and (n_zero := int((scores == 0).sum())):
        least = "0 and counts as the smallest loss above it"
        notes.append(_counted(n_zero, "has a loss of", "have a loss of", least))
    if n_failed:
        notes.append(_counted(n_failed, "failed and is", "failed and are", "left out"))
    notes.append("A share depends on the values that were swept")
    return notes


def _counted(number: int, of_one: str, of_many: str, rest: str) -> str:
    return f"{number:,} {f'trial {of_one}' if number == 1 else f'trials {of_many}'} {rest}"
