"""Every @njit function, and nothing else.

Importing this package decides where compiled kernels are cached (`cache`), before the first
decorator runs.
"""

from . import cache

# CACHE_IS_KEPT: whether another process finds there what this one compiles.
CACHE_DIR, CACHE_IS_KEPT = cache.choose_directory()
with cache.kept_in(CACHE_DIR):
    from . import (
        activations,
        apart,
        backward,
        block,
        cells,
        dropout,
        elementary,
        gru,
        layers,
        linking,
        losses,
        lstm,
        notebook,
        optimizers,
        probe,
        products,
        rnn,
        single,
        subnormals,
        training,
        views,
        weights,
    )

__all__ = [
    "CACHE_DIR",
    "CACHE_IS_KEPT",
    "activations",
    "apart",
    "backward",
    "block",
    "cache",
    "cells",
    "dropout",
    "elementary",
    "gru",
    "layers",
    "linking",
    "losses",
    "lstm",
    "notebook",
    "optimizers",
    "probe",
    "products",
    "rnn",
    "single",
    "subnormals",
    "training",
    "views",
    "weights",
]
