"""The user's numbers: columns of a file that reach a network, and where each of them is."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Numbers(NamedTuple):
    """Inputs or targets of a file as a network gets them, in columns.

    Attributes
    ----------
    values : (M, C) array
        All that count, a column for each input or output.
    training : (K, C) array
        Those of the training part.
    are_targets : bool
    column : callable
        Returns the name of column c.
    place : callable
        Returns the place of ``values[m, c]`` in the file.
    way_out : str
        What makes such numbers larger or smaller, as in "scale the array".
    """

    values: Floats
    training: Floats
    are_targets: bool
    column: Callable[[int], str]
    place: Callable[[int, int], str]
    way_out: str
