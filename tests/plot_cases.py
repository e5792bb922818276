"""Invented tables of trials and epochs, for the tests of the plots."""

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from rnnsweep.analysis.outcomes import NUMBERS, Outcomes
from rnnsweep.analysis.survey import CRITERIA
from rnnsweep.plots import figures
from rnnsweep.plots.study import Study
from rnnsweep.record import EPOCH_COLUMNS

ACTIVATIONS = ("sigmoid", "tanh", "relu")
RATES = (0.003, 0.0208008382305, 0.144224957031, 1.0)
SIZES = (8, 16, 32, 64)

Curve = Callable[[dict[str, Any], int], Sequence[float]]
Case = tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, float]]  # what a picture is made of


def outcomes(trials: pd.DataFrame) -> Outcomes:
    """Return the outcomes of the trials in a table."""
    column = trials.astype(object).where(trials.notna(), None)
    settings = {
        name: [json.dumps(v) if isinstance(v, list) else v for v in column[name]]
        for name in trials
        if name not in NUMBERS
    }
    missing = np.full(len(trials), np.nan)
    return Outcomes(
        trials["trial_id"].tolist(),
        trials["status"].tolist(),
        {name: settings.get(name, [None] * len(trials)) for name in (*settings, *CRITERIA)},
        {
            name: trials[name].to_numpy(float, na_value=np.nan, copy=True)
            if name in trials
            else missing
            for name in NUMBERS
        },
    )


def study_of(case: Case) -> Study:
    """Return the study of a case's trials."""
    trials, _, swept, baselines = case
    return figures.study_of(outcomes(trials), swept, baselines)


def epochs_of(case: Case) -> Callable[[Sequence[str]], list[np.ndarray]]:
    """Return a function that returns the epochs of a case's trials by their ids."""
    epochs = {
        trial_id: rows[list(EPOCH_COLUMNS)].to_numpy(float)
        for trial_id, rows in case[1].groupby("trial_id")
    }
    return lambda trial_ids: [epochs[trial_id] for trial_id in trial_ids]


def loss_curves(case: Case) -> Figure:
    return figures.loss_curves(study_of(case), epochs_of(case))


def draw(case: Case) -> dict[str, Figure]:
    seek_success = "updates_to_success" in case[0]
    return figures.draw(study_of(case), epochs_of(case), seek_success)


def tables(
    grid: dict[str, Sequence[Any]],
    curve: Curve,
    seeds: int = 3,
    baseline: float | Callable[[dict[str, Any]], float] = 0.167,
    loss: str = "mse",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables of a sweep; a curve that ends in inf diverged, an empty one failed."""
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


def grid_case() -> Case:
    grid = {"hidden_size": SIZES, "activation": ACTIVATIONS, "learning_rate": RATES}
    return *tables(grid, adding), list(grid), {"mean": 0.167}


def notebook_case() -> Case:
    """One sequence, 64 seeds, both gradient rules: they hardly differ."""

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        start = 1 - 0.0004 * (seed % 16 + 1)
        rule = 1e-6 * (settings["gradient"] == "bptt")
        return start * np.exp(-0.0201 * np.arange(100)) - rule

    grid = {"gradient": ("notebook", "bptt")}
    trials, epochs = tables(grid, curve, seeds=64)
    return trials.assign(baseline=np.nan), epochs, list(grid), {}


def series_case() -> Case:
    """A forecast: persistence is the baseline, the mean far above it."""

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        rng = np.random.default_rng([seed, settings["hidden_size"]])
        floor = 0.12 + 0.3 / settings["hidden_size"] + 0.02 * rng.random()
        return floor + np.exp(-np.arange(80) * settings["learning_rate"])

    grid = {"hidden_size": (2, 4, 8, 16), "learning_rate": (0.01, 0.03, 0.1, 0.3)}
    trials, epochs = tables(grid, curve, seeds=5, baseline=0.404)
    return trials, epochs, list(grid), {"persistence": 0.404, "mean": 1.24}


def single_case() -> Case:
    trials, epochs = tables({}, lambda settings, seed: 0.9 * 0.95 ** np.arange(60), seeds=1)
    return trials, epochs, [], {"mean": 0.167}


def many_settings_case() -> Case:
    """Twenty settings with long names, of two values; a random half of nothing but noise."""
    names = [f"setting_with_a_very_long_name_{place}" for place in range(20)]
    rng = np.random.default_rng(0)
    trials, epochs = tables(
        {"trial": range(100)},
        lambda settings, seed: 0.1 + 10 ** rng.uniform(-3, 0) * 0.9 ** np.arange(20),
        seeds=2,
    )
    for place, name in enumerate(names):
        values = rng.integers(0, 2, 100)[trials["trial"]]
        trials[name] = (
            np.array([1e-05, 1.25e-05])[values]
            if place % 2
            else np.array(
                ["a_rather_long_word_with_a_tail", "another_rather_long_word"], dtype=object
            )[values]
        )
    return trials, epochs, names, {"mean": 0.167}


def many_values_case() -> Case:
    """Sixty learning rates by fourteen sizes, of which the top rates diverge."""
    rates = np.geomspace(1e-5, 1, 60)

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        rate, size = settings["learning_rate"], settings["hidden_size"]
        curve = 0.005 + 0.2 * np.exp(-rate * size * np.arange(10))
        return np.append(curve, np.inf) if rate * size > 20 and (seed + size) % 2 else curve

    grid = {"learning_rate": rates, "hidden_size": np.arange(2, 30, 2)}
    trials, epochs = tables(grid, curve, seeds=2)
    return trials, epochs, list(grid), {"mean": 0.167}


def activations_case() -> Case:
    """Fourteen activations, so that panels wrap and some are left out."""
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


def lengths_case() -> Case:
    """The task varies, and its baseline with it."""

    def baseline(settings: dict[str, Any]) -> float:
        return 1 / settings["task_seq_len"]

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        best = {"adam": 0.01, "sgd": 0.9, "rmsprop": 0.1}[settings["optimizer"]]
        return baseline(settings) * (best + np.exp(-np.arange(30) / 5) * (1 + 0.1 * seed))

    grid = {"task_seq_len": (5, 10, 50), "optimizer": ("sgd", "adam", "rmsprop")}
    trials, epochs = tables(grid, curve, baseline=baseline)
    return trials, epochs, list(grid), {"mean": 0.2}


def without_some_baselines() -> Case:
    """Problems that differ, with nothing that makes their losses compare."""
    trials, epochs, swept, baselines = lengths_case()
    trials.loc[0, "baseline"] = np.nan
    return trials, epochs, swept, baselines


def tasks_case() -> Case:
    """Eleven tasks of which some have a delay, some a lag; losses and baselines far apart."""
    tasks = [f"task_{letter * 6}" for letter in "abcdefghijk"]
    grid = {"task": tasks, "cell": ("rnn", "lstm", "gru"), "stateful": (False, True)}

    def baseline(settings: dict[str, Any]) -> float:
        return 10.0 ** -tasks.index(settings["task"])

    def curve(settings: dict[str, Any], seed: int) -> np.ndarray:
        place = tasks.index(settings["task"])
        best = 0.02 + abs(place - 2) / 10 + 0.1 * (settings["cell"] == "rnn")
        return baseline(settings) * (best + np.exp(-np.arange(30) / 5) * (1 + 0.1 * seed))

    trials, epochs = tables(grid, curve, baseline=baseline)
    place = trials["task"].map(tasks.index)
    trials["task_delay"] = place.where(place < 3).astype("Int64")
    trials["task_lag"] = (5.0 + trials["seed"] % 2).where(place > 8)
    return trials, epochs, [*grid, "task_delay", "task_lag"], {}


def with_success(case: Case, solved: Callable[[pd.Series], bool], **criteria: float) -> Case:
    """Give the trials of a case a criterion; those for which `solved` says so met it."""
    trials, epochs, swept, baselines = case
    met = (trials["status"] == "complete") & trials.apply(solved, axis=1).astype(bool)
    trials = trials.assign(
        updates_to_success=np.where(met, 32.0, np.nan),
        sequences_to_success=np.where(met, 1024.0, np.nan),
        **criteria,
    )
    trials.loc[met, "status"] = "solved"
    return trials, epochs, swept, baselines


def success_case() -> Case:
    """Ever fewer trials are solved as the sequence grows; some diverge, one failed."""

    def curve(settings: dict[str, Any], seed: int) -> Sequence[float]:
        if seed == 4 and settings["task_seq_len"] == 10:
            return []
        if not (seed or settings["clip_norm"]):
            return [1.0, np.inf]
        return np.array([1.0, 0.5, 0.1]) * (1 + 0.01 * (seed % 3))  # as the baseline

    grid = {
        "task_seq_len": (10, 20, 40, 60, 80, 100),
        "init": ("orthogonal", "normal"),
        "clip_norm": (0.0, 1.0),
    }
    case = *tables(grid, curve, seeds=5), list(grid), {"mean": 0.167}
    return with_success(
        case, lambda trial: 20 * (1 + trial["seed"]) >= trial["task_seq_len"], val_loss_below=0.2
    )


def many_lengths_case() -> Case:
    """A band in place of bars, and more lines than fit."""
    grid = {"task_seq_len": range(10, 200, 5), "learning_rate": np.geomspace(1e-3, 1, 9)}
    case = *tables(grid, lambda settings, seed: [1.0, 0.5]), list(grid), {"mean": 0.167}
    return with_success(case, lambda trial: 50 * trial["seed"] >= trial["task_seq_len"])


def ladder_case() -> Case:
    """Lists that advance together: the size and the rate follow from the length."""
    lengths, sizes, rates = (
        (2, 3, 5, 10, 20, 40),
        (1, 2, 2, 5, 10, 30),
        (0.2, 0.1, 0.1, 0.05, 0.05, 0.05),
    )
    trials, epochs = tables({"task_seq_len": lengths}, lambda settings, seed: [1.0, 0.5], seeds=5)
    trials["hidden_size"] = trials["task_seq_len"].map(dict(zip(lengths, sizes, strict=True)))
    trials["learning_rate"] = trials["task_seq_len"].map(dict(zip(lengths, rates, strict=True)))
    trials["clip_norm"] = np.where(trials["task_seq_len"] > 5, 20.0, 200.0)
    trials.loc[trials["task_seq_len"] == 40, "clip_norm"] = 200.0
    swept = ["task_seq_len", "hidden_size", "learning_rate", "clip_norm"]
    return with_success(
        (trials, epochs, swept, {"mean": 0.167}),
        lambda trial: 10 * trial["seed"] >= trial["task_seq_len"],
    )


def draws_case() -> Case:
    """Random draws of a rate that counts and a std that does not, the same for each cell."""
    rng = np.random.default_rng(0)
    rates, stds = 10 ** rng.uniform(-4, 0, 300), 10 ** rng.uniform(-2, 0, 300)

    def curve(settings: dict[str, Any], seed: int) -> Sequence[float]:
        rate = rates[settings["draw"]]
        return [1.0, np.inf] if rate > 0.5 else [1.0, np.exp(-10 * rate) * rng.uniform(0.5, 1)]

    trials, epochs = tables({"draw": range(300), "cell": ("rnn", "lstm", "gru")}, curve, seeds=1)
    draw = trials.pop("draw")
    trials = trials.assign(
        learning_rate=rates[draw],
        init_std=stds[draw],
        optimizer=np.array(["sgd", "adam"])[rng.integers(0, 2, 300)][draw],
    )
    swept = ["cell", "learning_rate", "init_std", "optimizer"]
    return trials, epochs.drop(columns="draw"), swept, {"mean": 0.167}


CASES = {
    "grid": grid_case,
    "notebook": notebook_case,
    "series": series_case,
    "single": single_case,
    "many_settings": many_settings_case,
    "many_values": many_values_case,
    "activations": activations_case,
    "lengths": lengths_case,
    "tasks": tasks_case,
    "without_some_baselines": without_some_baselines,
    "success": success_case,
    "many_lengths": many_lengths_case,
    "ladder": ladder_case,
    "draws": draws_case,
}

SMALL = {"hidden_size": (4, 8), "activation": ("tanh", "relu")}


def small(
    curve: Curve, grid: dict[str, Sequence[Any]] = SMALL, mean: float | None = 0.167, **kwargs: Any
) -> Case:
    baselines = {} if mean is None else {"mean": mean}
    baseline = np.nan if mean is None else mean
    return *tables(grid, curve, **{"baseline": baseline, **kwargs}), list(grid), baselines


def random_case() -> Case:
    """A random search: no two trials have the same learning rate."""
    rng = np.random.default_rng(0)
    rates = 10 ** rng.uniform(-4, 0, 50)
    trials, epochs = tables(
        {"learning_rate": rates}, lambda settings, seed: [1, settings["learning_rate"]], seeds=1
    )
    trials["activation"] = np.array(["tanh", "relu"])[rng.integers(0, 2, 50)]
    return trials, epochs, ["learning_rate", "activation"], {"mean": 0.167}


def _empty() -> Case:
    trials, epochs, swept, baselines = small(lambda settings, seed: [1.0, 0.5])
    return trials.iloc[:0], epochs.iloc[:0], swept, baselines


def _grid(**grid: Sequence[Any]) -> Case:
    return small(lambda settings, seed: [0.5 + 0.1 * seed, 0.3], grid)


ODD: dict[str, Callable[[], Case]] = {
    "all_diverged": lambda: small(lambda settings, seed: [np.inf]),
    "all_failed": lambda: small(lambda settings, seed: []),
    "some_failed": lambda: small(lambda settings, seed: [1.0, 0.5] if seed else []),
    "a_value_failed": lambda: small(
        lambda settings, seed: [] if settings["activation"] == "relu" else [1.0, 0.5]
    ),
    "no_trials": _empty,
    "all_zero_no_baseline": lambda: small(lambda settings, seed: [0.0, 0.0], mean=None),
    "down_to_zero": lambda: small(lambda settings, seed: [1.0, 1e-3, 0.0]),
    "tiny": lambda: small(lambda settings, seed: [1.0, 1e-200, 1e-300]),
    "huge": lambda: small(lambda settings, seed: [1e300, 1e299]),
    "constant_no_baseline": lambda: small(lambda settings, seed: [0.5] * 5, mean=None),
    "one_epoch": lambda: small(lambda settings, seed: [0.5 + 0.1 * seed]),
    "one_trial_one_epoch": lambda: small(lambda settings, seed: [0.5], {}, seeds=1),
    "one_trial_diverged": lambda: small(lambda settings, seed: [np.inf], {}, seeds=1),
    "zero_baseline": lambda: small(lambda settings, seed: [0.5, 0.3], mean=0.0),
    "stopped_early": lambda: small(lambda settings, seed: np.geomspace(1, 0.1, 5 + 10 * seed)),
    "one_value": lambda: _grid(hidden_size=(2,), learning_rate=(0.1,)),
    "one_seed": lambda: small(lambda settings, seed: [0.5, 0.3], seeds=1),
    "random": random_case,
    "random_success": lambda: with_success(
        random_case(), lambda trial: trial["learning_rate"] > 0.01
    ),
    "all_solved": lambda: with_success(_grid(hidden_size=(2, 4)), lambda trial: True),
    "none_solved": lambda: with_success(
        _grid(hidden_size=(2, 4), b=("x", "y")), lambda trial: False
    ),
    "success_of_none": lambda: with_success(
        small(lambda settings, seed: []), lambda trial: True, accuracy_above=0.9
    ),
    # A dollar that is no mathematics, letters the font lacks, a line break, nearly equal numbers.
    "letters": lambda: _grid(
        task_a=("$a_b$", "\u4e2d\u6587", "x\ny", "%d"), b=(1e-5, 1.0000001e-5)
    ),
    "true_and_none": lambda: _grid(a=(True, False), b=(None, "x"), c=(1, np.nan)),
    "lists": lambda: _grid(task_inputs=(["u", "v"], ["u"]), hidden_size=(2, 4)),
}
