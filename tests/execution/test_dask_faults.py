"""Runs on a Dask cluster of which a part ends: a worker, the scheduler, the driver."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from cluster_cases import dask_processes
from commandline import PATIENCE_S, assert_same_results, command, ended, rows, start
from interruption_cases import wait_for

from rnnsweep.random_streams import TRAIN_DATA, stream
from rnnsweep.store.store import Store

Client = pytest.importorskip("distributed").Client
pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals"),
    pytest.mark.long,
]

# Trials of a second or so, in packs of one.
SLOW = """\
[task]
name = "adding"
seq_len = 10
n_train = 256
n_val = 32

[model]
hidden_size = 16

[train]
learning_rate = 0.01
epochs = {epochs}

[grid]
seed = {{from = 0, to = {last}, num = {n}}}
"""
# The data of one seed end the process that asks for them, which is the one that trains.
DEADLY = """\
import os, signal

def bits(rng, n):
    x = rng.random((n, 3, 1))
    if x[0, 0, 0] == {value!r}:
        os.kill(os.getppid(), signal.SIGKILL)
    return x, x.sum((1, 2))[:, None]
"""
WITH_DEADLY = """\
[task]
name = "own.py:bits"
n_train = 8
n_val = 8

[model]
hidden_size = 2

[train]
learning_rate = 0.01
epochs = 1

[grid]
seed = {seeds}
"""
N = 12


def sweep(folder, epochs, n=N):
    (folder / "slow.toml").write_text(SLOW.format(epochs=epochs, n=n, last=n - 1))


def started(cluster, folder, results="dask"):
    """Start a run on a cluster whose trials take long, and wait until some of them are stored."""
    arguments = ("--results", results, "--executor", "dask", "--scheduler", cluster.address)
    return start("run", "slow.toml", "--no-plots", *arguments, cwd=folder)


def went_on(folder, results="dask"):
    """Run the sweep to its end in threads, into two folders, and compare them."""
    code, _, errors = command("run", "slow.toml", "--no-plots", "--results", "whole", cwd=folder)
    assert code == 0, errors
    code, _, errors = command("run", "slow.toml", "--no-plots", "--results", results, cwd=folder)
    assert code == 0, errors
    assert_same_results(folder / "whole", folder / results)


def n_done(folder):
    with Store.reader(folder) as store:
        return store.counts().done


def test_a_killed_worker_costs_no_trial_and_another_one_joins(tmp_path):
    sweep(tmp_path, epochs=900)
    with dask_processes(tmp_path / "cluster") as cluster:
        first = cluster.add_worker(nanny=False)
        process = started(cluster, tmp_path)
        wait_for_folder(tmp_path / "dask", 2, process)
        first.kill()
        time.sleep(3)  # the driver counts workers every second, and says so when there are none
        cluster.add_worker(nanny=False)
        code, _, errors = ended(process)
    assert code == 0, errors
    assert "no worker is at" in errors
    assert "trials are trained on 1 thread of 1 Dask worker" in errors
    assert [row[1] for row in rows(tmp_path / "dask/trials.csv")][1:] == ["complete"] * N
    went_on(tmp_path)


def test_a_lost_scheduler_ends_the_run_and_keeps_all(tmp_path):
    sweep(tmp_path, epochs=900)
    with dask_processes(tmp_path / "cluster") as cluster:
        cluster.add_worker()
        process = started(cluster, tmp_path)
        wait_for_folder(tmp_path / "dask", 2, process)
        cluster.scheduler.kill()
        code, _, errors = ended(process)
    assert code == 3, errors
    assert f"the Dask scheduler at {cluster.address} is lost" in errors
    assert "run again" in errors
    kept = n_done(tmp_path / "dask")
    assert 2 <= kept < N
    went_on(tmp_path)


def test_a_run_that_waits_for_workers_ends_with_the_scheduler(tmp_path):
    sweep(tmp_path, epochs=2)
    with dask_processes(tmp_path / "cluster") as cluster:
        process = started(cluster, tmp_path)
        while "the run waits for one" not in (line := process.stderr.readline()):
            assert line, process.communicate()
        cluster.scheduler.kill()
        code, _, errors = ended(process)
    assert code == 3, errors
    assert f"the Dask scheduler at {cluster.address} is lost" in errors
    assert n_done(tmp_path / "dask") == 0


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stores_what_has_ended_and_stops_the_workers(tmp_path, sent):
    sweep(tmp_path, epochs=900)
    with dask_processes(tmp_path / "cluster") as cluster:
        cluster.add_worker()
        process = started(cluster, tmp_path)
        wait_for_folder(tmp_path / "dask", 1, process)
        process.send_signal(sent)
        code, _, errors = ended(process)
        assert code == 130, errors
        assert re.search(rf"interrupted; \d+ of {N} trials are kept in dask, run again", errors)
        # The cluster has nothing to do any more, and takes the next run.
        code, _, errors = ended(started(cluster, tmp_path))
        assert code == 0, errors
    went_on(tmp_path)


def test_workers_stop_when_the_driver_is_killed(tmp_path):
    sweep(tmp_path, epochs=10_000_000, n=2)
    with dask_processes(tmp_path / "cluster") as cluster:
        cluster.add_worker()
        process = started(cluster, tmp_path)
        with Client(cluster.address, set_as_default=False) as client:
            wait_until(lambda: any(client.processing().values()), process)
            time.sleep(3)  # it loads the sweep, and trains
        process.kill()
        process.communicate()
        # The only thread of the only worker is free again, which the long trial would not leave.
        sweep(tmp_path, epochs=2)
        code, _, errors = ended(started(cluster, tmp_path))
        assert code == 0, errors
    went_on(tmp_path)


def test_a_trial_that_takes_workers_down_is_found_and_the_others_have_results(tmp_path):
    deadly = 7  # not the first seed, which is that of the check of the file
    value = float(stream(deadly, TRAIN_DATA).random())
    (tmp_path / "own.py").write_text(DEADLY.format(value=value))
    (tmp_path / "own.toml").write_text(WITH_DEADLY.format(seeds=list(range(20))))
    with dask_processes(tmp_path / "cluster") as cluster:
        cluster.add_worker()
        arguments = ("--executor", "dask", "--scheduler", cluster.address, "--no-plots")
        code, _, errors = command("run", "own.toml", *arguments, cwd=tmp_path)
    assert code == 1, errors
    table = rows(tmp_path / "results/own/trials.csv")
    seed, status, error = (table[0].index(name) for name in ("seed", "status", "error"))
    assert len(table) == 1 + 20
    assert [row[status] for row in table[1:]].count("complete") == 19
    (failed,) = (row for row in table[1:] if row[status] == "failed")
    assert int(failed[seed]) == deadly
    assert failed[error].startswith("it takes its process down, by signal 9 (SIGKILL)")


def wait_until(is_so, process=None):
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert process is None or process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def wait_for_folder(folder, n, process):
    """Wait until a run has made its folder and stored so many trials."""
    wait_until(lambda: (folder / "store.db").exists(), process)
    wait_for(folder, n, process)


# A cluster on this machine


def started_here(folder):
    """Start a run on a cluster of its own, in a session of its own, which ends what it started."""
    arguments = ("--results", "dask", "--executor", "dask", "--jobs", 2, "--no-plots")
    process = start("run", "slow.toml", *arguments, cwd=folder, start_new_session=True)
    wait_for_folder(folder / "dask", 1, process)
    return process


def session_of(process):
    """Return how many processes there are in the session of a process that may have ended."""
    listed = subprocess.run(["ps", "-o", "pid=", "-s", str(process.pid)], capture_output=True)
    return len(listed.stdout.split())


def test_ctrl_c_in_a_terminal_reaches_the_driver_alone(tmp_path):
    sweep(tmp_path, epochs=900)
    process = started_here(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    code, _, errors = ended(process)
    assert code == 130, errors
    assert re.search(rf"interrupted; \d+ of {N} trials are kept in dask, run again", errors)
    of_the_run = errors.count(" of 12 trials") + errors.count("best so far: ")
    assert errors.count("\n") == 2 + of_the_run, errors  # nothing of Dask's
    wait_until(lambda: not session_of(process))
    went_on(tmp_path)


def test_ctrl_c_while_the_cluster_starts(tmp_path):
    sweep(tmp_path, epochs=2)
    arguments = ("--executor", "dask", "--jobs", 2, "--no-plots")
    process = start("run", "slow.toml", *arguments, cwd=tmp_path, start_new_session=True)
    wait_until(lambda: session_of(process) > 1, process)
    os.killpg(process.pid, signal.SIGINT)
    code, _, errors = ended(process)
    assert code == 130, errors
    assert errors.strip() == "rnnsweep: interrupted"
    assert not (tmp_path / "results").exists()
    wait_until(lambda: not session_of(process))


def test_workers_end_with_a_driver_that_is_killed(tmp_path):
    sweep(tmp_path, epochs=900)
    process = started_here(tmp_path)
    assert session_of(process) > 1
    process.kill()
    process.communicate()
    wait_until(lambda: not session_of(process))
    went_on(tmp_path)
