"""A cell of rnnsweep as a recurrent PyTorch module: a loop over time.

Imports torch, so it is imported only when asked for.
"""

# Where PyTorch is not installed all of it is Any.
# mypy: disallow-subclassing-any=False, warn-return-any=False

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from rnnsweep.cells import Cell, Sum
from rnnsweep.cells.evaluate import advance

from .layout import Sizes, feeds, layer_end, param_shapes
from .torch_functions import functions_of, number


class Recurrence(nn.Module):
    """Layers of a cell, by its equations; for cells and activations that PyTorch lacks.

    The parameters are those of `Model`; their names end as PyTorch's do, `W_xh_l0` in the first
    layer. In training mode (`train`) each `noise()` draws from PyTorch's generator for each
    sequence, unit, time step and layer; in evaluation mode (`eval`) it is 0.

    Attributes
    ----------
    cell : Cell
        With its activation and constants.
    names_by_ours : dict
        Names of the parameters by their names in `Model`.
    """

    def __init__(self, cell: Cell, input_size: int, hidden_size: int, num_layers: int) -> None:
        super().__init__()
        self.cell = cell
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.functions = functions_of(cell)
        self.feeds = feeds(cell)
        self.names_by_ours = {}
        for layer in range(num_layers):
            n_inputs = hidden_size if layer else input_size
            for name, shape in param_shapes(Sizes(n_inputs, hidden_size, 1, cell)).items():
                if name not in ("W_hy", "b_y"):
                    self.names_by_ours[f"{name}{layer_end(layer)}"] = f"{name}_l{layer}"
                    self.register_parameter(f"{name}_l{layer}", nn.Parameter(torch.zeros(shape)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the states of the last layer that are read, and all states at the end.

        Parameters
        ----------
        x : (B, T, I) tensor

        Returns
        -------
        (B, T, H) tensor, and (S, L, B, H) tensor of S states in L layers
        """
        ends = []
        for layer in range(self.num_layers):
            states = _Layer(self, layer, x).run()
            x = torch.stack([each[0] for each in states], dim=1)
            ends.append(torch.stack(states[-1]))
        return x, torch.stack(ends, dim=1)


class _Layer:
    """A layer that runs over a batch of inputs x (B, T, I)."""

    def __init__(self, recurrence: Recurrence, layer: int, x: Tensor) -> None:
        self.cell = cell = recurrence.cell
        self.n_steps = x.shape[1]
        zeros = self.zeros = x.new_zeros(len(x), recurrence.hidden_size)
        has_noise = recurrence.training

        def param(name: str) -> Tensor:
            return getattr(recurrence, f"{name}_l{layer}")

        noise = {"noise": lambda: torch.randn_like(zeros) if has_noise else zeros}
        self.functions = recurrence.functions | noise
        self.vectors = {each.name: param(each.name) for each in cell.vectors}
        self.feeds = {each.value: (param(each.name), each.sums) for each in recurrence.feeds}
        self.starts = self._starts(x, param)

    def run(self) -> list[tuple[Tensor, ...]]:
        """Return the states after each time step."""
        states = (self.zeros,) * len(self.cell.states)
        over_time = []
        for t in range(self.n_steps):
            states = self._advance(t, states)
            over_time.append(states)
        return over_time

    def _advance(self, t: int, before: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Return the states after time step t."""
        products: dict[str, dict[str, Tensor]] = {}

        def compute_sum(each: Sum, values: Sequence[Tensor]) -> Tensor:
            total = self.starts[each.name][t]
            for feed, value in zip(each.feeds, values, strict=True):
                if feed not in products:  # one product for all the sums that it feeds
                    matrix, names = self.feeds[feed]
                    parts = (self._full(value) @ matrix).chunk(len(names), dim=1)
                    products[feed] = dict(zip(names, parts, strict=True))
                total = total + products[feed][each.name]
            return total

        states = advance(self.cell, before, compute_sum, self.vectors, self.functions, number)
        return tuple(map(self._full, states))

    def _full(self, value: Tensor) -> Tensor:
        """Return a value of the size of a state; that of ``h = alpha`` is a number."""
        zeros = self.zeros
        return value if value.shape == zeros.shape else (value + zeros).to(zeros)

    def _starts(self, x: Tensor, param: Callable[[str], Tensor]) -> dict[str, Sequence[Tensor]]:
        """Return what each sum is at each time step before its products with states."""
        sums = self.cell.sums
        starts: dict[str, Sequence[Tensor]] = {}
        for each in sums:
            if not each.has_input:
                bias = param(f"b_{each.name}") if each.has_bias else self.zeros
                starts[each.name] = [bias] * self.n_steps
        with_input = [each for each in sums if each.has_input]
        with_bias = [each.name for each in with_input if each.has_bias]
        biases = {}
        if with_bias:
            parts = param("b_h").chunk(len(with_bias))
            biases = dict(zip(with_bias, parts, strict=True))
        products = (x @ param("W_xh")).chunk(len(with_input), dim=2)
        for each, product in zip(with_input, products, strict=True):
            start = product + biases[each.name] if each.has_bias else product
            starts[each.name] = start.unbind(dim=1)
        return starts
