"""The arrays that kernels take, made once at the boundary."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .kernels.elman import Scratch, Weights
from .kernels.training import Learner, Sequences, Work
from .params import Sizes, split


def weight_views(flat: NDArray[np.floating], sizes: Sizes) -> Weights:
    """Return the matrices that kernels multiply by, as views into a flat vector."""
    views = split(flat, sizes)
    # b_h follows W_xh in the flat vector (params.py): one matrix with a row more.
    w_x = flat[: views["W_xh"].size + views["b_h"].size].reshape(sizes.input + 1, sizes.hidden)
    return Weights(w_x, views["W_hh"], views["W_hy"], views["b_y"])


def make_sequences(x: ArrayLike, y: ArrayLike, dtype: np.dtype[np.floating]) -> Sequences:
    """Return a part of a task's data for kernels.

    Parameters
    ----------
    x : (N, T, I) array
    y : (N, n_out, O) or (N, O) array
    dtype : dtype of the network
    """
    inputs, targets = np.asarray(x), np.asarray(y)
    n, seq_len, n_input = inputs.shape
    with_ones = np.ones((n, seq_len, n_input + 1), dtype)
    with_ones[:, :, :n_input] = inputs
    by_time = targets.reshape(n, -1, targets.shape[-1])
    return Sequences(with_ones, np.array(by_time, dtype, order="C"))


def make_work(
    sizes: Sizes, seq_len: int, n_out: int, capacity: int, dtype: np.dtype[np.floating]
) -> Work:
    """Return work arrays for blocks of up to `capacity` sequences of `seq_len` time steps."""
    i, h, o = sizes

    def flat(*shape: int) -> NDArray[np.floating]:
        return np.empty(int(np.prod(shape)), dtype)

    scratch = Scratch(
        dh=flat(capacity, h),
        slope=flat(capacity, h),
        W_hh_T=np.empty((h, h), dtype),
        W_hy_T=np.empty((o, h), dtype),
    )
    return Work(
        x=flat(seq_len, capacity, i + 1),
        y=flat(n_out, capacity, o),
        hs=flat(seq_len + 1, capacity, h),
        zs=flat(seq_len, capacity, h),
        ys=flat(n_out, capacity, o),
        dys=flat(n_out, capacity, o),
        order=np.empty(capacity, np.int64),
        scratch=scratch,
    )


def make_learner(params: NDArray[np.floating]) -> Learner:
    """Return the state of a training that starts from `params` (P,)."""
    return Learner(
        params=params.copy(),
        grads=np.zeros_like(params),
        first=np.zeros_like(params),
        second=np.zeros_like(params),
        best=params.copy(),
        counts=np.array([0, -1], np.int64),
        losses=np.array([np.nan, np.inf]),
    )
