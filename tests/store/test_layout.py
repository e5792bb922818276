"""The trials of a sweep are entered in parts, and the sweep before stays until all are there."""

import sqlite3
from contextlib import closing

import pytest
from store_cases import SWEPT, epochs_of, named, record, settings, trial_id

from rnnsweep.errors import ResultsError
from rnnsweep.store import layout, store
from rnnsweep.store.store import Store


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Let a part have two trials."""
    monkeypatch.setattr(store, "PART", 2)
    monkeypatch.setattr(layout, "PART", 2)


def places(folder):
    with closing(sqlite3.connect(folder.store_db)) as db:
        rows = db.execute("SELECT position, trial_id FROM place ORDER BY position").fetchall()
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema")}
    assert not {"next_place", "entering"} & tables
    return rows


@pytest.mark.parametrize(
    "numbers",
    [range(6), range(7), range(3), (0, 1, 2, 3, 9), (9, 0, 1, 2), (0, 1, 2, 9, 3, 4, 5), (), (7,)],
    ids=str,
)
def test_any_sweep_after_any_other(folder, numbers):
    with Store.writer(folder.path) as results:
        results.set_sweep("next", "", SWEPT, named(*numbers))
        ended = [i for i in numbers if i < 4]
        assert [trial.trial_id for trial in results.trials()] == list(map(trial_id, ended))
        assert results.trial_ids() == list(map(trial_id, numbers))
        assert results.counts().total == len(numbers)
        assert results.counts().done == len([i for i in ended if i != 1])
    assert places(folder) == [(i, trial_id(number)) for i, number in enumerate(numbers)]
    with Store.writer(folder.path) as results:  # which inspects all of it
        results.add([record(i) for i in numbers])
        assert results.counts().done == len(list(epochs_of(results))) == len(numbers)


def test_nothing_is_written_for_the_same_trials(folder):
    before = folder.store_db.read_bytes()
    written = []

    def noted():
        for entry in named(*range(6)):
            written.append(folder.store_db.read_bytes() != before)
            yield entry

    with Store.writer(folder.path) as results:
        results._db.set_trace_callback(written.append)
        results.set_sweep("grid", "[task]", SWEPT, noted())
    statements = [entry for entry in written if isinstance(entry, str)]
    assert not [text for text in statements if "next_place (" in text or "INTO next" in text]
    assert not any(entry is True for entry in written)


@pytest.mark.parametrize("n_before_end", [0, 1, 2, 5, 8])
def test_a_run_that_ends_while_it_enters_trials(folder, n_before_end):
    def ending():
        yield from named(0, 1, 9, 3, 2, 4, 5, 8, 7, 6)[:n_before_end]
        raise KeyboardInterrupt

    with Store.writer(folder.path) as results:
        before = (results.info(), results.counts(), [t.trial_id for t in results.trials()])
        with pytest.raises(KeyboardInterrupt):
            results.set_sweep("other", "", [], ending())
        assert before == (results.info(), results.counts(), [t.trial_id for t in results.trials()])
    with Store.writer(folder.path) as results:  # which inspects all of it
        assert before == (results.info(), results.counts(), [t.trial_id for t in results.trials()])
        results.set_sweep("grid", "", SWEPT, named(*range(6)))
        assert [trial.settings for trial in results.trials()] == list(map(settings, range(4)))
    assert places(folder) == [(i, trial_id(i)) for i in range(6)]


def test_what_is_known_while_the_first_trials_are_entered(tmp_path):
    def seen():
        for i, entry in enumerate(named(*range(5))):
            if i == 4:
                with Store.reader(tmp_path) as results:
                    assert results.entered() == "4 of 5"
                    assert results.counts().total == 0
                    with pytest.raises(ResultsError, match=r"no trials yet.*entering them, 4 of 5"):
                        results.info()
            yield entry

    with Store.writer(tmp_path) as results:
        results.set_sweep("grid", "", SWEPT, seen(), n_trials=5)
        assert results.entered() == ""
        assert results.counts().total == 5


def test_another_sweep_begun_while_one_is_read(folder, monkeypatch):
    monkeypatch.setattr("rnnsweep.store.walk.CHUNK", 1)
    with Store.writer(folder.path) as writer, Store.reader(folder.path) as results:
        trials = results.trials()
        next(trials)
        writer.set_sweep("grid", "", SWEPT, named(*range(6)))  # the same trials
        next(trials)
        writer.set_sweep("other", "", SWEPT, named(*range(7)))
        with pytest.raises(ResultsError, match=r"another sweep.*read it again"):
            list(trials)
