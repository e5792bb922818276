"""The process that runs a user's file: it ends in time, whatever the file does."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from commandline import PATIENCE_S, ended, start
from own_cases import make, refused, sources_of

from rnnsweep.random_streams import TRAIN_DATA, stream
from rnnsweep.tasks.own.task import own_task

# Each writes the number of its process into a file, then does not return.
ENDLESS = """
import os, subprocess, time
from pathlib import Path

def note(pid=None):
    with Path(__file__).with_name("pids").open("a") as file:
        file.write(f"{pid or os.getpid()}\\n")

def loops(rng, n, k=0):
    note()
    while True:
        pass

def sleeps(rng, n):
    note()
    while True:
        try:
            time.sleep(1000)
        finally:
            continue

def computes(rng, n):
    note()
    return 3 ** 10**9

def starts(rng, n):
    note(subprocess.Popen(["sleep", "1000"]).pid)
    note()
    time.sleep(1000)
"""
LATE = """
import os, time
from pathlib import Path

def f(rng, n, k=1):
    if n > 100:
        Path(__file__).with_name("pids").write_text(f"{os.getpid()}\\n")
        print("drawing", flush=True)
        time.sleep(1000)
    return rng.random((n, 3, 1)), rng.random((n, 1))
"""
FORKS = """
import os, time
from pathlib import Path

def f(rng, n, exits=False):
    x = rng.random((n, 3, 1))
    if os.fork() == 0 and exits:
        with Path(__file__).with_name("pids").open("a") as file:
            file.write(f"{os.getpid()}\\n")
        time.sleep(1000)
    if exits:
        while not Path(__file__).with_name("pids").exists():
            time.sleep(0.01)
        os._exit(3)
    return x, x[:, 0]
"""
SWEEP = """
[task]
name = "my.py:{}"
[model]
hidden_size = 2
[train]
learning_rate = 0.1
epochs = 1
[output]
save_params = "none"
"""


def pids(folder):
    return [int(line) for line in (folder / "pids").read_text().splitlines()]


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid):
    """Return whether a process runs; one that ended and was not waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("function", ["loops", "sleeps", "computes", "starts"])
def test_a_function_that_never_returns_is_ended(tmp_path, function):
    text = refused(sources_of(tmp_path, ENDLESS, limit_s=0.5), function)
    assert text.endswith(f"{function}: it did not return within 0.5 s, the task_timeout of [run]")
    assert pids(tmp_path)
    wait_until(lambda: not any(map(is_alive, pids(tmp_path))))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_copies_of_the_process_answer_nothing_and_end_with_it(tmp_path):
    sources = sources_of(tmp_path, FORKS)
    task = make(sources, "f")
    for seed in range(3):
        x = stream(seed, TRAIN_DATA).random((20, 3, 1))
        np.testing.assert_array_equal(task.data(seed).train.x, x)
    assert refused(sources, "f", exits=True).endswith("f: it ended its process (exit code 3)")
    wait_until(lambda: not any(map(is_alive, pids(tmp_path))))


def test_a_file_that_never_ends_loading_is_ended(tmp_path):
    sources = sources_of(tmp_path, "while True:\n    pass\n", limit_s=0.5)
    assert refused(sources, "f") == "it did not return within 0.5 s, the task_timeout of [run]"


def test_no_other_combination_waits_for_it_again(tmp_path):
    sources = sources_of(tmp_path, ENDLESS, limit_s=0.5)
    task = own_task("my.py:loops", sources)
    for k, text in enumerate(("it did not return within", "since another call did not return")):
        with pytest.raises(ValueError, match=text):
            task.model_validate({"name": "my.py:loops", "k": k}, context=sources)
    assert len(pids(tmp_path)) == 1


def test_a_process_to_compare_with_ends_before_the_data_are_drawn(tmp_path):
    task = make(sources_of(tmp_path, LATE), "f", n_train=50)
    other = type(task).own_function.file.other._process.pid
    assert is_alive(other)
    task.data(0)
    assert not is_alive(other)


def test_a_process_that_was_killed_is_started_anew(tmp_path):
    task = make(sources_of(tmp_path, LATE), "f", n_train=50)
    expected = task.data(0).train.x
    process = type(task).own_function.file.process._process
    process.kill()
    process.wait()
    np.testing.assert_array_equal(task.data(0).train.x, expected)


def test_threads_may_ask_at_the_same_time(tmp_path):
    task = make(sources_of(tmp_path, LATE), "f", n_train=50)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda seed: task.data(seed).train.x, range(8)))
    for seed, x in enumerate(parts):
        np.testing.assert_array_equal(x, stream(seed, TRAIN_DATA).random((50, 3, 1)))


@pytest.mark.parametrize("command", ["plan", "run"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_file_is_checked(tmp_path, command, sent):
    (tmp_path / "my.py").write_text(ENDLESS)
    (tmp_path / "s.toml").write_text(SWEEP.format("loops"))
    process = start(command, "s.toml", cwd=tmp_path)
    wait_until(lambda: (tmp_path / "pids").exists() and pids(tmp_path))
    process.send_signal(sent)
    code, output, _ = ended(process)
    assert (code, output) == (130, "")
    assert not (tmp_path / "results").exists()
    wait_until(lambda: not any(map(is_alive, pids(tmp_path))))


def test_ctrl_c_while_a_trial_waits_for_its_data(tmp_path):
    (tmp_path / "my.py").write_text(LATE)
    (tmp_path / "s.toml").write_text(SWEEP.format("f"))
    process = start("run", "s.toml", "--no-plots", cwd=tmp_path)
    wait_until(lambda: (tmp_path / "pids").exists() and pids(tmp_path))
    process.send_signal(signal.SIGINT)
    code, _, errors = ended(process)
    assert code == 130
    assert "interrupted; 0 of 1 trials are kept" in errors
    assert ",failed," not in (tmp_path / "results/s/trials.csv").read_text()
    wait_until(lambda: not any(map(is_alive, pids(tmp_path))))


def test_it_ends_with_a_program_that_is_killed(tmp_path):
    (tmp_path / "my.py").write_text(ENDLESS)
    (tmp_path / "s.toml").write_text(SWEEP.format("loops"))
    process = start("plan", "s.toml", cwd=tmp_path)
    wait_until(lambda: (tmp_path / "pids").exists() and pids(tmp_path))
    process.kill()
    assert ended(process)[0] == -signal.SIGKILL
    wait_until(lambda: not any(map(is_alive, pids(tmp_path))))  # fails after a while


def test_no_process_is_left_behind(tmp_path):
    (tmp_path / "my.py").write_text(LATE)
    (tmp_path / "s.toml").write_text(SWEEP.format("f"))
    code = """
import os
from pathlib import Path
from rnnsweep import load_sweep
sweep = load_sweep("s.toml")
process = sweep[0].config.task.own_function.file.process._process
print(process.pid, flush=True)
"""
    code, output, errors = ended(start(code=code, cwd=tmp_path))
    assert (code, errors) == (0, "")
    assert not is_alive(int(output))
