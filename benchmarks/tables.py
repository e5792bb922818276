"""Time the tables of a large sweep: `python -m benchmarks.tables [--trials N] [--epochs N]`.

The store is filled with random losses, which have as many digits as real ones. With --peers the
same rows are also written by pandas and by the csv module. With --checksums the tables are written
several times in turn, with and without comparing the checksums of trials and epochs, and the ratio
of the times is printed.
"""

import argparse
import csv
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from unittest import mock

import numpy as np
import pandas as pd

from rnnsweep.record import Record
from rnnsweep.store import walk
from rnnsweep.store.store import Store
from rnnsweep.tables.frames import epochs_frame
from rnnsweep.tables.write import write_tables

_HIDDEN_SIZES = (8, 16, 32, 64)


def main() -> None:
    """Write the tables in each form and print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=50_000)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--peers", action="store_true", help="also time pandas and csv")
    parser.add_argument("--checksums", type=int, metavar="N", help="compare N times in turn")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Store.writer(folder) as store:
        trials = [_settings(i) for i in range(arguments.trials)]
        _fill(store, trials, arguments.epochs)
        rows = arguments.trials * arguments.epochs
        print(f"{arguments.trials:,} trials, {rows:,} rows of epochs")
        if arguments.checksums:
            _compare_checksums(store, arguments.checksums)
            return
        for form in ("csv", "parquet"):
            _show(f"all tables, epochs.{form}", lambda form=form: write_tables(store, form))
            size = (Path(folder) / f"epochs.{form}").stat().st_size
            print(f"  {size / 1e6:.0f} MB; peak of memory {_peak_mb():.0f} MB")
        if arguments.peers:
            frame = epochs_frame(store)
            _show("pandas' to_csv", lambda: frame.to_csv(Path(folder) / "peer.csv", index=False))
            _show("csv.writer", lambda: _write(Path(folder) / "peer.csv", frame))


def _settings(i: int) -> tuple[str, dict[str, object]]:
    size = _HIDDEN_SIZES[i % len(_HIDDEN_SIZES)]
    return f"t{i:015x}", {"task": "adding", "hidden_size": size, "loss": "mse", "seed": i}


def _fill(store: Store, trials: list[tuple[str, dict[str, object]]], n_epochs: int) -> None:
    store.set_sweep("tables", "", ["hidden_size"], trials)
    rng = np.random.default_rng(0)

    def records() -> Iterator[Record]:
        for trial_id, settings in trials:
            losses = rng.random((n_epochs, 3))
            best = int(losses[:, 1].argmin())
            yield Record(trial_id, settings, "complete", losses, best_epoch=best)

    store.add(records())


def _compare_checksums(store: Store, n_times: int) -> None:
    """Print how much of the time of the tables the checksums of what is read take."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * n_times):
        checked = number % 2 == 0
        with ExitStack() as stack:
            for name in () if checked else ("check_row", "check_epochs"):
                stack.enter_context(mock.patch.object(walk, name, _unchecked))
            start = time.process_time()
            write_tables(store)
            seconds[checked].append(time.process_time() - start)
    shares = [
        100 * (checked / other - 1)
        for checked, other in zip(seconds[True], seconds[False], strict=True)
    ]
    checked, other = map(median, (seconds[True], seconds[False]))
    print(f"with checksums {checked:.2f} s of CPU, without {other:.2f} s")
    print(f"the checksums take {median(shares):.1f} % (median of {n_times} pairs)")


def _unchecked(*_: object) -> None:
    """Do nothing in place of a comparison."""


def _write(path: Path, frame: pd.DataFrame) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(frame.columns)
        writer.writerows(zip(*(frame[name].tolist() for name in frame), strict=True))


def _show(what: str, work: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:26} {wall:6.2f} s, {cpu:6.2f} s of CPU", flush=True)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
