"""What may come in between: a kill, Ctrl-C at any moment, a second run on the same folder."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from commandline import (
    PATIENCE_S,
    Heard,
    assert_same_results,
    command,
    ended,
    rows,
    snapshot,
    start,
)

from rnnsweep.execution import run as runner
from rnnsweep.execution import scheduler as driver
from rnnsweep.execution.executors import are_left_behind
from rnnsweep.interruption import Interruption, deferred
from rnnsweep.plots import figures
from rnnsweep.store.store import Store

# A hundred trials, half of which diverge, with every kind of random draw: about two seconds.
MANY = """\
[task]
name = "adding"
seq_len = 8
n_train = 256
n_val = 64

[model]
init = "orthogonal"

[train]
batch_size = 8
epochs = 80

[grid]
model.hidden_size = [4, 8]
model.activation = ["sigmoid", "relu"]
train.learning_rate = [0.05, 1e6]
seed = {from = 0, to = 12, num = 13}
"""
N_MANY = 2 * 2 * 2 * 13

# Three trials that are solved at once, then three that would take days: for all that is known of
# them before, they take as long as the others.
ENDLESS = """\
[task]
name = "adding"
seq_len = 100
n_train = 128
n_val = 1

[model]
hidden_size = 128

[train]
learning_rate = 0.1
epochs = 1_000_000

[grid]
stop.val_loss_below = [1e30, 0.0]
seed = [0, 1, 2]
"""

# The command line, with a transaction for every trial: more moments to be killed at. One trial
# never ends, so that no run, however fast the machine, is over before it is killed.
OFTEN = """
import time
from rnnsweep.execution import scheduler as driver
from rnnsweep.cli.commands import main
driver._COMMIT_EVERY_S = 0.0
trained = driver.run_trial
def held_back(one, *rest):
    config = one.config
    settings = config.model.hidden_size, config.model.activation, config.train.learning_rate
    while (*settings, config.seed) == (8, "relu", 1e6, 12):
        time.sleep(1000)
    return trained(one, *rest)
driver.run_trial = held_back
main()
"""


@pytest.fixture
def heard():
    """Ctrl-C is heard by processes started here, even where these tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def wait_for(folder, n_done, process):
    """Wait until a run that goes on has kept so many trials."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with Store.reader(folder) as store:
            if store.counts().done >= n_done:
                return
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the run does not get on"
        time.sleep(0.02)


# Kill


def test_killed_and_continued_it_writes_the_same_bytes(tmp_path):
    (tmp_path / "many.toml").write_text(MANY)
    code, _, errors = command("run", "many.toml", "--results", "whole", "--jobs", 1, cwd=tmp_path)
    assert code == 0
    assert f"{N_MANY} of {N_MANY} trials, {N_MANY // 2} diverged" in errors

    moment = random.Random(0)
    folder = tmp_path / "killed"
    kept = []
    for share in (0, 0.2, 0.4, 0.6):
        options = ("--results", folder, "--jobs", 2)
        process = start("run", "many.toml", *options, cwd=tmp_path, code=OFTEN)
        assert "to train on 2 threads" in process.stderr.readline()
        wait_for(folder, share * N_MANY, process)
        time.sleep(moment.uniform(0, 0.05))
        process.kill()
        process.communicate()
        with Store.reader(folder) as store:
            kept.append(store.counts().done)
    assert kept == sorted(kept)
    assert any(0 < n_done < N_MANY for n_done in kept)

    options = ("--results", folder, "--executor", "serial")
    code, _, errors = command("run", "many.toml", *options, cwd=tmp_path)
    assert code == 0
    assert f"{N_MANY - kept[-1]} to train on 1 thread, {kept[-1]} kept" in errors
    assert_same_results(tmp_path / "whole", folder)


# Ctrl-C


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize(
    ("executor", "sent"),
    [("threads", signal.SIGINT), ("serial", signal.SIGINT), ("threads", signal.SIGTERM)],
)
@pytest.mark.usefixtures("heard")
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path, executor, sent):
    (tmp_path / "endless.toml").write_text(ENDLESS)
    process = start("run", "endless.toml", "--executor", executor, cwd=tmp_path)
    process.stderr.readline()
    folder = tmp_path / "results" / "endless"
    if executor == "threads":
        wait_for(folder, 3, process)
    else:  # its driver waits for each trial, and commits nothing meanwhile
        time.sleep(3)
    process.send_signal(sent)
    try:
        # A trial takes days; ten seconds are ample to end it between two updates.
        _, errors = process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        pytest.fail("the run does not hear Ctrl-C")
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "interrupted" in errors
    assert "again" in errors.partition("interrupted")[2], "it does not say how to go on"
    assert [row[1] for row in rows(folder / "trials.csv")] == ["status"] + ["solved"] * 3
    assert all((folder / name).exists() for name in ("epochs.csv", "summary.csv", "timings.csv"))
    code, output, _ = command("status", folder, cwd=tmp_path)
    assert (code, output) == (0, "endless: 3 of 6 trials, 3 solved (not running)\n")


@pytest.mark.usefixtures("no_plots")
def test_ctrl_c_stores_trials_that_no_transaction_holds_yet(home):
    class Impatient(Heard):
        def advance(self, records):
            super().advance(records)
            if self.records:
                raise KeyboardInterrupt

    heard = Impatient()
    with pytest.raises(KeyboardInterrupt):
        runner.run("tiny.toml", results="other", jobs=1, progress=heard)
    assert heard.ended == 1
    finished = [record.trial_id for record in heard.records]
    assert finished[0] in [row[0] for row in rows(home / "other" / "trials.csv")]


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.usefixtures("no_plots", "heard")
def test_a_second_ctrl_c_loses_no_finished_trial(home, monkeypatch):
    trained = driver.run_trial
    first_is_counted = threading.Event()

    def interrupted_twice(one, stop, wanted, data):
        if one.config.seed == 0 and one.config.model.hidden_size == 3:  # the first
            return trained(one, stop, wanted, data)
        first_is_counted.wait(PATIENCE_S)
        os.kill(os.getpid(), signal.SIGINT)
        while not stop[0]:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)  # the trial takes a moment to end, and the driver waits for it
        return None

    class Counting(Heard):
        def advance(self, records):
            super().advance(records)
            if self.records:
                first_is_counted.set()

    monkeypatch.setattr(driver, "run_trial", interrupted_twice)
    # the transaction of every half second would hide what the end does
    monkeypatch.setattr(driver, "_COMMIT_EVERY_S", PATIENCE_S)
    with pytest.raises(KeyboardInterrupt):
        runner.run("tiny.toml", results="other", jobs=1, progress=Counting())
    assert len(rows(home / "other" / "trials.csv")) == 1 + 1


# Ctrl-C at any moment

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

# Two cells, so that kernels are compiled again after the first trials.
TWO_CELLS = MANY.replace("[grid]", '[grid]\nmodel.cell = ["rnn", "lstm"]')


@POSIX
@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("after", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("sent", ["terminal", signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_kernels_compile_is_heard(tmp_path, sent, after):
    (tmp_path / "two.toml").write_text(TWO_CELLS)
    process = start(
        *("run", "two.toml"),
        cwd=tmp_path,
        env={"NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        start_new_session=True,  # so that a Ctrl-C of its terminal reaches it and its children
    )
    lines = [process.stderr.readline(), process.stderr.readline()]
    assert "compiling the kernels" in lines[1], lines
    time.sleep(after)
    if sent == "terminal":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(sent)
    code, _, errors = ended(process)
    assert code == 130, errors
    assert re.search(r"interrupted; \d+ of 208 trials are kept in results/two, run again", errors)
    assert "ignored" not in errors
    assert (tmp_path / "results/two/trials.csv").exists()


@POSIX
@pytest.mark.usefixtures("heard", "no_plots")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_kernels_compile_for_predictions_is_heard(home, sent):
    runner.run("tiny.toml", results="saved", overrides={"output.save_params": "best"})
    np.savez("new.npz", x=np.zeros((2, 4, 2)))
    process = start(
        *("predict", "saved", "--data", "new.npz"),
        cwd=home,
        env={"NUMBA_CACHE_DIR": str(home / "cache")},
        start_new_session=True,
    )
    assert "compiling the kernels" in process.stderr.readline()
    time.sleep(1)
    process.send_signal(sent)
    code, output, errors = ended(process)
    assert (code, output) == (130, "")
    assert "interrupted" in errors
    assert "ignored" not in errors


@POSIX
@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_of_a_run(tmp_path, sent):
    (tmp_path / "many.toml").write_text(MANY)
    moment, codes = random.Random(1), []
    for _ in range(7):
        process = start("run", "many.toml", cwd=tmp_path)
        time.sleep(moment.uniform(0.25, 5))
        process.send_signal(sent)
        code, _, errors = ended(process)
        assert code in (0, 130), errors
        assert "ignored" not in errors
        assert (code == 130) == ("interrupted" in errors)
        codes.append(code)
    assert 130 in codes


STUCK = """
import time
from rnnsweep.execution import scheduler as driver
from rnnsweep.cli.commands import main
driver.run_trial = lambda *args: time.sleep(1000)
main()
"""


@POSIX
@pytest.mark.usefixtures("heard")
def test_a_second_ctrl_c_ends_a_run_that_is_stuck(tmp_path):
    (tmp_path / "many.toml").write_text(MANY)
    process = start("run", "many.toml", cwd=tmp_path, code=STUCK)
    assert "to train" in process.stderr.readline()
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    assert process.poll() is None  # it waits for its trials
    process.send_signal(signal.SIGINT)
    code, _, errors = ended(process)
    assert code == 130
    assert f"interrupted; 0 of {N_MANY} trials are kept" in errors


@POSIX
@pytest.mark.usefixtures("no_plots")
def test_a_run_in_python_raises_and_gives_the_handlers_back(home, monkeypatch):
    trained = driver.run_trial
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    def interrupted(one, *rest):
        assert signal.getsignal(signal.SIGTERM) == handlers[1]  # Python's own ends the process
        os.kill(os.getpid(), signal.SIGINT)
        return trained(one, *rest)

    monkeypatch.setattr(driver, "run_trial", interrupted)
    for executor in ("threads", "serial"):
        with pytest.raises(
            KeyboardInterrupt, match=r"interrupted; \d of 4 trials are kept in other"
        ):
            runner.run("tiny.toml", results="other", executor=executor)
        assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert not are_left_behind(PATIENCE_S)


@POSIX
@pytest.mark.usefixtures("no_plots")
def test_a_handler_of_the_users_own_stays(home, monkeypatch):
    trained, seen = driver.run_trial, []

    def interrupted(one, *rest):
        os.kill(os.getpid(), signal.SIGINT)
        return trained(one, *rest)

    monkeypatch.setattr(driver, "run_trial", interrupted)
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        results = runner.run("tiny.toml", results="other")
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen
    assert results.trials["status"].tolist() == ["complete"] * 4


@pytest.mark.usefixtures("no_plots")
def test_a_run_in_another_thread(home):
    runs = []
    thread = threading.Thread(target=lambda: runs.append(runner.run("tiny.toml", results="other")))
    thread.start()
    thread.join(PATIENCE_S)
    assert runs[0].trials["status"].tolist() == ["complete"] * 4


@pytest.mark.usefixtures("no_plots")
def test_a_signal_while_tables_are_written_lets_them_be_whole(home, monkeypatch):
    write_tables = runner.write_tables

    def interrupted(store):
        os.kill(os.getpid(), signal.SIGINT)
        write_tables(store)

    monkeypatch.setattr(runner, "write_tables", interrupted)
    with pytest.raises(KeyboardInterrupt, match="4 of 4 trials are kept"):
        runner.run("tiny.toml", results="other")
    assert len(rows(home / "other" / "trials.csv")) == 1 + 4


def test_a_signal_while_plots_are_drawn(home, monkeypatch):
    drawn, save = [], figures.save

    def interrupted(figure, beside):
        os.kill(os.getpid(), signal.SIGINT)
        save(figure, beside)
        drawn.append(beside)

    monkeypatch.setattr(figures, "save", interrupted)
    with pytest.raises(KeyboardInterrupt, match="4 of 4 trials are kept"):
        runner.run("tiny.toml", results="other")
    assert len(drawn) == 1  # whole, and no further one
    assert len(list((home / "other/plots").iterdir())) == 1


def test_a_signal_before_anything_is_written(home):
    def run():
        with deferred():
            os.kill(os.getpid(), signal.SIGINT)
            runner.run("tiny.toml", results="other")

    with pytest.raises(KeyboardInterrupt):
        run()
    assert not (home / "other").exists()


def test_a_flag_is_looked_at_and_a_second_signal_raises():
    interruption = Interruption()
    interruption.check()
    assert list(interruption.checked("ab")) == ["a", "b"]
    interruption.hear(signal.SIGINT, None)
    interruption.hear(signal.SIGINT, None)  # the same one, passed on by another program
    with pytest.raises(KeyboardInterrupt):
        interruption.check()
    with pytest.raises(KeyboardInterrupt):
        list(interruption.checked("ab"))
    time.sleep(0.25)
    with pytest.raises(KeyboardInterrupt):
        interruption.hear(signal.SIGINT, None)
    whole = []

    def unbroken():
        with interruption.unbroken():
            interruption.hear(signal.SIGINT, None)
            whole.append(1)

    with pytest.raises(KeyboardInterrupt):
        unbroken()
    assert whole == [1]


def test_one_inside_another_is_the_same():
    with deferred() as outer:
        with deferred() as inner:
            assert inner is outer
        assert signal.getsignal(signal.SIGINT) == outer.hear
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@POSIX
def test_a_signal_that_nobody_looked_at_is_raised_at_the_end():
    with pytest.raises(KeyboardInterrupt), deferred():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# A folder that a run holds


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A working directory where a run goes on: three trials are done, three never end."""
    home = tmp_path_factory.mktemp("running")
    (home / "endless.toml").write_text(ENDLESS)
    process = start("run", "endless.toml", "--jobs", 1, cwd=home, stderr=subprocess.DEVNULL)
    try:
        folder = home / "results" / "endless"
        while not folder.exists() or not (folder / "environment.json").exists():
            assert process.poll() is None
            time.sleep(0.02)
        wait_for(folder, 3, process)
        yield home
        assert process.poll() is None  # nothing that the tests did ended it
    finally:
        process.kill()
        process.communicate()


def test_a_second_run_is_refused(running):
    before = snapshot(running)
    code, output, errors = command("run", "endless.toml", cwd=running)
    assert (code, output) == (3, "")
    assert re.fullmatch(r"rnnsweep: results.endless is in use by another run; .*\n", errors)
    assert "--results DIR" in errors
    assert snapshot(running) == before


def test_status_while_it_runs(running):
    code, output, errors = command("status", "results/endless", cwd=running)
    assert (code, errors) == (0, "")
    # the rate is over the last half minute; after it the three are too long ago to tell
    assert re.fullmatch(
        r"endless: 3 of 6 trials, 3 solved(, \S+ a second)?, \d+:\d\d:\d\d left \(running\)\n",
        output,
    )


def test_other_verbs_while_it_runs(running):
    code, output, _ = command("plan", "endless.toml", cwd=running)
    assert code == 0
    assert re.search(r"done already +3 in results.endless", output)
    code, output, _ = command("summary", "results/endless", "--json", cwd=running)
    assert code == 0
    assert [(row["val_loss_below"], row["n"]) for row in json.loads(output)] == [(1e30, 3)]
