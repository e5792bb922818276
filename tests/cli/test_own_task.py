"""A task of one's own through the command line: planned, trained on, failed, predicted from."""

import csv

import numpy as np
import pytest
from commandline import HEAVY, assert_same_results, imported, rows
from own_cases import MAJORITY

LATE = """
import numpy as np

def f(rng, n, k=1):
    print("drawing", n)
    if n == 40 and k == 2:
        raise ValueError("too many")
    x, mask = rng.random((n, 4, 1)), np.zeros((n, 4))
    mask[:, 2:] = 1
    return {"x": x, "y": x[:, ::-1], "mask": mask, "baseline": 0.25}
"""
SWEEP = """
[task]
name = "my.py:f"
n_train = 40
n_val = 10
[model]
hidden_size = 3
[train]
learning_rate = 0.1
epochs = 2
[output]
save_params = "best"
[grid]
task.k = [1, 2, 3]
seed = [0, 1]
"""


@pytest.fixture(autouse=True)
def _no_pictures(no_plots):
    """No run here is about its pictures."""


@pytest.fixture
def here(home):
    (home / "my.py").write_text(LATE)
    (home / "own.toml").write_text(SWEEP)
    return home


def test_a_call_that_fails_fails_its_trial_alone(here, say, capfd):
    code, output, errors = say("run", "own.toml")
    assert code == 1
    assert "my.py, line 7: ValueError: too many" in output + errors
    text = (here / "results/own/trials.csv").read_text()
    table = list(csv.DictReader(text.splitlines()))
    by_k = {(row["task_k"], row["seed"]): row for row in table}
    assert len(by_k) == 6
    for (k, _), row in by_k.items():
        assert row["status"] == ("failed" if k == "2" else "complete")
        assert row["error"] == ("my.py, line 7: ValueError: too many" if k == "2" else "")
        assert row["task"] == "my.py:f"
        assert row["baseline"] == ("" if k == "2" else "0.25")
        assert row["test_baseline"] == ("" if k == "2" else "0.25")


def test_a_call_that_fails_while_trials_are_timed(here, say):
    code, output, errors = say("plan", "own.toml", "--measure", "--set", "task.k=2")
    assert (code, output) == (1, "")
    assert errors.splitlines()[-1] == "rnnsweep: my.py, line 7: ValueError: too many"


def test_one_and_two_jobs_give_the_same_bytes(here, say):
    say("run", "own.toml", "--jobs", "1", "--results", "one")
    say("run", "own.toml", "--jobs", "2", "--results", "two")
    assert_same_results(here / "one", here / "two")
    say("run", "own.toml", "--executor", "serial", "--results", "serial")
    assert_same_results(here / "one", here / "serial")


def test_a_saved_network_predicts_without_the_file(here, say):
    say("run", "own.toml")
    (here / "my.py").unlink()
    np.savez(here / "new.npz", x=np.random.default_rng(0).random((2, 4, 1)))
    code, output, _ = say("predict", "results/own", "--data", "new.npz")
    assert code == 0
    assert len(output.splitlines()) == 1 + 2 * 4
    code, output, _ = say("status", "results/own")
    assert code == 0


def test_a_fault_of_the_file_ends_with_code_2_and_writes_nothing(here, say):
    (here / "my.py").write_text("def f(rng, n, k=1):\n    return k / 0\n")
    before = sorted(here.rglob("*"))
    for command in ("plan", "run"):
        code, output, errors = say(command, "own.toml")
        assert (code, output) == (2, "")
        assert "my.py, line 2: ZeroDivisionError: division by zero" in errors
    assert sorted(here.rglob("*")) == before


def test_plan_imports_nothing_heavy(here):
    (here / "my.py").write_text(f"import sqlite3\n{MAJORITY}".replace("majority", "f"))
    (here / "own.toml").write_text(SWEEP.replace("task.k", "task.seq_len"))
    # Nor does the file of the user run in this process.
    assert not (HEAVY | {"my"}) & imported("plan", "own.toml")


def test_the_list_of_tasks_ends_with_the_form_of_ones_own(here, say):
    code, output, _ = say("list", "tasks")
    assert code == 0
    assert output.splitlines()[-1].split()[0] == "FILE.py:FUNCTION"


def test_the_columns_are_those_of_the_parameters(here, say):
    say("run", "own.toml", "--quiet")
    header = rows(here / "results/own/trials.csv")[0]
    assert header.index("task_k") + 1 == header.index("task_n_train")
