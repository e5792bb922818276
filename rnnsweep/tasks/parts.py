"""The arrays of a task: its three parts, and their sizes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Part(NamedTuple):
    """The training, validation or test part of a task; all arrays are C-contiguous.

    Attributes
    ----------
    x : (N, T, I) float64 array, or (N, T) int64 array
        N sequences of T time steps, each with I numbers; or, as whole numbers from 0 to I - 1,
        symbols, which a network takes as one-hot vectors of length I.
    y : (N, O) float64 array for output "last", (N, T, O) for "every"
        The targets. If they are classes, int64 arrays (N,) and (N, T) from 0 to n_classes - 1.
    persistence : array of the shape of y, or None
        The prediction that the value stays as it is; None where that means nothing.
    lengths : (N,) int64 array, or None
        Time steps of each sequence, 1 to T; None where all have T. Past a sequence's end x and y
        are 0 and count for nothing. With output "last" the network's output is that at the
        sequence's own last time step.
    mask : (N, T) bool array, or None
        The time steps whose targets count in losses, scores and baselines, at least one a sequence;
        None where all before the ends do. There is one only for output "every". Where it is
        False, y is 0.
    baseline : float or None
        The loss of a trivial predictor on this part, where the task's maker knows it.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    persistence: NDArray[np.float64] | None = None
    lengths: NDArray[np.int64] | None = None
    mask: NDArray[np.bool_] | None = None
    baseline: float | None = None


def joined(chunks: Iterable[Part]) -> Part:
    """Return the part that consists of these chunks of sequences."""
    parts = list(chunks)
    if len(parts) == 1:
        return parts[0]

    def concatenated(arrays: Iterable[NDArray[Any] | None]) -> NDArray[Any] | None:
        present = [array for array in arrays if array is not None]
        return np.concatenate(present) if present else None

    return Part(
        np.concatenate([part.x for part in parts]),
        np.concatenate([part.y for part in parts]),
        concatenated(part.persistence for part in parts),
        concatenated(part.lengths for part in parts),
        concatenated(part.mask for part in parts),
        parts[0].baseline,
    )


class Parts(NamedTuple):
    """The training, validation and test part of a task."""

    train: Part
    val: Part
    test: Part


class Shape(NamedTuple):
    """The sizes of a task's arrays, known without making them.

    Attributes
    ----------
    seq_len : int
        T, the time steps of the longest sequence.
    input_size : int
        I, the number of inputs; of symbols if the inputs are symbols.
    output_size : int
        O, the number of outputs; of classes if the targets are classes.
    n_train, n_val, n_test : int
        N of each part.
    """

    seq_len: int
    input_size: int
    output_size: int
    n_train: int
    n_val: int
    n_test: int


def within(lengths: NDArray[np.int64], seq_len: int) -> NDArray[np.bool_]:
    """Return (N, T) booleans: True at the time steps that belong to a sequence."""
    return np.arange(seq_len) < lengths[:, np.newaxis]


def counting(part: Part) -> NDArray[np.bool_] | None:
    """Return (N, T) booleans: True at the time steps whose targets count; None if all do."""
    if part.mask is not None or part.lengths is None:
        return part.mask
    return within(part.lengths, part.x.shape[1])
