"""Where every trial diverged, no setting is best: a clear message, and not a table of infinity."""

import math

import pytest
from compare_cases import grid

from rnnsweep.analysis.budget import budget
from rnnsweep.analysis.tunability import tunability
from rnnsweep.analysis.values import compare_values
from rnnsweep.errors import SweepError

SWEPT = ["activation", "hidden_size"]


@pytest.mark.parametrize(
    "analysis",
    [
        lambda trials: budget(trials, SWEPT, []),
        lambda trials: tunability(trials, SWEPT, {}, {}),
        lambda trials: compare_values(trials, SWEPT, "activation", "best_val_loss"),
    ],
)
def test_every_trial_diverged(analysis):
    trials = grid(lambda **_: math.inf, activation=["relu", "tanh"], hidden_size=[8, 16])
    with pytest.raises(SweepError, match="half of the trials or more diverged, so that none is"):
        analysis(trials)
