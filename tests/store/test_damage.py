"""Folders that hold other files, and stores that are damaged."""

import random
import sqlite3
from contextlib import closing

import pytest
from commandline import snapshot
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from store_cases import SWEPT, epochs_of, named, record, refused, trial_id, with_params

from rnnsweep.errors import ResultsError
from rnnsweep.store import forms
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store


@pytest.mark.parametrize(
    "names", [["notes.txt"], ["trials.csv"], ["store.db-journal"], ["src/main.py"], list("abcdef")]
)
def test_a_folder_of_other_files_is_refused(tmp_path, names):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("precious")
    before = snapshot(tmp_path)
    refused(tmp_path, f"not results of a sweep.*{names[0].split('/')[0]}")
    assert snapshot(tmp_path) == before


def test_other_files_in_a_folder_with_a_store_are_allowed(folder):
    (folder.path / "notes.txt").write_text("precious")
    with Store.writer(folder.path) as results:
        assert results.counts().done == 3
    assert (folder.path / "notes.txt").read_text() == "precious"


@pytest.mark.parametrize("below", ["", "a", "a/b"])
def test_a_file_in_place_of_the_folder(tmp_path, below):
    (tmp_path / "file").write_text("precious")
    refused(tmp_path / "file" / below, "file is a file, not a folder")
    with pytest.raises(ResultsError, match="no results"), Store.reader(tmp_path / "file" / below):
        pass
    assert snapshot(tmp_path) == {"file": b"precious"}


def test_reading_a_folder_without_results(tmp_path):
    with pytest.raises(ResultsError, match="run a sweep first"), Store.reader(tmp_path / "absent"):
        pass
    assert list(tmp_path.iterdir()) == []


def another_program(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE precious (a)")
        db.commit()


def newer_version(path):
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {forms.NEWEST_FORM + 1}")


def overwritten(path):
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = b"\x55" * third
    path.write_bytes(content)


FAULTS = {
    "empty": (lambda path: path.write_bytes(b""), "damaged"),
    "no database": (lambda path: path.write_text("precious" * 100), "damaged"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:-5000]), "damaged"),
    "overwritten": (overwritten, "damaged"),
    "another program's": (another_program, "another program"),
    "newer": (newer_version, "newer version"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "store.db cannot be used"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_is_not_a_store_is_refused(folder, fault):
    spoil, match = FAULTS[fault]
    spoil(folder.store_db)
    for lock_before in (True, False):
        before = snapshot(folder.path)
        refused(folder.path, match)
        assert snapshot(folder.path) == before
        if lock_before:
            folder.lock.unlink()
    match = "no results" if fault == "a folder" else match
    with pytest.raises(ResultsError, match=match), Store.reader(folder.path) as results:
        list(epochs_of(results))
    assert snapshot(folder.path) == before


@pytest.mark.parametrize(
    "column", ["trials.settings", "trials.baselines", "trials.extra_columns", "sweep.swept"]
)
@pytest.mark.parametrize("text", ["{", "3"])
def test_damage_that_sqlite_does_not_see(folder, column, text):
    table, name = column.split(".")
    with closing(sqlite3.connect(folder.store_db)) as db:
        db.execute(f"UPDATE {table} SET {name} = ?", (text,))
        db.commit()
    with Store.reader(folder.path) as results, pytest.raises(ResultsError, match="damaged"):
        list(results.trials()) if table == "trials" else results.info()


@pytest.mark.parametrize(
    "change",
    ["epochs SET numbers = x'00'", "epochs SET numbers = 'text'", "params SET dtype = 'object'",
     "params SET flat = x'000000'", "params SET flat = 'text'", "params SET network = '3'"],
)  # fmt: skip
def test_damage_to_metrics_and_params(folder, change):
    with Store.writer(folder.path) as results:
        results.add([with_params(0, extra=("accuracy",))])
    with closing(sqlite3.connect(folder.store_db)) as db:
        db.execute(f"UPDATE {change}")
        db.commit()
    with Store.reader(folder.path) as results, pytest.raises(ResultsError, match="damaged"):
        (list(epochs_of(results)), results.params(trial_id(0)))


@hypothesis_settings(max_examples=50, deadline=None)  # the disk sets the pace
@given(seed=st.integers(0, 2**32), size=st.sampled_from([1, 10, 500, 5000]))
def test_random_damage_is_an_error_or_changes_nothing(tmp_path_factory, seed, size):
    rng = random.Random(seed)
    path = tmp_path_factory.mktemp("results")
    with Store.writer(path) as results:
        results.set_sweep("grid", "", SWEPT, named(*range(20)))
        results.add(record(i) for i in range(20))
    content = bytearray(Folder(path).store_db.read_bytes())
    at = rng.randrange(len(content) - size)
    content[at : at + size] = rng.randbytes(size)
    Folder(path).store_db.write_bytes(content)

    def use(opened):
        with opened(path) as results:
            results.info()
            results.counts()
            list(epochs_of(results))
            if opened == Store.writer:
                results.set_sweep("grid", "", SWEPT, named(*range(30)))
                results.add([record(25), record(3)])

    messages = []
    for opened in (Store.reader, Store.writer):
        try:
            use(opened)  # whatever else it raises ends the test
        except ResultsError as error:
            messages.append(str(error))
    assert all("store.db" in text or "no trials yet" in text for text in messages)
