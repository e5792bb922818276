"""Every kind of picture of unusual results: drawn without a warning, or refused with a reason."""

import functools
from collections.abc import Callable

import numpy as np
import pytest
from picture_cases import assert_nothing_overlaps
from plot_cases import ODD, Case, small, tables, with_success
from stored_cases import store_case

from rnnsweep.errors import SweepError
from rnnsweep.plots.kinds import KINDS
from rnnsweep.tables.plotting import (
    ALL_DIVERGED,
    DRAWN_TOGETHER,
    MOST_DIVERGED,
    NO_SETTING,
    NO_TRIALS,
)
from rnnsweep.tables.results import load

ACTIVATIONS = (
    *("sigmoid", "tanh", "relu", "identity", "leaky_relu", "elu", "softplus", "gelu", "silu"),
    *("softsign", "hard_tanh", "sin", "tanh(x) + 0.1 * x", "x / (1 + exp(-1.702 * x))"),
    *(f"max(0.0{n} * x, x) + 0.001 * sin({n} * x)" for n in range(1, 5)),
)
HOSTILE = (
    *("$\\frac{a}{b$", "a_b^c", "\\input{x}", "<b>bold</b>", "\"quoted\" 'twice'", "=cmd()"),
    *("two\nlines", "50 %", "%d {0}", ""),
)


def _search() -> Case:
    """Forty draws of five settings, each with one seed."""
    rng = np.random.default_rng(1)
    rates, norms = 10 ** rng.uniform(-4, 0, 40), 10 ** rng.uniform(-1, 3, 40)

    def curve(settings: dict[str, int], seed: int) -> list[float]:
        rate = rates[settings["draw"]]
        return [1.0, np.inf] if rate > 0.5 else [1.0, 0.5, np.exp(-10 * rate) + 0.01]

    trials, epochs = tables({"draw": range(40)}, curve, seeds=1)
    draw = trials.pop("draw")
    trials = trials.assign(
        hidden_size=np.round(2 ** rng.uniform(2, 6, 40)).astype(int)[draw],
        activation=np.array(["tanh", "relu"])[rng.integers(0, 2, 40)][draw],
        learning_rate=rates[draw],
        clip_norm=norms[draw],
        init_std=rng.uniform(0.5, 1.5, 40)[draw],
    )
    swept = ["hidden_size", "activation", "learning_rate", "clip_norm", "init_std"]
    return trials, epochs.drop(columns="draw"), swept, {"mean": 0.167}


def _losses(settings: dict[str, object], seed: int) -> list[float]:
    place = sum(map(ord, str(settings)))
    return [1.0, 0.1 + 0.01 * (7 * place % 11) + 0.003 * seed]


def _full() -> Case:
    grid = {
        "hidden_size": (4, 8, 16),
        "activation": ("tanh", "relu"),
        "optimizer": ("sgd", "adam", "rmsprop"),
        "learning_rate": (0.01, 0.1, 1.0),
    }
    return small(_losses, grid, seeds=2)


def _of(**grid: tuple[object, ...]) -> Callable[[], Case]:
    return lambda: small(_losses, grid, seeds=2)


NO_CRITERION = "neither val_loss_below nor accuracy_above"
NOT_OF_A_SERIES = "which forecasts no series"
USUAL = {"success": NO_CRITERION, "forecast": NOT_OF_A_SERIES}
NONE_DIVERGED = {"divergence": "no trial of these results diverged"}
NEED_SETTINGS = ("map", "effects", "divergence", "parallel", "budget", "tunability")
NEED_LOSSES = ("parallel", "importance", "profile", "budget", "tunability")
# Each case with the kinds that are refused, and a part of the message; all others are drawn.
TABLE: dict[str, tuple[Callable[[], Case], dict[str, str]]] = {
    "all_diverged": (
        ODD["all_diverged"],
        {**USUAL, "forecast": "no trial has ended", **dict.fromkeys(NEED_LOSSES, ALL_DIVERGED)},
    ),
    "most_diverged": (
        lambda: small(lambda settings, seed: [0.5] if seed == 0 else [0.5, np.inf]),
        {**USUAL, **dict.fromkeys(("parallel", "budget", "tunability"), MOST_DIVERGED)},
    ),
    "no_trials": (
        ODD["no_trials"],
        {
            **dict.fromkeys(KINDS, NO_TRIALS),
            **USUAL,
            "forecast": "no trial has ended",
            "comparison": "no trial has ended yet",
        },
    ),
    "all_failed": (
        ODD["all_failed"],
        {
            **dict.fromkeys(KINDS.keys() - {"comparison"}, NO_TRIALS),
            **USUAL,
            "forecast": "no trial has ended",
        },
    ),
    "one_trial": (
        ODD["one_trial_one_epoch"],
        {
            **USUAL,
            **dict.fromkeys(NEED_SETTINGS, NO_SETTING),
            "importance": "varies no setting",
            "comparison": "no setting 'hidden_size'",
        },
    ),
    "one_seed": (lambda: small(_losses, seeds=1), {**USUAL, **NONE_DIVERGED}),
    "one_value": (
        _of(hidden_size=(4, 8), activation=("tanh",)),
        {
            **USUAL,
            "map": "a map needs two settings; hidden_size alone varies",
            "divergence": "a map needs two settings; hidden_size alone varies",
        },
    ),
    "random_search": (
        _search,
        {
            **USUAL,
            "map": "a map needs two settings of which most",
            "divergence": "a map needs two settings of which most",
            "comparison": "has a partner",
            "tunability": DRAWN_TOGETHER,
        },
    ),
    "full_grid": (_full, {**USUAL, **NONE_DIVERGED}),
    "with_a_criterion": (
        lambda: with_success(_full(), lambda trial: trial["seed"] == 1, val_loss_below=0.2),
        {**NONE_DIVERGED, "forecast": NOT_OF_A_SERIES},
    ),
    "activations": (_of(hidden_size=(4, 8), activation=ACTIVATIONS), {**USUAL, **NONE_DIVERGED}),
    "hostile_names": (_of(hidden_size=(4, 8), task_name=HOSTILE), {**USUAL, **NONE_DIVERGED}),
    "three_texts": (
        _of(
            hidden_size=(4, 8), cell=("rnn", "gru"), activation=("tanh", "relu"),
            optimizer=("sgd", "adam"),
        ),
        {**USUAL, **NONE_DIVERGED},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def results_of(tmp_path_factory):
    return functools.cache(
        lambda name: load(store_case(tmp_path_factory.mktemp(name), TABLE[name][0]()))
    )


def _arguments(kind: str) -> dict[str, str]:
    return {"a": "hidden_size=4", "b": "hidden_size=8"} if kind == "comparison" else {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TABLE)
def test_it_is_drawn_or_refused_with_a_reason(results_of, name: str, kind: str) -> None:
    draw = getattr(results_of(name).plot, kind)
    reason = TABLE[name][1].get(kind)
    if reason is None:
        assert_nothing_overlaps(draw(**_arguments(kind)))
    else:
        with pytest.raises(SweepError) as refused:
            draw(**_arguments(kind))
        assert reason in str(refused.value)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - USUAL.keys() - NONE_DIVERGED.keys()))
def test_a_sweep_that_is_not_finished_is_drawn(tmp_path, kind: str) -> None:
    plot = load(store_case(tmp_path, _full(), n_ended=70)).plot
    assert_nothing_overlaps(getattr(plot, kind)(**_arguments(kind)))


@pytest.mark.parametrize("n", [12, 40])
def test_the_table_of_tunability_is_refused_as_its_picture_is(tmp_path, n: int) -> None:
    trials, epochs, swept, baselines = _search()
    trials = trials[:n]
    epochs = epochs[epochs["trial_id"].isin(trials["trial_id"])]
    results = load(store_case(tmp_path, (trials, epochs, swept, baselines)))
    for refused in (results.tunability, results.plot.tunability):
        with pytest.raises(SweepError) as error:
            refused()
        assert str(error.value) == DRAWN_TOGETHER
