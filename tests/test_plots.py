"""The pictures: what they hold, that nothing overlaps or is cut, and every odd input."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

ACTIVATIONS = ("sigmoid", "tanh", "relu")
RATES = (0.003, 0.0208008382305, 0.144224957031, 1.0)
SIZES = (8, 16, 32, 64)

Curve = Callable[[dict[str, Any], int], Sequence[float]]


def tables(
    grid: dict[str, Sequence[Any]],
    curve: Curve,
    seeds: int = 3,
    baseline: float | Callable[[dict[str, Any]], float] = 0.167,
    loss: str = "mse",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """trials.csv and epochs.csv of a sweep; a curve that ends in inf diverged, an empty one failed."""
    trials, epochs = [], []
    for place, values in enumerate(itertools.product(*grid.values(), range(seeds))):
        *config, seed = values
        settings = dict(zip(grid, config, strict=True))
        losses = np.array(curve(settings, seed), float)
        status = "complete" if len(losses) else "failed"
        if len(losses) and not np.isfinite(losses[-1]):
            status = "diverged"
        finite = losses[np.isfinite(losses)]
        trial_id = f"t{place:015x}"
        level = baseline(settings) if callable(baseline) else baseline
        trials.append(
            {
                "trial_id": trial_id, "status": status, "task": "adding", "loss": loss, **settings,
                "seed": seed, "n_params": 100, "baseline": level * (1 + 0.01 * (seed % 3)),
                "epochs_run": len(losses),
                "best_epoch": np.argmin(finite) if len(finite) else np.nan,
                "best_val_loss": finite.min() if len(finite) else np.nan,
                "test_loss": finite.min() if len(finite) else np.nan,
                "final_train_loss": losses[-1] if len(losses) else np.nan,
                "final_val_loss": losses[-1] if len(losses) else np.nan,
                "diverged_epoch": len(losses) - 1 if status == "diverged" else np.nan,
                "error": "ValueError: no" if status == "failed" else np.nan,
            }
        )  # fmt: skip
        for epoch, value in enumerate(losses):
            value = value if np.isfinite(value) else np.nan
            epochs.append([trial_id, *config, seed, epoch, 1.1 * value, value, 1.0])
    columns = ["trial_id", *grid, "seed", "epoch", "train_loss", "val_loss", "grad_norm"]
    return pd.DataFrame(trials), pd.DataFrame(epochs, columns=columns)


def adding(settings: dict[str, Any], seed: int, n_epochs: int = 60) -> np.ndarray:
    """Curves like those of the adding problem: relu learns, sigmoid stalls, tanh diverges."""
    activation, size, rate = (
        settings[key] for key in ("activation", "hidden_size", "learning_rate")
    )
    rng = np.random.default_rng([seed, size, int(1000 * rate)])
    epoch = np.arange(n_epochs)
    noise = np.exp(0.15 * rng.standard_normal(n_epochs) * min(1, 5 * rate))
    stall = 0.165 * (1 + 4 * np.exp(-epoch * rate * 100)) * noise
    if activation == "sigmoid":
        return stall
    if rate == 1.0 and (activation == "tanh" or seed == 0):
        return np.append(0.3 * 10.0 ** np.arange(1 + seed + size % 5), np.inf)
    speed = rate * {"tanh": 0.1, "relu": 0.5}[activation] * (1 + np.log2(size / 8) / 4)
    return 0.01 * rng.uniform(0.7, 1.5) + stall * np.exp(-epoch * speed)


def grid_case() -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, float]]:
    grid = {"hidden_size": SIZES, "activation": ACTIVATIONS, "learning_rate": RATES}
    return *tables(grid, adding), list(grid), {"mean": 0.167}


def notebook_case() -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, float]]:
    """One sequence, 64 seeds, both gradient rules: they hardly differ."""

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        start = 1 - 0.0004 * (seed % 16 + 1)
        rule = 1e-6 * (settings["gradient"] == "bptt")
        return start * np.exp(-0.0201 * np.arange(100)) - rule

    grid = {"gradient": ("notebook", "bptt")}
    trials, epochs = tables(grid, curve, seeds=64)
    return trials.assign(baseline=np.nan), epochs, list(grid), {}


def series_case() -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, float]]:
    """A forecast: persistence is the baseline, the mean far above it."""

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        rng = np.random.default_rng([seed, settings["hidden_size"]])
        floor = 0.12 + 0.3 / settings["hidden_size"] + 0.02 * rng.random()
        return floor + np.exp(-np.arange(80) * settings["learning_rate"])

    grid = {"hidden_size": (2, 4, 8, 16), "learning_rate": (0.01, 0.03, 0.1, 0.3)}
    trials, epochs = tables(grid, curve, seeds=5, baseline=0.404)
    return trials, epochs, list(grid), {"persistence": 0.404, "mean": 1.24}


def single_case() -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, float]]:
    trials, epochs = tables({}, lambda settings, seed: 0.9 * 0.95 ** np.arange(60), seeds=1)
    return trials, epochs, [], {"mean": 0.167}


def many_settings_case() -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, float]]:
    """Twenty settings with long names, of two values; a random half of nothing but noise."""
    names = [f"task_setting_with_a_long_name_{place}" for place in range(20)]
    rng = np.random.default_rng(0)
    trials, epochs = tables(
        {"trial": range(100)},
        lambda settings, seed: 0.1 + 10 ** rng.uniform(-3, 0) * 0.9 ** np.arange(20),
        seeds=2,
    )
    for place, name in enumerate(names):
        values = rng.integers(0, 2, 100)[trials["trial"]]
        trials[name] = np.array([1e-05, 1.25e-05])[values] if place % 2 else np.array(
            ["a_rather_long_word_with_a_tail", "another_rather_long_word"], dtype=object
        )[values]
    return trials, epochs, names, {"mean": 0.167}


def many_values_case() -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, float]]:
    """Sixty learning rates by thirty sizes, of which the top rates diverge."""
    rates = np.geomspace(1e-5, 1, 60)

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        rate, size = settings["learning_rate"], settings["hidden_size"]
        curve = 0.005 + 0.2 * np.exp(-rate * size * np.arange(10))
        return np.append(curve, np.inf) if rate * size > 20 and (seed + size) % 2 else curve

    grid = {"learning_rate": rates, "hidden_size": np.arange(1, 31)}
    trials, epochs = tables(grid, curve, seeds=2)
    return trials, epochs, list(grid), {"mean": 0.167}


def activations_case() -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, float]]:
    """Every activation of the vocabulary and more, so that panels wrap and some are left out."""
    names = (
        "sigmoid", "tanh", "relu", "identity", "leaky_relu", "elu", "softplus", "gelu", "silu",
        "softsign", "hard_tanh", "sin", "another", "and_another",
    )  # fmt: skip

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        speed = settings["learning_rate"] * names.index(settings["activation"]) / 4
        return 0.002 + 0.3 * np.exp(-speed * np.arange(40)) * (1 + 0.1 * seed)

    grid = {"hidden_size": (8, 16), "activation": names, "learning_rate": (0.01, 0.1, 1.0)}
    trials, epochs = tables(grid, curve)
    return trials, epochs, list(grid), {"mean": 0.167}


def lengths_case() -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, float]]:
    """The task varies, and its baseline with it."""

    def baseline(settings: dict[str, Any]) -> float:
        return 1 / settings["task_seq_len"]

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        best = {"adam": 0.01, "sgd": 0.9, "rmsprop": 0.1}[settings["optimizer"]]
        return baseline(settings) * (best + np.exp(-np.arange(30) / 5) * (1 + 0.1 * seed))

    grid = {"task_seq_len": (5, 10, 50), "optimizer": ("sgd", "adam", "rmsprop")}
    trials, epochs = tables(grid, curve, baseline=baseline)
    return trials, epochs, list(grid), {"mean": 0.2}


CASES = {
    "grid": grid_case,
    "notebook": notebook_case,
    "series": series_case,
    "single": single_case,
    "many_settings": many_settings_case,
    "many_values": many_values_case,
    "activations": activations_case,
    "lengths": lengths_case,
}
