"""What is compiled before a training starts, by whom, and what the user reads about it."""

import errno
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from every_kernel import every_kernel
from numba import config

from rnnsweep import sweepfile
from rnnsweep.cells import CELLS
from rnnsweep.execution import compilation
from rnnsweep.execution.compilation import Compilation, Needs
from rnnsweep.execution.executors import are_left_behind
from rnnsweep.interruption import deferred
from rnnsweep.record import METRICS, Recording
from rnnsweep.training.trial import run_trial

pytestmark = pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")

SWEEPS = {
    "rnn": "task.name=adding task.seq_len=4 model.activation=relu",
    "one by one": "task.name=notebook train.batch_size=1 train.gradient=notebook",
    "lstm": (
        "task.name=reber model.cell=lstm model.num_layers=2 train.dropout=0.5 train.optimizer=adam"
    ),
    "gru": "task.name=sine task.seq_len=4 model.cell=gru train.dtype=float64 train.loss=huber",
}
SIZES = "model.hidden_size=3 train.learning_rate=0.01 train.epochs=1"
FEW = "task.n_train=8 task.n_val=8"


@pytest.mark.parametrize("name", SWEEPS)
def test_a_trial_compiles_nothing_more(name, tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text("")
    few = "" if name == "one by one" else FEW
    trial = sweepfile.load(path, " ".join([SWEEPS[name], SIZES, few]).split())[0]
    recording = Recording(tuple(metric for metric in METRICS if metric != "share_clipped"))
    Compilation(lambda line: None).prepare(Needs.of_trial(trial.config, recording))
    before = {name: len(kernel.signatures) for name, kernel in every_kernel().items()}
    record = run_trial(trial, np.zeros(1, np.int64), recording)
    assert record.status == "complete"
    assert {name: len(kernel.signatures) for name, kernel in every_kernel().items()} == before
    assert sum(before.values()) >= 8


PROGRAM = """
from rnnsweep.execution import compilation
from rnnsweep.cells import CELLS
from rnnsweep.execution.compilation import Compilation, Needs
from rnnsweep.kernels import backward, layers

compilation.usable_cores = lambda: {cores}
needs = Needs(CELLS["rnn"], "float32", small=False)
Compilation(print).prepare(needs)
Compilation(print).prepare(needs)
for unit in (layers.forward, backward.backward):
    stats = unit.kernel.stats
    print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


@pytest.mark.parametrize(("cores", "back"), [(2, "1 0"), (1, "0 1")])
def test_a_second_process_compiles_half(cores, back, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(cores=cores)],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    begins, ends, *stats = done.stdout.splitlines()
    assert begins == "compiling the kernels for rnn with tanh in float32, once on this machine"
    assert ends.startswith("compiled in ")
    assert stats == ["0 1", back]


def test_where_no_process_can_be_started_this_one_compiles(monkeypatch, tmp_path):
    monkeypatch.setattr(compilation, "CACHE_DIR", tmp_path)
    monkeypatch.setattr(compilation, "usable_cores", lambda: 2)
    monkeypatch.setattr(sys, "executable", None)
    lines = []
    Compilation(lines.append).prepare(Needs(CELLS["rnn"], "float32", small=False))
    assert len(lines) == 2


@pytest.mark.parametrize("code", [errno.EAGAIN, errno.ENOMEM, errno.ENOENT])
def test_where_the_system_starts_no_process_this_one_compiles_and_says_so(
    monkeypatch, tmp_path, code
):
    def no_process(*args, **options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(compilation, "CACHE_DIR", tmp_path)
    monkeypatch.setattr(compilation, "CACHE_IS_KEPT", True)
    monkeypatch.setattr(compilation, "usable_cores", lambda: 2)
    monkeypatch.setattr(subprocess, "Popen", no_process)
    lines = []
    Compilation(lines.append).prepare(Needs(CELLS["rnn"], "float32", small=False))
    assert len(lines) == 3
    assert os.strerror(code) in lines[1]
    assert lines[2].startswith("compiled in ")


def test_where_the_system_starts_no_thread_the_main_one_compiles(monkeypatch):
    def none_left(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    monkeypatch.setattr(compilation, "usable_cores", lambda: 1)
    threads = []
    for steps in ("_front_steps", "_back_steps"):
        step = lambda: threads.append(threading.current_thread())  # noqa: E731
        monkeypatch.setattr(compilation, steps, lambda needs, step=step: [step])
    Compilation(lambda line: None).prepare(Needs(CELLS["rnn"], "float32", small=False))
    assert threads == [threading.main_thread()] * 2


def test_what_goes_wrong_while_kernels_compile_is_raised():
    def fail():
        raise ZeroDivisionError("as asked")

    with deferred() as interruption, pytest.raises(ZeroDivisionError, match="as asked"):
        compilation._run([fail], interruption)


def test_a_signal_is_heard_in_the_middle_of_a_step():
    go_on, taken = threading.Event(), []

    def long_step():
        os.kill(os.getpid(), signal.SIGINT)
        taken.append(1)
        go_on.wait(60)

    with pytest.raises(KeyboardInterrupt), deferred() as interruption:
        compilation._run([long_step, lambda: taken.append(2)], interruption)
    go_on.set()
    assert not are_left_behind(60)
    assert taken == [1]
