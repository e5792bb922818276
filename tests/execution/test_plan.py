"""The plan: what a run would do."""

import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from commandline import TINY, snapshot

import rnnsweep
from rnnsweep import sweepfile
from rnnsweep.execution import pack, sweep_cost
from rnnsweep.execution.environment import usable_cores
from rnnsweep.execution.plan import make_plan
from rnnsweep.execution.progress import Progress
from rnnsweep.execution.run import run
from rnnsweep.record import Record
from rnnsweep.training import data_cache, trial
from rnnsweep.training.workload import KEPT_DATA_BYTES

LARGE = """\
[task]
name = "adding"
seq_len = 50
n_train = 32
n_val = 32

[model]
hidden_size = 256

[train]
learning_rate = 0.001
epochs = 1
"""


def plan_file(text=TINY):
    path = Path("planned.toml")
    path.write_text(text)
    return path


def plan_of(text=TINY, *overrides, results=None, jobs=2, measure=False):
    return make_plan(sweepfile.load(plan_file(text), overrides), results, jobs, measure)


def test_counts(home):
    plan = plan_of(TINY, "train.epochs=[2, 5]", "train.learning_rate=[0.1, 0.2, 0.3]")
    assert plan.n_trials == 2 * 2 * 3 * 2
    assert plan.n_epochs == 12 * 2 + 12 * 5
    assert plan.n_done == 0
    assert plan.folder == Path("results/planned")
    assert [(axis.name, axis.values) for axis in plan.axes] == [
        ("hidden_size", (2, 3)),
        ("epochs", (2, 5)),
        ("learning_rate", (0.1, 0.2, 0.3)),
        ("seed", (0, 1)),
    ]
    assert {(axis.form, axis.note) for axis in plan.axes} == {("grid", "")}
    assert not plan.may_stop


SEARCH = """\
[[zip]]
task.seq_len = [4, 5, 6]
train.epochs = [2, 3, 4]

[random]
trials = 30
train.clip_norm = [0.0, 1.0]
model.activation = ["tanh", "relu", "sin"]

[[exclude]]
train.optimizer = "adam"
task.seq_len = 4

[[when]]
if.train.optimizer = "sgd"
train.momentum = [0.0, 0.5, 0.9]
"""


def test_counts_of_every_search_form(home):
    plan = plan_of(TINY.replace("epochs = 2", "") + SEARCH, "train.optimizer=['sgd', 'adam']")
    # Draws without repeats; sgd three times with each length, adam once and not with the first.
    draws, sizes, seeds = 6, 2, 2
    assert plan.n_trials == draws * sizes * seeds * (3 * 3 + 2)
    assert plan.n_epochs == draws * sizes * seeds * (3 * (2 + 3 + 4) + 3 + 4)
    axes = {axis.name: (axis.form, len(axis.values), axis.note) for axis in plan.axes}
    assert axes == {
        "activation": ("random", 6, "24 of 30 repeat another and are left out"),
        "clip_norm": ("random", 6, ""),
        "task_seq_len": ("zip", 3, ""),
        "epochs": ("zip", 3, "with task_seq_len"),
        "hidden_size": ("grid", 2, ""),
        "optimizer": ("grid", 2, ""),
        "momentum": ("when", 3, "where optimizer is sgd"),
        "seed": ("grid", 2, ""),
    }


def test_trials_that_may_end_early_are_planned_at_most(home):
    plan = plan_of(TINY + "[stop]\npatience = 3\n", "train.epochs=50")
    assert plan.may_stop
    assert plan.n_epochs == 4 * 50
    # 32 sequences in batches of 32: an update an epoch
    plan = plan_of(TINY, "train.epochs=50", "stop.max_updates=[0, 7]", "train.batch_size=[16, 32]")
    assert plan.n_epochs == 4 * (50 + 50 + 4 + 7)


def test_a_hundred_thousand_trials_are_grouped_by_what_they_cost(home, monkeypatch):
    costed = []

    def cost(sweep, config, count):
        costed.append(count)
        return _cost(sweep, config, count)

    _cost = sweep_cost._cost
    monkeypatch.setattr(sweep_cost, "_cost", cost)
    changes = ["seed={from=1, to=1000, num=1000}", "train.learning_rate={from=1, to=2, num=25}"]
    plan = plan_of(TINY, *changes, "train.clip_norm=[0, 1]")
    assert plan.n_trials == 100_000
    assert costed == [50_000, 50_000]
    draws = "[random]\ntrials = 5000\ntrain.clip_norm = {from = 0, to = 1}\n"
    costed.clear()
    assert plan_of(TINY + draws).n_trials == 20_000
    assert costed == [10_000, 10_000]


def test_without_axes(home):
    plan = plan_of(TINY, "model.hidden_size=2", "seed=3")
    assert (plan.axes, plan.n_trials, plan.n_epochs) == ([], 1, 2)


@pytest.mark.parametrize(
    ("overrides", "n_done"),
    [([], 4), (["seed=[0, 1, 2]"], 4), (["seed=1"], 2), (["train.epochs=3"], 0)],
)
def test_what_is_done_already(home, overrides, n_done):
    plan = plan_of(TINY, *overrides, results=Path("results/tiny"))
    assert plan.n_done == n_done


@pytest.mark.usefixtures("no_plots")
def test_a_failed_trial_is_not_done(home, monkeypatch):
    def broken(config):
        raise RuntimeError("no room")

    monkeypatch.setattr(trial, "rule_of", broken)
    run("tiny.toml", results="other")
    assert plan_of(results=Path("other")).n_done == 0


def test_jobs_are_the_usable_cores_unless_given(home):
    assert plan_of(jobs=None).jobs == usable_cores()
    assert plan_of(jobs=7).jobs == 7


@pytest.mark.parametrize("measure", [False, True])
def test_nothing_is_written(home, measure):
    (home / "planned.toml").write_text(TINY)
    before = snapshot(home)
    plan_of(measure=measure)
    plan_of(results=Path("results/tiny"))
    plan_of(results=Path("somewhere/deep"))
    assert snapshot(home) == before


@pytest.mark.usefixtures("no_plots")
@pytest.mark.parametrize(
    ("save_params", "changes", "n_left"),
    [
        ("best", [], 1),
        ("all", [], 4),
        ("best", ["seed=[1, 2]"], 2),  # which one is the best shows when these have ended
        ("best", ["seed=1"], 1),
        ("best", ['train.loss=["mse", "mae"]'], 1),
    ],
)
def test_params_of_finished_trials_are_to_be_trained_as_a_run_says(
    home, monkeypatch, save_params, changes, n_left
):
    said = []
    monkeypatch.setattr(Progress, "say", lambda self, text: said.append(text))
    if "seed=[1, 2]" not in changes:
        rnnsweep.run("tiny.toml", overrides=changes, results="results/tiny")
    # The file that was run last has other trials, and another best one.
    rnnsweep.run("tiny.toml", overrides=["train.epochs=1"], results="results/tiny")
    overrides = [*changes, f"output.save_params={save_params}"]
    for left in (n_left, 0):
        plan = plan_of(TINY, *overrides, results=Path("results/tiny"))
        said.clear()
        rnnsweep.run("planned.toml", overrides=overrides, results="results/tiny")
        assert plan.n_trials - plan.n_done == left
        assert f" {left} to train" in said[0]


@pytest.mark.usefixtures("no_plots")
def test_the_best_trial_of_several_problems_is_best_over_its_baseline(home):
    text = TINY.replace("epochs = 2", "")
    text += '[[zip]]\ntrain.loss = ["huber", "mse"]\ntrain.huber_delta = [0.01, 1.0]\n'
    text += "train.epochs = [1, 40]\n"
    Path("planned.toml").write_text(text)
    overrides = ["output.save_params=best"]
    trials = rnnsweep.run("planned.toml", overrides=overrides, results="results/tiny").trials
    ratios = trials["best_val_loss"] / trials["baseline"]
    assert trials["loss"][trials["best_val_loss"].idxmin()] == "huber"
    assert trials["loss"][ratios.idxmin()] == "mse"
    assert plan_of(text, *overrides, results=Path("results/tiny")).n_done == 8


# What it takes


def trial_memory(*overrides, jobs=1):
    process = sweep_cost._PROCESS_BYTES
    return plan_of(LARGE, *overrides, jobs=jobs).memory_bytes - process


def test_memory_is_that_of_the_largest_trials_at_once(home):
    large, small = trial_memory(), trial_memory("model.hidden_size=16")
    assert large > 10 * small > 0
    assert trial_memory("model.hidden_size=[16, 256, 8]") == large
    assert trial_memory("model.hidden_size=[16, 256, 8]", jobs=3) == 3 * large
    assert 1.9 * large < trial_memory("train.dtype=float64") <= 2 * large


def test_tables_and_pictures_take_memory_for_each_of_very_many_trials(home):
    one, two = (
        trial_memory("model.hidden_size=16", f"seed={{from = 1, to = {n}, num = {n}}}")
        for n in (1_000_000, 2_000_000)
    )
    assert two - one == 1_000_000 * sweep_cost._OUTCOME_BYTES


def test_data_sets_that_stay_take_memory_up_to_their_bound(home):
    config = sweepfile.load(plan_file(LARGE))[0].config
    own = data_cache.DataCache(0).of(config).nbytes
    one_seed, two_seeds, ten_seeds = (
        trial_memory(f"seed={{from=1, to={n}, num={n}}}") for n in (1, 2, 10)
    )
    # while data are made, their 64-bit targets are there too
    assert two_seeds - one_seed == pytest.approx(own, rel=0.1)
    assert ten_seeds - one_seed == pytest.approx(9 * (two_seeds - one_seed))
    # one data set for all learning rates; another for each length
    assert trial_memory("train.learning_rate=[0.1, 0.2]") == one_seed
    assert trial_memory("task.seq_len=[50, 49]") - one_seed == pytest.approx(own, rel=0.1)
    # two trials at once have those of two seeds
    at_once = trial_memory("seed=[0, 1]", jobs=2)
    assert at_once == 2 * one_seed
    # those of very many seeds stop at the bound, in addition to the outcomes
    many_seeds = trial_memory("seed={from=1, to=100000, num=100000}")
    of_data = many_seeds - 100_000 * sweep_cost._OUTCOME_BYTES
    assert 0.99 * KEPT_DATA_BYTES < of_data <= KEPT_DATA_BYTES


def test_memory_of_a_trial_is_about_what_it_takes(home):
    Path("large.toml").write_text(LARGE)
    (large,) = sweepfile.load("large.toml")
    trial.run_trial(large, np.zeros(1, np.int64))  # what is loaded once is no part of it
    tracemalloc.start()  # numpy reports its arrays
    try:
        record = trial.run_trial(large, np.zeros(1, np.int64))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert record.status == "complete"
    # the estimate knows the arrays that kernels take, not the passing ones that make them
    assert trial_memory() == pytest.approx(peak, rel=0.1)


@pytest.mark.usefixtures("no_plots")
def test_disk_is_about_what_a_run_writes(home, monkeypatch):
    def noise(trial, *rest):
        losses = np.random.default_rng(trial.config.seed).random((300, 3))
        return Record(
            trial.trial_id,
            trial.config.settings(),
            "complete",
            losses,
            n_params=13,
            baselines={"mean": 1 / 6},
            best_epoch=int(losses[:, 1].argmin()),
            test_loss=float(losses[0, 0]),
            wall_s=0.0123456789,
        )

    monkeypatch.setattr(pack, "run_trial", noise)
    sizes = "seed={from=0, to=19, num=20}", "train.epochs=300"
    Path("planned.toml").write_text(TINY)
    run("planned.toml", results="other", overrides=sizes)
    written = sum(path.stat().st_size for path in Path("other").rglob("*"))
    # how many digits a number has, and how full the store's pages are, differs from run to run
    assert plan_of(TINY, *sizes).disk_bytes == pytest.approx(written, rel=0.3)


def test_what_is_left_counts_by_its_time(home, monkeypatch):
    # A second an epoch. The four trials of 2 epochs are done; the four of 2000 that an edit adds
    # are half of the trials and nearly all of the time.
    by_epochs = lambda sweep, costs, say: (costs["n_epochs"], 1)  # noqa: E731
    monkeypatch.setattr("rnnsweep.execution.plan.measured_seconds", by_epochs)
    edited = plan_of(
        TINY, "train.epochs=[2, 2000]", jobs=1, measure=True, results=Path("results/tiny")
    )
    assert edited.n_done == 4
    assert edited.seconds == pytest.approx(4 * 2000, rel=0.02)


def test_a_cluster_has_more_threads_than_this_machine(home, monkeypatch):
    def an_hour(sweep, costs, say):
        return 3600 / len(sweep) * np.ones(len(costs)), 1

    monkeypatch.setattr("rnnsweep.execution.plan.measured_seconds", an_hour)
    monkeypatch.setattr("rnnsweep.execution.plan.usable_cores", lambda: 2)
    sweep = sweepfile.load(plan_file(TINY))

    def seconds(jobs, executor):
        return make_plan(sweep, Path("none"), jobs, True, executor=executor).seconds

    assert seconds(2, "threads") == seconds(2, "dask") == pytest.approx(1800)
    assert seconds(60, "threads") == pytest.approx(1800)
    assert seconds(60, "dask") == pytest.approx(60)


def test_time_is_measured_for_what_is_left(home):
    plan = plan_of()
    assert (plan.seconds, plan.n_timed) == (None, 0)
    plan = plan_of(TINY, "train.learning_rate=[0.1, 0.2, 0.3]", measure=True)
    assert plan.n_timed == 2  # two sizes; the learning rate changes no time
    assert plan.seconds > 0
    assert plan_of(results=Path("results/tiny"), measure=True).seconds == 0


def test_cells_and_layers_cost_more(home):
    memory = {
        (cell, layers): trial_memory(f"model.cell={cell}", f"model.num_layers={layers}")
        for cell in ("rnn", "lstm", "gru")
        for layers in (1, 2)
    }
    assert memory["lstm", 1] > 2 * memory["rnn", 1]
    assert memory["lstm", 2] > 1.5 * memory["lstm", 1]
    assert memory["rnn", 1] < memory["gru", 1] < memory["lstm", 1]


def test_saved_params_and_metrics_take_room(home):
    plain = plan_of(LARGE, "seed=[0, 1, 2]").disk_bytes
    n_params = 256 * (2 + 256 + 1) + 256 + 1
    params = 4 * n_params
    assert plan_of(LARGE, "seed=[0, 1, 2]", "output.save_params=best").disk_bytes == plain + params
    all_of_them = plan_of(LARGE, "seed=[0, 1, 2]", "output.save_params=all").disk_bytes
    assert all_of_them == plain + 3 * params
    # an epoch each of three trials, with a norm for each of five params
    metrics = plan_of(LARGE, "seed=[0, 1, 2]", "metrics.grad_norms=true").disk_bytes
    assert metrics == plain + 3 * 5 * sweep_cost._CELL_DISK_BYTES


def test_few_of_many_shapes_are_timed(home, monkeypatch):
    timed = []

    def by_work(config, n_updates):
        assert n_updates >= 1
        timed.append(config.model.hidden_size)
        return 1e-6 * config.model.hidden_size**2

    monkeypatch.setattr(trial, "seconds_per_update", by_work)
    sizes = [round(2 ** (i / 2)) for i in range(2, 22)]
    plan = plan_of(TINY, f"model.hidden_size={sizes}", "seed=0", jobs=1, measure=True)
    assert plan.n_timed == len(timed) == 12
    assert {min(sizes), max(sizes)} <= set(timed)
    # an epoch is one update of 32, and 16 validation sequences that cost a third: 2 a trial; before
    # the first, the 32 training sequences cost a third
    exact = sum(1e-6 * size**2 for size in sizes) * (2 * (1 + 16 / 3 / 32) + 1 / 3)
    # between the timed sizes the time goes with a power of the work; here it nearly does
    assert plan.seconds == pytest.approx(exact, rel=0.1)


# What is shown


def test_the_page_says_all_of_it(home, say):
    changes = ("--set", "seed={from=0, to=1199, num=1200}", "--set", "train.momentum=0.5")
    code, output, errors = say("plan", "tiny.toml", "--jobs", 3, *changes)
    assert (code, errors) == (0, "")
    text = " ".join(output.split())
    assert "hidden_size 2 2, 3" in text
    assert "seed 1,200 0, 1, 2, 3, 4, 5, 6, 7, ..." in text
    assert "trials 2,400 done already 0 in results" in text
    assert "to train 2,400, 3 at a time epochs 4,800" in text
    assert "memory 306 MiB" in text
    assert "disk 3." in text
    assert "about" not in text  # no time was measured


def test_the_page_of_a_search(home, say):
    text = TINY.replace("[2, 3]", "[2, 3]\ntrain.optimizer = ['sgd', 'adam']")
    (home / "search.toml").write_text(text.replace("epochs = 2", "") + SEARCH)
    code, output, _ = say("plan", "search.toml", "--set", "stop.max_updates=9")
    assert code == 0
    text = " ".join(output.split())
    assert "activation 6 draws" in text
    assert "24 of 30 repeat another and are left out" in text
    assert "epochs 3 2, 3, 4 with task_seq_len" in text
    assert "momentum 3 0, 0.5, 0.9 where optimizer is sgd" in text
    assert "trials 264" in text
    assert "epochs at most 816 in all trials" in text


def test_the_page_with_times(home, say):
    code, output, _ = say("plan", "tiny.toml", "--results", "none", "--measure")
    assert code == 0
    assert re.search(r"^time +about .* from timing 2 trials", output, re.MULTILINE)


def test_a_plan_is_what_the_run_does(home):
    plan = plan_of(TINY, "seed=[1, 2]", results=Path("results/tiny"))
    results = rnnsweep.run(
        "planned.toml", overrides=["seed=[1, 2]"], results="results/tiny", jobs=plan.jobs
    )
    assert len(results.trials) == plan.n_trials
    assert len(results.epochs) == plan.n_epochs
    assert plan.n_done == 2
