"""What Dask costs a trial, and what a second worker gives: python -m benchmarks.cluster.

The same trials are trained by one thread and by two, and by one worker and by two workers of a Dask
cluster on this machine, each worker a process with one thread. A round has all four, one after the
other, so that they see the same machine. Workers have loaded the sweep and its kernels before.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from distributed import LocalCluster

from rnnsweep import sweepfile
from rnnsweep.execution.dask_executor import DaskExecutor
from rnnsweep.execution.executors import Executor
from rnnsweep.execution.local_executors import ThreadExecutor
from rnnsweep.execution.progress import Progress
from rnnsweep.execution.remote_training import SweepFiles
from rnnsweep.execution.scheduler import Scheduler
from rnnsweep.execution.trial_queue import QueuedTrial
from rnnsweep.interruption import Interruption
from rnnsweep.record import Recording
from rnnsweep.store.store import Store
from rnnsweep.training.data_cache import DataCache
from rnnsweep.training.workload import trial_seconds

# Trials of a millisecond, where the way of a trial counts, and of a tenth of a second.
SHORT = ["task.n_train=32", "task.n_val=32", "train.epochs=1", "seed={from=0,to=41,num=42}"]
LONG = ["train.epochs=20", "seed=0"]
N_ROUNDS = 5

Sweep = sweepfile.Sweep


@contextmanager
def executors(sweep: Sweep) -> Iterator[dict[str, Executor]]:
    """Yield the four ways to train the trials of a sweep, ready to do so."""
    with ExitStack() as stack:
        ways: dict[str, Executor] = {
            f"threads {n}": stack.enter_context(ThreadExecutor(n, DataCache(), print))
            for n in (1, 2)
        }
        for n in (1, 2):
            cluster = stack.enter_context(
                LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address="127.0.0.1:0")
            )
            address = cluster.scheduler_address
            ways[f"workers {n}"] = stack.enter_context(
                DaskExecutor(SweepFiles.of(sweep), address, 0, None, print, Interruption())
            )
        yield ways


def train(sweep: Sweep, executor: Executor) -> float:
    """Train all trials as a run does; return the seconds."""
    recording = Recording()
    queue = [
        QueuedTrial(trial, recording, trial_seconds(trial.config, recording), position)
        for position, trial in enumerate(sweep)
    ]
    entries = [(trial.trial_id, trial.config.settings()) for trial in sweep]
    with tempfile.TemporaryDirectory() as folder, Store.writer(folder) as store:
        store.set_sweep(sweep.stem, sweep.text, sweep.seeds, entries)
        scheduler = Scheduler(store, executor, Progress())
        start = time.perf_counter()
        scheduler.train(queue, len(queue), sum(trial.seconds for trial in queue))
        return time.perf_counter() - start


def compare(overrides: list[str], n_rounds: int) -> tuple[int, dict[str, float]]:
    """Return how many trials a sweep has, and the median seconds of each way to train them."""
    sweep = sweepfile.load("sweeps/grid.toml", overrides)
    with executors(sweep) as ways:
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(n_rounds + 1):
            for way, executor in ways.items():
                took = train(sweep, executor)
                if number:  # the first one loads kernels and the sweep
                    seconds[way].append(took)
    return len(sweep), {way: median(times) for way, times in seconds.items()}


def main() -> None:
    """Print what Dask costs a trial, and how much faster two of each are than one."""
    n_trials, seconds = compare(SHORT, N_ROUNDS)
    thread, worker = (seconds[way] / n_trials * 1e3 for way in ("threads 1", "workers 1"))
    print(
        f"{n_trials} short trials: {thread:.2f} ms a trial in one thread, {worker:.2f} ms in one "
        f"worker: Dask costs {worker - thread:.2f} ms a trial"
    )
    n_trials, seconds = compare(LONG, N_ROUNDS)
    for way in ("threads", "workers"):
        one, two = (seconds[f"{way} {n}"] for n in (1, 2))
        print(
            f"{n_trials} long trials: {one:.2f} s by one of the {way}, {two:.2f} s by two: "
            f"{one / two:.2f} times as fast"
        )


if __name__ == "__main__":
    main()
