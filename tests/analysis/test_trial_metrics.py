"""What each number of a trial counts as where settings are compared."""

import math

import numpy as np
import pytest

from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.analysis.trial_metrics import measured
from rnnsweep.errors import SweepError

NAN, INF = math.nan, math.inf


def outcomes(statuses, settings=None, **numbers):
    columns = {name: np.array(values, float) for name, values in numbers.items()}
    columns.setdefault("best_val_loss", np.ones(len(statuses)))
    columns.setdefault("baseline", np.full(len(statuses), NAN))
    ids = [f"t{place}" for place in range(len(statuses))]
    return Outcomes(ids, list(statuses), settings or {}, columns)


def test_a_diverged_trial_is_the_worst_and_a_failed_one_has_no_number():
    trials = outcomes(
        ["complete", "diverged", "failed", "stopped"],
        best_val_loss=[0.5, 0.1, 0.2, NAN],
        best_val_accuracy=[0.75, 0.9, 0.9, NAN],
    )
    loss = measured(trials, "best_val_loss")
    assert loss.values.tolist()[:2] == [0.5, INF]
    assert np.isnan(loss.values[2])
    assert loss.values[3] == INF  # a loss that is not finite
    accuracy = measured(trials, "best_val_accuracy")
    assert accuracy.values.tolist()[:2] == [0.75, -INF]
    assert accuracy.losses.tolist()[:2] == [-0.75, INF]
    assert np.isnan(accuracy.values[2:]).all()  # its task may have no accuracy


def test_a_trial_without_success_counts_as_infinite():
    trials = outcomes(["solved", "stopped"], updates_to_success=[40, NAN])
    assert measured(trials, "updates_to_success").values.tolist() == [40, INF]


@pytest.mark.parametrize("test_baseline", [[2.0, 8.0], [2.0, NAN]])
def test_losses_of_different_problems_are_over_their_baselines(test_baseline):
    trials = outcomes(
        ["complete", "complete"],
        {"task_seq_len": [10, 20]},
        best_val_loss=[1.0, 2.0],
        baseline=[2.0, 2.0],
        test_loss=[1.0, 2.0],
        test_baseline=test_baseline,
        best_val_accuracy=[0.5, 0.6],
    )
    loss = measured(trials, "best_val_loss")
    assert loss.values.tolist() == [0.5, 1.0]
    assert loss.text == "best_val_loss over its baseline"
    assert measured(trials, "best_val_accuracy").values.tolist() == [0.5, 0.6]
    test_loss = measured(trials, "test_loss")
    expected = [0.5, 0.25] if test_loss.over_baseline else [1.0, 2.0]
    assert test_loss.over_baseline == (8.0 in test_baseline)  # or one trial has no baseline
    assert test_loss.values.tolist() == expected


def test_a_metric_that_is_not_there():
    trials = outcomes(["complete", "failed"], test_loss=[0.5, 1], test_accuracy=[NAN, 1])
    with pytest.raises(SweepError, match="did you mean test_loss"):
        measured(trials, "test_los")
    with pytest.raises(
        SweepError, match="no trial has a test_accuracy; these trials have best_val"
    ):
        measured(trials, "test_accuracy")
