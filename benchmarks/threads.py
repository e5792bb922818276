"""Speed of two threads compared with one, on the same trials: python -m benchmarks.threads."""

import tempfile
import time
from statistics import median

from rnnsweep import sweepfile
from rnnsweep.execution.local_executors import ThreadExecutor
from rnnsweep.execution.progress import Progress
from rnnsweep.execution.scheduler import Scheduler
from rnnsweep.execution.trial_queue import QueuedTrial
from rnnsweep.record import Recording
from rnnsweep.store.store import Store
from rnnsweep.training.data_cache import DataCache
from rnnsweep.training.workload import trial_seconds

N_ROUNDS = 5


def train(sweep: sweepfile.Sweep, jobs: int) -> float:
    """Train all trials as a run does; return the seconds."""
    recording = Recording()
    queue = [
        QueuedTrial(trial, recording, trial_seconds(trial.config, recording)) for trial in sweep
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.writer(folder) as store,
        ThreadExecutor(jobs, DataCache(), print) as executor,
    ):
        scheduler = Scheduler(store, executor, Progress())
        start = time.perf_counter()
        scheduler.train(queue, len(queue), sum(trial.seconds for trial in queue))
        return time.perf_counter() - start


def main() -> None:
    """Print the ratio."""
    sweep = sweepfile.load("sweeps/grid.toml", ["train.epochs=20"])
    train(sweep, jobs=2)  # compiles the kernels if that was not done
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(N_ROUNDS):
        for jobs, times in seconds.items():
            times.append(train(sweep, jobs))
    one, two = median(seconds[1]), median(seconds[2])
    print(f"{len(sweep)} trials: {one:.2f} s on one thread, {two:.2f} s on two")
    print(f"two threads run {one / two:.2f} times as fast as one")


if __name__ == "__main__":
    main()
