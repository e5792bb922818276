"""Runs with [run] trial_timeout: what is left out, what is trained again, and what is said."""

import re
from dataclasses import replace

import pytest
from commandline import TINY, Heard, command
from store_cases import named, record

from rnnsweep.cli.screens.summary import print_failures
from rnnsweep.execution.plan import make_plan
from rnnsweep.execution.run import run
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import load_sweep
from rnnsweep.tables.results import Results

# The trial of ten million epochs takes minutes, the other one a moment.
FILE = """
[task]
name = "adding"
seq_len = 4
n_train = 32
n_val = 16

[model]
hidden_size = 2

[train]
learning_rate = 1e-9

[run]
trial_timeout = 0.2

[grid]
train.epochs = [2, 10_000_000]
"""


@pytest.fixture
def sweep(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "limited.toml"
    path.write_text(FILE)
    return path


@pytest.mark.parametrize("executor", ["threads", "serial"])
def test_a_trial_that_takes_too_long_fails_and_the_rest_goes_on(sweep, executor):
    results = run(sweep, executor=executor, plots=False)
    short, long = results.trials.to_dict("records")
    assert short["status"] == "complete"
    assert long["status"] == "failed"
    assert long["error"].startswith("took longer than trial_timeout = 0.2 s (")
    assert long["epochs_run"] == 0
    assert set(results.epochs["trial_id"]) == {short["trial_id"]}


def test_it_is_trained_again_under_a_longer_limit_or_none(sweep):
    results = run(sweep, plots=False)
    (_, error), trials_csv = results.trials["error"], (results.folder / "trials.csv").read_bytes()
    heard = Heard()
    run(sweep, plots=False, progress=heard)
    assert "0 to train on" in heard.said[0]
    assert "1 kept" in heard.said[0]
    left_out = (
        "1 trial took longer than trial_timeout = 0.2 s in an earlier run and will not be trained "
        "again; take a larger trial_timeout, or 0 for none, to train it"
    )
    assert left_out in heard.said
    assert (results.folder / "trials.csv").read_bytes() == trials_csv
    for limit, n_done in (("0.1", 2), ("0.2", 2), ("0.3", 1), ("0", 1)):
        said = []
        plan = make_plan(
            load_sweep(sweep, f"run.trial_timeout={limit}"), None, 1, False, said.append
        )
        assert plan.n_done == n_done
        assert any("will not be trained again" in line for line in said) == (n_done == 2)
    # the limit is no part of the id
    again = run(sweep, plots=False, overrides="run.trial_timeout=0.3").trials
    assert list(again["trial_id"]) == list(results.trials["trial_id"])
    assert again["error"][1] != error
    assert "trial_timeout = 0.3 s" in again["error"][1]


def test_commands_agree_on_it(sweep):
    code, _, errors = command("run", sweep, "--no-plots", cwd=sweep.parent)
    assert code == 1
    assert errors.endswith(
        "1 of 2 trials failed:\n"
        "  1 x took longer than trial_timeout = 0.2 s\n"
        "only a larger trial_timeout, or 0 for none, trains the one that took longer\n"
    )
    code, _, errors = command("run", sweep, "--no-plots", cwd=sweep.parent)
    assert code == 1
    assert "1 trial took longer than trial_timeout = 0.2 s in an earlier run" in errors
    code, output, _ = command("status", "results/limited", cwd=sweep.parent)
    assert (code, output.splitlines()[0]) == (0, "limited: 2 of 2 trials (not running)")
    assert re.search(r"^  failed +1$", output, re.MULTILINE)
    code, output, errors = command("plan", sweep, cwd=sweep.parent)
    assert code == 0
    assert "to train      0, " in output
    assert "will not be trained again" in errors


def test_a_result_stays_where_the_training_for_a_metric_takes_too_long(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    folder = tmp_path / "results"
    run(path, results=folder, plots=False)
    overrides = ["metrics.share_clipped=true", "train.clip_norm=1", "run.trial_timeout=1e-9"]
    first = run(path, results=tmp_path / "clipped", plots=False, overrides=overrides[1:2]).trials
    again = run(path, results=tmp_path / "clipped", plots=False, overrides=overrides).trials
    assert again.equals(first)
    with Store.reader(tmp_path / "clipped") as store:
        assert store.counts().failed == 0


def test_which_failed_trials_another_run_trains_is_said(tmp_path, capsys):
    with Store.writer(tmp_path) as store:
        store.set_sweep("s", "", [], named(*range(6)))
        store.add([record(0), *(record(i, "failed") for i in (1, 2))])
        store.add(replace(record(i, "failed"), timeout_s=0.2) for i in (3, 4, 5))
    assert print_failures(Results(tmp_path))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "5 of 6 trials failed; run again to retry 2 of them:"
    assert lines[1] == "  3 x took longer than trial_timeout = 0.2 s"
    assert lines[-1] == (
        "only a larger trial_timeout, or 0 for none, trains the 3 that took longer"
    )
