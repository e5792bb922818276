"""`verify`: what is right passes, and each kind of change is found and named."""

import json
import os
import re
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commandline import CSV, SERIES, TINY, Heard, command, ended, snapshot, start
from store_cases import SWEPT, named, record

import rnnsweep
from rnnsweep import ResultsError, SweepError
from rnnsweep.execution import recomputation
from rnnsweep.execution.recomputation import sampled
from rnnsweep.network.model import Model
from rnnsweep.record import Record
from rnnsweep.store.consistency import inconsistency
from rnnsweep.store.rows import StoredTrial
from rnnsweep.store.store import Store
from rnnsweep.tables.write import write_tables
from rnnsweep.training import session
from rnnsweep.training.cpu_type import CPU_TYPE

FOLDER = "results/tiny"


def stored(folder, trial_id):
    """Return what is stored of a trial as a record."""
    with Store.reader(folder) as store:
        trial, saved = store.trial(trial_id), store.params(trial_id)
        (epochs,) = store.epochs_of([trial_id])
    shared = {name: getattr(trial, name) for name in StoredTrial._fields}
    shared = {name: shared[name] for name in shared if name in Record.__dataclass_fields__}
    params = {} if saved is None else {"params": saved.flat, "network": saved.network}
    return Record(**{**shared, "epochs": epochs.copy(), **params})


def put(folder, *records):
    """Store records in place of those of the same trials, and write the tables of them."""
    with Store.writer(folder) as store:
        store.add(records)
        write_tables(store)


def ids(folder):
    with Store.reader(folder) as store:
        return store.trial_ids()


def fault(**arguments):
    """Return the message with which the results are refused; check that nothing is written."""
    before = snapshot(Path(FOLDER))
    with pytest.raises(ResultsError) as caught:
        rnnsweep.verify(FOLDER, **arguments)
    assert snapshot(Path(FOLDER)) == before
    assert caught.value.exit_code == 3
    return str(caught.value)


# What is right


def test_results_as_a_run_left_them(home, say):
    before = snapshot(home)
    heard = Heard()
    verified = rnnsweep.verify(FOLDER, progress=heard)
    assert (verified.n_trials, verified.n_equal, verified.n_near) == (4, 4, 0)
    assert (verified.n_gone, verified.is_running) == (0, False)
    assert heard.n_trials == 4
    code, output, errors = say("verify", FOLDER, "--all")
    assert (code, output) == (0, f"{verified}\n")
    assert "training 4 trials once more" in errors
    assert "best so far" not in errors  # they are recomputed, and none is looked for
    assert output == (
        "results/tiny: the store is whole (4 trials); the tables agree with it; "
        "4 recomputed: 4 equal to the last bit\n"
    )
    assert say("verify", FOLDER, "--sample", 2, "--quiet") == (0, "", "")
    assert snapshot(home) == before


def test_no_trial_is_trained_without_a_sample(home, monkeypatch):
    monkeypatch.delattr(recomputation.Scheduler, "train")
    verified = rnnsweep.verify(FOLDER, sample=0)
    assert (verified.n_trials, verified.n_equal) == (4, 0)


def test_what_a_trial_recorded_is_compared_too(tmp_path, monkeypatch, no_plots):
    # Metrics, saved params, trials that diverge, Parquet, trials that are no longer in the file.
    monkeypatch.chdir(tmp_path)
    changes = {
        "train.learning_rate": [0.1, 1e8],
        "output.save_params": "all",
        "output.epochs": "parquet",
        "metrics.grad_norms": True,
    }
    (tmp_path / "tiny.toml").write_text(TINY)
    rnnsweep.run("tiny.toml", overrides={"seed": [7]})
    results = rnnsweep.run("tiny.toml", overrides=changes)
    assert set(results.trials["status"]) == {"complete", "diverged"}
    verified = rnnsweep.verify(FOLDER, sample=None)
    assert (verified.n_trials, verified.n_equal, verified.n_gone) == (8, 8, 2)
    assert "2 trials no longer in the file were not recomputed" in str(verified)


def test_a_shard(tmp_path, monkeypatch, no_plots):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY)
    shard = rnnsweep.run("tiny.toml", shard="2/2")
    assert rnnsweep.verify(shard.folder).n_equal == len(shard.trials) == 2


def test_a_sample_is_spread_and_can_be_drawn_again(tmp_path):
    with Store.writer(tmp_path / "results") as store:
        store.set_sweep("sweep", "", SWEPT, named(*range(100)))
        store.add([record(i, "failed" if i % 5 == 4 else "complete") for i in range(100)])
        sample = sampled(store, 8, 0)
        assert sample == sampled(store, 8, 0) != sampled(store, 8, 1)
        with_result = [position for position in range(100) if position % 5 != 4]
        places = [with_result.index(position) for position, _ in sample]
        assert [place // 10 for place in places] == list(range(8))  # one of each part of 10
        assert [trial_id for _, trial_id in sample] == [
            trial_id for trial_id, _ in named(*(position for position, _ in sample))
        ]
        assert len(sampled(store, None, 0)) == len(sampled(store, 500, 0)) == 80
        assert sampled(store, 0, 0) == []


def test_a_failed_trial_is_not_trained(home, monkeypatch, no_plots):
    def broken(**settings):
        if settings["hidden_size"] == 5:
            raise RuntimeError("no room")
        return Model(**settings)

    session._shared_model.cache_clear()  # which may have such a network of another test
    with monkeypatch.context() as patch:
        patch.setattr(session, "Model", broken)
        results = rnnsweep.run("tiny.toml", overrides={"model.hidden_size": [5, 6]})
    assert results.trials["status"].tolist() == ["failed", "failed", "complete", "complete"]
    verified = rnnsweep.verify(FOLDER, sample=None)
    assert (verified.n_trials, verified.n_equal, verified.n_gone) == (4, 2, 4)


# What was changed in the store


def test_a_changed_loss(home, say):
    changed = stored(FOLDER, ids(FOLDER)[2])
    right = changed.epochs[0, 1]
    changed.epochs[0, 1] = np.nextafter(right, 1)
    put(FOLDER, changed)
    message = fault()
    assert f"trial {changed.trial_id}: val_loss of epoch 0 is {changed.epochs[0, 1]} " in message
    assert f"in the store, and {right} recomputed" in message
    assert message.startswith("results/tiny: 1 difference:\n")
    assert message.endswith("trained again into another folder with results=")
    code, _, errors = say("verify", FOLDER)
    assert code == 3
    assert errors.endswith("trained again into another folder with --results DIR\n")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"status": "solved"}, "status is solved in the store, and complete recomputed"),
        ({"test_loss": 0.5}, "test_loss is 0.5 in the store, and 0."),
        ({"n_params": 14}, "n_params is 14 in the store, and 13 recomputed"),
        ({"baselines": {"mean": 0.5}}, "baselines is {'mean': 0.5} in the store, and {'"),
        ({"updates_to_success": 3}, "updates_to_success is 3 in the store, and None recomputed"),
    ],
)
def test_a_changed_number(home, changes, what):
    changed = replace(stored(FOLDER, ids(FOLDER)[0]), **changes)
    put(FOLDER, changed)
    assert f"trial {changed.trial_id}: {what}" in fault()


def test_a_changed_setting_and_a_lost_epoch(home):
    first, second, *_ = (stored(FOLDER, trial_id) for trial_id in ids(FOLDER))
    put(
        FOLDER,
        replace(first, settings=first.settings | {"momentum": 0.9}),
        replace(second, epochs=second.epochs[:1], best_epoch=0),
    )
    message = fault()
    assert "the setting momentum is 0.9 in the store, and 0.0 recomputed" in message
    assert f"trial {second.trial_id}: epochs_run is 1 in the store, and 2 recomputed" in message
    assert "2 differences" in message


def test_a_changed_param(tmp_path, monkeypatch, no_plots):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY)
    rnnsweep.run("tiny.toml", overrides={"output.save_params": "best"})
    with Store.reader(FOLDER) as store:
        best = store.best()
    changed = stored(FOLDER, best)
    changed.params[3] += 1
    put(FOLDER, changed)
    message = fault()
    assert f"trial {best}: saved param 3 of {changed.params.size} is " in message
    assert "difference:" in message


def test_a_number_that_does_not_follow_from_its_epochs(home):
    with Store.reader(FOLDER) as store:
        trial, epochs = next(store.epoch_arrays())
    assert inconsistency(trial, epochs) is None
    assert "best_val_loss is 0.5, and 0." in inconsistency(
        trial._replace(best_val_loss=0.5), epochs
    )
    assert "final_train_loss is None" in inconsistency(
        trial._replace(final_train_loss=None), epochs
    )
    assert inconsistency(trial._replace(best_epoch=2), epochs) == (
        "best_epoch is 2, and there are 2 epochs"
    )


def test_a_damaged_store(home):
    path = home / FOLDER / "store.db"
    content = bytearray(path.read_bytes())
    with Store.reader(FOLDER) as store:
        (epochs, *_) = (copy.epochs for copy in store.copies(ids(FOLDER)))
    content[content.index(epochs)] ^= 1  # a bit of a loss
    path.write_bytes(content)
    message = fault()
    assert message.startswith(f"{FOLDER}/store.db is damaged (")
    assert re.search(r": 3 trials are whole, 1 is lost .* run \S+tiny.toml --repair$", message)


# What was changed in the tables


def test_a_changed_cell_and_a_row_that_is_left_out(home):
    first, *_ = ids(FOLDER)
    path = home / FOLDER / "epochs.csv"
    lines = path.read_text().splitlines(keepends=True)
    cells = lines[2].split(",")
    cells[4] = "1.5"
    path.write_text("".join([*lines[:2], ",".join(cells), *lines[3:]]))
    trials = home / FOLDER / "trials.csv"
    trials.write_text("".join(trials.read_text().splitlines(keepends=True)[:-1]))
    (home / FOLDER / "summary.csv").unlink()
    message = fault(sample=0)
    assert f"epochs.csv, row 2 ({first}, 1): train_loss is '1.5', and '1." in message
    assert f"trials.csv, row 4 ({ids(FOLDER)[-1]}) is missing" in message
    assert "summary.csv is not there" in message
    assert "timings" not in message
    assert "3 differences" in message


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda text: text.replace("\n", "\r\n"), "its cells are right, but not its bytes"),
        (lambda text: text + "t0,1.5,haswell\n", "row 5 (t0) is not in the store"),
        (lambda text: text.replace("wall_s", "wall"), "its heading is not that of this sweep"),
        (lambda text: '"' + "x" * 200_000, "timings.csv is no table (field larger than"),
        (lambda text: "", "its heading is not that of this sweep"),
    ],
)
def test_a_table_of_another_form(home, change, what):
    path = home / FOLDER / "timings.csv"
    path.write_text(change(path.read_text()), newline="")
    assert what in fault(sample=0)


def test_a_table_that_was_cut_short(home):
    first, *_ = ids(FOLDER)
    path = home / FOLDER / "epochs.csv"
    lines = path.read_text().splitlines(keepends=True)
    assert len(lines) == 1 + 4 * 2
    path.write_text("".join(lines[:3])[: -len(lines[2]) // 2])  # within the row of an epoch
    message = fault(sample=0)
    assert re.search(
        rf"row 2 \({first}, 1\): the number of cells is \d, and \d+ in the st", message
    )
    assert message.count("; the number of rows is 2, and 8 in the store") == 1
    path.write_text("".join(lines[:3]))
    assert ", 0) is missing; the number of rows is 2, and 8 in the store" in fault(sample=0)


def test_a_cell_of_a_row_without_a_name(home):
    path = home / FOLDER / "summary.csv"
    heading, first, second = path.read_text().splitlines()
    second = second[: second.rindex(",") + 1]
    path.write_text(f"{heading}\n{first}\n{second}\n")
    column = heading.split(",")[-1]
    assert f"summary.csv, row 2: {column} is empty, and '" in fault(sample=0)


def test_a_parquet_file_counts_by_its_rows(tmp_path, monkeypatch, no_plots):
    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(TINY)
    rnnsweep.run("tiny.toml", overrides={"output.epochs": "parquet"})
    path = tmp_path / FOLDER / "epochs.parquet"
    table = pq.read_table(path)
    pq.write_table(table, path, compression="none")
    assert rnnsweep.verify(FOLDER, sample=0).n_trials == 4
    losses = table["val_loss"].to_pylist()
    losses[5] = 0.25
    place = table.column_names.index("val_loss")
    pq.write_table(table.set_column(place, "val_loss", [losses]), path)
    assert "epochs.parquet, row 6 (" in (message := fault(sample=0))
    assert ", 1): val_loss is 0.25, and 0." in message
    path.write_bytes(b"nothing")
    assert "epochs.parquet is no table" in fault(sample=0)


# Another type of CPU


def test_results_of_another_type_of_cpu(tmp_path, monkeypatch):
    (tmp_path / "tiny.toml").write_text(TINY)
    arguments = ("run", "tiny.toml", "--no-plots", "--set", "train.dtype=float64")
    code, *_ = command(*arguments, cwd=tmp_path, env={"NUMBA_CPU_NAME": "generic"})
    assert code == 0
    monkeypatch.chdir(tmp_path)
    heard = Heard()
    verified = rnnsweep.verify(FOLDER, progress=heard)
    assert verified.n_equal + verified.n_near == 4
    assert verified.n_near > 0  # else this CPU computes as the generic one does
    assert f"(this one is {CPU_TYPE})" in str(verified)
    assert "of another type of CPU with a nudged learning rate" in heard.said[-1]
    # Roundings do not explain a loss that is a millionth larger.
    changed = stored(FOLDER, ids(FOLDER)[1])
    changed.epochs[0, 0] *= 1 + 1e-6
    put(FOLDER, changed)
    message = fault()
    assert f"trial {changed.trial_id}: train_loss of epoch 0 is " in message
    assert f"trained on {changed.cpu}, and recomputed on {CPU_TYPE}" in message


def test_a_run_says_how_many_trials_another_type_of_cpu_has_computed(home, no_plots):
    one, two, *_ = (stored(FOLDER, trial_id) for trial_id in ids(FOLDER))
    put(FOLDER, replace(one, cpu="haswell 256-bit"), replace(two, cpu=""))
    heard = Heard()
    rnnsweep.run("tiny.toml", progress=heard)
    assert heard.said[1] == (
        "1 kept trial was trained on another type of CPU (haswell 256-bit; this one is "
        f"{CPU_TYPE}): results are equal to the last bit on one type alone"
    )


def test_trials_of_an_unknown_type_of_cpu(home):
    # An earlier version of rnnsweep did not store it.
    put(FOLDER, *(replace(stored(FOLDER, trial_id), cpu="") for trial_id in ids(FOLDER)))
    assert rnnsweep.verify(FOLDER).n_equal == 4


# Files that are elsewhere


@pytest.fixture
def series(tmp_path, monkeypatch, no_plots):
    home = tmp_path / "home"
    home.mkdir()
    (home / "series.csv").write_text(SERIES)
    (home / "tiny.toml").write_text(CSV)
    monkeypatch.chdir(home)
    rnnsweep.run("tiny.toml")
    return home


def test_a_folder_that_was_moved_with_its_files(series, monkeypatch):
    moved = series.rename(series.with_name("moved"))
    monkeypatch.chdir(moved)
    assert rnnsweep.verify(FOLDER).n_equal == 1


def test_the_sweep_file_is_not_read(series):
    (series / "tiny.toml").write_text("nothing")
    assert rnnsweep.verify(FOLDER).n_equal == 1


def test_files_that_are_elsewhere(series, tmp_path, say):
    other = tmp_path / "other"
    other.mkdir()
    shutil.move(series / "series.csv", other)
    shutil.move(series / "tiny.toml", other)
    code, output, errors = say("verify", FOLDER)
    assert (code, output) == (2, "")
    assert "there is no such file" in errors
    assert f"its files are looked for in {series}; name the sweep file with --sweep FILE" in errors
    assert say("verify", FOLDER, "--sweep", other / "tiny.toml", "--quiet") == (0, "", "")
    code, _, errors = say("verify", FOLDER, "--sweep", "absent.toml")
    assert (code, errors) == (2, "rnnsweep: --sweep absent.toml: there is no such file\n")
    with pytest.raises(SweepError, match=r"name the sweep file with sweep= if it is elsewhere$"):
        rnnsweep.verify(FOLDER)
    with pytest.raises(SweepError, match=r"^sweep=absent.toml: there is no such file$"):
        rnnsweep.verify(FOLDER, sweep="absent.toml")


def test_a_data_file_that_has_changed(series):
    (series / "series.csv").write_text(SERIES.replace(",3", ",4"))
    with pytest.raises(SweepError, match=r"1 trial of the 1 to recompute .* cannot be made again"):
        rnnsweep.verify(FOLDER)


def test_a_folder_without_facts_on_its_file(home):
    (home / FOLDER / "environment.json").write_text(json.dumps({}))
    assert rnnsweep.verify(FOLDER).n_equal == 4


# Arguments, and ends


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sample": -1}, "sample is -1; allowed: a whole number of at least 0"),
        ({"sample": 2.5}, "sample is 2.5; allowed: "),
        ({"seed": "x"}, "seed is 'x'; allowed: "),
        ({"jobs": 0}, "jobs is 0; allowed: "),
    ],
)
def test_wrong_arguments(home, arguments, message):
    with pytest.raises(SweepError, match=f"^{message}"):
        rnnsweep.verify(FOLDER, **arguments)


def test_all_and_a_sample_exclude_each_other(home, say):
    code, _, errors = say("verify", FOLDER, "--all", "--sample", 3)
    assert (code, errors) == (2, "rnnsweep: --all and --sample exclude each other; give one\n")


# The command line with trials that train until the command is interrupted.
ENDLESS = """
import time
from rnnsweep.cli.main import main
from rnnsweep.execution import pack

def run_trial(trial, stop, *further):
    while not stop[0]:
        time.sleep(0.01)

pack.run_trial = run_trial
main()
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal(home, number):
    before, temporary = snapshot(home), home / "temporary"
    temporary.mkdir()
    process = start("verify", FOLDER, cwd=home, code=ENDLESS, env={"TMPDIR": str(temporary)})
    assert process.stderr.readline() == "training 4 trials once more\n"
    while not list(temporary.glob("*/recomputed/store.db")):
        assert process.poll() is None
    process.send_signal(number)
    code, output, errors = ended(process)
    assert (code, output) == (130, "")
    assert errors.endswith("rnnsweep: interrupted; the results are as they were\n")
    assert not list(temporary.iterdir())
    temporary.rmdir()
    assert snapshot(home) == before


def test_a_folder_without_results(tmp_path, say):
    code, _, errors = say("verify", tmp_path)
    assert code == 3
    assert "holds no results" in errors
