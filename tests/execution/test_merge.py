"""Results of several folders put into one: as one machine would have written them."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from commandline import TINY, Heard, command, rows, snapshot

import rnnsweep
from rnnsweep.errors import ResultsError, SweepError
from rnnsweep.execution.merge import _put_together
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.store.tally import read_tally, write_tally
from rnnsweep.store.writing import replace_trial

TABLES = ("trials.csv", "epochs.csv", "summary.csv")

HEAD = """\
[task]
name = "adding"
seq_len = 4
n_train = 32
n_val = 16
[train]
learning_rate = 0.1
epochs = 2
"""
# Sweeps with every form of search and of recording.
SWEEPS = {
    "grid": HEAD + "[grid]\nmodel.hidden_size = [2, 30]\nseed = [0, 1, 2]\n",
    "metrics": HEAD
    + "[metrics]\ngrad_norms = true\nsaturation = true\n[output]\nsave_params = 'all'\n"
    + "[random]\ntrials = 5\ntrain.learning_rate = {from = 0.001, to = 0.1, scale = 'log'}\n"
    + "[grid]\nmodel.hidden_size = [2, 3]\n",
    "forms": HEAD
    + "[[zip]]\nmodel.hidden_size = [2, 3, 4]\ntask.n_train = [32, 16, 64]\n"
    + "[grid]\ntrain.optimizer = ['sgd', 'adam']\n"
    + "[[when]]\nif.train.optimizer = 'sgd'\ntrain.momentum = [0.0, 0.9]\n"
    + "[[exclude]]\nmodel.hidden_size = 3\ntrain.optimizer = 'adam'\n",
    "problems": HEAD
    + "[output]\nsave_params = 'best'\nepochs = 'parquet'\n"
    + "[grid]\ntask.seq_len = [3, 4]\nmodel.hidden_size = [2, 3]\nseed = [0, 1]\n",
    "seeds": "seed_init = 3\n"
    + HEAD
    + "[output]\nsave_params = 'best'\n"
    + "[grid]\nmodel.hidden_size = [2, 3]\nseed_data = [0, 1]\nseed_order = [0, 1]\n",
    "diverging": HEAD
    + "[model]\nhidden_size = 2\n[grid]\ntrain.learning_rate = [0.1, 1e6]\nseed = [0, 1]\n",
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, no_plots):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("rnnsweep.execution.merge.write_plots", lambda folder: [])


def write(name, text=None):
    Path(f"{name}.toml").write_text(SWEEPS[name] if text is None else text)
    return f"{name}.toml"


def run_shards(file, n_shards, *, without=()):
    """Run shards of a sweep; return their folders."""
    return [
        rnnsweep.run(file, shard=f"{k}/{n_shards}").folder
        for k in range(1, n_shards + 1)
        if k not in without
    ]


def merged(into, folders):
    """Merge folders; return what was said."""
    heard = Heard()
    rnnsweep.merge(into, folders, progress=heard)
    return heard.said


def assert_same(folder, other):
    names = [*TABLES[::2], *(p.name for p in Path(other).glob("epochs.*"))]
    assert len(names) == 3
    for name in names:
        assert Path(folder, name).read_bytes() == Path(other, name).read_bytes(), name
    with Store.reader(folder) as one, Store.reader(other) as two:
        assert one.best() == two.best()
        assert one.info()._replace(started=0) == two.info()._replace(started=0)
        assert list(one.places()) == list(two.places())
        for trial_id in two.trial_ids():
            params, expected = one.params(trial_id), two.params(trial_id)
            assert (params is None) == (expected is None)
            if expected is not None:
                np.testing.assert_array_equal(params.flat, expected.flat)


def say_of(error):
    return str(error.value)


@pytest.mark.parametrize("name", SWEEPS)
def test_merged_shards_are_one_run(name):
    file = write(name)
    whole = rnnsweep.run(file, results="whole").folder
    folders = run_shards(file, 3)
    Path(file).unlink()  # neither the file nor its data are needed
    before = [snapshot(folder) for folder in folders]
    said = merged("all", folders)
    assert_same("all", whole)
    assert [snapshot(folder) for folder in folders] == before
    n = len(rnnsweep.load(whole).trials)
    assert said == [f"{name}: {n} of {n} trials, from 3 folders -> all"]
    assert Path("all", "sweep.toml").read_text() == SWEEPS[name]
    # Again, and in another order: nothing changes.
    merged("all", folders[::-1])
    assert_same("all", whole)
    merged("all again", ["all", *folders, "all"])
    assert_same("all again", whole)


def test_what_is_missing_is_said_and_trained():
    file = write("grid")
    whole = rnnsweep.run(file, results="whole").folder
    first, third = run_shards(file, 3, without=[2])
    said = merged("all", [third, first])
    assert said[0] == "grid, shards 1/3, 3/3: 4 of 6 trials, from 2 folders -> all"
    assert said[1] == (
        "missing: shard 2/3: 2 trials in no folder; `python -m rnnsweep run grid.toml --results "
        "all` trains what is missing"
    )
    assert "run grid.toml --results 'in a folder'`" in merged("in a folder", [first])[1]
    assert "-m rnnsweep run grid.toml`" in merged(Path("results/grid"), [first])[1]
    code, output, _ = command("status", "all", cwd=".")
    assert code == 0
    assert "shards 1/3, 3/3: 4 of the 6 trials of grid" in output
    heard = Heard()
    rnnsweep.run(file, results="all", progress=heard)
    assert "grid: 6 trials, 2 to train" in heard.said[0]
    assert_same("all", whole)


def test_shards_without_trials_are_not_missing():
    write("tiny", TINY)
    (folder,) = run_shards("tiny.toml", 100, without=range(2, 101))
    said = merged("all", [folder])
    assert said[1].startswith("missing: shards 2/100, 3/100, 4/100: 3 trials in no folder;")


def test_a_merge_into_a_part_completes_it():
    file = write("problems")
    whole = rnnsweep.run(file, results="whole").folder
    folders = run_shards(file, 4)
    for count, folder in enumerate(folders[::-1], start=1):
        merged("all", [folder])
        with Store.reader("all") as store:
            shards = ", ".join(f"{k}/4" for k in range(5 - count, 5))
            assert store.info().shard == (shards if count < 4 else "")
    assert_same("all", whole)
    # A shard's own folder will do as well.
    assert "from 3 folders" in merged(folders[0], folders)[0]
    assert_same(folders[0], whole)


def test_shards_of_different_numbers_and_whole_runs():
    file = write("grid")
    whole = rnnsweep.run(file, results="whole").folder
    one = rnnsweep.run(file, shard="1/3").folder
    other = rnnsweep.run(file, shard="2/2").folder
    with Store.reader(one) as a, Store.reader(other) as b:
        n = len({*a.trial_ids(), *b.trial_ids()})
    said = merged("some", [one, other])
    assert said[0] == f"grid, shards 2/2, 1/3: {n} of 6 trials, from 2 folders -> some"
    assert f"missing: {6 - n} trial" in said[1]
    assert len(merged("some", [whole])) == 1
    assert_same("some", whole)


def test_a_folder_without_trials_is_left_out():
    file = write("grid")
    (folder,) = run_shards(file, 2, without=[2])
    with Store.writer("empty"):
        pass
    assert merged("all", [folder, "empty"])[0] == "empty holds no trials yet, and is left out"
    with pytest.raises(ResultsError, match="none of the folders holds any"):
        rnnsweep.merge("other", ["empty"])
    assert not Path("other").exists()


def refused(into, *folders):
    """Check that a merge is refused, with nothing changed; return the message."""
    before = snapshot(Path())
    with pytest.raises(ResultsError) as caught:
        rnnsweep.merge(into, folders)
    after = snapshot(Path())
    assert {*after} - {*before} <= {f"{into}/.lock"}
    assert {name: after[name] for name in before} == before
    return str(caught.value)


def change(folder, trial_id, **values):
    """Change a trial in a store, as if it had been trained to that."""
    with Store.writer(folder) as store:
        (copy,) = store.copies([trial_id])
        changed = with_values(copy, **values)
        with store._transaction() as db:  # `add_copies` replaces no result by a failure
            tally = read_tally(db)
            replace_trial(db, tally, changed.row, changed.epochs)
            write_tally(db, tally)
        store.add_copies([changed])


def with_values(copy, **values):
    from rnnsweep.store.rows import ROW_COLUMNS, SEALED_COLUMNS, sealed

    row = dict(zip(SEALED_COLUMNS.split(", "), copy.row, strict=True)) | values
    return copy._replace(row=sealed([row[name] for name in ROW_COLUMNS.split(", ")]))


def test_results_that_differ_are_refused():
    write("tiny", TINY)
    one = rnnsweep.run("tiny.toml", results="one").folder
    shutil.copytree(one, "two")
    with Store.reader(one) as store:
        trial_id, *_, last = store.trial_ids()
    change("two", last, wall_s=3.0, finished=1.0, cpu="other-cpu", settings="{}")
    rnnsweep.merge("same", ["one", "two"])  # that is no result
    change("two", trial_id, test_loss=0.25)
    message = refused("all", "one", "two")
    assert f"one and two have different results for the trial {trial_id}: test_loss is" in message
    assert "and 0.25; nothing was changed" in message
    assert "CPU" not in message
    change("two", trial_id, cpu="other-cpu")
    message = refused("same", "two")
    assert " and other-cpu, whose last bits differ" in message
    assert "same and two have" in message
    code, output, errors = command("merge", "all", "one", "two", cwd=".")
    assert (code, output) == (3, "")
    assert "have different results" in errors


def test_epochs_and_params_that_differ_are_refused():
    write("metrics")
    one = rnnsweep.run("metrics.toml", results="one").folder
    with Store.reader(one) as store:
        trial_id = store.trial_ids()[0]
        (copy,) = store.copies([trial_id])
    from rnnsweep.store.checksum import bytes_checksum

    epochs = np.frombuffer(copy.epochs).copy()
    epochs[-1] += 1e-9
    shutil.copytree(one, "two")
    changed = with_values(copy, epochs_checksum=bytes_checksum(epochs.tobytes()))
    with Store.writer("two") as store:
        store.add_copies([changed._replace(epochs=epochs.tobytes())])
    assert "saturation of epoch 1 is" in refused("all", "one", "two")
    from rnnsweep.store.rows import params_checksum

    network, encoding, dtype, flat, _ = copy.params
    content = (network, encoding, dtype, bytes(len(flat)))
    with Store.writer("two") as store:
        store.add_copies([copy._replace(params=(*content, params_checksum(trial_id, content)))])
    assert "their saved params differ" in refused("all", "one", "two")


def test_a_result_wins_over_a_failure():
    write("tiny", TINY)
    rnnsweep.run("tiny.toml", results="one")
    with Store.reader("one") as store:
        ids = store.trial_ids()
    for folder, trial_id in (("two", ids[0]), ("three", ids[1])):
        shutil.copytree("one", folder)
        change(folder, trial_id, status="failed", error="no luck")
    merged("all", ["two", "three"])
    assert_same("all", "one")
    shutil.copytree("two", "four")
    code, _, errors = command("merge", "failed", "two", "four", cwd=".")
    assert code == 1
    assert "1 of 4 trials failed" in errors


def test_different_files_are_refused():
    for name, text in (("one", TINY), ("two", TINY.replace("epochs = 2", "epochs = 3"))):
        write("tiny", text)
        rnnsweep.run("tiny.toml", results=name)
    message = refused("all", "one", "two")
    assert message.startswith("one and two have results of different sweep files: train.epochs is")
    assert "train.epochs is 2 and 3; nothing was changed" in message
    assert "different sweep files" in refused("one", "two")
    # Comments and spaces are no difference; the order of axes is one.
    write("tiny", f"# here\n{TINY}")
    rnnsweep.run("tiny.toml", results="three")
    merged("all", ["one", "three"])
    axes = "model.num_layers = [1, 2]\n"
    write("tiny", TINY + axes)
    rnnsweep.run("tiny.toml", results="four", shard="1/2")
    write("tiny", TINY.replace("model.hidden_size", axes + "model.hidden_size"))
    rnnsweep.run("tiny.toml", results="five", shard="2/2")
    assert "their axes have another order" in refused("other", "four", "five")


def test_different_data_are_refused():
    """Although each trial of a shard is there once."""
    series = "year,y\n" + "".join(f"{1900 + i},{i % 7}\n" for i in range(40))
    text = '[task]\nname = "csv"\npath = "series.csv"\ntarget = "y"\nwindow = 4\n[model]\n'
    text += "hidden_size = 2\n[train]\nlearning_rate = 0.1\nepochs = 1\n[grid]\nseed = [0, 1]\n"
    write("csv", text)
    Path("series.csv").write_text(series)
    rnnsweep.run("csv.toml", shard="1/2", results="one")
    Path("series.csv").write_text(series.replace("1939,4", "1939,5"))
    rnnsweep.run("csv.toml", shard="2/2", results="two")
    rnnsweep.run("csv.toml", results="three")
    for folders in (("one", "two"), ("one", "three")):
        message = refused("all", *folders)
        assert "have different trials for one sweep file: a data file" in message
    merged("all", ["two", "three"])


def test_what_cannot_be_merged():
    write("tiny", TINY)
    rnnsweep.run("tiny.toml", results="one")
    assert "two holds no results of a sweep" in refused("all", "one", "two")
    shutil.copytree("one", "damaged")
    store = Path("damaged", "store.db")
    content = bytearray(store.read_bytes())
    at = content.index(b'"hidden_size"')
    content[at + 20] ^= 1
    store.write_bytes(content)
    assert "damaged" in refused("all", "one", "damaged")
    shutil.copytree("one", "older")
    with closing(sqlite3.connect("older/store.db")) as db:
        db.execute("PRAGMA user_version = 4")
    assert "written by an older version" in refused("all", "one", "older")
    Path("file").write_text("")
    for into in ("file", "file/below"):
        with pytest.raises(ResultsError, match="file is a file, not a folder"):
            rnnsweep.merge(into, ["one"])
    with pytest.raises(SweepError, match="nothing to merge"):
        rnnsweep.merge("all", [])
    code, _, errors = command("merge", "all", cwd=".")
    assert code == 2
    assert "FOLDERS" in errors


def test_more_metrics_and_params_are_kept():
    """Of records of an earlier version of the file, in which other things were asked for."""
    records = {}
    for name, more in (
        ("none", ""),
        ("norms", "[metrics]\ngrad_norms = true\n"),
        ("both", "[metrics]\nsaturation = true\n[output]\nsave_params = 'all'\n"),
    ):
        write("tiny", TINY + more)
        rnnsweep.run("tiny.toml", results=name)
        write("tiny", TINY)
        rnnsweep.run("tiny.toml", results=name)
        with Store.reader(name) as store:
            records[name] = store.trial_ids()
    for folders in (("none", "norms", "both"), ("both", "norms", "none")):
        into = "-".join(folders)
        merged(into, folders)
        assert_tables_alike(into, "none")
        with Store.reader(into) as store:
            for trial in store.trials():
                assert "grad_norm_W_xh" in trial.extra_columns
                assert "saturation" in trial.extra_columns
                assert store.params(trial.trial_id) is not None
        write("tiny", TINY + "[metrics]\nsaturation = true\ngrad_norms = true\n")
        heard = Heard()
        rnnsweep.run("tiny.toml", results=into, progress=heard)
        assert "0 to train" in heard.said[0]
    whole = rnnsweep.run("tiny.toml", results="whole").folder
    assert_tables_alike(into, whole)


def assert_tables_alike(folder, other):
    for name in TABLES:
        assert Path(folder, name).read_bytes() == Path(other, name).read_bytes(), name


def test_a_folder_that_a_run_is_writing_is_merged():
    write("tiny", TINY)
    rnnsweep.run("tiny.toml", results="one")
    with Store.writer("one"):  # as a run does
        merged("all", ["one"])
        message = refused("one", "all")
        code, _, errors = command("merge", "one", "all", cwd=".")
    assert "one is in use by" in message
    assert message.endswith("wait for its end, or choose another folder")
    assert code == 3
    assert errors.endswith("wait for its end, or choose another folder\n")
    assert_same("all", "one")


def test_the_environments_are_kept():
    file = write("grid")
    folders = run_shards(file, 2)
    merged("all", folders)
    merged("more", ["all"])
    written = json.loads(Path("more", "environment.json").read_text())
    assert Path(written["sweep_file"]) == Path(file).absolute()
    assert sorted(written["merged"]) == [str(folder) for folder in folders]
    assert all("compiled_for" in each for each in written["merged"].values())
    # The default folder of the file may be one that was merged.
    merged("results/grid", folders)
    heard = Heard()
    rnnsweep.run(file, progress=heard)
    assert "0 to train" in heard.said[0]


def test_the_pictures_and_the_screen(done):
    code, output, errors = command("merge", "all", done.path, cwd=".")
    assert code == 0, errors
    assert {p.name for p in Path("all", "plots").iterdir()} == {"loss_curves.png", "effects.png"}
    for name in ("loss_curves.png", "effects.png"):
        assert Path("all/plots", name).read_bytes() == (done.path / "plots" / name).read_bytes()
    assert "Written:" in output
    assert rows(Path("all", "timings.csv")) == rows(done.path / "timings.csv")
    assert command("merge", "all", done.path, "--no-plots", "--quiet", cwd=".")[:2] == (0, "")
    assert not Path("all", "plots").exists()
    assert Folder("all").store_db.exists()


def test_a_trial_that_ends_during_the_merge_is_compared(monkeypatch):
    """A run stores it after all folders were compared, and before it is copied."""
    write("tiny", TINY)
    rnnsweep.run("tiny.toml", results="one")
    shutil.copytree("one", "two")
    with Store.reader("one") as store:
        trial_id = store.trial_ids()[0]

    def put_together_later(*arguments):
        change("two", trial_id, test_loss=0.25)
        _put_together(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("rnnsweep.execution.merge._put_together", put_together_later)
        with pytest.raises(ResultsError, match="two was changed while it was read; merge again"):
            rnnsweep.merge("all", ["one", "two"])
    with pytest.raises(ResultsError, match=f"different results for the trial {trial_id}: test_l"):
        rnnsweep.merge("all", ["one", "two"])
