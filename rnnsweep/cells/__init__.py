"""Recurrent cells by their equations: from the text to a record that is checked."""

from .cell import Cell, Sum, Vector

__all__ = ["Cell", "Sum", "Vector"]
