"""The score of each setting of a sweep: the median over its seeds, with its test loss."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnsweep.array_types import Codes, Floats
from rnnsweep.errors import SweepError
from rnnsweep.store.rank import problem_settings

from .grouped import medians
from .outcomes import Outcomes, codes_of
from .trial_metrics import has_number, measured

SCORE = "best_val_loss"
TEST = "test_loss"
NO_FINITE_SCORE = (
    "of every setting half of the trials or more diverged, so that none is best; train with a "
    "smaller learning_rate, or with clip_norm"
)


@dataclass(frozen=True)
class SettingScores:
    """One number of each kind for each setting, in the order of trials.

    Attributes
    ----------
    first : (n_settings,) array of int
        The place of the first trial of each setting.
    group : (n_trials,) array of int
        The setting of each trial.
    scores : (n_settings,) array
        The median over the seeds of the best validation loss, over its baseline where problems
        differ. A trial that diverged counts as infinite; NaN where all trials failed.
    test : (n_settings,) array
        The same of the test loss; NaN everywhere where none has one.
    over_baseline : bool
        Whether the scores are over baselines.
    """

    first: Codes
    group: Codes
    scores: Floats
    test: Floats
    over_baseline: bool

    def __len__(self) -> int:
        return len(self.first)


def setting_scores(outcomes: Outcomes, swept: Sequence[str]) -> SettingScores:
    """Return the scores of the settings, which differ in the swept ones.

    Raises
    ------
    SweepError
        If no trial has a score yet.
    """
    group = codes_of([outcomes.settings[name] for name in swept], len(outcomes))
    codes, first = np.unique(group, return_index=True)
    score = measured(outcomes, SCORE)
    if np.isnan(score.values).all():
        raise SweepError("no trial has a score yet: none has ended, or all failed")
    test = np.full(len(outcomes), np.nan)
    if has_number(outcomes, TEST):
        test = measured(outcomes, TEST).values
    scores, tests = (medians(values, group, len(codes)) for values in (score.values, test))
    return SettingScores(first, group, scores, tests, score.over_baseline)


def problems_in(outcomes: Outcomes, swept: Sequence[str]) -> list[str]:
    """Return the swept settings that make problems differ, of those that vary in the trials."""
    return [name for name in problem_settings(swept) if len({*outcomes.settings[name]}) > 1]
