"""forecast.csv: computed once more from the saved network, and never that of another one."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from forecast_cases import rising, write_series, write_sweep

import rnnsweep
from rnnsweep.cli.screens.summary import print_summary
from rnnsweep.execution.progress import Progress
from rnnsweep.store.rows import params_checksum
from rnnsweep.tables.forecast_csv import NoForecastError


class Said(Progress):
    def __init__(self):
        super().__init__()
        self.lines = []

    def say(self, text):
        self.lines.append(text)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(name="sweep.toml", **options):
    return rnnsweep.run(name, plots=False, report=False, **options)


def by_hand(results, table, horizon=1, window=6):
    """The forecasts of the best network for all rows, from its params and the file."""
    model, params = rnnsweep.load_model(results)
    n_test = round(len(table) * 0.2)
    train = table["co2"][: len(table) - 2 * n_test]
    mean, std = train.mean(), train.std(ddof=0)
    scaled = (table["co2"].ffill() - mean) / std
    forecasts = pd.Series(np.nan, table.index)
    for row in range(window - 1 + horizon, len(table)):
        last = row - horizon
        x = scaled[last - window + 1 : last + 1].to_numpy()
        output = model.forward(params, x[np.newaxis, :, np.newaxis])
        forecasts[row] = output.ravel()[-1] * std + mean
    return forecasts, std


@pytest.mark.parametrize(
    ("task", "model", "gaps", "horizon"),
    [
        ("", "", 0, 1),
        ("horizon = 14", "", 0, 14),
        ("", 'output = "every"', 0, 1),
        ('missing = "previous"\nhorizon = 3', "", 20, 3),
    ],
)
def test_forecasts_are_those_of_the_best_network(task, model, gaps, horizon):
    months = write_series(rising(gaps=gaps))
    table = pd.read_csv("series.csv")
    results = run(write_sweep(f'season = 12\ntime = "month"\n{task}', model))
    written = pd.read_csv(Path(results.folder, "forecast.csv"))
    best = results.trials.loc[results.trials["best_val_loss"].idxmin()]
    assert {*written["trial_id"]} == {best["trial_id"]}
    expected, std = by_hand(results, table, horizon)
    rows = written["row"].to_numpy()
    present = np.flatnonzero(table["co2"].notna())
    first = len(table) - 2 * round(len(table) * 0.2)
    assert [*rows] == [row for row in present if row >= first]
    assert [*written["part"]] == ["validation" if row < 192 else "test" for row in rows]
    assert [*written["time"]] == [months[row] for row in rows]
    np.testing.assert_array_equal(written["truth"], table["co2"][rows])
    # The network's outputs are single precision, about 1e-7 of the spread of the series.
    np.testing.assert_allclose(written["network"], expected[rows], rtol=0, atol=1e-6 * std)
    known = table["co2"].ffill().shift(horizon)
    np.testing.assert_array_equal(written["persistence"], known[rows])
    seasonal = pd.Series(np.nan, table.index)
    for back in range(12 * -(-horizon // 12), len(table), 12):
        seasonal = seasonal.fillna(table["co2"].shift(back))
    np.testing.assert_array_equal(written["seasonal_naive_12"], seasonal[rows])
    frame = results.forecast()
    assert [*frame] == [
        "part", "row", "time", "truth", "network", "mean", "persistence", "seasonal_naive",
    ]  # fmt: skip
    for name in ("truth", "network", "mean", "persistence"):
        np.testing.assert_array_equal(frame[name], written[name])


def test_errors_are_the_losses_of_the_trial_in_the_units_of_the_file():
    write_series(rising())
    results = run(write_sweep("season = 12"))
    best = results.trials.loc[results.trials["best_val_loss"].idxmin()]
    std = rising()[:144].std()
    errors = results.forecast_errors().set_index(["part", "predictor"])["rmse"]
    # Losses are means of single precision.
    assert errors["validation", "network"] == pytest.approx(
        best["best_val_loss"] ** 0.5 * std, 1e-5
    )
    assert errors["test", "network"] == pytest.approx(best["test_loss"] ** 0.5 * std, 1e-5)
    for name, loss in results.baselines().items():
        assert errors["validation", name] == pytest.approx(loss**0.5 * std, 1e-9)
    naive = errors["test"][["mean", "persistence"]]
    assert naive.min() == pytest.approx(best["test_baseline"] ** 0.5 * std, 1e-9)


def test_a_network_that_is_worse_than_persistence_is_called_so(capsys):
    """The case of the issue: a small validation loss, and a network that is useless."""
    write_series(rising())
    results = run(write_sweep("season = 12", epochs=30))
    best = results.best(1)
    test = results.forecast_errors().query("part == 'test'").set_index("predictor")["rmse"]
    assert best["mean"][0] < 0.5  # of a variance of 1
    assert test["seasonal_naive"] < test["network"]
    assert test["persistence"] < test["network"] < test["mean"]
    print_summary(results, results.summarised(), 5)
    screen = capsys.readouterr().out
    assert results.forecasted().verdict() in screen.replace("\n", " ")
    verdict = "it beats the mean, but not persistence or the seasonal naive forecast."
    assert verdict in screen.replace("\n", " ")
    assert verdict in results._repr_html_()


@pytest.mark.parametrize("axis", ["", "task.horizon = [1, 5, 13]"])
def test_the_file_is_the_same_from_shards_from_a_cut_run_and_for_any_jobs(axis):
    write_series(rising())
    write_sweep("season = 12", more=axis, epochs=2)
    whole = run(results="whole", jobs=1).folder / "forecast.csv"
    for part in (1, 2, 3):
        run(results=f"part{part}", shard=f"{part}/3")
    Path("series.csv").unlink()  # merge takes no data
    parts = [f"part{part}" for part in (1, 2, 3)]
    assert rnnsweep.merge("merged", parts[:2], plots=False, report=False)
    rnnsweep.merge("merged", parts, plots=False, report=False)
    assert Path("merged/forecast.csv").read_bytes() == whole.read_bytes()
    write_series(rising())
    limit = "[run]\ntrial_timeout = 1e-6"
    before = write_sweep("season = 12", epochs=2, more=f"{axis}\n{limit}")
    run(before, results="cut", jobs=2)
    assert not Path("cut/forecast.csv").exists()
    write_sweep("season = 12", more=axis, epochs=2)
    run(results="cut", jobs=2)
    assert Path("cut/forecast.csv").read_bytes() == whole.read_bytes()


def test_a_season_that_is_added_later_trains_nothing():
    write_series(rising())
    first = run(write_sweep())
    assert "seasonal_naive" not in first.forecast()
    said = Said()
    write_sweep("season = 6")
    second = run(progress=said)
    assert "3 trials, 0 to train" in said.lines[0]
    assert second.forecasted().season == 6
    pd.testing.assert_frame_equal(first.trials.drop(columns="task_season"),
                                  second.trials.drop(columns="task_season"))  # fmt: skip
    write_sweep("season = 12")
    said = Said()
    path = second.folder / "forecast.csv"
    earlier = path.read_bytes()
    third = run(progress=said)
    assert third.forecasted().season == 12
    assert "0 to train" in said.lines[0]
    path.write_bytes(earlier)  # as if the last run had not come to its end
    with pytest.raises(NoForecastError, match="written for season = 6, and the sweep file now has"):
        third.forecast()


def test_a_moved_folder_needs_no_data():
    write_series(rising())
    results = run(write_sweep())
    frame = results.forecast()
    shutil.move(results.folder, "elsewhere")
    Path("series.csv").unlink()
    pd.testing.assert_frame_equal(rnnsweep.load("elsewhere").forecast(), frame)


def test_without_params_there_is_no_file_and_the_message_says_what_to_do():
    write_series(rising())
    run(write_sweep())
    write_sweep(more='[output]\nsave_params = "none"')
    results = run()
    # The params are still in the store.
    assert results.forecasted()
    write_sweep(more='[output]\nsave_params = "none"', epochs=2)
    results = run()
    assert not (results.folder / "forecast.csv").exists()
    with pytest.raises(NoForecastError, match='set save_params = "best" under'):
        results.forecast()
    assert results.forecast_verdict() == ""


def test_a_file_of_another_network_is_never_shown():
    write_series(rising())
    results = run(write_sweep(epochs=3))
    earlier = (results.folder / "forecast.csv").read_bytes()
    results = run(write_sweep(epochs=4))
    now = (results.folder / "forecast.csv").read_bytes()
    (results.folder / "forecast.csv").write_bytes(earlier)
    with pytest.raises(NoForecastError, match="and the best trial is now t"):
        results.forecast()
    assert results.forecast_verdict() == ""
    (results.folder / "forecast.csv").write_bytes(now)
    assert results.forecast_verdict()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("truth", "thruth"),
        lambda text: text.replace("network", "net"),
        lambda text: text.replace("validation", "valuation"),
        lambda text: text.replace(",", ";"),
        lambda text: text[:500] + '"' + text[500:],
        lambda text: text[: text.index("\n") + 1],
    ],
)
def test_a_changed_file_is_noticed(change):
    write_series(rising())
    results = run(write_sweep(epochs=1))
    path = results.folder / "forecast.csv"
    path.write_text(change(path.read_text()))
    with pytest.raises(NoForecastError, match="is not as a run writes it"):
        results.forecast()


def test_params_of_another_version_are_said_and_leave_no_file():
    write_series(rising())
    folder = run(write_sweep(epochs=1)).folder
    with closing(sqlite3.connect(folder / "store.db")) as db, db:
        query = "SELECT params.trial, trial_id, network, encoding, dtype, flat FROM params"
        key, trial_id, network, *rest = db.execute(f"{query} JOIN trials USING (trial)").fetchone()
        network = json.dumps({**json.loads(network), "gates": 7})
        checksum = params_checksum(trial_id, [network, *rest])
        change = "UPDATE params SET network = ?, checksum = ? WHERE trial = ?"
        db.execute(change, (network, checksum, key))
    said = Said()
    results = run(progress=said)
    assert "no forecast.csv: " in said.lines[-1]
    assert "saved by another version of rnnsweep" in said.lines[-1]
    assert not (folder / "forecast.csv").exists()
    assert results.forecast_verdict() == ""


def test_other_tasks_have_no_forecast():
    Path("adding.toml").write_text(
        '[task]\nname = "adding"\nseq_len = 4\nn_train = 8\nn_val = 4\n[model]\nhidden_size = 2\n'
        "[train]\nlearning_rate = 0.1\nepochs = 1\n"
    )
    results = run("adding.toml")
    assert not (results.folder / "forecast.csv").exists()
    with pytest.raises(NoForecastError, match="the task of its best trial is 'adding'"):
        results.forecast()


def test_where_all_trials_diverged_nothing_is_forecast():
    write_series(rising())
    text = Path(write_sweep()).read_text()
    Path("sweep.toml").write_text(text.replace("0.01", "1e6").replace("adam", "sgd"))
    results = run()
    assert {*results.trials["status"]} == {"diverged"}
    with pytest.raises(NoForecastError, match="no trial has ended without diverging"):
        results.forecast()


def test_names_of_rows_that_a_spreadsheet_would_run_are_read_back():
    values = rising(60)
    names = ["=cmd()", "-500", '"quoted"', "a,b", "line\nend", "+1", "@x", "'", "<b>", "é"]
    cells = [f'"{names[i % 10].replace(chr(34), chr(34) * 2)}"' for i in range(60)]
    lines = [f"{cell},{value}" for cell, value in zip(cells, values, strict=True)]
    Path("series.csv").write_text("\n".join(["month,co2", *lines]) + "\n", newline="")
    forecast = run(write_sweep('time = "month"', epochs=1)).forecasted()
    assert forecast.times == [names[row % 10].strip() for row in forecast.rows]
    written = Path("results/sweep/forecast.csv").read_text()
    assert ",=cmd()," not in written
