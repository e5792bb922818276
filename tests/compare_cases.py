"""Invented outcomes of a grid, for the tests of comparisons."""

import itertools
import math

import numpy as np

from rnnsweep.analysis.outcomes import Outcomes


def grid(loss, seeds=range(3), **axes):
    """Outcomes of a full grid: `loss` gets the settings and the seed, and returns a loss.

    It is infinite for a trial that diverged, and NaN for one that failed.
    """
    names = [*axes, "seed"]
    rows = [
        dict(zip(names, values, strict=True)) for values in itertools.product(*axes.values(), seeds)
    ]
    losses = np.array([loss(**row) for row in rows], float)
    return outcomes(rows, losses)


def outcomes(rows, losses, **numbers):
    """Outcomes of trials with these settings and best validation losses."""
    statuses = [
        "failed" if math.isnan(loss) else "diverged" if math.isinf(loss) else "complete"
        for loss in losses.tolist()
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    finite = np.where(np.isfinite(losses), losses, np.nan)
    missing = np.full(len(rows), np.nan)
    return Outcomes(
        [f"t{place}" for place in range(len(rows))],
        statuses,
        columns,
        {"best_val_loss": finite, "baseline": missing, "test_loss": finite.copy(),
         "test_baseline": missing, **numbers},
    )  # fmt: skip
