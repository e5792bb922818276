"""Networks of rnnsweep as PyTorch modules; imports torch, so it is imported only when asked for."""

# Where PyTorch is not installed all of it is Any.
# mypy: disallow-subclassing-any=False, warn-return-any=False

from collections.abc import Callable
from functools import partial

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn import functional

from rnnsweep import vocabulary
from rnnsweep.handwritten_cells import CELLS
from rnnsweep.kernels.dispatch import step_of


def _of_pytorch(name: str) -> Callable[[Tensor], Tensor] | None:
    """Return PyTorch's function of this name, with or without underscores, or None."""
    for module in (torch, functional):
        for spelling in (name, name.replace("_", "")):  # hardtanh, but leaky_relu
            if function := getattr(module, spelling, None):
                return function
    return None


# PyTorch's function of each activation; None where it has none. Its own softplus is linear from
# 20 on, 2e-9 off.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor] | None] = {
    name: _of_pytorch(name) for name in vocabulary.ACTIVATIONS
} | {
    "identity": lambda z: z,
    "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
}

# The recurrent modules that PyTorch has, by cell and activation.
PYTORCH: dict[tuple[str, str], Callable[..., nn.Module]] = {
    ("rnn", "tanh"): partial(nn.RNN, nonlinearity="tanh"),
    ("rnn", "relu"): partial(nn.RNN, nonlinearity="relu"),
    ("lstm", "tanh"): nn.LSTM,
    ("gru", "tanh"): nn.GRU,
}


def _function_of(activation: str) -> Callable[[Tensor], Tensor]:
    """Return PyTorch's function of an activation, or raise ValueError where it has none."""
    function = ACTIVATIONS[activation]
    if function is None:
        raise ValueError(f'PyTorch has no function for the activation "{activation}"')
    return function


class Recurrence(nn.Module):
    """A recurrent module with a cell or an activation that PyTorch lacks: a loop over time.

    The cell is the function `step` of its file. Parameters have the names and shapes of those of
    `nn.LSTM` with ``batch_first=True``, and the cell's gates in its order.
    """

    def __init__(
        self, cell: str, input_size: int, hidden_size: int, num_layers: int, activation: str
    ) -> None:
        super().__init__()
        _function_of(activation)  # now, not in the first forward pass
        self.cell = cell
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.activation = activation
        rows = CELLS[cell].n_gates * hidden_size
        for layer in range(num_layers):
            columns = hidden_size if layer else input_size
            for name, shape in (
                (f"weight_ih_l{layer}", (rows, columns)),
                (f"weight_hh_l{layer}", (rows, hidden_size)),
                (f"bias_ih_l{layer}", (rows,)),
                (f"bias_hh_l{layer}", (rows,)),
            ):
                self.register_parameter(name, nn.Parameter(torch.zeros(shape)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the hidden states (B, T, H) of the last layer, and those (L, B, H) at the end."""
        ends = []
        for layer in range(self.num_layers):
            states = self._layer(x, layer)
            x = torch.stack(states, dim=1)
            ends.append(states[-1])
        return x, torch.stack(ends)

    def _layer(self, x: Tensor, layer: int) -> list[Tensor]:
        w_x, w_h, b_x, b_h = (
            getattr(self, f"{name}_l{layer}")
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        cell, step = CELLS[self.cell], step_of(self.cell)
        state = (x.new_zeros(len(x), self.hidden_size),) * cell.n_states
        hs = []
        for x_sums in (x @ w_x.T + b_x).unbind(dim=1):
            h_sums = state[0] @ w_h.T + b_h
            state = step(
                x_sums.chunk(cell.n_gates, dim=1),
                h_sums.chunk(cell.n_gates, dim=1),
                state,
                _function_of(self.activation),
                torch.sigmoid,
            )
            hs.append(state[0])
        return hs


class Network(nn.Module):
    """A network of rnnsweep: recurrent layers, then a linear readout with its activation.

    Attributes
    ----------
    <the name of the cell> : nn.RNN, nn.LSTM, nn.GRU or Recurrence
        Batch first.
    readout : nn.Linear
    output, output_activation : str
        As in the sweep file.
    """

    def __init__(
        self,
        cell: str,
        input_size: int,
        hidden_size: int,
        output_size: int,
        num_layers: int,
        activation: str,
        output_activation: str,
        output: str,
    ) -> None:
        super().__init__()
        self.cell = cell
        self.input_size = input_size
        self.activation = activation
        self.output_activation = output_activation
        self.output = output
        recurrent: nn.Module
        if (cell, activation) in PYTORCH:
            make = PYTORCH[cell, activation]
            recurrent = make(input_size, hidden_size, num_layers, batch_first=True)
        else:
            recurrent = Recurrence(cell, input_size, hidden_size, num_layers, activation)
        setattr(self, cell, recurrent)
        self.readout = nn.Linear(hidden_size, output_size)

    @property
    def recurrent(self) -> nn.Module:
        """The recurrent part, whatever its name."""
        return self.get_submodule(self.cell)

    def forward(self, x: Tensor, lengths: Tensor | ArrayLike | None = None) -> Tensor:
        """Return the outputs, as `Model.forward` does.

        Parameters
        ----------
        x : (B, T, I) tensor, or (B, T) integers below I
        lengths : (B,) integers from 1 to T, optional
            A tensor, or anything that converts to one: an array, a list.

        Returns
        -------
        (B, O) tensor, or (B, T, O) with output "every", 0 past a sequence's end
        """
        if x.ndim == 2:
            x = functional.one_hot(x.long(), self.input_size).to(self.readout.weight)
        states, _ = self.recurrent(x)
        ends = None if lengths is None else torch.as_tensor(lengths, device=states.device).long()
        if self.output == "last":
            last = -1 if ends is None else ends - 1
            states = states[torch.arange(len(x), device=states.device), last]
        y = self.readout(states)
        if self.output_activation == "sigmoid":
            y = torch.sigmoid(y)
        if self.output == "every" and ends is not None:
            inside = torch.arange(y.shape[1], device=y.device) < ends[:, None]
            y = torch.where(inside[:, :, None], y, torch.zeros_like(y))
        return y
