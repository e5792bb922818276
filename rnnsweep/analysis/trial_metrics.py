"""The numbers of a trial that settings can be compared by, and how each counts.

For every number the same rules hold: a trial that diverged counts as the worst, and a trial that
failed has no number. Losses of different problems are divided by the loss of the best trivial
predictor on the same part, as in the ranking (`rnnsweep.store.rank`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed

from .outcomes import Outcomes
from .ranking import ranking_of


@dataclass(frozen=True)
class TrialMetric:
    """A number that a trial has at its end.

    Attributes
    ----------
    name : str
        The column of ``trials.csv``.
    better : {"lower", "higher"}
    baseline : str or None
        The number that this loss is divided by where trials have different problems.
    always : bool
        Whether every trial that did not fail has it. Otherwise a trial of another task may lack
        it, and has no number then.
    """

    name: str
    better: Literal["lower", "higher"] = "lower"
    baseline: str | None = None
    always: bool = True

    @property
    def worst(self) -> float:
        """What a trial that diverged counts as."""
        return np.inf if self.better == "lower" else -np.inf


TRIAL_METRICS = {
    metric.name: metric
    for metric in (
        TrialMetric("best_val_loss", baseline="baseline"),
        TrialMetric("test_loss", baseline="test_baseline"),
        TrialMetric("final_val_loss", baseline="baseline"),
        TrialMetric("final_train_loss", baseline="baseline"),
        TrialMetric("best_val_accuracy", better="higher", always=False),
        TrialMetric("test_accuracy", better="higher", always=False),
        TrialMetric("updates_to_success"),
        TrialMetric("sequences_to_success"),
    )
}


@dataclass(frozen=True)
class Measured:
    """One number of every trial.

    Attributes
    ----------
    metric : TrialMetric
    values : (n_trials,) array
        Infinite, or minus infinite where higher is better, for a trial that diverged or has no
        finite number; NaN for a trial that failed.
    over_baseline : bool
        Whether losses are divided by their baselines, since the problems of the trials differ.
    """

    metric: TrialMetric
    values: Floats
    over_baseline: bool

    @property
    def losses(self) -> Floats:
        """The values with the sign for which lower is better."""
        return self.values if self.metric.better == "lower" else -self.values

    def words(self) -> dict[str, str | bool]:
        """Return what a table of these numbers says of them."""
        return {
            "metric": self.metric.name,
            "better": self.metric.better,
            "over_baseline": self.over_baseline,
        }

    @property
    def text(self) -> str:
        """What the values are, as a message or a heading names it."""
        return f"{self.metric.name}{' over its baseline' if self.over_baseline else ''}"


def trial_metric(name: str) -> TrialMetric:
    """Return the metric of a name.

    Raises
    ------
    SweepError
        If there is no metric of that name.
    """
    if name not in TRIAL_METRICS:
        raise SweepError(f"no metric {name!r} of a trial; {allowed(name, TRIAL_METRICS)}")
    return TRIAL_METRICS[name]


def numbers_of(name: str) -> list[str]:
    """Return the numbers of a trial that `measured` needs for a metric.

    With them are all metrics, which its message names where trials lack this one.

    Raises
    ------
    SweepError
        If there is no metric of that name.
    """
    metric = trial_metric(name)
    return [*TRIAL_METRICS, *([metric.baseline] if metric.baseline else [])]


def has_number(outcomes: Outcomes, name: str) -> bool:
    """Return whether a trial that neither diverged nor failed has a finite number of this name."""
    if name not in outcomes.numbers:
        return False
    numbers = outcomes.numbers[name]
    return bool((np.isfinite(numbers) & ~outcomes.have("failed", "diverged")).any())


def measured(outcomes: Outcomes, name: str) -> Measured:
    """Return a number of every trial.

    Parameters
    ----------
    outcomes : Outcomes
        With `name`, and the number that it is divided by, among its numbers.
    name : str
        One of `TRIAL_METRICS`.

    Raises
    ------
    SweepError
        If there is no metric of that name, or no trial has such a number.
    """
    metric = trial_metric(name)
    values = outcomes.numbers[name]
    failed, diverged = outcomes.have("failed"), outcomes.have("diverged")
    if not (failed | diverged).all() and not has_number(outcomes, name):
        present = [other for other in TRIAL_METRICS if has_number(outcomes, other)]
        raise SweepError(f"no trial has a {name}; these trials have {', '.join(present)}")
    over_baseline = False
    if metric.baseline is not None and ranking_of(outcomes).over_baseline:
        units = outcomes.numbers[metric.baseline]
        over_baseline = bool((units[~failed] > 0).all())
        if over_baseline:
            with np.errstate(over="ignore"):
                values = values / units
    missing = ~np.isfinite(values)
    worst = diverged | (missing if metric.always else False)
    values = np.where(worst, metric.worst, values)
    return Measured(metric, np.where(failed, np.nan, values), over_baseline)
