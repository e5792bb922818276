"""The persistence of a function of one's own: a baseline, and a forecast in the units of y."""

from pathlib import Path

import numpy as np
import pytest
from own_cases import make, sources_of
from task_cases import baselines

import rnnsweep
from rnnsweep.tables.forecast_csv import NoForecastError

FUNCTIONS = """\
import numpy as np

def walk(rng, n, width=1):
    s = rng.normal(size=(n, 7, width)).cumsum(1)
    return {"x": s[:, :-1], "y": s[:, -1], "persistence": s[:, -2]}

def at_every_step(rng, n):
    s = rng.normal(size=(n, 7, 1)).cumsum(1)
    return {"x": s[:, :-1], "y": s[:, 1:], "persistence": s[:, :-1]}

def padded(rng, n):
    s = rng.normal(size=(n, 7, 1)).cumsum(1)
    lengths = rng.integers(1, 7, size=n)
    return {"x": s[:, :-1], "y": s[:, 1:], "persistence": s[:, :-1], "lengths": lengths}

def masked(rng, n):
    s = rng.normal(size=(n, 7, 1)).cumsum(1)
    mask = np.tile(np.arange(6) > 2, (n, 1))
    x, y, last = s[:, :-1], s[:, 1:].copy(), s[:, :-1].copy()
    last[~mask] = np.nan
    return {"x": x, "y": y, "persistence": last, "mask": mask}

def plain(rng, n):
    return rng.random((n, 4, 1)), rng.random((n, 1))
"""
SWEEP = """\
[task]
name = "my.py:{name}"
n_train = 32
n_val = 20
n_test = 24
[model]
hidden_size = 3
output = "{output}"
[train]
learning_rate = 0.01
epochs = 2
[output]
save_params = "{save_params}"
[grid]
seed = [0, 1]
"""


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    return sources_of(tmp_path_factory.mktemp("own"), FUNCTIONS)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my.py").write_text(FUNCTIONS)

    def run(name, output="last", save_params="best"):
        text = SWEEP.format(name=name, output=output, save_params=save_params)
        Path("sweep.toml").write_text(text)
        return rnnsweep.run("sweep.toml", plots=False, report=False)

    return run


@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("name", ["walk", "at_every_step", "padded"])
def test_persistence_is_a_baseline(functions, name, output):
    task = make(functions, name)
    if output not in task.available_outputs:
        return
    parts = task.data(0, output)
    assert baselines(parts, "mse").keys() == {"mean", "persistence"}
    for part in parts:
        assert part.persistence.shape == part.y.shape
    if name == "padded" and output == "last":
        rows = np.arange(len(parts.val.x))
        np.testing.assert_array_equal(
            parts.val.persistence, parts.val.x[rows, parts.val.lengths - 1]
        )


def test_what_is_outside_the_mask_does_not_count(functions):
    part = make(functions, "masked").data(0, "every").val
    assert (part.persistence[:, :3] == 0).all()
    np.testing.assert_array_equal(part.persistence[:, 3:], part.x[:, 3:])


def test_which_functions_have_forecasts(functions):
    names = ("walk", "at_every_step", "padded", "masked", "plain")
    assert [make(functions, name).has_forecasts for name in names] == [True] * 3 + [False] * 2
    assert not make(functions, "walk", width=2).has_forecasts


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("walk", "last"),
        ("at_every_step", "last"),
        ("at_every_step", "every"),
        ("padded", "last"),
        ("padded", "every"),
    ],
)
def test_the_forecast_is_the_output_at_the_end_of_each_sequence(run, name, output):
    results = run(name, output)
    best = results.trials.loc[results.trials["best_val_loss"].idxmin(), "trial_id"]
    trial = next(t for t in rnnsweep.load_sweep("sweep.toml") if t.trial_id == best)
    part = trial.config.task.data(trial.config.seed_data).test
    model, params = rnnsweep.load_model(results)
    frame = results.forecast().query("part == 'test'")
    assert results.forecast().attrs["target"] == name
    np.testing.assert_array_equal(frame["truth"], part.y[:, 0])
    np.testing.assert_array_equal(frame["persistence"], part.persistence[:, 0])
    for i, forecast in enumerate(frame["network"]):
        length = part.x.shape[1] if part.lengths is None else part.lengths[i]
        outputs = model.forward(params, part.x[i : i + 1, :length])
        np.testing.assert_allclose(forecast, outputs.ravel()[-1], rtol=0, atol=1e-6)
    assert f"24 sequences of {name}" in results.forecast_verdict()


@pytest.mark.parametrize(("name", "save_params"), [("plain", "best"), ("walk", "none")])
def test_without_persistence_or_params_there_is_none(run, name, save_params):
    results = run(name, save_params=save_params)
    assert not (results.folder / "forecast.csv").exists()
    assert results.forecast_verdict() == ""
    with pytest.raises(NoForecastError, match='if the function returns "persistence"'):
        results.forecast()
