"""Recurrent cells by their equations: from the text to a record that is checked."""

from .builtin import CELLS
from .cell import Cell, Sum, Vector
from .faults import CellError
from .files import read_cell_file
from .reading import read_cell

__all__ = ["CELLS", "Cell", "CellError", "Sum", "Vector", "read_cell", "read_cell_file"]
