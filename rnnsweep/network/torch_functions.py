"""The functions of a cell's equations in PyTorch; imports torch, so it is imported only when asked.

Values and slopes are those of the kernels, at kinks and ties, too: PyTorch's own `maximum` gives
each side of a tie half of the slope. At an infinity PyTorch's silu and gelu are NaN.
"""

# Where PyTorch is not installed all of it is Any.
# mypy: warn-return-any=False

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from rnnsweep import vocabulary
from rnnsweep.cells import Cell, trees
from rnnsweep.cells.activation import activation_tree
from rnnsweep.cells.evaluate import evaluate

Function = Callable[..., Tensor]


def _of_pytorch(name: str) -> Function | None:
    """Return PyTorch's function of this name, with or without underscores, or None."""
    for module in (torch, functional):
        for spelling in (name, name.replace("_", "")):  # hardtanh, but leaky_relu
            if function := getattr(module, spelling, None):
                return function
    return None


def number(value: float) -> Tensor:
    """Return a number as a tensor without dimensions, which takes the dtype of its partner."""
    return torch.tensor(value, dtype=torch.float64)


# Where PyTorch has no function of the name, or one that is less exact or has other slopes.
OWN: dict[str, Function] = {
    "identity": lambda z: z,
    "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),  # its own is linear from 20 on
    "max": lambda a, b: torch.where((a >= b) | torch.isnan(a), a, b),
    "min": lambda a, b: torch.where((a <= b) | torch.isnan(a), a, b),
}
_NAMES = (*vocabulary.ACTIVATIONS, "exp", "log", "sqrt", "abs", "max", "min")

FUNCTIONS: dict[str, Function] = {
    name: function
    for name in _NAMES
    if (function := OWN.get(name) or _of_pytorch(name)) is not None
}


def functions_of(cell: Cell) -> dict[str, Function]:
    """Return the functions that a cell calls, `act` among them; `noise` is left out.

    Raises
    ------
    ValueError
        If PyTorch has none of a name.
    """
    formula = activation_tree(cell.activation)
    called = {name for _, tree in cell.assignments for name in trees.calls(tree)}
    if "act" in called:
        called |= trees.calls(formula)
    for name in sorted(called - {"act", "noise"}):
        if name not in FUNCTIONS:
            raise ValueError(f'PyTorch has no function "{name}"')
    act = {"act": lambda x: evaluate(formula, {"x": x}, FUNCTIONS, number)}
    return {name: function for name, function in (FUNCTIONS | act).items() if name in called}
