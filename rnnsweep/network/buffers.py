"""The arrays that kernels take: weights, data, work memory and the state of a training."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnsweep.cells.program import Product
from rnnsweep.kernels import block
from rnnsweep.kernels.block import Sequences, Work
from rnnsweep.kernels.training import Learner
from rnnsweep.kernels.views import CHECKED
from rnnsweep.kernels.weights import Weights

from .layout import Sizes, stack_starts

# Large arrays begin on a cache line: a vector register that crosses from one line into the next
# takes two accesses. NumPy's own arrays begin anywhere: a step took 1.05 to 1.2 times as long.
_LINE_BYTES = 64
_LINE_ELEMENTS = 1 if CHECKED else 16  # of the smaller elements; checked views know exact ends


def empty_aligned(size: int, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
    """Return a new vector (size,), not initialised, that begins on a cache line."""
    raw = np.empty(size * dtype.itemsize + _LINE_BYTES, np.uint8)
    start = -raw.ctypes.data % _LINE_BYTES
    return raw[start : start + size * dtype.itemsize].view(dtype)


def _aligned(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return a copy of a vector that begins on a cache line."""
    copy = empty_aligned(values.size, values.dtype)
    copy[:] = values
    return copy


def weights_of(values: NDArray[np.floating], sizes: Sizes) -> Weights:
    """Return a flat vector as the weights, or gradients, that kernels take.

    The vector is the effective one, with the recurrent matrices themselves.
    """
    return Weights(values, *_structure(sizes.effective))


@lru_cache(maxsize=256)
def _structure(sizes: Sizes) -> tuple[Any, ...]:
    """Return all fields of `Weights` after the first."""
    cell, program = sizes.record, sizes.program
    unbiased = [k for k, each in enumerate(cell.sums) if each.has_input and not each.has_bias]
    return (
        stack_starts(sizes),
        sizes.input + 1,
        sizes.hidden,
        sizes.output,
        sizes.layers,
        sizes.n_sums,
        len(cell.sums) - sizes.n_sums,
        len(cell.vectors),
        len(program.states),
        len(program.kept),
        program.n_stages,
        np.array(program.products, np.int64).reshape(-1, len(Product._fields)),
        np.array(unbiased, np.int64),
        np.array(program.noises, np.int64),
        np.array([value for _, value in cell.constants], np.float64),
    )


def make_sequences(
    x: ArrayLike,
    y: ArrayLike,
    dtype: np.dtype[np.floating],
    sizes: Sizes,
    n_out: int,
    lengths: ArrayLike | None = None,
    mask: ArrayLike | None = None,
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
    mask : (N, T) bool array, optional
        Where the targets count; at every time step if left out.
    """
    inputs = np.asarray(x)
    builder = SequencesBuilder(len(inputs), dtype, sizes, n_out)
    builder.add(inputs, y, lengths, mask)
    return builder.sequences()


class SequencesBuilder:
    """Builds a part of a task's data for kernels from sequences that come some at a time.

    Parameters
    ----------
    n : int
        Sequences of the part.
    dtype, sizes, n_out
        As `make_sequences` takes them.
    """

    def __init__(self, n: int, dtype: np.dtype[np.floating], sizes: Sizes, n_out: int) -> None:
        self._n = n
        self._dtype = dtype
        self._sizes = sizes
        self._n_out = n_out
        self._n_added = 0
        self._arrays: Sequences | None = None

    def add(
        self,
        x: NDArray[Any],
        y: ArrayLike,
        lengths: ArrayLike | None = None,
        mask: ArrayLike | None = None,
    ) -> None:
        """Copy the next sequences, given as `make_sequences` takes them.

        Raises
        ------
        ValueError
            If a number is infinite in the precision and was not.
        """
        targets = np.asarray(y).reshape(len(x), self._n_out, -1)
        is_tokens = x.ndim == 2
        if self._arrays is None:
            seq_len = x.shape[1]
            self._arrays = Sequences(
                np.empty((0 if is_tokens else self._n, seq_len, self._sizes.input), self._dtype),
                np.empty((self._n if is_tokens else 0, seq_len), np.int64),
                np.empty((self._n, self._n_out, targets.shape[2]), self._dtype),
                np.full(self._n, seq_len),
                np.zeros((0 if mask is None else self._n, seq_len), np.bool_),
            )
        rows = slice(self._n_added, self._n_added + len(x))
        inputs = self._arrays.tokens if is_tokens else self._arrays.x
        try:
            with np.errstate(over="raise"):
                inputs[rows] = x
                self._arrays.y[rows] = targets
        except FloatingPointError:
            raise ValueError(f"inputs or targets are infinite in {self._dtype}") from None
        if lengths is not None:
            self._arrays.lengths[rows] = lengths
        if mask is not None:
            self._arrays.mask[rows] = mask
        self._n_added = rows.stop

    def sequences(self) -> Sequences:
        """Return the part, once all of its sequences were added."""
        assert self._arrays is not None
        assert self._n_added == self._n
        return self._arrays


def make_work(
    sizes: Sizes,
    seq_len: int,
    n_out: int,
    capacity: int,
    dtype: np.dtype[np.floating],
    *,
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
    dropout, stateful : bool
        Whether the training drops elements between layers, and carries its states over.
    with_flow : bool
        Whether the norms of the gradient by the states are to be recorded in `Work.flow`.
    """
    h, o, layers, program = sizes.hidden, sizes.output, sizes.layers, sizes.program
    n_states, n_matrices = len(program.states), len(program.products)
    rows = seq_len * capacity
    outputs = n_out * capacity * o
    counts = {
        block.X: rows * (sizes.input + 1),
        block.Y: outputs,
        block.YS: outputs,
        block.DYS: outputs,
        block.STATES: layers * n_states * (capacity + rows) * h,
        block.KEPT: layers * len(program.kept) * rows * h,
        block.DROPPED: dropout * (layers - 1) * rows * h,
        block.BEFORE: program.n_fed_states * rows * h,
        block.SEEDS: (capacity if n_out == 1 and layers == 1 else rows) * h,
        block.LAST: capacity * h,
        block.SCRATCH: len(program.scratch) * capacity * h,
        block.RECURRENT_T: n_matrices * h * h,
        block.UPPER_T: (layers > 1) * h * h,
        block.W_HY_T: o * h,
        block.CARRIED: stateful * n_states * layers * capacity * h,
    }
    lines = [-(-counts[place] // _LINE_ELEMENTS) for place in range(block.N_PLACES)]
    at = np.cumsum([0, *lines]) * _LINE_ELEMENTS
    memory = empty_aligned(at[-1], dtype)
    if stateful:
        memory[at[block.CARRIED] :] = 0
    return Work(
        memory=memory,
        at=at,
        starts=np.empty(seq_len + 1, np.int64),
        places=np.zeros(2 * program.n_arrays, np.int64),
        sorted=np.empty(capacity, np.int64),
        shape=np.zeros(4, np.int64),
        sums=np.zeros(5),
        flow=np.zeros(seq_len if with_flow else 0),
    )


def make_learner(params: NDArray[np.floating]) -> Learner:
    """Return the learner of a training that starts from `params` (P,)."""
    zeros = np.zeros_like(params)
    return Learner(
        params=_aligned(params),
        grads=_aligned(zeros),
        first=_aligned(zeros),
        second=_aligned(zeros),
        best=_aligned(params),
        counts=np.array([0, 0, -1], np.int64),
        losses=np.array([np.nan, np.inf]),
    )
