"""One process writes a store, any number read it, and any of them may be killed."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from commandline import assert_prints, snapshot
from store_cases import SWEPT, epochs_of, half_written, named, python, record, refused, trial_id

from rnnsweep.errors import ResultsError
from rnnsweep.store import patience, reader, walk
from rnnsweep.store.folder import Folder
from rnnsweep.store.rows import read_epochs
from rnnsweep.store.store import Store


def test_a_second_writer_is_refused_and_readers_are_not(folder):
    holder = python(
        "import sys; from rnnsweep.store.store import Store\n"
        "with Store.writer(sys.argv[1]):\n"
        "    print('held', flush=True); sys.stdin.readline()",
        folder.path,
        stdin=subprocess.PIPE,
    )
    assert holder.stdout.readline() == "held\n"
    before = snapshot(folder.path)
    refused(folder.path, "in use by another run")
    with Store.reader(folder.path) as results:
        assert results.counts().total == 6
    assert folder.in_use()
    assert snapshot(folder.path) == before
    _, errors = holder.communicate("\n")
    assert errors == ""
    assert folder.in_use() is False
    with Store.writer(folder.path) as results:
        assert results.counts().total == 6


def test_a_reader_does_not_make_a_writer_wait(folder, monkeypatch):
    monkeypatch.setattr(patience, "WAIT_S", 0.1)
    monkeypatch.setattr(walk, "CHUNK", 1)
    with Store.writer(folder.path) as writer, Store.reader(folder.path) as open_reader:
        trials = epochs_of(open_reader)
        next(trials)
        writer.add([record(4)])
        assert len(list(trials)) == 4  # and it sees what came in between


def test_few_epochs_are_in_memory_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(walk, "CHUNK_BYTES", 2 * 100 * 3 * 8)  # two trials
    chunks = []
    reading = Store._reading

    def counted(self):
        chunks.append([])
        return reading(self)

    def counted_read(blob, trial):
        chunks[-1].append(trial.trial_id)
        return read_epochs(blob, trial)

    with Store.writer(tmp_path / "results") as results:
        results.set_sweep("grid", "", SWEPT, named(*range(7)))
        results.add(record(i, epochs=100) for i in range(7))
        monkeypatch.setattr(Store, "_reading", counted)
        monkeypatch.setattr(reader, "read_epochs", counted_read)
        trial_ids = [trial.trial_id for trial, _ in results.epoch_arrays()]
    assert trial_ids == [trial_id(i) for i in range(7)]
    assert [len(chunk) for chunk in chunks] == [3, 3, 1, 0]


def test_a_store_that_another_program_holds(folder, monkeypatch):
    monkeypatch.setattr(patience, "WAIT_S", 0.1)
    browser = sqlite3.connect(folder.store_db, isolation_level=None)
    with closing(browser), Store.writer(folder.path) as results:
        browser.execute("BEGIN IMMEDIATE")
        with pytest.raises(ResultsError, match="held by another program"):
            results.add([record(4)])
        browser.execute("ROLLBACK")
        results.add([record(4)])
        assert results.counts().done == 4


KILLED = """
import sys
from rnnsweep.store.store import Store
from store_cases import named, record
with Store.writer(sys.argv[1]) as results:
    results.set_sweep("grid", "", ["hidden_size", "seed"], named(*range(5000)))
    print("adding", flush=True)
    first = results.counts().done
    for a in range(first, 5000, 7):
        results.add([record(i, epochs=40) for i in range(a, a + 7)])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_run_keeps_whole_batches_and_the_next_one_goes_on(tmp_path):
    rng = random.Random(0)
    done = 0
    for _ in range(5):
        run = python(KILLED, tmp_path)
        assert_prints(run, "adding\n")
        time.sleep(rng.uniform(0.01, 0.1))
        run.send_signal(signal.SIGKILL)
        run.communicate()
        # the reader first: it is the one who finds a half-written commit
        with Store.reader(tmp_path) as results:
            counts = results.counts()
            assert counts.total == 5000
            assert counts.done >= done
            assert counts.done % 7 == 0
            for i, (trial, rows) in enumerate(epochs_of(results)):
                assert trial.trial_id == trial_id(i)
                assert [row[1:] for row in rows] == [
                    tuple(row) for row in record(i, epochs=40).epochs.tolist()
                ]
        done = counts.done
    assert done > 0
    assert Folder(tmp_path).in_use() is False
    with Store.writer(tmp_path) as results:
        assert next(results.pending()).position == done


def test_half_a_commit_is_rolled_back(folder, tmp_path):
    with Store.reader(folder.path) as results:
        whole = list(epochs_of(results))
    for opened in (Store.reader, Store.writer):
        half_written(folder, tmp_path / opened.__name__)
        with opened(tmp_path / opened.__name__) as results:
            assert list(epochs_of(results)) == whole


def test_a_run_killed_before_its_first_trial_is_no_obstacle(tmp_path):
    for name in (".lock", ".tmp-store.db", ".DS_Store"):
        (tmp_path / name).write_bytes(b"left behind")
    with Store.writer(tmp_path):
        pass
    with Store.reader(tmp_path) as results, pytest.raises(ResultsError, match="no trials yet"):
        results.info()
