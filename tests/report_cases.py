"""Sweeps whose trials were never trained: real files and ids, invented losses, real tables."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from rnnsweep.record import Record
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Sweep, Trial, load_sweep
from rnnsweep.tables.write import write_tables

# A losses-of function returns the validation loss of each epoch: infinite at the end of a trial
# that diverged, None for one that failed, an empty list for one that has not ended yet.
LossesOf = Callable[[dict, np.random.Generator], list | np.ndarray | None]

GRID = """\
# Which settings remember?
[task]
name = "adding"
seq_len = 10

[train]
epochs = 20

[grid]
model.activation = ["sigmoid", "tanh", "relu"]
model.hidden_size = [8, 16, 32, 64]
train.learning_rate = {from = 0.003, to = 1.0, num = 4, scale = "log"}
seed = [0, 1, 2]
"""
BASELINE, TEST_BASELINE = 0.167, 0.171


def grid_losses(settings: dict, rng: np.random.Generator) -> np.ndarray | None:
    """Return falling losses; relu at the largest rate diverges, one trial failed."""
    activation, size = settings["activation"], settings["hidden_size"]
    rate, seed = settings["learning_rate"], settings["seed"]
    if (activation, size, seed) == ("sigmoid", 8, 2) and rate < 0.01:
        return None
    if activation == "relu" and rate > 0.5:
        return np.append(0.2 + rng.random(2 + 3 * seed), np.inf)
    floor = (
        {"sigmoid": 0.08, "tanh": 0.01, "relu": 0.02}[activation] * 8 / size * (1 + rng.random())
    )
    epochs = np.arange(20)
    return floor + 0.17 * np.exp(-epochs * rate**0.5 * size / 40) * (1 + 0.02 * rng.random(20))


def invented(path: Path, text: str, losses_of: LossesOf) -> Sweep:
    """Fill a results folder with the trials of a sweep file, and write the tables."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.parent / f"{path.name}.toml"
    file.write_text(text, encoding="utf-8")
    sweep = load_sweep(file)
    fill(path, sweep, _records(sweep, losses_of))
    with Store.writer(path) as store:
        write_tables(store)
    return sweep


def fill(path: Path, sweep: Sweep, records: Iterable[Record]) -> None:
    """Make a results folder that holds the trials of a sweep with these records."""
    with Store.writer(path) as store:
        store.set_sweep(
            sweep.stem,
            sweep.text,
            [axis.name for axis in sweep.axes],
            ((trial.trial_id, trial.config.settings()) for trial in sweep),
            positions=sweep.positions,
            n_trials=sweep.n_in_file,
            fingerprint=sweep.fingerprint(),
        )
        store.folder.write_text(store.folder.sweep_toml, sweep.text)
        store.add(records)


def _records(sweep: Sweep, losses_of: LossesOf) -> Iterator[Record]:
    for trial in sweep:
        # a hash of the id, so that a trial's losses do not depend on the others
        rng = np.random.default_rng(zlib.crc32(trial.trial_id.encode()))
        losses = losses_of(trial.config.settings(), rng)
        if losses is None or len(losses):
            yield _record(trial, losses, rng)


def _record(trial: Trial, losses: list | np.ndarray | None, rng: np.random.Generator) -> Record:
    settings = trial.config.settings()
    if losses is None:
        return Record(trial.trial_id, settings, "failed", error="MemoryError: <b>no</b> memory")
    val = np.asarray(losses, float)
    finite = np.isfinite(val)
    diverged = None if finite.all() else len(val) - 1
    epochs = np.column_stack([1.1 * val, val, rng.random(len(val))])
    best = int(np.where(finite, val, np.inf).argmin()) if finite.any() else None
    return Record(
        trial.trial_id,
        settings,
        "complete" if diverged is None else "diverged",
        epochs,
        n_params=97,
        baselines={"mean": BASELINE, "last value": 0.32},
        best_epoch=best,
        test_loss=None if best is None else 1.05 * float(val[best]),
        test_baseline=TEST_BASELINE,
        diverged_epoch=diverged,
        wall_s=0.25,
        cpu="invented",
    )
