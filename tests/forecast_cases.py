"""Series for the tests of forecasts, and sweep files that forecast them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from rnnsweep.analysis.forecast import Forecast

SWEEP = """\
[task]
name = "csv"
path = "series.csv"
target = "co2"
window = 6
{task}

[model]
hidden_size = 3
{model}

[train]
learning_rate = 0.01
optimizer = "adam"
epochs = {epochs}

[grid]
seed = [0, 1, 2]

{more}
"""


def rising(n=240, gaps=0):
    """A monthly series that rises and has a season of 12, as that of CO2 in the air."""
    rng = np.random.default_rng(0)
    months = np.arange(n)
    values = 310 + 0.1 * months + 3 * np.sin(2 * np.pi * months / 12) + rng.normal(0, 0.2, n)
    values[rng.choice(n, gaps, replace=False)] = np.nan
    return values.round(2)


def write_series(values, path="series.csv"):
    months = [f"{1960 + i // 12}-{i % 12 + 1:02d}" for i in range(len(values))]
    cells = ["" if np.isnan(value) else repr(float(value)) for value in values]
    lines = [f"{month},{cell}" for month, cell in zip(months, cells, strict=True)]
    Path(path).write_text("\n".join(["month,co2", *lines]) + "\n")
    return months


def write_sweep(task="", model="", more="", epochs=3, name="sweep.toml"):
    Path(name).write_text(SWEEP.format(task=task, model=model, more=more, epochs=epochs))
    return name


def of_sequences(n_test=512, predictors=("mean", "persistence"), target="Lorenz x / 10", horizon=1):
    """A forecast of independent sequences, with the numbers of `forecast`."""
    made = forecast(n_test, predictors, target=target, horizon=horizon)
    numbers = np.concatenate([np.arange(5), np.arange(n_test)])
    return replace(made, rows=numbers, of_sequences=True)


def forecast(n_test=60, predictors=("persistence",), times=None, target="y", horizon=1, n_val=5):
    """A forecast with invented numbers: the network is near the truth."""
    rng = np.random.default_rng(1)
    n = n_val + n_test
    truth = 50 + 10 * np.sin(np.arange(n) * 2 * np.pi / 12) + rng.normal(0, 1, n)
    naive = {"mean": np.full(n, 50.0), "persistence": np.roll(truth, horizon)}
    naive["seasonal_naive"] = np.roll(truth, 12) + 1
    chosen = {name: values for name, values in naive.items() if name in predictors}
    return Forecast(
        "t0123456789abcde",
        target,
        horizon,
        12 if "seasonal_naive" in predictors else 0,
        ["validation"] * n_val + ["test"] * n_test,
        np.arange(100, 100 + n),
        times,
        truth,
        {"network": truth + rng.normal(0, 2, n), **chosen},
    )
