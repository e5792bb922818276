"""See what other machine code changes in results: `python -m benchmarks.cpu_types [--jobs N]`.

The sweep cpu_types.toml is trained with the machine code for this CPU and, in further processes,
with that for others which this CPU runs as well. The tables of docs/verify.md are from here: how
many trainings are equal to the last bit, and by how many times the effect of a nudged learning rate
they differ otherwise. Each kind of machine code is compiled once on a machine, a minute each.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rnnsweep import load_sweep
from rnnsweep.array_types import Floats
from rnnsweep.execution.recomputation import with_nudge
from rnnsweep.execution.trial_differences import FACTOR, FLOOR, allowed_changes, exact_difference
from rnnsweep.kernels.cpu import CPU_FEATURES, CPU_NAME
from rnnsweep.record import EPOCH_COLUMNS
from rnnsweep.store.store import Store
from rnnsweep.training.trial import run_trial

_SWEEP = Path(__file__).with_suffix(".toml")
# The overrides of each part of the trials.
_PARTS = {
    "float32": [],
    "float64": ["train.dtype=float64", "model.hidden_size=[8, 32]", "seed=0"],
}
# Instructions that do no arithmetic on floats in a kernel.
_WITHOUT_FLOATS = ("clflushopt", "sha", "rdpid", "avx512bf16")


def main() -> None:
    """Train with each kind of machine code and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    jobs = parser.parse_args().jobs
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for part, overrides in _PARTS.items():
            print(f"{part}, this CPU ({CPU_NAME})")
            _train(home / part / "own", overrides, {}, jobs)
            moved = _nudged_losses(overrides)
            for title, environment in _kinds():
                folder = home / part / title.replace(" ", "-")
                _train(folder, overrides, environment, jobs)
                print(f"  {title}: {_compared(home / part / 'own', folder, moved, part)}")


def _kinds() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the title of each kind of machine code, and the environment that asks for it."""
    features = CPU_FEATURES.split(",")
    is_wide = "+avx512f" in features
    yield "another name", {"NUMBA_CPU_NAME": "skylake-avx512" if is_wide else "haswell"}
    plain = [f"-{each[1:]}" if each[1:] in _WITHOUT_FLOATS else each for each in features]
    yield "fewer instructions", {"NUMBA_CPU_FEATURES": ",".join(plain)}
    narrow = [each.replace("+avx512", "-avx512") for each in features]
    if is_wide:
        yield "256-bit vectors", {"NUMBA_CPU_FEATURES": ",".join(narrow)}
    unfused = ["-fma" if each == "+fma" else each for each in narrow]
    yield "no fused multiply-add", {"NUMBA_CPU_FEATURES": ",".join(unfused)}
    yield "generic", {"NUMBA_CPU_NAME": "generic"}


def _train(folder: Path, overrides: list[str], environment: dict[str, str], jobs: int) -> None:
    """Train the sweep in a process with this environment."""
    sets = [word for override in overrides for word in ("--set", override)]
    line = ["run", _SWEEP, "--results", folder, "--no-plots", "--quiet", "--jobs", jobs, *sets]
    subprocess.run(
        [sys.executable, "-m", "rnnsweep", *map(str, line)],
        env={**os.environ, **environment},
        check=True,
    )


def _nudged_losses(overrides: list[str]) -> dict[str, Floats]:
    """Return the epochs of each trial, trained here with a nudged learning rate."""
    epochs = {}
    for trial in load_sweep(_SWEEP, overrides):
        record = run_trial(with_nudge(trial), np.zeros(1, np.int64))
        assert record is not None
        epochs[trial.trial_id] = record.epochs
    return epochs


def _compared(own: Path, other: Path, moved: dict[str, Floats], dtype: str) -> str:
    """Return a line on two results of the same trials."""
    n_equal, n_same, worst, n_compared, n_epochs = 0, 0, 0.0, 0, 0
    with Store.reader(own) as right_store, Store.reader(other) as store:
        names = right_store.trial_ids()
        copies = zip(right_store.copies(names), store.copies(names), strict=True)
        losses = zip(right_store.epochs_of(names), store.epochs_of(names), strict=True)
        for name, (right_copy, copy), (right, epochs) in zip(names, copies, losses, strict=True):
            n_equal += exact_difference(copy, right_copy) is None
            right, epochs = right[:, : len(EPOCH_COLUMNS)], epochs[:, : len(EPOCH_COLUMNS)]
            n_same += np.array_equal(right[:, :2], epochs[:, :2], equal_nan=True)
            allowed = allowed_changes(right, moved[name][:, : len(EPOCH_COLUMNS)], FLOOR[dtype])
            n_compared += len(allowed)
            n_epochs += len(right)
            sizes = np.abs(right[: len(allowed)])
            excess = np.abs(epochs[: len(allowed)] - right[: len(allowed)]) - FLOOR[dtype] * sizes
            effects = (allowed - FLOOR[dtype] * sizes) / FACTOR
            is_over = excess > 0
            worst = max(worst, float((excess[is_over] / effects[is_over]).max(initial=0.0)))
    return (
        f"{n_equal} of {len(names)} equal to the last bit, {n_same} with equal losses; "
        f"{n_compared / n_epochs:.0%} of the epochs are compared, "
        f"the largest change is {worst:.2g} times that of the nudge"
    )


if __name__ == "__main__":
    main()
