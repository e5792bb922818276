"""A run from its first trial to its last table: the files, an edited sweep, trials that fail."""

import json
import random
import re
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import threadpoolctl
from commandline import TINY, Heard, assert_same_results, command, rows, snapshot

from rnnsweep.errors import SweepError
from rnnsweep.execution import compilation, local_executors, pack
from rnnsweep.execution.local_executors import ThreadExecutor
from rnnsweep.execution.run import run
from rnnsweep.record import METRICS, Recording
from rnnsweep.store.store import Store
from rnnsweep.training import trial

TRIALS_COLUMNS = [
    *["trial_id", "status", "task", "cell", "num_layers", "hidden_size", "activation"],
    *["output_activation", "output", "init", "init_input", "init_recurrent", "init_output"],
    *["init_std", "spectral_radius", "init_connections", "forget_bias", "recurrent"],
    *["dale_excitatory", "antisymmetric_gamma", "model_rank", "loss", "huber_delta"],
    *["optimizer", "learning_rate", "momentum", "nesterov", "weight_decay", "l1", "l2"],
    *["batch_size", "epochs", "clip_norm", "clip_value", "schedule", "decay", "decay_every"],
    *["warmup_updates", "gradient", "truncation", "stateful", "dropout", "dtype", "patience"],
    *["val_loss_below", "accuracy_above", "max_updates", "seed", "task_seq_len", "task_n_train"],
    *["task_n_val", "task_n_test", "task_fresh", "n_params", "baseline", "epochs_run"],
    *["best_epoch", "best_val_loss", "test_loss", "test_baseline", "final_train_loss"],
    *["final_val_loss", "diverged_epoch", "error"],
]
EPOCHS_COLUMNS = ["trial_id", "hidden_size", "seed", "epoch", "train_loss", "val_loss", "grad_norm"]
SUMMARY_COLUMNS = [
    *["hidden_size", "n", "n_complete", "n_diverged", "n_failed", "mean", "std"],
    *["ci95_low", "ci95_high", "median", "iqm", "median_test_loss", "test_baseline", "rank"],
]
TABLES = ("trials.csv", "epochs.csv", "summary.csv", "timings.csv")
FILES = {"store.db", ".lock", *TABLES, "sweep.toml", "environment.json", "plots", "report.html"}

# The command line with networks that cannot be made, for the sizes in the first argument.
BROKEN = """
import sys
from rnnsweep.training import session as training
from rnnsweep.cli.main import main
sizes, Sound = sys.argv.pop(1).split(","), training.Model
def broken(**settings):
    if str(settings["hidden_size"]) in sizes:
        raise RuntimeError("no [/room]\\nfor it")
    return Sound(**settings)
training.Model = broken
main()
"""


# From end to end


def test_every_file_is_there_with_its_columns(done):
    assert {path.name for path in done.path.iterdir()} == FILES
    assert rows(done.path / "trials.csv")[0] == TRIALS_COLUMNS
    assert rows(done.path / "epochs.csv")[0] == EPOCHS_COLUMNS
    assert rows(done.path / "summary.csv")[0] == SUMMARY_COLUMNS
    assert rows(done.path / "timings.csv")[0] == ["trial_id", "wall_s", "cpu"]
    # one axis other than the seed: no map
    assert {p.name for p in (done.path / "plots").iterdir()} == {"loss_curves.png", "effects.png"}
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in (done.path / "plots").iterdir())


def test_the_tables_agree(done):
    trials, epochs, summary, timings = (pd.read_csv(done.path / name) for name in TABLES)
    assert trials["hidden_size"].tolist() == [2, 2, 3, 3]
    assert trials["seed"].tolist() == [0, 1, 0, 1]
    assert trials["trial_id"].is_unique
    assert trials["trial_id"].str.fullmatch("t[0-9a-f]{15}").all()
    assert trials["status"].eq("complete").all()
    # W_xh 2 x H, W_hh H x H, b_h H, W_hy H, b_y 1
    assert trials["n_params"].tolist() == [13, 13, 22, 22]
    assert trials["epochs_run"].tolist() == [2] * 4
    assert epochs["epoch"].tolist() == [0, 1] * 4
    assert epochs["trial_id"].tolist() == trials["trial_id"].repeat(2).tolist()
    for row, (_, curve) in zip(
        trials.itertuples(), epochs.groupby("trial_id", sort=False), strict=True
    ):
        assert row.best_val_loss == curve["val_loss"].min()
        assert row.best_epoch == curve["val_loss"].argmin()
        assert row.final_train_loss == curve["train_loss"].iloc[-1]
        assert row.final_val_loss == curve["val_loss"].iloc[-1]
        assert (curve["grad_norm"] > 0).all()
    means = trials.groupby("hidden_size")["best_val_loss"].mean().sort_values()
    assert summary["hidden_size"].tolist() == means.index.tolist()
    # pandas may read a number one unit in the last place off, and rounds a mean once more
    assert summary["mean"].tolist() == pytest.approx(means.tolist(), rel=1e-14)
    assert timings["trial_id"].tolist() == trials["trial_id"].tolist()
    assert (timings["wall_s"] > 0).all()
    facts = json.loads((done.path / "environment.json").read_text())
    assert timings["cpu"].eq(facts["compiled_for"]).all()


def test_what_was_run_and_on_what(done):
    assert (done.path / "sweep.toml").read_text() == TINY
    facts = json.loads((done.path / "environment.json").read_text())
    assert facts["jobs"] == 2
    assert facts["command"][-4:] == ["run", "tiny.toml", "--jobs", "2"]


def test_progress_goes_to_one_stream_and_tables_to_the_other(done):
    first, *compiling, tally, best, drawing = done.errors
    assert re.fullmatch(r"tiny: 4 trials, 4 to train on 2 threads -> results.tiny", first)
    assert len(compiling) <= 1  # on a machine that has no kernels yet
    assert re.fullmatch(r"4 of 4 trials, \d[\d.,e-]* a second", tally)
    assert re.fullmatch(r"best so far: 0\.\d+ \(baseline .*, trial t\w{15}", best)
    assert drawing == "drawing the plots"
    table, _, written = done.output.partition("\nWritten:\n")
    for word in ("mean", "rank", "hidden_size", "ci95_low", "ci95_high", "median"):
        assert word in table
    paths = {done.home / line.strip() for line in written.splitlines()}
    files = {path for path in done.path.rglob("*") if path.is_file()}
    assert paths == files - {done.path / "store.db", done.path / ".lock"}


def test_quiet_prints_nothing_and_set_changes_the_file(home, say):
    changes = ("--set", "train.epochs=3", "--set", "model.hidden_size=[2]", "--set", "seed=5")
    code, output, errors = say("run", "tiny.toml", "--quiet", *changes)
    assert (code, output, errors) == (0, "", "")
    _, *epochs = rows(home / "results" / "tiny" / "epochs.csv")
    assert [row[1:4] for row in epochs] == [["2", "5", "0"], ["2", "5", "1"], ["2", "5", "2"]]
    assert "epochs = 3" in (home / "results" / "tiny" / "sweep.toml").read_text()


def test_diverging_is_a_result(home, say):
    changes = ("--set", "train.learning_rate=1e6", "--set", "train.clip_norm=[0.0, 1.0]")
    code, output, errors = say("run", "tiny.toml", *changes)
    assert code == 0
    assert "8 of 8 trials, 8 diverged" in errors
    assert "diverged" in output
    trials = pd.read_csv(home / "results" / "tiny" / "trials.csv")
    assert trials["status"].tolist() == ["diverged"] * 8
    assert trials["clip_norm"].value_counts().to_dict() == {0.0: 4, 1.0: 4}
    assert (trials["diverged_epoch"] == trials["epochs_run"] - 1).all()
    assert trials["error"].isna().all()


# Again, and after an edit


def test_running_again_trains_nothing(home, done):
    code, output, errors = command("run", "tiny.toml", "--jobs", 2, cwd=home)
    assert code == 0
    assert errors.splitlines() == [
        f"tiny: 4 trials, 0 to train on 2 threads, 4 kept -> {done.path.relative_to(done.home)}",
        "drawing the plots",
    ]
    assert output == done.output
    for name in TABLES:  # the times too: nothing was trained
        assert (home / "results" / "tiny" / name).read_bytes() == (done.path / name).read_bytes()


@pytest.mark.parametrize(
    ("sizes", "seeds", "said", "n_rows"),
    [
        ("[2, 3]", "[0, 1, 2]", "6 trials, 2 to train on 1 thread, 4 kept -> ", 6),
        ("[3, 4]", "[0, 1]", "4 trials, 2 to train on 1 thread, 2 kept, 2 no longer in", 4),
        ("[3]", "[1]", "1 kept, 3 no longer in the file -> ", 1),
        ("[5]", "[0]", "1 to train on 1 thread, 4 no longer in the file -> ", 1),
        ("[3, 2]", "[1, 0]", "4 trials, 0 to train on 1 thread, 4 kept -> ", 4),
    ],
)
@pytest.mark.usefixtures("no_plots")
def test_an_edited_file_trains_what_is_new(home, done, sizes, seeds, said, n_rows):
    edited = TINY.replace("[2, 3]", sizes).replace("seed = [0, 1]", f"seed = {seeds}")
    (home / "tiny.toml").write_text(edited)
    heard = Heard()
    results = run("tiny.toml", jobs=1, progress=heard)
    assert said in heard.said[0]
    assert len(results.trials) == n_rows
    # the first file names all its trials again, and they come back as they were
    (home / "tiny.toml").write_text(TINY)
    back = Heard()
    run("tiny.toml", jobs=1, progress=back)
    n_new = len(heard.records)
    gone = f", {n_new} no longer in the file" if n_new else ""
    assert back.said[0].startswith(f"tiny: 4 trials, 0 to train on 1 thread, 4 kept{gone} -> ")
    assert_same_results(home / "results" / "tiny", done.path)


def test_a_picture_without_data_does_not_stay(home):
    run("tiny.toml", overrides=["train.learning_rate=[0.1, 0.2]"])
    plots = home / "results" / "tiny" / "plots"
    assert (plots / "loss_map.png").exists()
    run("tiny.toml", overrides=["model.hidden_size=2"])
    assert {path.name for path in plots.iterdir()} == {"loss_curves.png"}


def test_without_plots_no_picture_of_other_tables_stays(home):
    plots = home / "results" / "tiny" / "plots"
    assert list(plots.iterdir())
    (plots / "own.png").write_bytes(b"a user's")
    heard = Heard()
    run("tiny.toml", overrides=["model.hidden_size=2"], plots=False, progress=heard)
    assert [path.name for path in plots.iterdir()] == ["own.png"]
    assert "drawing the plots" not in heard.said
    (plots / "own.png").unlink()
    run("tiny.toml", plots=False)
    assert not plots.exists()
    run("tiny.toml")
    assert {path.name for path in plots.iterdir()} == {"loss_curves.png", "effects.png"}


# The same bytes


@pytest.mark.parametrize(("executor", "jobs"), [("threads", 1), ("threads", 5), ("serial", None)])
@pytest.mark.usefixtures("no_plots")
def test_neither_jobs_nor_order_change_a_byte(home, done, tmp_path, monkeypatch, executor, jobs):
    shuffled = random.Random(jobs)

    def some_time_later(trial, stop, recording, *rest):
        record = trained(trial, stop, recording, *rest)
        time.sleep(shuffled.uniform(0, 0.05))
        return record

    trained = pack.run_trial
    monkeypatch.setattr(pack, "run_trial", some_time_later)
    run("tiny.toml", results="other", executor=executor, jobs=jobs)
    assert_same_results(home / "other", done.path)


# Trials that fail


def test_a_trial_that_fails_harms_no_other(home, done):
    options = ("run", "tiny.toml", "--results", "other")
    code, output, errors = command("3", *options, cwd=home, code=BROKEN)
    assert code == 1
    assert "4 of 4 trials, 2 failed" in errors
    assert "2 of 4 trials failed; run again to retry:\n" in errors
    assert re.search(r"  2 x RuntimeError: no \[/room\] for it \(.+:\d+\)\n$", errors)
    assert "Written:" in output
    trials, sound = rows(home / "other" / "trials.csv"), rows(done.path / "trials.csv")
    assert trials[:3] == sound[:3]
    for failed in trials[3:]:
        named = dict(zip(TRIALS_COLUMNS, failed, strict=True))
        assert (named["status"], named["epochs_run"]) == ("failed", "0")
        assert named["error"].startswith("RuntimeError: no [/room] for it (")
        assert named["best_val_loss"] == named["n_params"] == ""
    # and they are trained again
    code, _, errors = command(*options, cwd=home)
    assert code == 0
    assert "4 trials, 2 to train" in errors
    assert "2 kept" in errors
    assert_same_results(home / "other", done.path)


def test_when_every_trial_fails(home, monkeypatch):
    def broken(*_):
        raise RuntimeError("no room")

    monkeypatch.setattr(trial, "rule_of", broken)
    results = run("tiny.toml", results="other")
    assert results.trials["status"].tolist() == ["failed"] * 4
    assert results.trials["error"].str.startswith("RuntimeError: no room (test_run.py").all()
    assert results.epochs.empty


def test_quiet_is_not_silent_about_failures(home):
    options = ("run", "tiny.toml", "--results", "other", "--quiet")
    code, output, errors = command("3", *options, cwd=home, code=BROKEN)
    assert (code, output) == (1, "")
    assert "2 of 4 trials failed" in errors


# Inside


@pytest.mark.parametrize("jobs", [0, -1])
def test_a_number_of_jobs_that_is_none_is_refused_before_anything_is_written(home, jobs):
    before = snapshot(home)
    with pytest.raises((ValueError, SweepError), match="jobs"):
        run("tiny.toml", results="other", jobs=jobs)
    assert snapshot(home) == before


@pytest.mark.usefixtures("no_plots")
def test_progress_gets_every_trial(home):
    heard = Heard()
    results = run("tiny.toml", results="other", jobs=2, progress=heard)
    assert heard.n_trials == 4
    assert {record.trial_id for record in heard.records} == set(results.trials["trial_id"])
    assert (len(heard.records), heard.ended) == (4, 1)


@pytest.mark.usefixtures("no_plots")
def test_few_trials_wait_however_many_there_are(home, monkeypatch):
    most = 0

    class Counting(ThreadExecutor):
        def pack_seconds(self, seconds):
            return 0.0  # every trial by itself

        def submit(self, *args):
            nonlocal most
            future = super().submit(*args)
            waiting.append(future)
            most = max(most, sum(not future.done() for future in waiting))
            return future

    waiting = []
    monkeypatch.setattr(local_executors, "ThreadExecutor", Counting)
    changes = ["seed={from=0, to=49, num=50}"]
    results = run("tiny.toml", results="other", jobs=3, overrides=changes)
    assert len(waiting) == len(results.trials) == 100
    assert most <= local_executors._PACKS_A_JOB * 3


@pytest.mark.usefixtures("no_plots")
def test_blas_has_one_thread_while_trials_run(home, monkeypatch):
    trained, threads = pack.run_trial, []

    def look(trial, stop, recording, *rest):
        libraries = threadpoolctl.threadpool_info()
        threads.extend(lib["num_threads"] for lib in libraries if lib["user_api"] == "blas")
        return trained(trial, stop, recording, *rest)

    monkeypatch.setattr(pack, "run_trial", look)
    run("tiny.toml", results="other", jobs=2)
    assert threads
    assert set(threads) == {1}


@pytest.mark.usefixtures("no_plots")
def test_compiling_is_announced_where_nothing_is_compiled_yet(home, tmp_path, monkeypatch):
    cache = tmp_path / "kernels"
    cache.mkdir()
    monkeypatch.setattr(compilation, "CACHE_DIR", cache)
    said = []
    for name, dtype in (("a", "float32"), ("b", "float32"), ("c", ["float32", "float64"])):
        heard = Heard()
        override = f"train.dtype={json.dumps(dtype)}"
        run("tiny.toml", results=name, overrides=[override], progress=heard)
        said.append([line for line in heard.said if "compiling" in line])
    assert [len(lines) for lines in said] == [1, 0, 1]
    assert said[0] == ["compiling the kernels for rnn with tanh in float32, once on this machine"]
    assert "rnn with tanh in float64" in said[2][0]


@pytest.mark.usefixtures("no_plots")
def test_a_cache_that_keeps_nothing_harms_no_run(home, tmp_path, monkeypatch):
    monkeypatch.setattr(compilation, "CACHE_DIR", tmp_path / "absent" / "kernels")
    results = run("tiny.toml", results="other")
    assert results.trials["status"].tolist() == ["complete"] * 4


# What a file asks for in addition to the results


@pytest.fixture
def recordings(monkeypatch):
    """Hidden size, seed and recording of each trial that was trained; metrics are epoch numbers."""
    recordings, trained = [], pack.run_trial

    def with_metrics(trial, stop, recording, *rest):
        recordings.append((trial.config.model.hidden_size, trial.config.seed, recording))
        record = trained(trial, stop, replace(recording, metrics=()), *rest)
        extra = tuple(METRICS[name][0] + "x" for name in recording.metrics)
        columns = np.tile(np.arange(len(record.epochs))[:, np.newaxis], len(extra))
        epochs = np.concatenate([record.epochs, columns], axis=1)
        return replace(record, epochs=epochs, extra_columns=record.extra_columns + extra)

    monkeypatch.setattr(pack, "run_trial", with_metrics)
    return recordings


def run_asking(results="results/tiny", save_params="none", metrics=(), **options):
    """Run the tiny sweep with these changes; return what was said, and the results."""
    tables = f'[output]\nsave_params = "{save_params}"\n'
    tables += "[metrics]\n" + "".join(f"{name} = true\n" for name in metrics)
    Path("tiny.toml").write_text(TINY + tables)
    heard = Heard()
    loaded = run("tiny.toml", results=results, jobs=1, progress=heard, **options)
    return heard, loaded


@pytest.mark.usefixtures("no_plots")
def test_metrics_are_trained_for_and_change_no_other_column(home, done, recordings):
    heard, _ = run_asking(metrics=["dead_units"])
    assert "4 trials, 4 to train" in heard.said[0]
    assert len(heard.records) == 4
    assert {recording for *_, recording in recordings} == {Recording(("dead_units",), False)}
    before, after = (rows(path / "results/tiny/epochs.csv") for path in (done.home, home))
    assert [row[:7] for row in after] == before
    assert [row[7:] for row in after] == [["dead_unitsx"]] + [["0.0"], ["1.0"]] * 4
    for name in ("trials.csv", "summary.csv"):
        assert (home / "results/tiny" / name).read_bytes() == (done.path / name).read_bytes()
    # one more: those that are there are measured again, so that none is lost
    recordings.clear()
    heard, _ = run_asking(metrics=["share_clipped"], overrides="train.clip_norm=1.0")
    heard, _ = run_asking(metrics=["saturation"])
    assert [recording for *_, recording in recordings[4:]] == [
        Recording(("saturation", "dead_units"))
    ] * 4
    assert rows(home / "results/tiny/epochs.csv")[0][7:] == ["saturationx"]
    heard, _ = run_asking(metrics=["dead_units", "saturation"])
    assert "0 to train" in heard.said[0]
    # and none at all: the bytes of the first file
    heard, _ = run_asking()
    assert_same_results(home / "results/tiny", done.path)


def saved(folder):
    with Store.reader(folder) as store:
        return [i for i in store.trial_ids() if store.params(i) is not None]


@pytest.mark.usefixtures("no_plots")
def test_params_of_all(home, done, recordings):
    heard, results = run_asking(save_params="all")
    assert "4 trials, 4 to train" in heard.said[0]
    assert {recording for *_, recording in recordings} == {Recording((), True)}
    assert saved(results.folder) == results.trials["trial_id"].tolist()
    assert_same_results(home / "results/tiny", done.path)
    for save_params in ("all", "best", "none"):
        heard, _ = run_asking(save_params=save_params)
        assert "0 to train" in heard.said[0]
    assert len(saved(results.folder)) == 4  # params that were once asked for stay


@pytest.mark.usefixtures("no_plots")
def test_params_of_the_best_where_all_trials_are_done(home, done, recordings):
    heard, results = run_asking(save_params="best")
    assert "4 trials, 1 to train on 1 thread, 3 kept" in heard.said[0]
    assert any("best trial" in line for line in heard.said)
    best = results.trials.loc[results.trials["best_val_loss"].idxmin()]
    assert [entry[:2] for entry in recordings] == [(best["hidden_size"], best["seed"])]
    assert saved(results.folder) == [best["trial_id"]]
    assert_same_results(home / "results/tiny", done.path)
    heard, _ = run_asking(save_params="best")
    assert "0 to train" in heard.said[0]


@pytest.mark.usefixtures("no_plots")
@pytest.mark.parametrize("seeds", ["[0, 1, 2, 3]", "[2]"])
def test_params_of_the_best_where_some_trials_are_new(home, recordings, seeds):
    _, results = run_asking(save_params="best", overrides=f"seed={seeds}")
    best = results.trials.loc[results.trials["best_val_loss"].idxmin()]
    assert saved(results.folder) == [best["trial_id"]]
    trained = [entry[:2] for entry in recordings]
    # the best is trained again at the end if it was there before
    again = [(best["hidden_size"], best["seed"])] if best["seed"] < 2 else []
    assert trained[:] == [
        *(
            (size, seed) for size in (3, 2) for seed in json.loads(seeds) if seed > 1
        ),  # longest first
        *again,
    ]


@pytest.mark.usefixtures("no_plots")
def test_params_of_the_best_are_the_same_however_often_it_was_interrupted(home, monkeypatch):
    class Impatient(Heard):
        def advance(self, records):
            super().advance(records)
            if self.records:
                raise KeyboardInterrupt

    run_asking("whole", "best")
    for _ in range(4):
        with suppress(KeyboardInterrupt):
            run("tiny.toml", results="cut", jobs=1, progress=Impatient())
    assert saved("cut") == saved("whole")
    with Store.reader("cut") as cut, Store.reader("whole") as whole:
        (name,) = saved("cut")
        assert (cut.params(name).flat == whole.params(name).flat).all()
        assert cut.params(name)[:2] == whole.params(name)[:2]
