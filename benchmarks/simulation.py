"""A driver with very many workers, simulated: `python -m benchmarks.simulation [--workers N ...]`.

The scheduler, the queue of trials, the backlog and the store are the real ones. The workers are
not there: a task ends at a moment of a simulated clock. This clock advances by the CPU seconds that
the driver's thread takes, among them those in which tasks and records are turned into bytes and
back. Where the driver waits for a task, the clock leaps to the end of the next one. What the
cluster's own software takes for a task is added as so many milliseconds. The network and the disk
cost nothing.

For each number of workers and each time of a trial, it prints which share of the workers' time is
training, how many trials a second that is, and the memory of the driver.
"""

import argparse
import tempfile
from itertools import product
from pathlib import Path
from typing import NamedTuple

from benchmarks.driver import GRID, overrides
from benchmarks.phases import memory_mb
from benchmarks.simulated_cluster import SimulatedCluster, simulated_time
from benchmarks.stub_training import StubTraining
from rnnsweep.execution.progress import Progress
from rnnsweep.execution.scheduler import Scheduler
from rnnsweep.execution.trial_queue import QueuedTrial
from rnnsweep.record import Record, Recording
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Sweep, load_sweep


class Outcome(NamedTuple):
    """What a simulation measured.

    Attributes
    ----------
    rate : float
        Trials a second, in the middle half of the run.
    utilisation : float
        The share of the workers' time in which they train, in that half.
    memory_mb : float
        The memory that the driver has more than before the run, in 10^6 bytes.
    """

    rate: float
    utilisation: float
    memory_mb: float


class _Moments(Progress):
    """Notes when trials end, and the memory where half of them have."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self._cluster = cluster
        self._n_trials = self._n_ended = 0
        self.marks: dict[float, tuple[int, float]] = {}
        self.memory_mb = 0.0

    def begin(self, n_trials: int) -> None:
        self._n_trials = n_trials

    def advance(self, records: list[Record]) -> None:
        self._n_ended += len(records)
        for share in (0.25, 0.75):
            if share not in self.marks and self._n_ended >= share * self._n_trials:
                self.marks[share] = self._n_ended, self._cluster.clock.monotonic()
                self.memory_mb = max(self.memory_mb, memory_mb())


def main() -> None:
    """Print a row for each number of workers and each time of a trial."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument(
        "--seconds", type=float, nargs="+", default=[1.0], help="how long a trial takes"
    )
    parser.add_argument(
        "--length", type=float, default=20.0, help="how many seconds each worker has to train"
    )
    parser.add_argument("--task-ms", type=float, default=1.0, help="what the cluster takes a task")
    parser.add_argument("--epochs", type=int, default=60, help="epochs of a record")
    arguments = parser.parse_args()
    print(f"{'workers':>8} {'s a trial':>10} {'utilisation':>12} {'trials a s':>11} {'MB':>6}")
    for n_workers, seconds in product(arguments.workers, arguments.seconds):
        sweep = load_sweep(GRID, overrides(round(n_workers * arguments.length / seconds)))
        task_s = arguments.task_ms / 1000
        rate, share, memory = simulate(sweep, n_workers, seconds, arguments.epochs, task_s)
        print(f"{n_workers:8} {seconds:10.4g} {share:12.1%} {rate:11.4g} {memory:6.0f}", flush=True)


def simulate(sweep: Sweep, n_workers: int, seconds: float, n_epochs: int, task_s: float) -> Outcome:
    """Train a sweep on simulated workers, where a trial takes about so many seconds.

    `task_s` are the seconds of the driver that the cluster's own software takes for a task.
    """
    recording = Recording()
    queue = (
        QueuedTrial(trial, recording, seconds, position) for position, trial in enumerate(sweep)
    )
    with (
        tempfile.TemporaryDirectory() as scratch,
        SimulatedCluster(n_workers, StubTraining(n_epochs), task_s) as cluster,
        simulated_time(cluster),
        Store.writer(Path(scratch, "results")) as store,
    ):
        entered = ((trial.trial_id, trial.config.settings()) for trial in sweep)
        store.set_sweep(sweep.stem, sweep.text, [], entered)
        before, moments = memory_mb(), _Moments(cluster)
        scheduler = Scheduler(store, cluster, moments)
        scheduler.train(queue, len(sweep), len(sweep) * seconds)
        (n_first, start), (n_last, end) = moments.marks[0.25], moments.marks[0.75]
        rate = (n_last - n_first) / (end - start)
        return Outcome(rate, rate * seconds / n_workers, moments.memory_mb - before)


if __name__ == "__main__":
    main()
