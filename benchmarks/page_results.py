"""A large results folder for the page: real settings and ids, invented losses."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rnnsweep.record import Record
from rnnsweep.sweepfile import Sweep, load_sweep
from tests.report_cases import fill

N_SEEDS = 3
# 4 x 8 x 20 x 26 = 16,640 settings; with 3 seeds 49,920 trials.
GRID = f"""\
[task]
name = "adding"
seq_len = 10

[train]
epochs = 20

[grid]
model.activation = ["sigmoid", "tanh", "relu", "softsign"]
model.hidden_size = [4, 8, 12, 16, 24, 32, 48, 64]
train.learning_rate = {{from = 0.001, to = 1.0, num = 20, scale = "log"}}
train.momentum = {{from = 0.0, to = 0.99, num = 26}}
seed = {list(range(N_SEEDS))}
"""
# As many settings as trials: the largest page.
N_SETTINGS = 50_000
SEARCH = f"""\
[task]
name = "adding"
seq_len = 10

[train]
epochs = 20

[random]
trials = {N_SETTINGS}
model.activation = ["sigmoid", "tanh", "relu", "softsign"]
model.hidden_size = {{from = 4, to = 64}}
train.learning_rate = {{from = 1e-4, to = 1.0, scale = "log"}}
train.momentum = {{from = 0.0, to = 0.99}}
train.l2 = {{from = 1e-7, to = 1e-2, scale = "log"}}
"""
N_TABLES = 997  # different curves: random numbers have as many digits as real ones


def make_grid(folder: Path, n_seeds: int = N_SEEDS, n_epochs: int = 20) -> Sweep:
    """Fill a folder with that grid; every tenth trial diverged."""
    return _filled(folder, GRID, [f"seed={list(range(n_seeds))}", f"train.epochs={n_epochs}"])


def make_search(folder: Path, n_epochs: int = 20) -> Sweep:
    """Fill a folder with that random search; every tenth trial diverged."""
    return _filled(folder, SEARCH, [f"train.epochs={n_epochs}"])


def _filled(folder: Path, text: str, changes: Sequence[str] = ()) -> Sweep:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder.parent / "page.toml"
    file.write_text(text, encoding="utf-8")
    sweep = load_sweep(file, changes)
    fill(folder, sweep, _records(sweep))
    return sweep


def _records(sweep: Sweep) -> Iterator[Record]:
    n_epochs = sweep[0].config.train.epochs
    rng = np.random.default_rng(0)
    falls = np.exp(-np.arange(n_epochs) * rng.uniform(0.05, 1, (N_TABLES, 1)))
    curves = 0.2 * (rng.uniform(0.01, 0.8, (N_TABLES, 1)) + falls)
    curves *= rng.uniform(0.95, 1.05, curves.shape)
    for place, trial in enumerate(sweep):
        draw = int(trial.trial_id[1:], 16) % N_TABLES
        size = trial.config.model.hidden_size
        losses = curves[draw] * (8 / size) ** 0.3
        diverged_epoch = draw % n_epochs if place % 10 == 0 else None
        if diverged_epoch is not None:
            losses = np.append(losses[:diverged_epoch], np.inf)
        best = int(losses.argmin())
        yield Record(
            trial.trial_id,
            trial.config.settings(),
            "complete" if diverged_epoch is None else "diverged",
            np.column_stack([1.1 * losses, losses, losses]),
            n_params=1000,
            baselines={"constant": 0.1669921875},
            best_epoch=best if np.isfinite(losses[best]) else None,
            test_loss=1.05 * float(losses[best]),
            test_baseline=0.16796875,
            diverged_epoch=diverged_epoch,
            wall_s=0.25,
            cpu="stub",
        )
