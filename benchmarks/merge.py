"""Time a merge of shards: `python -m benchmarks.merge [--shards N] [--trials N] [--epochs N]`.

The shards are filled with random losses. Each number of trials is merged in a process of its own,
so that its peak of memory is that of the merge; `--trials` is the number in one shard, and a tenth
of it is merged first.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rnnsweep.record import Record
from rnnsweep.store.store import Store
from rnnsweep.tables.write import write_tables

_HIDDEN_SIZES = (8, 16, 32, 64)
_TEXT = "[grid]\nmodel.hidden_size = [8, 16, 32, 64]\n"

# What runs in a process of its own.
_MERGE = """
import resource, sys, time
import rnnsweep
into, *shards = sys.argv[1:]
start, cpu = time.perf_counter(), time.process_time()
rnnsweep.merge(into, shards, plots=False)
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{wall:.2f} s, {cpu:.2f} s of CPU; peak of memory {peak:.0f} MB")
"""


def main() -> None:
    """Merge the shards and print the seconds, next to those of the tables alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--trials", type=int, default=12_500)
    parser.add_argument("--epochs", type=int, default=60)
    arguments = parser.parse_args()
    for n_trials in (arguments.trials // 10, arguments.trials):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            for shard in range(arguments.shards):
                _fill(home / f"{shard}", shard, arguments.shards, n_trials, arguments.epochs)
            print(f"{arguments.shards} x {n_trials:,} trials of {arguments.epochs} epochs")
            words = [str(home / "all"), *(str(home / f"{k}") for k in range(arguments.shards))]
            for what in ("merge and tables", "once more"):
                done = subprocess.run(
                    [sys.executable, "-c", _MERGE, *words], check=True, stdout=subprocess.PIPE
                )
                print(f"  {what:17} {done.stdout.decode().strip()}", flush=True)
            with Store.writer(home / "all") as store:
                start, cpu = time.perf_counter(), time.process_time()
                write_tables(store)
                wall, cpu = time.perf_counter() - start, time.process_time() - cpu
            print(f"  {'tables':17} {wall:.2f} s, {cpu:.2f} s of CPU", flush=True)


def _fill(path: Path, shard: int, n_shards: int, n_trials: int, n_epochs: int) -> None:
    """Write the results of one shard."""
    numbers = range(shard, n_shards * n_trials, n_shards)
    rng = np.random.default_rng(shard)

    def settings(i: int) -> dict[str, object]:
        size = _HIDDEN_SIZES[i % len(_HIDDEN_SIZES)]
        return {"task": "adding", "hidden_size": size, "loss": "mse", "seed": i}

    def records() -> Iterator[Record]:
        for i in numbers:
            losses = rng.random((n_epochs, 3))
            best = int(losses[:, 1].argmin())
            yield Record(f"t{i:015x}", settings(i), "complete", losses, best_epoch=best)

    with Store.writer(path) as store:
        store.set_sweep(
            "merge",
            _TEXT,
            ["hidden_size"],
            ((f"t{i:015x}", settings(i)) for i in numbers),
            positions=numbers,
            shard=f"{shard + 1}/{n_shards}",
            n_trials=n_shards * n_trials,
        )
        store.add(records())


if __name__ == "__main__":
    main()
