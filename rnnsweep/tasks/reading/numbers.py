"""The numbers of a file that reach a network, and the place of each in the file."""

from collections.abc import Callable
from typing import NamedTuple

from rnnsweep.array_types import Floats


class Numbers(NamedTuple):
    """Inputs or targets of a file, as a network gets them, in columns.

    Attributes
    ----------
    values : (M, C) array
        The numbers of all parts, a column for each input or output.
    training : (K, C) array
        The numbers of the training part.
    are_targets : bool
    column : callable
        Returns the name of column c.
    place : callable
        Returns the place of ``values[m, c]`` in the file.
    way_out : str
        How the user can make such numbers larger or smaller, as in "scale the array".
    """

    values: Floats
    training: Floats
    are_targets: bool
    column: Callable[[int], str]
    place: Callable[[int, int], str]
    way_out: str
