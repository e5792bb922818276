"""The page's contents equal the tables, and its sweep files give the same trials."""

import numpy as np
import pytest
from page_contents import contents_in, toml_of, value_of
from report_cases import GRID, grid_losses, invented
from report_sweeps import ODD, TASK, falling
from table_cases import read

from rnnsweep.report.page import write_report
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import load_sweep

SEEDS = (
    f"{TASK}\n[grid]\nmodel.hidden_size = [4, 8]\nseed_data = [0, 1]\nseed_init = [0, 1, 2]\n",
    falling,
)
SUCCESS = (
    TASK.replace("[train]", "[stop]\nval_loss_below = 0.05\n[train]")
    + "\n[grid]\nmodel.hidden_size = [4, 8]\nseed = [0, 1]\n",
    falling,
)
MANY = (
    TASK + "\n[random]\ntrials = 300\nmodel.hidden_size = {from = 4, to = 2000}\n"
    'train.learning_rate = {from = 1e-7, to = 1.0, scale = "log"}\n'
    "train.momentum = {from = 0.0, to = 0.9}\n",
    falling,
)
CASES = {"many": MANY, "grid": (GRID, grid_losses), "seeds": SEEDS, "success": SUCCESS, **ODD}


@pytest.fixture(scope="module", params=CASES)
def case(request, tmp_path_factory):
    """The folder of a sweep, and the contents of its page."""
    text, losses = CASES[request.param]
    folder = tmp_path_factory.mktemp("contents") / request.param
    invented(folder, text, losses)
    return folder, contents_in(write_report(folder))


def column(table, name):
    return table[name].to_numpy(float) if len(table) else np.empty(0)


def test_the_settings_equal_summary_csv(case):
    folder, contents = case
    summary = read(folder / "summary.csv")
    settings = contents["settings"]
    if contents["sweep"]["counts"]["pending"] == contents["sweep"]["counts"]["total"]:
        assert len(settings["n"]) == 0
        return
    names = [name for name in summary if name not in contents["sweep"]["swept"]]
    assert settings.keys() == {"first", "score", *names}
    for name in names:
        np.testing.assert_array_equal(settings[name], column(summary, name), name)
    for axis in contents["axes"]:
        values = [None if value != value else value for value in axis["values"]]
        shown = [values[code] for code in axis["codes"]]
        known = [None if value != value else value for value in summary[axis["name"]].tolist()]
        assert shown == known


def test_the_trials_equal_trials_csv(case):
    folder, contents = case
    trials = read(folder / "trials.csv")
    ids = contents["trials"]["ids"]
    assert sorted(ids) == sorted(trials["trial_id"])
    rows = trials.set_index("trial_id").loc[ids]
    statuses = contents["trials"]["statuses"]
    assert [statuses[code] for code in contents["trials"]["status"]] == rows["status"].tolist()
    for name in ("best_val_loss", "test_loss", "baseline", "epochs_run", "diverged_epoch"):
        if name in contents["trials"]:
            np.testing.assert_array_equal(contents["trials"][name], column(rows, name), name)
        else:
            assert rows[name].isna().all()
    for trial in range(len(ids)):
        for config in contents["configs"]:
            value = rows[config["name"]].iloc[trial]
            shown = value_of(contents, config, trial)
            assert shown == value or (shown is None and value != value)


def test_a_setting_has_its_trials(case):
    folder, contents = case
    trials = read(folder / "trials.csv")
    ids = contents["trials"]["ids"]
    axes, first = contents["axes"], contents["settings"]["first"]
    for row in range(len(contents["settings"]["n"])):
        members = trials[trials["trial_id"].isin(ids[first[row] : first[row + 1]])]
        assert len(members) == contents["settings"]["n"][row]
        for axis in axes:
            value = axis["values"][axis["codes"][row]]
            equal = (
                members[axis["name"]].isna() if value is None else members[axis["name"]] == value
            )
            assert equal.all()


def test_the_file_of_a_trial_gives_that_trial(case, tmp_path):
    _, contents = case
    ids = contents["trials"]["ids"]
    for trial in range(0, len(ids), max(1, len(ids) // 7)):
        file = tmp_path / f"{trial}.toml"
        file.write_text(toml_of(contents, trial), encoding="utf-8")
        (only,) = load_sweep(file)
        assert only.trial_id == ids[trial]


def test_the_scores_are_those_that_trials_are_ranked_by(case):
    _, contents = case
    trials, first = contents["trials"], contents["settings"]["first"]
    over_baseline = contents["loss"]["over_baseline"]
    statuses = np.array(trials["statuses"])[trials["status"]]
    losses = trials.get("best_val_loss", np.full(len(statuses), np.nan))
    scores = losses / trials["baseline"] if over_baseline else losses.copy()
    scores[statuses == "diverged"] = np.inf
    scores[statuses == "failed"] = np.nan
    for row, score in enumerate(contents["settings"]["score"]):
        own = scores[first[row] : first[row + 1]]
        own = own[~np.isnan(own)]
        np.testing.assert_equal(score, np.median(own) if len(own) else np.nan)


def test_the_curves_are_those_of_the_store(case):
    folder, contents = case
    curves, ids = contents["curves"], contents["trials"]["ids"]
    codes = curves["codes"].reshape(len(curves["epochs"]), len(ids))
    units = contents["trials"]["baseline"] if contents["loss"]["over_baseline"] else None
    with Store.reader(folder) as store:
        for place, (epochs, trial_id) in enumerate(zip(store.epochs_of(ids), ids, strict=True)):
            own = codes[:, place]
            if not len(epochs):
                assert (own == 0).all()
                continue
            losses = epochs[:, 1] / (1 if units is None else units[place])
            losses[np.isnan(losses)] = np.inf
            after = np.minimum(curves["epochs"], len(losses) - 1)
            low, high = curves["low"], curves["high"]
            shown = np.exp(low + (own - 1.0) / 65533 * (high - low))
            shown[own == 65535] = np.inf
            positive = losses[after] > 0
            tolerance = 1.01 * (high - low) / 65533 / 2 + 1e-6  # half a code, and float32
            finite = np.isfinite(losses[after])
            assert (np.isfinite(shown) == finite).all(), trial_id
            both = positive & finite
            np.testing.assert_allclose(shown[both], losses[after][both], rtol=tolerance)
            assert (own[~positive] == 1).all()
