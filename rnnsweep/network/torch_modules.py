"""Networks of rnnsweep as PyTorch modules; imports torch, so it is imported only when asked for."""

# Where PyTorch is not installed all of it is Any.
# mypy: disallow-subclassing-any=False, warn-return-any=False

from collections.abc import Callable

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn import functional

from rnnsweep import vocabulary

# PyTorch's function of each activation: that of the same name, but for a few; None where it has
# none. Its own softplus is linear from 20 on, 2e-9 off.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor] | None] = {
    name: getattr(torch, name, None) or getattr(functional, name, None)
    for name in vocabulary.ACTIVATIONS
} | {
    "identity": lambda z: z,
    "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    "hard_tanh": functional.hardtanh,
}

# The recurrent modules of PyTorch, and the activations that they know.
CELLS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
KNOWN = {"rnn": ("tanh", "relu"), "lstm": ("tanh",), "gru": ("tanh",)}
GATES = {"rnn": 1, "lstm": 4, "gru": 3}


class Recurrence(nn.Module):
    """A recurrent module with an activation that PyTorch's own have not; a loop over time.

    Parameters have the names, shapes and gate orders of `nn.RNN`, `nn.LSTM` and `nn.GRU`, with
    ``batch_first=True``.
    """

    def __init__(
        self, cell: str, input_size: int, hidden_size: int, num_layers: int, activation: str
    ) -> None:
        super().__init__()
        function = ACTIVATIONS[activation]
        if function is None:
            raise ValueError(f'PyTorch has no function for the activation "{activation}"')
        self._function = function
        self.cell = cell
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.activation = activation
        rows = GATES[cell] * hidden_size
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
        f = self._function
        h = x.new_zeros(len(x), self.hidden_size)
        c = torch.zeros_like(h)
        states = []
        for from_x in (x @ w_x.T + b_x).unbind(dim=1):
            from_h = h @ w_h.T + b_h
            if self.cell == "rnn":
                h = f(from_x + from_h)
            elif self.cell == "lstm":
                i, forget, g, o = (from_x + from_h).chunk(4, dim=1)
                c = torch.sigmoid(forget) * c + torch.sigmoid(i) * f(g)
                h = torch.sigmoid(o) * f(c)
            else:
                x_r, x_z, x_n = from_x.chunk(3, dim=1)
                h_r, h_z, h_n = from_h.chunk(3, dim=1)
                z = torch.sigmoid(x_z + h_z)
                n = f(x_n + torch.sigmoid(x_r + h_r) * h_n)
                h = (1 - z) * n + z * h
            states.append(h)
        return states


class Network(nn.Module):
    """A network of rnnsweep: recurrent layers, then a linear readout with its activation.

    Attributes
    ----------
    rnn, lstm or gru : nn.RNN, nn.LSTM, nn.GRU or Recurrence
        Named after the cell, batch first.
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
        if activation not in KNOWN[cell]:
            recurrent = Recurrence(cell, input_size, hidden_size, num_layers, activation)
        elif cell == "rnn":
            recurrent = nn.RNN(
                input_size, hidden_size, num_layers, nonlinearity=activation, batch_first=True
            )
        else:
            recurrent = CELLS[cell](input_size, hidden_size, num_layers, batch_first=True)
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
            A tensor, or what makes one: an array, a list.

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
