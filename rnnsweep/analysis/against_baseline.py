"""Whether networks beat the best trivial predictor: the one rule for every table and sentence.

A trial beats it where its loss is lower than that predictor's loss on the same data. A setting
beats it where more than half of its trials do. So each seed is compared on its own data, a trial
that diverged does not beat it, and trials that failed are left out. The mean of the differences has
an interval over the seeds, as in a paired comparison.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnsweep.array_types import Codes, Flags, Floats
from rnnsweep.value_text import number

from .bootstrap import SeedResamples, seed_columns
from .outcomes import Outcomes

Part = Literal["validation", "test"]
_NUMBERS = {"validation": ("best_val_loss", "baseline"), "test": ("test_loss", "test_baseline")}
_DIGITS = 3


@dataclass(frozen=True)
class AgainstBaseline:
    """The trials of a setting against the best trivial predictor, each on its own data.

    Attributes
    ----------
    n, n_better : int
        The number of trials that are compared, and of those with a lower loss than the predictor.
    over : str
        What the interval is over, as "3 seeds" or, where several are crossed, their names.
    mean_difference, low, high : float
        The mean of loss - baseline over these trials, negative where the network is better, with
        its 95 % interval over the seeds; NaN without such trials, or with one seed.
    """

    n: int
    n_better: int
    over: str
    mean_difference: float
    low: float
    high: float

    @property
    def is_better(self) -> bool | None:
        """Whether the setting beats the predictor; None where nothing can be compared."""
        return 2 * self.n_better > self.n if self.n else None

    def evidence(self) -> str:
        """Return a sentence on how sure that is; empty where nothing can be compared."""
        if not self.n:
            return ""
        trials = "trial has" if self.n == 1 else "trials have"
        text = f"{self.n_better:,} of {self.n:,} {trials} a lower loss than that predictor"
        if math.isnan(self.low):
            return f"{text}; fewer than two seeds cannot show whether other seeds do the same."
        ends = f"{number(self.low, _DIGITS)} to {number(self.high, _DIGITS)}"
        chance = " and contains 0: this may be chance" if self.low <= 0 <= self.high else ""
        return (
            f"{text}; the mean difference is {number(self.mean_difference, _DIGITS)}, its 95 % "
            f"interval over {self.over} is {ends}{chance}."
        )


def against_baseline(trials: Outcomes, part: Part) -> AgainstBaseline:
    """Return how the trials of one setting compare with the best trivial predictor.

    Parameters
    ----------
    trials : Outcomes
        Of one setting, with their seeds.
    part : {"validation", "test"}
        On which part of the data.
    """
    difference = _differences(trials, part)
    compared, finite = ~np.isnan(difference), np.isfinite(difference)
    remaining = trials.take(np.flatnonzero(finite))
    seeds = {name: remaining.settings[name] for name in seed_columns(remaining)}
    resamples = SeedResamples(list(seeds.values()), len(remaining))
    crossed = [name for name, values in seeds.items() if len(set(values)) > 1]
    numbers = difference[finite]
    mean = float(numbers.mean()) if len(numbers) else math.nan
    low, high = resamples.interval(mean, resamples.means(numbers))
    return AgainstBaseline(
        int(compared.sum()),
        int((difference < 0).sum()),
        " and ".join(crossed) if resamples.is_crossed else f"{resamples.n_seeds:,} seeds",
        mean,
        float(low),
        float(high),
    )


def beat_baseline(outcomes: Outcomes, group: Codes, n: int, part: Part) -> Flags:
    """Return of each of n groups of trials, such as settings, whether it beats the predictor.

    Parameters
    ----------
    outcomes : Outcomes
    group : (n_trials,) array of int
        The group of each trial.
    n : int
    part : {"validation", "test"}

    Returns
    -------
    (n,) array of bool
        False for a group of which nothing can be compared.
    """
    difference = _differences(outcomes, part)
    compared = np.bincount(group[~np.isnan(difference)], minlength=n)
    flags: Flags = 2 * np.bincount(group[difference < 0], minlength=n) > compared
    return flags


def _differences(outcomes: Outcomes, part: Part) -> Floats:
    """Return loss - baseline of each trial: infinite where it diverged, NaN where it failed."""
    loss, baseline = (outcomes.numbers[name] for name in _NUMBERS[part])
    with np.errstate(over="ignore"):
        difference = np.where(outcomes.have("diverged"), np.inf, loss) - baseline
    return np.where(outcomes.have("failed"), np.nan, difference)
