"""Signals inside a Python process end a run between two steps; old handlers are restored."""

import os
import signal
import sys
import threading
import time

import pytest
from commandline import PATIENCE_S, Heard, rows

from rnnsweep.execution import pack, scheduler
from rnnsweep.execution.executors import are_left_behind
from rnnsweep.execution.run import run
from rnnsweep.interruption import Interruption, deferred
from rnnsweep.plots import figures
from rnnsweep.tables.write import write_tables

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")


@pytest.mark.usefixtures("no_plots")
def test_ctrl_c_stores_trials_that_no_transaction_holds_yet(home):
    class Impatient(Heard):
        def advance(self, records):
            super().advance(records)
            if self.records:
                raise KeyboardInterrupt

    heard = Impatient()
    with pytest.raises(KeyboardInterrupt):
        run("tiny.toml", results="other", jobs=1, progress=heard)
    assert heard.ended == 1
    finished = [record.trial_id for record in heard.records]
    assert finished[0] in [row[0] for row in rows(home / "other" / "trials.csv")]


@POSIX
@pytest.mark.usefixtures("no_plots")
def test_a_second_ctrl_c_loses_no_finished_trial(home, monkeypatch):
    trained = pack.run_trial
    first_is_counted = threading.Event()

    def interrupted_twice(trial, stop, recording, *rest):
        if trial.config.seed == 0 and trial.config.model.hidden_size == 3:  # the first
            return trained(trial, stop, recording, *rest)
        first_is_counted.wait(PATIENCE_S)
        os.kill(os.getpid(), signal.SIGINT)
        while not stop[0]:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)  # the trial takes a moment to end, and the scheduler waits for it
        return None

    class Counting(Heard):
        def advance(self, records):
            super().advance(records)
            if self.records:
                first_is_counted.set()

    monkeypatch.setattr(pack, "run_trial", interrupted_twice)
    # the transaction of every half second would hide what the end does
    monkeypatch.setattr(scheduler, "_COMMIT_EVERY_S", PATIENCE_S)
    with pytest.raises(KeyboardInterrupt):
        run("tiny.toml", results="other", jobs=1, progress=Counting())
    assert len(rows(home / "other" / "trials.csv")) == 1 + 1


@POSIX
@pytest.mark.usefixtures("no_plots")
def test_a_run_in_python_raises_and_gives_the_handlers_back(home, monkeypatch):
    trained = pack.run_trial
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    def interrupted(trial, *rest):
        assert signal.getsignal(signal.SIGTERM) == handlers[1]  # Python's own ends the process
        os.kill(os.getpid(), signal.SIGINT)
        return trained(trial, *rest)

    monkeypatch.setattr(pack, "run_trial", interrupted)
    for executor in ("threads", "serial"):
        # All four, where the main thread gets no time before the other ones are through.
        kept = rf"interrupted; \d of 4 trials are kept in {executor}"
        with pytest.raises(KeyboardInterrupt, match=kept):
            run("tiny.toml", results=executor, executor=executor)
        assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert not are_left_behind(PATIENCE_S)


@POSIX
@pytest.mark.usefixtures("no_plots")
def test_a_handler_of_the_users_own_stays(home, monkeypatch):
    trained, seen = pack.run_trial, []

    def interrupted(trial, *rest):
        os.kill(os.getpid(), signal.SIGINT)
        return trained(trial, *rest)

    monkeypatch.setattr(pack, "run_trial", interrupted)
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        results = run("tiny.toml", results="other")
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen
    assert results.trials["status"].tolist() == ["complete"] * 4


@pytest.mark.usefixtures("no_plots")
def test_a_run_in_another_thread(home):
    runs = []
    thread = threading.Thread(target=lambda: runs.append(run("tiny.toml", results="other")))
    thread.start()
    thread.join(PATIENCE_S)
    assert runs[0].trials["status"].tolist() == ["complete"] * 4


@pytest.mark.usefixtures("no_plots")
def test_a_signal_while_tables_are_written_lets_them_be_whole(home, monkeypatch):
    def interrupted(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        write_tables(*arguments)

    monkeypatch.setattr("rnnsweep.execution.run.write_tables", interrupted)
    with pytest.raises(KeyboardInterrupt, match="tables in other are complete, only pictures"):
        run("tiny.toml", results="other")
    assert len(rows(home / "other" / "trials.csv")) == 1 + 4


def test_a_signal_while_plots_are_drawn(home, monkeypatch):
    drawn, save = [], figures.save

    def interrupted(figure, path, form):
        os.kill(os.getpid(), signal.SIGINT)
        save(figure, path, form)
        drawn.append(path)

    monkeypatch.setattr(figures, "save", interrupted)
    message = "the trials and tables in other are complete, only pictures are missing, run again"
    with pytest.raises(KeyboardInterrupt, match=message):
        run("tiny.toml", results="other")
    assert len(drawn) == 1  # whole, and no further one
    assert len(list((home / "other/plots").iterdir())) == 1


def test_a_signal_before_anything_is_written(home):
    def interrupted_run():
        with deferred():
            os.kill(os.getpid(), signal.SIGINT)
            run("tiny.toml", results="other")

    with pytest.raises(KeyboardInterrupt):
        interrupted_run()
    assert not (home / "other").exists()


def test_a_flag_is_looked_at_and_a_second_signal_raises():
    interruption = Interruption()
    interruption.check()
    assert list(interruption.checked("ab")) == ["a", "b"]
    interruption.handle(signal.SIGINT, None)
    interruption.handle(signal.SIGINT, None)  # the same one, passed on by another program
    with pytest.raises(KeyboardInterrupt):
        interruption.check()
    with pytest.raises(KeyboardInterrupt):
        list(interruption.checked("ab"))
    time.sleep(0.25)
    with pytest.raises(KeyboardInterrupt):
        interruption.handle(signal.SIGINT, None)
    whole = []

    def unbroken():
        with interruption.unbroken():
            interruption.handle(signal.SIGINT, None)
            whole.append(1)

    with pytest.raises(KeyboardInterrupt):
        unbroken()
    assert whole == [1]


def test_a_nested_deferral_is_the_outer_one():
    with deferred() as outer:
        with deferred() as inner:
            assert inner is outer
        assert signal.getsignal(signal.SIGINT) == outer.handle
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@POSIX
def test_a_signal_that_nobody_looked_at_is_raised_at_the_end():
    with pytest.raises(KeyboardInterrupt), deferred():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
