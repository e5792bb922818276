"""Importance of settings: of full grids, of what is left of them, of random draws, of nothing."""

import itertools
import sys

import numpy as np
import pytest
from scipy import stats

from rnnsweep.analysis.importance import importance_of
from rnnsweep.analysis.outcomes import NUMBERS, Outcomes
from rnnsweep.analysis.variance import decompose
from rnnsweep.errors import SweepError

SIZES, CELLS, SEEDS = (8, 16, 32), ("rnn", "lstm"), (0, 1, 2)


def outcomes(rows, **numbers):
    """The outcomes of trials, of each its settings with `loss` and perhaps `status`."""
    rows = [{"status": "complete", **row} for row in rows]
    names = [name for name in (rows[0] if rows else ()) if name not in ("loss", "status")]
    n = len(rows)
    return Outcomes(
        [f"t{i}" for i in range(n)],
        [row["status"] for row in rows],
        {name: [row[name] for row in rows] for name in names},
        {name: np.full(n, np.nan) for name in NUMBERS}
        | {"best_val_loss": np.array([row["loss"] for row in rows], float)}
        | {name: np.array(values, float) for name, values in numbers.items()},
    )


def grid(**axes):
    """The rows of a full grid, with losses that depend on everything."""
    axes = axes or {"hidden_size": SIZES, "cell": CELLS, "seed": SEEDS}
    rng = np.random.default_rng(0)
    effects = [rng.standard_normal(len(values)) for values in axes.values()]
    rows = []
    for places in itertools.product(*(range(len(values)) for values in axes.values())):
        row = {name: values[i] for (name, values), i in zip(axes.items(), places, strict=True)}
        total = sum(effect[i] for effect, i in zip(effects, places, strict=True))
        rows.append({**row, "loss": np.exp(total + 0.5 * rng.standard_normal())})
    return rows


def shares(importance):
    return {part.name: part.share for part in importance.parts}


@pytest.mark.parametrize("measure", ["rank", "log_loss"])
def test_parts_are_those_of_the_table_of_values(measure):
    rows = grid()
    result = importance_of(outcomes(rows), ["hidden_size", "cell"], measure)
    losses = [row["loss"] for row in rows]
    values = stats.rankdata(losses) if measure == "rank" else np.log(losses)
    (size, cell, pair), (noise,) = decompose(values.reshape(3, 2, 3), 2)
    expected = {
        "hidden_size": size, "cell": cell, "hidden_size x cell": pair, "seed": noise,
    }  # fmt: skip
    assert shares(result) == {name: effect.share for name, effect in expected.items()}
    for part in result.parts:
        assert (part.corrected, part.low, part.high) == expected[part.name][-3:]
        assert (part.df, part.sum_sq) == expected[part.name][1:3]
    assert [part.kind for part in result.parts] == ["setting", "setting", "pair", "seed"]
    assert result.parts[0].share > result.parts[1].share
    assert sum(part.share for part in result.parts) == pytest.approx(1)
    assert (result.method, result.measure, result.n_trials) == ("anova", measure, 18)
    assert result.note.startswith(
        "Exact, by an analysis of variance of 6 settings with 3 seeds each: a share is "
    )


def test_parts_of_a_kind_come_by_share():
    rows = grid(a=(1, 2, 3), b=(1, 2), c=(1, 2, 3), seed=(0, 1))
    parts = importance_of(outcomes(rows), ["a", "b", "c"]).parts
    kinds = [part.kind for part in parts]
    assert kinds == ["setting"] * 3 + ["pair"] * 3 + ["higher orders", "seed"]
    for kind in ("setting", "pair"):
        of_kind = [part.share for part in parts if part.kind == kind]
        assert of_kind == sorted(of_kind, reverse=True)
    assert {part.name for part in parts} >= {"a x b", "a x c", "b x c", "higher orders", "seed"}


def test_the_order_of_trials_does_not_matter():
    rows = grid()
    backward = importance_of(outcomes(rows[::-1]), ["hidden_size", "cell"])
    forward = importance_of(outcomes(rows), ["hidden_size", "cell"])
    assert shares(backward) == pytest.approx(shares(forward))


def test_trials_that_diverged_are_the_worst():
    rows = grid()
    for row in rows[:4]:
        row.update(status="diverged", loss=1e-9)
    worst = max(row["loss"] for row in rows[4:])
    for measure, losses in (
        ("rank", [np.inf] * 4 + [row["loss"] for row in rows[4:]]),
        ("log_loss", [worst] * 4 + [row["loss"] for row in rows[4:]]),
    ):
        result = importance_of(outcomes(rows), ["hidden_size", "cell"], measure)
        values = stats.rankdata(losses) if measure == "rank" else np.log(losses)
        effects, noise = decompose(values.reshape(3, 2, 3), 2)
        assert sorted(shares(result).values()) == sorted(e.share for e in (*effects, *noise))
        assert result.n_diverged == 4
        assert "4 trials diverged and count as the " in result.note


def test_a_loss_of_0_is_the_smallest():
    rows = grid()
    rows[0]["loss"] = 0.0
    smallest = min(row["loss"] for row in rows[1:])
    result = importance_of(outcomes(rows), ["hidden_size", "cell"], "log_loss")
    rows[0]["loss"] = smallest
    same = importance_of(outcomes(rows), ["hidden_size", "cell"], "log_loss")
    assert shares(result) == shares(same)
    assert "1 trial has a loss of 0 and counts as the smallest loss above it." in result.note


def test_where_problems_differ_losses_are_over_their_baselines():
    rows = grid(task=("adding", "copy"), cell=CELLS, seed=SEEDS)
    baseline = [2.0 if row["task"] == "adding" else 5.0 for row in rows]
    result = importance_of(outcomes(rows, baseline=baseline), ["task", "cell"], "log_loss")
    divided = [
        {**row, "task": "x" + row["task"], "loss": row["loss"] / unit}
        for row, unit in zip(rows, baseline, strict=True)
    ]
    same = importance_of(outcomes(divided), ["task", "cell"], "log_loss")
    assert shares(result) == pytest.approx(shares(same))
    assert "over their baselines" in result.note
    assert "over their baselines" not in same.note


def test_where_problems_differ_without_baselines_the_note_says_so():
    rows = grid(task=("adding", "copy"), cell=CELLS, seed=SEEDS)
    note = importance_of(outcomes(rows), ["task", "cell"]).note
    assert "Losses of different problems (task) are compared, which says little" in note


def test_settings_of_a_zip_are_one_factor():
    rows = [{**row, "learning_rate": 1 / row["hidden_size"]} for row in grid()]
    result = importance_of(outcomes(rows), ["hidden_size", "learning_rate", "cell"])
    same = importance_of(outcomes(rows), ["hidden_size", "cell"])
    names = {name.replace("hidden_size", "hidden_size + learning_rate") for name in shares(same)}
    assert shares(result).keys() == names
    assert list(shares(result).values()) == list(shares(same).values())


def test_a_setting_that_another_one_decides_is_part_of_its_factor():
    # A [[when]] with two optimizers: a momentum for one of them alone.
    rows = grid(optimizer=("sgd", "adam"), cell=CELLS, seed=SEEDS)
    rows = [{**row, "momentum": 0.9 if row["optimizer"] == "sgd" else None} for row in rows]
    result = importance_of(outcomes(rows), ["optimizer", "momentum", "cell"])
    assert "optimizer + momentum" in shares(result)
    assert result.method == "anova"


def test_a_setting_with_one_value_is_left_out():
    rows = [{**row, "clip_norm": 1.0} for row in grid()]
    result = importance_of(outcomes(rows), ["clip_norm", "hidden_size", "cell"])
    assert shares(result) == shares(importance_of(outcomes(rows), ["hidden_size", "cell"]))


def test_a_seed_with_failed_trials_is_left_out():
    rows = grid()
    rows[7].update(status="failed", loss=np.nan)
    result = importance_of(outcomes(rows), ["hidden_size", "cell"])
    whole = [row for row in rows if row["seed"] != rows[7]["seed"]]
    assert shares(result) == shares(importance_of(outcomes(whole), ["hidden_size", "cell"]))
    assert (result.method, result.n_trials, result.n_failed) == ("anova", 12, 1)
    assert "Left out: 1 of the 3 values of seed, " in result.note
    assert "1 trial failed and is left out." in result.note


def test_with_one_seed_the_noise_is_in_the_shares():
    rows = grid(hidden_size=SIZES, cell=CELLS, seed=(0,))
    result = importance_of(outcomes(rows), ["hidden_size", "cell"])
    assert shares(result).keys() == {"hidden_size", "cell", "hidden_size x cell"}
    assert all(np.isnan([part.corrected, part.low, part.high]).all() for part in result.parts)
    assert not any(part.may_be_luck for part in result.parts)
    assert "The luck of the seeds is unknown with one of them" in result.note


def test_what_may_be_luck():
    rng = np.random.default_rng(3)
    rows = [
        {**row, "loss": np.exp(SIZES.index(row["hidden_size"]) + 0.1 * rng.standard_normal())}
        for row in grid()
    ]
    for seeds in ((0, 1, 2), (0, 1)):  # with intervals, and without
        some = [row for row in rows if row["seed"] in seeds]
        size, cell = importance_of(outcomes(some), ["hidden_size", "cell"]).parts[:2]
        assert (size.name, size.may_be_luck) == ("hidden_size", False)
        assert cell.share > 0
        assert cell.may_be_luck


def test_trials_that_have_not_ended_are_said_first():
    rows = grid()
    result = importance_of(outcomes(rows[:-1]), ["hidden_size", "cell"], n_pending=1)
    assert result.n_pending == 1
    assert result.note.startswith(
        "1 of 18 trials has not ended, so that all shares may still change. "
        "Exact, by an analysis of variance of 6 settings with 2 seeds each: "
    )
    assert "ended" not in importance_of(outcomes(rows), ["hidden_size", "cell"]).note


def test_a_message_says_what_has_not_ended_and_what_failed():
    rows = grid()[:-2]
    rows[0].update(status="failed", loss=np.nan)
    assert raised(rows, ["hidden_size", "cell"], estimate=False, n_pending=2) == (
        "no exact importance of settings: 3 of the 18 results of a full grid are missing "
        "(3 hidden_size x 2 cell x 3 seed); `summary --explain` estimates it; "
        "2 of 18 trials have not ended; 1 of 18 trials has failed"
    )
    assert raised([], [], n_pending=18) == (
        "no importance of settings: the sweep varies no setting; 18 of 18 trials have not ended"
    )


def test_an_estimate_says_what_has_not_ended():
    result = importance_of(outcomes(with_gaps()), ["hidden_size", "cell"], n_pending=3)
    assert result.note.startswith(
        "3 of 36 trials have not ended, so that all shares may still change. An estimate, since "
        "3 of the 36 results of a full grid are missing (4 hidden_size x 3 cell x 3 seed). "
    )
    assert "The share of the seeds is estimated from the scatter within settings." in result.note


def test_seeds_that_are_crossed_have_parts_of_their_own():
    rows = grid(hidden_size=SIZES, seed=(0,), seed_data=(0, 1, 2), seed_init=(0, 1, 2, 3))
    result = importance_of(outcomes(rows), ["hidden_size"])
    assert [(part.name, part.kind) for part in result.parts[:1]] == [("hidden_size", "setting")]
    assert {(part.name, part.kind) for part in result.parts[1:]} == {
        ("seed_data", "seed"),
        ("seed_init", "seed"),
        ("interactions of seeds", "interactions of seeds"),
    }
    assert sum(part.share for part in result.parts) == pytest.approx(1)
    assert "3 settings with 3 x 4 seeds each" in result.note


def test_of_crossed_seeds_one_loses_values_with_failed_trials():
    rows = grid(hidden_size=SIZES, seed=(0,), seed_data=(0, 1, 2), seed_init=(0, 1, 2, 3))
    for row in rows:
        if (row["hidden_size"], row["seed_init"]) == (8, 1):
            row.update(status="failed", loss=np.nan)
    result = importance_of(outcomes(rows), ["hidden_size"])
    assert (result.n_trials, result.n_failed) == (3 * 3 * 3, 3)
    assert "Left out: 1 of the 4 values of seed_init" in result.note


def test_with_two_seeds_there_are_no_intervals():
    rows = [row for row in grid() if row["seed"] < 2]
    result = importance_of(outcomes(rows), ["hidden_size", "cell"])
    assert sum(part.corrected for part in result.parts) == pytest.approx(1)
    assert all(np.isnan([part.low, part.high]).all() for part in result.parts)
    assert "Two seeds say little about luck: with three there are 95 % intervals." in result.note


def with_gaps():
    """A grid without one of its settings, as after an [[exclude]]."""
    rows = grid(hidden_size=(4, 8, 16, 32), cell=("rnn", "lstm", "gru"), seed=SEEDS)
    return [row for row in rows if (row["hidden_size"], row["cell"]) != (32, "gru")]


def test_a_grid_with_gaps_is_estimated():
    result = importance_of(outcomes(with_gaps()), ["hidden_size", "cell"])
    assert result.method == "fanova"
    assert result.note.startswith(
        "An estimate, since 3 of the 36 results of a full grid are missing "
        "(4 hidden_size x 3 cell x 3 seed)."
    )
    kinds = [part.kind for part in result.parts]
    assert kinds == ["setting", "setting", "pair", "higher orders", "seed"]
    assert sum(part.share for part in result.parts) == pytest.approx(1)
    assert all(np.isnan([part.low, part.high, part.sum_sq]).all() for part in result.parts)


def test_the_noise_in_an_estimate_is_that_within_settings():
    rows = with_gaps()
    result = importance_of(outcomes(rows), ["hidden_size", "cell"])
    table = stats.rankdata([row["loss"] for row in rows]).reshape(11, 3)
    noise = table.var(axis=1, ddof=1).mean()
    between = table.mean(axis=1).var() - noise / 3
    assert shares(result)["seed"] == pytest.approx(noise / (noise + between))


def drawn(n, seeds=(0,)):
    rng = np.random.default_rng(0)
    rows = []
    for rate, std in zip(10 ** rng.uniform(-4, 0, n), rng.uniform(0, 1, n), strict=True):
        cell = CELLS[rng.integers(2)]
        noise = 0.1 * rng.standard_normal(len(seeds))
        rows += [
            {"learning_rate": rate, "init_std": std, "cell": cell, "seed": seed, "loss": loss}
            for seed, loss in zip(seeds, np.exp(-abs(np.log10(rate) + 2) + noise), strict=True)
        ]
    return rows


def test_random_draws_are_estimated():
    result = importance_of(outcomes(drawn(60, SEEDS)), ["learning_rate", "init_std", "cell"])
    assert result.method == "fanova"
    assert "since the settings were drawn at random" in result.note
    assert "fitted to the means of 60 settings" in result.note
    assert "% of the variance of settings that it has not seen" in result.note
    assert result.parts[0].name == "learning_rate"
    assert result.parts[0].share > 0.7


def test_an_estimate_of_one_seed_has_no_noise():
    result = importance_of(outcomes(drawn(60)), ["learning_rate", "init_std", "cell"])
    assert "seed" not in shares(result)
    assert sum(shares(result).values()) == pytest.approx(1)
    assert "The luck of the seeds is unknown with one of them" in result.note


def test_the_forest_of_many_draws_has_some_of_them(monkeypatch):
    monkeypatch.setattr("rnnsweep.analysis.forest.MOST_ROWS", 50)
    result = importance_of(outcomes(drawn(80)), ["learning_rate", "init_std", "cell"])
    assert "fitted to the means of 50 of the 80 settings" in result.note
    again = importance_of(outcomes(drawn(80)), ["learning_rate", "init_std", "cell"])
    assert result == again


def test_a_forest_that_predicts_nothing_is_called_so():
    rng = np.random.default_rng(1)
    rows = [{**row, "loss": loss} for row, loss in zip(drawn(60), rng.random(60), strict=True)]
    result = importance_of(outcomes(rows), ["learning_rate", "init_std", "cell"])
    assert "It predicts nothing of the variance of settings that it has not seen" in result.note


def raised(rows, swept, **arguments):
    with pytest.raises(SweepError) as caught:
        importance_of(outcomes(rows), swept, **arguments)
    return str(caught.value)


def test_without_scikit_learn_the_message_says_why_and_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    assert raised(with_gaps(), ["hidden_size", "cell"]) == (
        "no exact importance of settings: 3 of the 36 results of a full grid are missing "
        "(4 hidden_size x 3 cell x 3 seed); an estimate needs scikit-learn: "
        'pip install "rnnsweep[search]"'
    )


def test_an_estimate_can_be_refused():
    message = raised(with_gaps(), ["hidden_size", "cell"], estimate=False)
    assert message == (
        "no exact importance of settings: 3 of the 36 results of a full grid are missing "
        "(4 hidden_size x 3 cell x 3 seed); `summary --explain` estimates it"
    )


def test_too_few_settings_for_an_estimate():
    message = raised(with_gaps()[:24], ["hidden_size", "cell"])
    assert message.endswith("an estimate needs results of 10 settings or more, and there are 8")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            lambda row: {"status": "failed", "loss": np.nan},
            "no trial has a loss yet; 18 of 18 trials have failed",
        ),
        (lambda row: {"status": "diverged"}, "all 18 trials diverged"),
        (lambda row: {"loss": 0.5}, "all 18 trials have the same loss"),
        (
            lambda row: {"hidden_size": 8, "cell": "rnn"},
            "no setting has two values among the trials that ended",
        ),
        (
            lambda row: {"cell": "rnn", "seed": 0},
            "hidden_size is all that varies, so that its share is 1; with several seeds it "
            "compares with their noise",
        ),
    ],
)
def test_what_says_nothing_about_settings(change, reason):
    rows = [{**row, **change(row)} for row in grid()]
    message = raised(rows, ["hidden_size", "cell"])
    assert message == f"no importance of settings: {reason}"


def test_trials_that_are_equal_but_for_those_left_out():
    rows = [{**row, "loss": 0.5 if row["seed"] else 0.1} for row in grid()]
    rows[0].update(status="failed", loss=np.nan)
    message = raised(rows, ["hidden_size", "cell"])
    assert (
        message == "no importance of settings: 12 trials count as equal; 1 of 18 trials has failed"
    )


def test_a_sweep_without_axes():
    assert raised(grid(), []) == "no importance of settings: the sweep varies no setting"


def test_an_unknown_measure():
    message = raised(grid(), ["cell"], measure="logloss")
    assert message == "no measure 'logloss'; allowed: rank, log_loss; did you mean log_loss?"
