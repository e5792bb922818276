"""A damaged store is repaired: what is whole stays, and what is lost is named."""

import json
import random
import sqlite3
from contextlib import closing

import pytest
from commandline import snapshot
from store_cases import (
    SWEPT,
    epochs_of,
    named,
    record,
    refused,
    saved,
    settings,
    trial_id,
    with_params,
)

from rnnsweep.errors import ResultsError
from rnnsweep.store.folder import Folder
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store

N = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a store with params."""
    folder = Folder(tmp_path_factory.mktemp("results"))
    with Store.writer(folder.path) as results:
        results.set_sweep("grid", "", SWEPT, named(*range(N)), Requirements(save_params="all"))
        results.add(with_params(i, epochs=20) for i in range(N))
    return folder


@pytest.fixture
def store(whole, tmp_path):
    """Return a copy of it."""
    folder = Folder(tmp_path / "results")
    folder.path.mkdir()
    folder.store_db.write_bytes(whole.store_db.read_bytes())
    return folder


def changed(folder, *statements):
    with closing(sqlite3.connect(folder.store_db)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def repaired(folder):
    """Repair a store; return the lines that were said."""
    said = []
    with Store.writer(folder.path, repairing=said.append) as results:
        results.set_sweep("grid", "", SWEPT, named(*range(N)), Requirements(save_params="all"))
        lost = [entry.position for entry in results.pending()]
        for trial, rows in epochs_of(results):
            i = int(trial.trial_id[1:], 16)
            assert trial.settings == settings(i)
            assert [list(row[1:]) for row in rows] == record(i, epochs=20).epochs.tolist()
    return said, lost


def test_a_whole_store_is_left_as_it_is(store):
    before = store.store_db.read_bytes()
    said = []
    with Store.writer(store.path, repairing=said.append) as results:
        assert results.counts().done == N
    assert said == [f"{store.store_db} is not damaged: there is nothing to repair"]
    assert snapshot(store.path)["store.db"] == before


def test_lost_trials_are_named_with_the_command(store):
    store.environment_json.write_text(json.dumps({"sweep_file": "/over/there/a b.toml"}))
    changed(
        store,
        f"UPDATE trials SET best_val_loss = 0.5 WHERE trial_id = '{trial_id(7)}'",
        "UPDATE epochs SET numbers = zeroblob(480) WHERE trial = 31",
    )
    expected = (
        f"{N - 2} trials are whole, 2 are lost ({trial_id(7)}, {trial_id(30)}); put a copy back in "
        "its place, or keep what is whole and train the rest again: python -m rnnsweep run "
        f"'/over/there/a b.toml' --results {store.path} --repair"
    )
    with Store.reader(store.path) as results:
        assert results.counts().done == N  # which reads no trial
    for use in (Store.best, lambda results: list(results.trials()), Store.inspect):
        with pytest.raises(ResultsError) as error, Store.reader(store.path) as results:
            use(results)
        assert expected in str(error.value)
    with pytest.raises(ResultsError) as error, Store.writer(store.path):
        pass
    assert expected in str(error.value)


def test_what_is_whole_is_kept(store):
    changed(
        store,
        f"UPDATE trials SET best_val_loss = 0.5 WHERE trial_id = '{trial_id(7)}'",
        "UPDATE epochs SET numbers = zeroblob(480) WHERE trial = 31",
        "UPDATE params SET flat = zeroblob(16) WHERE trial = 3",
    )
    refused(store.path, "2 are lost")
    damaged = store.store_db.read_bytes()
    said, lost = repaired(store)
    assert lost == [2, 7, 30]  # 2 lost its params alone
    assert said == [
        f"{store.store_db} was damaged: {N - 2} trials are whole and kept, "
        f"2 are lost ({trial_id(7)}, {trial_id(30)}); the damaged file is kept as store.db.damaged"
    ]
    assert (store.path / "store.db.damaged").read_bytes() == damaged
    with Store.writer(store.path) as results:
        assert saved(results, N) == [i for i in range(N) if i not in lost]


def test_an_earlier_damaged_file_stays(store):
    for name in ("store.db.damaged", "store.db.damaged-2", "store.db.damaged-3"):
        changed(
            store, "UPDATE trials SET test_loss = 0.5 WHERE trial = (SELECT max(trial) FROM trials)"
        )
        damaged = store.store_db.read_bytes()
        repaired(store)
        assert (store.path / name).read_bytes() == damaged
    assert len(list(store.path.glob("store.db*"))) == 4


@pytest.mark.parametrize("links", [True, False])
def test_a_repair_that_is_cut_off_is_repeated(store, monkeypatch, links):
    changed(store, "UPDATE trials SET test_loss = 0.5 WHERE trial = 5")
    damaged = store.store_db.read_bytes()

    def ended(*_):
        raise KeyboardInterrupt

    if not links:
        monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(OSError("no links")))
    with monkeypatch.context() as at_the_end:
        at_the_end.setattr("rnnsweep.store.folder._sync_names", ended)
        at_the_end.setattr("pathlib.Path.replace", ended)
        with pytest.raises(KeyboardInterrupt):
            repaired(store)
    assert store.store_db.read_bytes() == damaged
    assert repaired(store)[1] == [4]
    assert (store.path / "store.db.damaged").read_bytes() == damaged


def test_a_file_that_is_no_database_gives_nothing(store):
    store.store_db.write_bytes(b"no database" * 100)
    said, lost = repaired(store)
    assert lost == list(range(N))
    assert "0 trials are whole and kept, the others cannot be counted" in said[0]


@pytest.mark.parametrize("seed", range(8))
def test_trials_around_damaged_pages_are_kept(store, seed):
    rng = random.Random(seed)
    size = page_size(store)
    content = bytearray(store.store_db.read_bytes())
    for page in rng.sample(range(len(content) // size), 3):  # the first page, too
        at = page * size
        content[at : at + size] = rng.randbytes(size) if seed % 2 else bytes(size)
    store.store_db.write_bytes(content)
    _, lost = repaired(store)  # what is kept is as it was written
    assert len(lost) < N
    with Store.writer(store.path) as results:
        results.add(with_params(i, epochs=20) for i in lost)
        assert len(list(epochs_of(results))) == N


@pytest.mark.parametrize("pages", ["first", "roots"])
def test_trials_that_sqlite_does_not_find_are_kept(store, pages):
    size = page_size(store)
    with closing(sqlite3.connect(store.store_db)) as db:
        query = "SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'trials'"
        roots = [page for (page,) in db.execute(query)]
    content = bytearray(store.store_db.read_bytes())
    for page in [1] if pages == "first" else roots:
        content[(page - 1) * size : page * size] = bytes(size)
    store.store_db.write_bytes(content)
    said, lost = repaired(store)
    assert lost == []
    assert f"{N} trials are whole and kept" in said[0]


def page_size(folder):
    with closing(sqlite3.connect(folder.store_db)) as db:
        ((size,),) = db.execute("PRAGMA page_size").fetchall()
    return size
