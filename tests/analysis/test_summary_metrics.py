"""The summary of another number than the best validation loss, against pandas."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.analysis.summary import summarise
from rnnsweep.analysis.trial_metrics import TRIAL_METRICS
from rnnsweep.errors import SweepError

CELLS = ["a", "b", "c", "d"]
NUMBERS = (*TRIAL_METRICS, "baseline", "test_baseline", "epochs_run", "diverged_epoch")


@pytest.fixture
def outcomes():
    """Return the outcomes of 6 seeds of 4 cells; some diverged, failed or were not solved."""
    rng = np.random.default_rng(0)
    n = 24
    numbers = {name: rng.uniform(0.1, 0.9, n) for name in NUMBERS}
    status = ["complete"] * n
    for place in (1, 2, 3, 4):
        status[place] = "diverged"
    status[7] = "failed"
    for place in (13, 14):
        numbers["updates_to_success"][place] = math.nan
    cells = [cell for cell in CELLS for _ in range(6)]
    return Outcomes(
        [f"t{i}" for i in range(n)], status, {"cell": cells, "seed": [*range(6)] * 4}, numbers
    )


@pytest.mark.parametrize("metric", TRIAL_METRICS)
def test_statistics_and_ranks(outcomes, metric):
    summary = summarise(outcomes, ["cell"], False, metric)
    frame = pd.DataFrame({"cell": outcomes.settings["cell"], "status": outcomes.status})
    frame["number"] = outcomes.numbers[metric]
    higher = metric.endswith("accuracy")
    survivors = frame[frame.status == "complete"].groupby("cell").number
    ranked = frame[frame.status != "failed"].copy()
    ranked.loc[(ranked.status == "diverged") | ranked.number.isna(), "number"] = (
        -math.inf if higher else math.inf
    )
    order = ranked.groupby("cell").number.median().sort_values(ascending=not higher)
    assert summary.settings["cell"] == [*order.index]
    assert summary.statistics["rank"].tolist() == [1, 2, 3, 4]
    for place, cell in enumerate(summary.settings["cell"]):
        column = {name: values[place] for name, values in summary.statistics.items()}
        assert column["mean"] == pytest.approx(survivors.mean()[cell])
        assert column["median"] == pytest.approx(survivors.median()[cell])
        assert column["std"] == pytest.approx(survivors.std()[cell], nan_ok=True)
        trimmed = stats.trim_mean(ranked[ranked.cell == cell].number, 0.25)
        assert column["iqm"] == pytest.approx(
            trimmed if np.isfinite(trimmed) else math.nan, nan_ok=True
        )
        if survivors.count()[cell] > 1:
            assert column["ci95_low"] < column["mean"] < column["ci95_high"]
            assert column["ci95_low"] >= 0
            assert not higher or column["ci95_high"] <= 1
    assert summary.metric == metric


def test_a_metric_that_no_trial_has(outcomes):
    outcomes.numbers["test_accuracy"][:] = math.nan
    with pytest.raises(
        SweepError, match=r"no trial has a test_accuracy; these trials have best_val"
    ):
        summarise(outcomes, ["cell"], False, "test_accuracy")
