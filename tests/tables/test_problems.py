"""Sweeps over problems whose losses do not compare are ranked over their baselines."""

import math

import numpy as np
import pytest
from table_cases import fill, of_problem, read

from rnnsweep.record import Record
from rnnsweep.store.store import Store
from rnnsweep.tables.results import load

PROBLEMS = {
    "another task": ({"task": "copy"}, True),
    "another length": ({"task_seq_len": 20}, True),
    "another loss": ({"loss": "mae"}, True),
    "another delta": ({"huber_delta": 0.5}, True),
    "more sequences": ({"task_n_train": 9000, "task_n_val": 9, "task_fresh": True}, False),
    "another model": ({"hidden_size": 99}, False),
}


def test_the_baseline_on_the_test_part_of_a_row(tmp_path):
    records = [
        *(of_problem(f"t{i}", 0.1, 0.1, 0.1 * i, seed=i) for i in (1, 2, 3)),
        of_problem("t4", 0.1, 0.1, 0.9, seed=1, task_n_val=9),  # as much of the same problem
        of_problem("t5", 0.1, 0.1, 5.0, task_seq_len=20),
        of_problem("t6", 0.1, 0.1, None, task_seq_len=30),
    ]
    fill(tmp_path, records, ["task_seq_len", "task_n_val"])
    results = load(tmp_path)
    lengths = results.summary("task_seq_len").set_index("task_seq_len")["test_baseline"]
    assert lengths[10] == pytest.approx(0.25)
    assert lengths[20] == 5.0
    assert math.isnan(lengths[30])
    # Trials of different problems share no baseline, unless it is the same one.
    assert np.isnan(results.summary("hidden_size")["test_baseline"]).all()
    records = [of_problem(f"t{i}", 0.1, 0.1, 0.9, task_seq_len=i) for i in (1, 2, 3)]
    fill(tmp_path, records, ["task_seq_len"])
    assert load(tmp_path).summary("hidden_size")["test_baseline"].tolist() == [0.9]
    records[2] = of_problem("t3", 0.1, 0.1, None, task_seq_len=3)
    fill(tmp_path, records, ["task_seq_len"])
    assert np.isnan(load(tmp_path).summary("hidden_size")["test_baseline"]).all()


@pytest.mark.parametrize("which", PROBLEMS)
@pytest.mark.parametrize("baseline", [10.0, 0.0, None])
def test_losses_of_problems_that_differ_are_ranked_over_their_baselines(tmp_path, which, baseline):
    own, differs = PROBLEMS[which]
    records = [of_problem("t1", 0.1, 0.1), of_problem("t2", 5.0, baseline, **own)]
    fill(tmp_path, records, list(own))
    results, by_ratio = load(tmp_path), differs and baseline == 10.0
    assert results.over_baseline == by_ratio
    summary = read(tmp_path / "summary.csv")
    assert summary["median"].tolist() == ([5.0, 0.1] if by_ratio else [0.1, 5.0])
    assert summary["rank"].tolist() == [1, 2]
    assert results.best(1)["median"].tolist() == [5.0 if by_ratio else 0.1]
    assert results.summary(by="seed")["rank"].tolist() == [1]  # whatever the rows differ in
    with Store.reader(tmp_path) as store:
        assert store.best() == ("t2" if by_ratio else "t1")
    assert results.baselines() == (
        {} if differs else {"mean": (0.1 + baseline) / 2 if baseline is not None else 0.1,
                            "worse": 9.0}
    )  # fmt: skip


def test_baselines_of_each_problem(tmp_path):
    records = [
        of_problem("t1", 0.5, 0.25),
        of_problem("t2", 0.5, 0.75, seed=1),
        of_problem("t3", 0.5, 10.0, task_seq_len=20),
        of_problem("t4", 0.5, None, task_seq_len=30),
        Record("t5", {"task": "adding", "task_seq_len": 40, "seed": 0}, "failed", error="x"),
    ]
    fill(tmp_path, records, ["task_seq_len", "seed"])
    assert load(tmp_path).baselines_by_problem() == [
        ({"task_seq_len": 10}, {"mean": 0.5, "worse": 9.0}),
        ({"task_seq_len": 20}, {"worse": 9.0, "mean": 10.0}),
        ({"task_seq_len": 30}, {}),
    ]


def test_an_axis_of_one_value_makes_one_problem(tmp_path):
    records = [of_problem("t1", 0.1, 0.1), of_problem("t2", 5.0, 10.0, hidden_size=9)]
    fill(tmp_path, records, ["task_seq_len", "hidden_size"])
    assert not load(tmp_path).over_baseline
    with Store.reader(tmp_path) as store:
        assert store.best() == "t1"


def test_a_loss_over_its_baseline_that_overflows(tmp_path):
    records = [of_problem("t1", 1e300, 1e-300), of_problem("t2", 0.1, 1.0, task_seq_len=20)]
    fill(tmp_path, records, ["task_seq_len"])
    assert load(tmp_path).summary()["task_seq_len"].tolist() == [20, 10]
