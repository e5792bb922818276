"""Windows of forecasts and naive forecasts, compared with pandas' shift and plain loops."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from rnnsweep import SweepError, load_sweep
from rnnsweep.tasks.csv import Csv
from rnnsweep.tasks.forecast_windows import persistence, seasonal_naive

SWEEP = """\
[task]
name = "csv"
path = "series.csv"
target = "y"
window = 4
{keys}
[model]
hidden_size = 2
[train]
learning_rate = 0.1
epochs = 1
{grid}
"""


def series(n=60, gaps=0.0, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(n).round(3) * 10
    values[rng.random(n) < gaps] = np.nan
    return values


def write(path, values, months=None):
    cells = ["" if np.isnan(value) else f"{value:.3f}" for value in values]
    heading = "y" if months is None else "month,y"
    rows = cells if months is None else [f"{m},{c}" for m, c in zip(months, cells, strict=True)]
    path.write_text("\n".join([heading, *(row or '""' for row in rows)]) + "\n")


def make(tmp_path, values, months=None, **keys):
    path = tmp_path / "series.csv"
    write(path, values, months)
    settings = {"name": "csv", "path": str(path), "target": "y", "window": 4}
    return Csv.model_validate(settings | keys)


def windows_by_part(task):
    made = task.to_forecast(0)
    assert (made.target, made.horizon, made.season) == (task.target, task.horizon, task.season)
    assert not made.of_sequences
    return {windows.part: windows for windows in made.windows}


def by_shift(values, season, horizon):
    """The last value of the season that is known, as pandas finds it: shift until one is there."""
    table = pd.Series(values)
    shifts = range(season * -(-horizon // season), len(values), season)
    forecast = pd.Series(np.nan, table.index)
    for shift in shifts:
        forecast = forecast.fillna(table.shift(shift))
    return forecast.to_numpy()


@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize("season", [1, 5, 12, 60, 70])
@pytest.mark.parametrize("horizon", [1, 5, 6, 13])
def test_the_seasonal_naive_forecast_is_a_shift_by_whole_seasons(gaps, season, horizon):
    values = series(gaps=gaps)
    rows = np.arange(len(values))
    np.testing.assert_array_equal(
        seasonal_naive(values, rows, horizon, season), by_shift(values, season, horizon)
    )


@pytest.mark.parametrize("horizon", [1, 3, 14])
def test_no_naive_forecast_uses_what_is_not_known_yet(horizon):
    values = series()
    for row in range(horizon + 12, len(values)):
        known = np.where(np.arange(len(values)) <= row - horizon, values, np.inf)
        at = np.array([row])
        assert np.isfinite(seasonal_naive(known, at, horizon, 5)).all()
        assert np.isfinite(persistence(known, at, horizon)).all()


@pytest.mark.parametrize(("missing", "gaps"), [("refuse", 0.0), ("drop", 0.1), ("previous", 0.1)])
@pytest.mark.parametrize("horizon", [1, 3])
def test_windows_are_those_that_the_network_is_tested_on(tmp_path, missing, gaps, horizon):
    values = series(200, gaps)
    task = make(tmp_path, values, missing=missing, horizon=horizon, season=7)
    data = task.data(0)
    windows = windows_by_part(task)
    assert list(windows) == ["validation", "test"]
    written = pd.Series(values).round(3)
    for part, made in zip((data.val, data.test), windows.values(), strict=True):
        np.testing.assert_array_equal(made.x, part.x)
        np.testing.assert_array_equal(made.truth, written[made.rows])
        np.testing.assert_allclose(made.scale.apply(made.truth), part.y[:, 0], rtol=1e-12)
        np.testing.assert_array_equal(
            made.naive["persistence"], written.ffill().shift(horizon)[made.rows]
        )
        np.testing.assert_allclose(
            made.scale.apply(made.naive["persistence"]), part.persistence[:, 0], rtol=1e-12
        )
        np.testing.assert_array_equal(
            made.naive["seasonal_naive"], by_shift(written, 7, horizon)[made.rows]
        )
        mean_of_training = data.train.y.mean()
        np.testing.assert_allclose(
            made.scale.apply(made.naive["mean"]), mean_of_training, rtol=1e-9, atol=1e-12
        )
        assert made.times is None


def test_without_a_season_there_is_no_seasonal_forecast(tmp_path):
    task = make(tmp_path, series())
    assert [*windows_by_part(task)["test"].naive] == ["mean", "persistence"]


def test_output_every_forecasts_the_same_rows(tmp_path):
    task = make(tmp_path, series())
    assert task.shape("every").n_test < len(windows_by_part(task)["test"].rows)


@pytest.mark.parametrize("quoted", [False, True])
def test_a_column_of_any_text_names_the_rows(tmp_path, quoted):
    months = [f"{2000 + i // 12}-{i % 12 + 1:02d}" for i in range(60)]
    cells = [f'"{month}"' for month in months] if quoted else months
    task = make(tmp_path, series(), cells, time="month")
    for made in windows_by_part(task).values():
        assert made.times == [months[row] for row in made.rows]


def test_season_and_time_change_no_trial(tmp_path):
    write(tmp_path / "series.csv", series(), range(60))
    file = tmp_path / "sweep.toml"
    ids = []
    for keys in ("", "season = 12", 'season = 6\ntime = "month"'):
        file.write_text(SWEEP.format(keys=keys, grid=""))
        trial = load_sweep(file)[0]
        ids.append(trial.trial_id)
        assert trial.config.settings()["task_season"] == trial.config.task.season
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("season = 37", "row 37, the first that cannot be forecast, has no value in an earlier"),
        ("season = 19\nhorizon = 20", "row 37, the first that"),
        ('time = "moth"', 'the file has no column "moth"; it has "month", "y"; did you mean'),
        ("season = -1", "-1 given; allowed: a whole number from 0 to 100000"),
    ],
)
def test_a_wrong_season_or_time_is_refused(tmp_path, keys, fault):
    write(tmp_path / "series.csv", series(), range(60))
    file = tmp_path / "sweep.toml"
    file.write_text(SWEEP.format(keys=keys, grid=""))
    with pytest.raises(SweepError) as refused:
        load_sweep(file)
    assert fault in str(refused.value)


def test_the_longest_season_is_that_of_the_first_forecast(tmp_path):
    make(tmp_path, series(), season=36)
    with pytest.raises(ValidationError, match="take a shorter season"):
        make(tmp_path, series(), season=37)


def test_a_season_is_no_axis_unless_the_data_vary_with_it(tmp_path):
    write(tmp_path / "series.csv", series(), range(60))
    write(tmp_path / "other.csv", series(seed=1), range(60))
    file = tmp_path / "sweep.toml"
    file.write_text(SWEEP.format(keys="", grid="[grid]\ntask.season = [6, 12]"))
    with pytest.raises(SweepError, match="6 and 12 give the same data; leave one out"):
        load_sweep(file)
    both = '[[zip]]\ntask.season = [6, 12]\ntask.path = ["series.csv", "other.csv"]'
    file.write_text(SWEEP.format(keys="", grid=both))
    assert len({trial.trial_id for trial in load_sweep(file)}) == 2


@pytest.mark.parametrize(
    ("output", "saved"),
    [("", "best"), ('save_params = "none"', "none"), ("epochs = 'csv'", "best")],
)
def test_the_best_params_are_saved_unless_the_file_says_otherwise(tmp_path, output, saved):
    write(tmp_path / "series.csv", series())
    file = tmp_path / "sweep.toml"
    file.write_text(SWEEP.format(keys="", grid=f"[output]\n{output}"))
    assert load_sweep(file).save_params == saved


def test_other_tasks_save_no_params(tmp_path):
    file = tmp_path / "sweep.toml"
    text = SWEEP.format(keys="", grid="")
    csv = text[: text.index("[model]")]
    file.write_text(text.replace(csv, '[task]\nname = "adding"\nseq_len = 5\n'))
    assert load_sweep(file).save_params == "none"
