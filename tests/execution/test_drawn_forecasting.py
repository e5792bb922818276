"""forecast.csv of drawn series: the best network's forecasts of the parts of its own seed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rnnsweep
from rnnsweep.cli.screens.summary import print_summary
from rnnsweep.tables.forecast_csv import NoForecastError

SWEEP = """\
[task]
name = "{name}"
seq_len = 8
n_train = 64
n_val = 40
n_test = 50
{task}

[model]
hidden_size = 4
output = "{output}"

[train]
optimizer = "adam"
learning_rate = {rate}
epochs = {epochs}

[grid]
seed = [0, 1, 2]
{more}
"""
DRAWN = ("lorenz", "mackey_glass", "narma", "sine")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(name="sine", *, task="", output="last", rate=0.01, epochs=3, more="", **options):
    text = SWEEP.format(name=name, task=task, output=output, rate=rate, epochs=epochs, more=more)
    Path("sweep.toml").write_text(text)
    return rnnsweep.run("sweep.toml", plots=False, report=False, **options)


def best_trial(results):
    """The best trial of a sweep, with its settings."""
    trial_id = results.trials.loc[results.trials["best_val_loss"].idxmin(), "trial_id"]
    return next(t for t in rnnsweep.load_sweep("sweep.toml") if t.trial_id == trial_id)


@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("name", DRAWN)
def test_forecasts_are_the_outputs_of_the_best_network_for_its_own_data(name, output):
    horizon = 4 if name in ("lorenz", "mackey_glass") else 1
    results = run(name, output=output, task=f"horizon = {horizon}" if horizon > 1 else "")
    trial = best_trial(results)
    data = trial.config.task.data(trial.config.seed_data, output)
    model, params = rnnsweep.load_model(results)
    frame = results.forecast()
    assert frame.attrs["trial_id"] == trial.trial_id
    assert frame.attrs["horizon"] == horizon
    for word, part in (("validation", data.val), ("test", data.test)):
        rows = frame[frame["part"] == word]
        np.testing.assert_array_equal(rows["sequence"], np.arange(len(part.x)))
        np.testing.assert_array_equal(rows["truth"], part.y.reshape(len(part.x), -1)[:, -1])
        outputs = model.forward(params, part.x).reshape(len(part.x), -1)[:, -1]
        np.testing.assert_allclose(rows["network"], outputs, rtol=0, atol=1e-6)
        if name == "narma":
            assert "persistence" not in frame
        else:
            np.testing.assert_array_equal(rows["persistence"], part.x[:, -1, 0])
    assert f"50 sequences of {frame.attrs['target']}" in results.forecast_verdict()
    assert (f", {horizon} time steps ahead" in results.forecast_verdict()) == (horizon > 1)


@pytest.mark.parametrize("name", DRAWN)
def test_errors_are_the_losses_of_the_trial(name):
    results = run(name)
    best = results.trials.loc[results.trials["best_val_loss"].idxmin()]
    rmse = results.forecast_errors().set_index(["part", "predictor"])["rmse"]
    # Losses are means of single precision.
    assert rmse["validation", "network"] ** 2 == pytest.approx(best["best_val_loss"], 1e-5)
    assert rmse["test", "network"] ** 2 == pytest.approx(best["test_loss"], 1e-5)
    naive = rmse["test"].drop("network")
    assert naive.min() ** 2 == pytest.approx(best["test_baseline"], 1e-9)


@pytest.mark.parametrize("name", DRAWN)
def test_a_network_that_has_learned_nothing_beats_no_forecast(name, capsys):
    results = run(name, rate=1e-7, epochs=1)
    print_summary(results, results.summarised(), 5)
    screen = capsys.readouterr().out.replace("\n", " ")
    assert "it does not beat the mean" in screen
    assert "it beats" not in screen
    assert results.forecast_verdict() in screen


def test_the_file_is_the_same_from_shards_and_for_any_jobs():
    whole = run(results="whole", jobs=1).folder / "forecast.csv"
    for part in (1, 2, 3):
        run(results=f"part{part}", shard=f"{part}/3")
    rnnsweep.merge("merged", ["part1", "part2", "part3"], plots=False, report=False)
    assert Path("merged/forecast.csv").read_bytes() == whole.read_bytes()
    again = run(results="again", jobs=2).folder / "forecast.csv"
    assert again.read_bytes() == whole.read_bytes()
    assert "the tables and forecast.csv agree with it" in str(rnnsweep.verify("merged", sample=1))


def test_the_data_are_those_of_the_seed_of_the_data():
    results = run(more="seed_data = [5]")
    frame = results.forecast()
    trial = best_trial(results)
    assert trial.config.seed_data == 5
    truth = trial.config.task.data(5).val.y[:, 0]
    np.testing.assert_array_equal(frame.loc[frame["part"] == "validation", "truth"], truth)


def test_where_the_best_trial_is_of_a_task_without_a_series_there_is_no_file():
    Path("both.toml").write_text(
        "[train]\nlearning_rate = 0.01\nepochs = 1\n[model]\nhidden_size = 2\n"
        "[task]\nseq_len = 6\nn_train = 8\nn_val = 4\n"
        '[grid]\ntask.name = ["adding", "sine"]\n'
    )
    results = rnnsweep.run("both.toml", plots=False, report=False)
    ratio = results.trials["best_val_loss"] / results.trials["baseline"]
    is_sine = results.trials.loc[ratio.idxmin(), "task"] == "sine"
    assert (results.folder / "forecast.csv").exists() == is_sine
    if not is_sine:
        with pytest.raises(NoForecastError, match="which forecasts no series"):
            results.forecast()


def test_the_columns_read_back():
    results = run("lorenz")
    written = pd.read_csv(results.folder / "forecast.csv")
    assert [*written] == [
        "trial_id", "target", "part", "sequence", "truth", "network", "mean", "persistence",
    ]  # fmt: skip
    assert {*written["target"]} == {"Lorenz x / 10"}
    forecast = results.forecasted()
    assert (forecast.target, forecast.of_sequences) == ("Lorenz x / 10", True)
