"""The arrays that kernels take, made once at the boundary."""

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .kernels.block import Sequences, Work
from .kernels.gru import GruWeights
from .kernels.lstm import LstmWeights
from .kernels.rnn import RnnWeights
from .kernels.training import Learner
from .kernels.weights import Weights
from .params import Sizes, blocks

_WEIGHTS: dict[str, type[Weights]] = {"rnn": RnnWeights, "lstm": LstmWeights, "gru": GruWeights}

# Arrays of a state's size that a cell keeps for its way back, beside the gates.
EXTRAS = {"rnn": 0, "lstm": 3, "gru": 2}


def weight_views(flat: NDArray[np.floating], sizes: Sizes) -> Weights:
    """Return the matrices that kernels multiply by, as views into a flat vector."""
    return _WEIGHTS[sizes.cell](*blocks(flat, sizes))


def make_sequences(
    x: ArrayLike,
    y: ArrayLike,
    dtype: np.dtype[np.floating],
    sizes: Sizes,
    n_out: int,
    lengths: ArrayLike | None = None,
) -> Sequences:
    """Return a part of a task's data for kernels.

    Parameters
    ----------
    x : (N, T, I) array, or (N, T) array of whole numbers below I
    y : (N, T, O) or (N, O) array; for classes (N, T) or (N,) whole numbers
    dtype : dtype of the network
    sizes : Sizes
    n_out : int
        Outputs of a sequence: T or 1.
    lengths : (N,) array, optional
        T for all sequences if left out.
    """
    inputs = np.asarray(x)
    return gather_sequences([(inputs, y, lengths)], len(inputs), dtype, sizes, n_out)


def gather_sequences(
    blocks: Iterable[tuple[NDArray[Any], ArrayLike, ArrayLike | None]],
    n: int,
    dtype: np.dtype[np.floating],
    sizes: Sizes,
    n_out: int,
) -> Sequences:
    """Return what `make_sequences` does for n sequences that come in blocks.

    Parameters
    ----------
    blocks : iterable of (x, y, lengths)
        At least one, each as `make_sequences` takes them; none is needed once the next is asked
        for.
    n : int
        Sequences of all blocks.
    dtype, sizes, n_out
        As `make_sequences` takes them.
    """
    made, start = None, 0
    for inputs, y, lengths in blocks:
        targets = np.asarray(y).reshape(len(inputs), n_out, -1)
        if made is None:
            seq_len, has_tokens = inputs.shape[1], inputs.ndim == 2
            made = Sequences(
                np.ones((0 if has_tokens else n, seq_len, sizes.input + 1), dtype),
                np.empty((n if has_tokens else 0, seq_len), np.int64),
                np.empty((n, n_out, targets.shape[2]), dtype),
                np.full(n, seq_len),
            )
        rows = slice(start, start + len(inputs))
        with np.errstate(over="ignore"):  # beyond float32 is infinite there, and a trial diverges
            if has_tokens:
                made.tokens[rows] = inputs
            else:
                made.x[rows, :, : sizes.input] = inputs
            made.y[rows] = targets
        if lengths is not None:
            made.lengths[rows] = lengths
        start = rows.stop
    assert made is not None
    return made


def make_work(
    sizes: Sizes,
    seq_len: int,
    n_out: int,
    capacity: int,
    dtype: np.dtype[np.floating],
    *,
    differ: bool = True,
    dropout: bool = False,
    stateful: bool = False,
    with_flow: bool = False,
) -> Work:
    """Return work arrays for blocks of up to `capacity` sequences of `seq_len` time steps.

    Parameters
    ----------
    sizes : Sizes
    seq_len, n_out, capacity : int
    dtype : dtype of the network
    differ : bool
        False where all sequences are of one length.
    dropout, stateful : bool
        Whether the training drops elements between layers, and carries its states over.
    with_flow : bool
        Whether the norms of the gradient by the states are to be recorded in `Work.flow`.
    """
    (_, h, o), gates, layers = sizes[:3], sizes.gates, sizes.layers
    rows = seq_len * capacity
    cells = sizes.cell == "lstm"

    def flat(*shape: int) -> NDArray[np.floating]:
        return np.empty(prod(shape), dtype)

    return Work(
        x=flat(rows, sizes.input + 1),
        y=flat(n_out, capacity, o),
        ys=flat(n_out, capacity, o),
        dys=flat(n_out, capacity, o),
        states=flat(layers, capacity + rows, h),
        cells=flat(layers * cells, capacity + rows, h),
        zs=flat(layers, gates, rows, h),
        extras=flat(layers, EXTRAS[sizes.cell], rows, h),
        dropped=flat((layers - 1) * dropout, rows, h),
        before=flat(differ, rows, h),
        seeds=flat(capacity if n_out == 1 and layers == 1 else rows, h),
        last=flat(capacity, h),
        dh=flat(capacity, h),
        dc=flat(capacity * cells, h),
        recurrent_T=np.empty((gates, h, h), dtype),
        upper_T=np.empty((gates if layers > 1 else 0, h, h), dtype),
        W_hy_T=np.empty((o, h), dtype),
        carried=np.zeros((2, layers, capacity if stateful else 0, h), dtype),
        flow=np.zeros(seq_len if with_flow else 0),
        starts=np.empty(seq_len + 1, np.int64),
        sorted=np.empty(capacity, np.int64),
    )


def make_learner(params: NDArray[np.floating]) -> Learner:
    """Return the state of a training that starts from `params` (P,)."""
    return Learner(
        params=params.copy(),
        grads=np.zeros_like(params),
        first=np.zeros_like(params),
        second=np.zeros_like(params),
        best=params.copy(),
        counts=np.array([0, 0, -1], np.int64),
        losses=np.array([np.nan, np.inf]),
    )
