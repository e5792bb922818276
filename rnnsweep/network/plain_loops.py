"""Which networks `kernels.single` trains."""

from rnnsweep.cells import Cell
from rnnsweep.vocabulary import ACTIVATIONS

# Hidden units of an Elman network up to which one sequence at a time runs faster in plain loops.
_SMALL = 4


def runs_in_plain_loops(cell: Cell, num_layers: int, hidden_size: int, batch_size: int) -> bool:
    """Return whether `kernels.single` trains a network: small, and a sequence at a time."""
    is_small = num_layers == 1 and hidden_size <= _SMALL and batch_size == 1
    return is_small and cell.is_elman and cell.activation in ACTIVATIONS
