"""The tables of `Results` that compare settings."""

import math

import numpy as np
import pytest
from table_cases import fill

from rnnsweep.errors import SweepError
from rnnsweep.record import Record
from rnnsweep.tables.results import load

ACTIVATIONS = ("tanh", "relu")
LOSSES = {
    ("tanh", 8): [0.5, 0.6, 0.7],
    ("tanh", 16): [0.4, 0.5, math.inf],
    ("relu", 8): [0.3, 0.2, math.nan],
    ("relu", 16): [0.1, 0.1, 0.2],
}


@pytest.fixture
def results(tmp_path):
    records = []
    for (activation, size), losses in LOSSES.items():
        for seed, loss in enumerate(losses):
            settings = {
                "task": "adding",
                "activation": activation,
                "hidden_size": size,
                "seed": seed,
                "task_seq_len": 10,
            }
            trial_id = f"t{len(records)}"
            if math.isnan(loss):
                records.append(Record(trial_id, settings, "failed", error="no"))
                continue
            status = "diverged" if math.isinf(loss) else "complete"
            epochs = np.full((1, 3), 9.0 if math.isinf(loss) else loss)
            records.append(
                Record(
                    trial_id, settings, status, epochs, best_epoch=0, test_loss=2 * loss,
                    diverged_epoch=0 if status == "diverged" else None,
                )
            )  # fmt: skip
    fill(tmp_path, records, ["activation", "hidden_size"])
    return load(tmp_path)


def test_profile(results):
    table = results.profile("activation")
    assert list(table) == [
        *("activation", "threshold", "share", "ci95_low", "ci95_high", "share_of_settings"),
    ]
    relu = table[table["activation"] == "relu"].set_index("threshold")
    assert relu["share"].tolist() == pytest.approx([0.4, 0.8, 1, 1, 1, 1, 1])
    assert table.attrs == {
        "metric": "best_val_loss", "better": "lower", "over_baseline": False, "n_failed": 1,
    }  # fmt: skip
    assert list(results.profile()) == list(table)[1:]
    assert results.profile(metric="test_loss")["threshold"].tolist()[0] == 0.2


def test_budget(results):
    table = results.budget("activation")
    assert table["activation"].tolist() == ["tanh", "tanh", "relu", "relu"]
    assert table["n"].tolist() == [1, 2, 1, 2]
    # Medians over the seeds: 0.6 and 0.5, then 0.25 and 0.1.
    assert table["expected_val_loss"].tolist() == pytest.approx([0.55, 0.5, 0.175, 0.1])
    assert table["expected_test_loss"].tolist() == pytest.approx([1.1, 1.0, 0.35, 0.2])
    assert len(results.budget()) == 4
    assert results.budget().attrs == {"over_baseline": False}


def test_tunability(results):
    table = results.tunability()
    assert table.attrs["default"] == "activation=tanh,hidden_size=16"  # tanh is the key's default
    assert table["setting"].tolist() == ["activation", "hidden_size", "all settings"]
    assert table["gain"].tolist() == pytest.approx([0.4, 0.0, 0.4])
    assert table["n_values"].tolist() == [2, 2, 4]
    assert results.tunability({"hidden_size": 8}).attrs["default"].endswith("hidden_size=8")


@pytest.mark.parametrize("name", ["profile", "budget"])
def test_a_setting_that_is_not_there(results, name):
    with pytest.raises(SweepError, match="did you mean activation"):
        getattr(results, name)(by="activations")


def test_a_default_that_is_not_there(results):
    with pytest.raises(SweepError, match="did you mean hidden_size"):
        results.tunability("hiden_size=8")
    with pytest.raises(SweepError, match=r"SETTING=VALUE"):
        results.tunability("hidden_size")
    with pytest.raises(SweepError, match="no metric 'loss' of a trial"):
        results.profile(metric="loss")


def test_chosen(results):
    table = results.chosen()
    assert table.loc[0].to_dict() == {
        "activation": "relu", "hidden_size": 16, "n": 3, "n_diverged": 0, "median_val_loss": 0.1,
        "median_test_loss": 0.2, "test_baseline": pytest.approx(math.nan, nan_ok=True),
    }  # fmt: skip


def test_aggregates(results):
    table = results.aggregates("activation")
    assert table["activation"].tolist() == ["tanh", "relu"]
    assert table["n"].tolist() == [6, 5]
    assert table["iqm"].tolist() == pytest.approx([0.575, 0.5 / 3])
    assert table["mean"].tolist() == pytest.approx([math.inf, 0.18])
    assert (table["iqm_low"] < table["iqm"]).all()
    assert table.attrs["better"] == "lower"
    assert results.aggregates()["n_diverged"].tolist() == [1]
