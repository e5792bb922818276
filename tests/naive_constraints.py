"""A twin of the constraints on recurrent matrices in NumPy, by the formulas of the papers.

`learned` is a list of arrays: [V], or [M, N] for "low_rank". Nothing here comes from the package.
"""

from typing import NamedTuple

import numpy as np


class Settings(NamedTuple):
    """What the kinds need to know in addition to their matrices."""

    n_excitatory: int = 0
    gamma: float = 0.0


NO_SETTINGS = Settings()


def effective(kind, learned, settings=NO_SETTINGS):
    """Return the matrix W (H, H) that a network uses."""
    if kind == "low_rank":
        m, n = learned
        return m @ n
    (v,) = learned
    identity = np.eye(len(v))
    if kind == "dale":  # Song et al. 2016
        signs = np.where(np.arange(len(v)) < settings.n_excitatory, 1.0, -1.0)
        return signs[:, np.newaxis] * np.abs(v)
    if kind == "antisymmetric":  # Chang et al. 2019, eq. 9
        return v - v.T - settings.gamma * identity
    assert kind == "orthogonal"  # Helfrich et al. 2018, eq. 2, without the scaling matrix
    a = v - v.T
    return np.linalg.solve(identity + a, identity - a)


def gradients(kind, learned, by_w, settings=NO_SETTINGS):
    """Return the gradients by what is learned, from the one by W."""
    if kind == "low_rank":
        m, n = learned
        return [by_w @ n.T, m.T @ by_w]
    (v,) = learned
    identity = np.eye(len(v))
    if kind == "dale":
        signs = np.where(np.arange(len(v)) < settings.n_excitatory, 1.0, -1.0)
        return [signs[:, np.newaxis] * np.sign(v) * by_w]
    if kind == "antisymmetric":
        return [by_w - by_w.T]
    assert kind == "orthogonal"  # theorem 3.2: V^T - V with V = (I + A)^-T dL/dW (I + W^T)
    a = v - v.T
    w = effective(kind, learned)
    by_a = np.linalg.solve((identity + a).T, by_w @ (identity + w.T))
    return [by_a.T - by_a]
