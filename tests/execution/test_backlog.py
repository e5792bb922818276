"""A run whose store another program holds: it goes on training, waits, and reacts to signals."""

import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from commandline import PATIENCE_S, Heard, assert_same_results, ended, rows, start
from interruption_cases import ENDLESS, wait_for

from rnnsweep.execution import backlog, pack, scheduler
from rnnsweep.execution.local_executors import ThreadExecutor
from rnnsweep.execution.run import run
from rnnsweep.record import Record
from rnnsweep.store import forms, patience
from rnnsweep.store.patience import Held, Patience
from rnnsweep.store.store import Store

# Half a minute of short trials.
MANY = """\
[task]
name = "adding"
seq_len = 8
n_train = 256
n_val = 64

[train]
learning_rate = 0.05
batch_size = 8
epochs = 40

[grid]
model.hidden_size = [4, 8]
seed = {from = 0, to = 1999, num = 2000}
"""

# The command line, where a store that is held is news after a tenth of a second.
QUICK = """
from rnnsweep.cli.main import main
from rnnsweep.execution import backlog
backlog._REPORT_AFTER_S = backlog._TRY_EVERY_S = 0.1
main()
"""

# The command line, whose store a thread holds as another program would, as soon as there is one.
HELD_AT_ONCE = """
import sqlite3
from rnnsweep.cli.main import main
from rnnsweep.execution import backlog, scheduler

backlog._REPORT_AFTER_S = backlog._TRY_EVERY_S = 0.1
train = scheduler.Scheduler.train

def held(self, *arguments):
    browser = sqlite3.connect(self._store.folder.store_db, isolation_level=None)
    browser.execute("BEGIN IMMEDIATE")
    train(self, *arguments)

scheduler.Scheduler.train = held
main()
"""

# How another program may hold the store: a browser with an open cursor, with a change that it has
# not written, or with the file for itself.
HOLDS = {
    "cursor": "SELECT * FROM place",
    "change": "BEGIN IMMEDIATE",
    "all": "BEGIN EXCLUSIVE",
}


@pytest.fixture
def quick(monkeypatch):
    """A store that is held is reported after a tenth of a second, and is tried again as often."""
    monkeypatch.setattr(backlog, "_REPORT_AFTER_S", 0.1)
    monkeypatch.setattr(backlog, "_TRY_EVERY_S", 0.1)


class Browser:
    """Another program that has the store open, and holds it until `let_go`."""

    def __init__(self, path, how):
        self._db = sqlite3.connect(
            path, isolation_level=None, timeout=PATIENCE_S, check_same_thread=False
        )
        self._cursor = self._db.execute(HOLDS[how])
        self._cursor.fetchone()

    def let_go(self):
        self._cursor.close()
        self._db.close()


def hold_before(monkeypatch, how, n_trained=1):
    """Open a browser after so many trials; return the list to which it is added."""
    trained, browsers, n = pack.run_trial, [], 0

    def train_and_hold(trial, *rest):
        nonlocal n
        record = trained(trial, *rest)
        n += 1
        if n == n_trained:
            browsers.append(Browser("other/store.db", how))
        return record

    monkeypatch.setattr(pack, "run_trial", train_and_hold)
    return browsers


@pytest.mark.usefixtures("no_plots", "quick")
@pytest.mark.parametrize("how", HOLDS)
def test_the_run_goes_on_and_stores_all_when_it_can(home, done, monkeypatch, how):
    browsers = hold_before(monkeypatch, how)

    class LettingGo(Heard):
        def say(self, message):
            super().say(message)
            if "held by another program" in message:
                threading.Timer(0.3, browsers[0].let_go).start()

    heard = LettingGo()
    results = run("tiny.toml", results="other", jobs=1, progress=heard)
    assert results.trials["status"].tolist() == ["complete"] * 4
    assert_same_results(home / "other", done.path)
    lines = [line for line in heard.said if "store.db" in line]
    assert len(lines) == 2  # one says that it is held, one that it is free
    assert "held by another program" in lines[0]
    assert "can be written again" in lines[1]
    assert len(heard.records) == 4


@pytest.mark.usefixtures("no_plots", "quick")
@pytest.mark.parametrize("how", HOLDS)
def test_a_store_that_is_held_at_the_start(home, how):
    run("tiny.toml", results="other", jobs=1)
    browser = Browser("other/store.db", how)

    class LettingGo(Heard):
        def say(self, message):
            super().say(message)
            if "held by another program" in message:
                browser.let_go()

    heard = LettingGo()
    results = run("tiny.toml", results="other", overrides="seed=[0,1,2]", progress=heard)
    assert len(results.trials) == 6
    assert [("held" in line, "again" in line) for line in heard.said[:2]] == [
        (True, False),
        (False, True),
    ]


@pytest.mark.usefixtures("no_plots", "quick")
def test_no_more_is_trained_than_memory_is_there_for(home, monkeypatch):
    monkeypatch.setattr(backlog, "_MOST_BYTES", 20 * backlog._RECORD_BYTES)
    monkeypatch.setattr(ThreadExecutor, "pack_seconds", lambda self, seconds: 0.0)
    browsers = hold_before(monkeypatch, "cursor")
    n_ended, at_most, timers = 0, [], []

    def let_go():
        at_most.append(n_ended)
        browsers[0].let_go()

    class LettingGo(Heard):
        def advance(self, records):
            nonlocal n_ended
            n_ended += len(records)
            if n_ended >= 20 and not timers:  # memory is full: none may end in the next half second
                timers.append(threading.Timer(0.5, let_go))
                timers[0].start()

    changes = "seed={from=0,to=199,num=200}"
    results = run("tiny.toml", results="other", jobs=1, overrides=changes, progress=LettingGo())
    assert len(results.trials) == n_ended == 400
    assert 20 <= at_most[0] < 60


@pytest.mark.usefixtures("no_plots", "quick")
def test_after_a_long_time_it_gives_up_and_the_next_run_stores_what_ended(home, done, monkeypatch):
    monkeypatch.setattr(scheduler, "GRACE_S", 0.5)
    browsers = hold_before(monkeypatch, "cursor")
    kept = "4 finished trials could not be stored and will be by the next run, from other.unstored"
    with pytest.raises(Held, match=f"run again; {kept}"):
        run("tiny.toml", results="other", jobs=1)
    browsers[0].let_go()
    assert not (home / "other/trials.csv").exists()
    with Store.reader("other") as store:
        assert store.counts().done == 0
    heard = Heard()
    run("tiny.toml", results="other", progress=heard)
    assert heard.said[0] == "4 finished trials of an earlier run stored now"
    assert "4 trials, 0 to train" in heard.said[1]
    assert not (home / "other/unstored").exists()
    assert_same_results(home / "other", done.path)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_kill_while_the_store_is_held_loses_nothing_that_ended_before(tmp_path, say):
    (tmp_path / "endless.toml").write_text(ENDLESS)
    process = start("run", "endless.toml", "--jobs", 1, cwd=tmp_path, code=HELD_AT_ONCE)
    folder = tmp_path / "results/endless"
    deadline = time.monotonic() + PATIENCE_S
    while not (folder / "unstored/store.db").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    wait_for_records(folder / "unstored", 3, process)
    process.kill()  # which ends the one that holds the store, too
    process.communicate()
    with Store.reader(folder) as store:
        assert store.counts().done == 0
    process = start("run", "endless.toml", "--jobs", 1, cwd=tmp_path)
    assert process.stderr.readline() == "3 finished trials of an earlier run stored now\n"
    assert "6 trials, 3 to train on 1 thread, 3 kept" in process.stderr.readline()
    process.kill()
    process.communicate()


def wait_for_records(folder, number, process):
    """Wait until a store has so many records of trials that are in no sweep."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with Store.reader(folder) as store:
            if len(store.recorded_ids()) >= number:
                return
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("how", HOLDS)
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_heard_while_the_store_is_held(tmp_path, how, sent):
    (tmp_path / "many.toml").write_text(MANY)
    process = start("run", "many.toml", cwd=tmp_path, code=QUICK)
    assert "to train" in process.stderr.readline()
    wait_for(tmp_path / "results" / "many", 1, process)
    browser = Browser(tmp_path / "results/many/store.db", how)
    line = process.stderr.readline()
    while "held by another program" not in line:
        assert line, process.communicate()
        line = process.stderr.readline()
    process.send_signal(sent)
    try:
        # In a second, and some more for the tables on a busy machine; SQLite would wait a minute.
        process.wait(30)
    finally:
        code, _, errors = ended(process)
        browser.let_go()
    assert code == 130
    assert "interrupted; " in errors
    if how != "all":
        assert re.search(
            r"finished trials? could not be stored and will be by the next run", errors
        )
        assert "lost" not in errors
        assert len(rows(tmp_path / "results/many/trials.csv")) >= 1


# Who waits, and for how long


def test_a_reader_waits_for_a_commit_and_not_for_ever(home, monkeypatch):
    monkeypatch.setattr(patience, "WAIT_S", 0.5)
    browser = Browser("results/tiny/store.db", "all")
    with pytest.raises(Held, match="held by another program"), Store.reader("results/tiny"):
        pass
    browser.let_go()
    with Store.reader("results/tiny") as store:
        browser = Browser("results/tiny/store.db", "all")
        threading.Timer(0.2, browser.let_go).start()
        assert store.counts().done == 4
        browser = Browser("results/tiny/store.db", "all")
        with pytest.raises(Held):
            list(store.trials())
        browser.let_go()


def test_a_command_that_reads_hears_ctrl_c(home):
    browser = Browser("results/tiny/store.db", "all")
    process = start("status", "results/tiny", cwd=home)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2)
    process.send_signal(signal.SIGINT)
    process.wait(30)
    browser.let_go()
    code, _, errors = ended(process)
    assert (code, "interrupted" in errors) == (130, True)


def test_an_older_form_is_brought_up_to_date_when_it_can_be(home, monkeypatch):
    waited = []

    class Counting(Patience):
        def goes_on(self, seconds):
            waited.append(seconds)
            if len(waited) == 2:
                browser.let_go()
            return True

    with closing(sqlite3.connect("results/tiny/store.db")) as db:
        db.execute(f"PRAGMA user_version = {forms.NEWEST_FORM - 1}")
    monkeypatch.setattr(forms, "FORMS", [*forms.FORMS[:-1], ["CREATE TABLE another (one INTEGER)"]])
    browser = Browser("results/tiny/store.db", "cursor")
    with Store.writer("results/tiny", Counting()) as store:
        assert store.counts().done == 4
    assert len(waited) >= 2


def test_a_full_transaction_does_not_wait(tmp_path, monkeypatch):
    monkeypatch.setattr(backlog, "_TRIALS_AT_ONCE", 3)
    with Store.writer(tmp_path / "results") as store:
        waiting = backlog.Backlog(store, None)
        for number in range(3):
            assert not waiting.is_due(60.0)
            waiting.append(Record(f"t{number:015x}", {}, "complete"))
            waiting.new_records()
        assert waiting.is_due(60.0)
        waiting.refusal = Held("in use")  # then a try each second is enough
        assert not waiting.is_due(60.0)
