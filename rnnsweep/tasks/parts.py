"""The arrays of a task: three parts, their sizes, and which of their time steps count."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Part(NamedTuple):
    """The training, validation or test part of a task; all arrays are C-contiguous.

    Attributes
    ----------
    x : (N, T, I) float64 array, or (N, T) int64 array
        Whole numbers are symbols from 0 to I - 1; a network takes them as one-hot vectors.
    y : (N, O) float64 array for output "last", (N, T, O) for "every"
        A task with classes has int64 arrays (N,) and (N, T), from 0 to n_classes - 1.
    persistence : array of the shape of y, or None
        What "the value stays as it is" predicts; None where that means nothing.
    lengths : (N,) int64 array, or None
        Time steps of each sequence, 1 to T; None where all have T. What lies past a sequence's
        end is 0 and counts for nothing, and output "last" is that of its own last time step.
    """

    x: NDArray[Any]
    y: NDArray[Any]
    persistence: NDArray[np.float64] | None = None
    lengths: NDArray[np.int64] | None = None


def joined(blocks: Iterable[Part]) -> Part:
    """Return the part that consists of these blocks of sequences."""
    parts = list(blocks)
    if len(parts) == 1:
        return parts[0]

    def all_of(arrays: Iterable[NDArray[Any] | None]) -> NDArray[Any] | None:
        there = [array for array in arrays if array is not None]
        return np.concatenate(there) if there else None

    return Part(
        np.concatenate([part.x for part in parts]),
        np.concatenate([part.y for part in parts]),
        all_of(part.persistence for part in parts),
        all_of(part.lengths for part in parts),
    )


class Parts(NamedTuple):
    """The three parts of a task."""

    train: Part
    val: Part
    test: Part


class Shape(NamedTuple):
    """The sizes of a task's arrays, known without making them.

    `seq_len` is T, the longest sequence; `input_size` counts the symbols where x holds such,
    `output_size` the classes where y does.
    """

    seq_len: int
    input_size: int
    output_size: int
    n_train: int
    n_val: int
    n_test: int


def within(lengths: NDArray[np.int64], seq_len: int) -> NDArray[np.bool_]:
    """Return (N, T) booleans: True at the time steps before each sequence's end."""
    return np.arange(seq_len) < lengths[:, np.newaxis]
