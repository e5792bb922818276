"""Invented losses of crossed seeds, and their outcomes."""

import numpy as np

from rnnsweep.analysis.outcomes import NUMBERS, Outcomes

SWEPT = ["activation", "hidden_size"]
APART = ("seed_data", "seed_init", "seed_order")


def outcomes_of(losses, names=APART, diverged=(), failed=(), without=()):
    """Outcomes of losses (n_activations, n_sizes, values of each seed of `names`).

    `diverged`, `failed` and `without` are numbers of trials in that order.
    """
    places = np.array([p for p in range(losses.size) if p not in without], np.intp)
    digits = np.stack(np.unravel_index(places, losses.shape), axis=1)
    columns = ["activation", "hidden_size", *names]
    settings = {name: digits[:, column].tolist() for column, name in enumerate(columns)}
    settings["activation"] = [("tanh", "relu", "sin")[i] for i in settings["activation"]]
    settings.setdefault("seed", [0] * len(places))
    status = ["complete"] * losses.size
    for place in diverged:
        status[place] = "diverged"
    for place in failed:
        status[place] = "failed"
    numbers = {name: np.full(len(places), np.nan) for name in NUMBERS}
    numbers["best_val_loss"] = losses.ravel()[places]
    ids = [f"t{place:015x}" for place in places]
    return Outcomes(ids, [status[place] for place in places], settings, numbers)


def planted(variances, shape=(2, 3, 6, 6, 6), seed=0):
    """Losses whose logarithm has these variances: of each seed, and of what is left."""
    rng = np.random.default_rng(seed)
    log = rng.standard_normal(shape[:2])[..., None, None, None]
    for axis, variance in enumerate(variances[:3]):
        sizes = [n if a in (0, 1, axis + 2) else 1 for a, n in enumerate(shape)]
        log = log + variance**0.5 * rng.standard_normal(sizes)
    return np.exp(log + variances[3] ** 0.5 * rng.standard_normal(shape))
