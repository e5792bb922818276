"""Two threads against one on the same trials: python -m benchmarks.threads."""

import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np

from rnnsweep import spec
from rnnsweep.training import warm_up
from rnnsweep.trial import run_trial

N_ROUNDS = 5


def main() -> None:
    """Print the ratio."""
    sweep = spec.load(
        "sweeps/grid.toml",
        ["train.epochs=20", "train.learning_rate=[0.01, 0.02]", "seed=[0, 1]"],
    )
    trials = list(sweep)
    stop = np.zeros(1, np.int64)
    warm_up("rnn", "float32")
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(N_ROUNDS):
        for jobs, times in seconds.items():
            with ThreadPoolExecutor(jobs) as pool:
                start = time.perf_counter()
                list(pool.map(lambda trial: run_trial(trial, stop), trials))
                times.append(time.perf_counter() - start)
    one, two = median(seconds[1]), median(seconds[2])
    print(f"{len(trials)} trials: {one:.2f} s on one thread, {two:.2f} s on two")
    print(f"two threads run {one / two:.2f} times as fast as one")


if __name__ == "__main__":
    main()
