"""Results of an earlier version stay in the store; their trials are announced and trained again."""

import csv
from pathlib import Path

import pytest

from rnnsweep import exit_codes, sweepfile
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import sweep as sweep_module
from rnnsweep.sweepfile import trial_id as ids
from rnnsweep.training import trial


def ids_in(path):
    with Path(path).open(newline="") as file:
        return [row["trial_id"] for row in csv.DictReader(file)]


@pytest.fixture
def earlier(home, say, monkeypatch):
    """A folder with results of the version before; returns their ids."""
    real = ids.trial_id
    before = ids.RESULTS_VERSION - 1
    with monkeypatch.context() as patch:
        patch.setattr(sweep_module, "trial_id", lambda *parts: real(*parts, before))
        code, _, errors = say("run", "tiny.toml", "--no-plots", "--results", "old")
        assert code == 0
        assert "earlier version" not in errors
    return ids_in("old/trials.csv")


def test_earlier_results_are_announced_kept_and_trained_again(earlier, say):
    line = (
        "4 trials have results of an earlier version of rnnsweep, which computed other numbers: "
        "those stay in the store, and the trials train again"
    )
    code, output, errors = say("plan", "tiny.toml", "--results", "old")
    assert code == 0
    assert line in errors.splitlines()
    assert "0 in old" in output
    code, _, errors = say("run", "tiny.toml", "--no-plots", "--results", "old")
    assert code == 0
    assert "4 trials, 4 to train" in errors
    assert line in errors.splitlines()
    now = ids_in("old/trials.csv")
    assert not {*now} & {*earlier}
    with Store.reader("old") as store:
        assert all(store.trial(trial_id) is not None for trial_id in [*earlier, *now])
    # Said once: nothing is left to train.
    for verb in ("plan", "run"):
        assert "earlier version" not in say(verb, "tiny.toml", "--results", "old")[2]


def test_earlier_results_of_some_trials(earlier, say):
    change = ("--set", "seed=[1, 2]", "--results", "old")
    _, _, errors = say("plan", "tiny.toml", *change)
    n_seeds = {axis.name: axis.values for axis in sweepfile.load("tiny.toml").axes}["seed"]
    assert 1 in n_seeds
    assert 2 not in n_seeds
    assert "2 trials have results of an earlier version" in errors


@pytest.fixture
def no_earlier_ids(monkeypatch):
    def fail(self):
        pytest.fail("ids take time")

    monkeypatch.setattr(sweep_module.Sweep, "earlier_ids", fail)


def test_a_trial_that_failed_costs_no_earlier_ids(home, say, no_earlier_ids, monkeypatch):
    real = trial.model_of

    def fail_once(config):
        if config.seed == 1:
            raise ValueError("no network for this seed")
        return real(config)

    with monkeypatch.context() as patch:
        patch.setattr(trial, "model_of", fail_once)
        assert say("run", "tiny.toml", "--no-plots", "--results", "new")[0] == exit_codes.FAILED
    for verb in ("plan", "run"):
        assert say(verb, "tiny.toml", "--results", "new")[0] == 0


def test_a_sweep_of_this_version_computes_no_earlier_ids(home, say, no_earlier_ids):
    for seeds in ("[0, 1]", "[0, 1, 2]"):  # a new folder; then one with a part of the trials
        code, _, errors = say(
            "run", "tiny.toml", "--no-plots", "--results", "new", "--set", f"seed={seeds}"
        )
        assert code == 0
        assert "to train" in errors
