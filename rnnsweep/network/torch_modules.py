"""Networks of rnnsweep as PyTorch modules; imports torch, so it is imported only when asked for."""

# Where PyTorch is not installed all of it is Any.
# mypy: disallow-subclassing-any=False, warn-return-any=False

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn import functional

from rnnsweep.cells import Cell

from .torch_recurrence import Recurrence

# The recurrent modules that PyTorch has, by built-in cell and activation.
PYTORCH: dict[tuple[str, str], Callable[..., nn.Module]] = {
    ("rnn", "tanh"): partial(nn.RNN, nonlinearity="tanh"),
    ("rnn", "relu"): partial(nn.RNN, nonlinearity="relu"),
    ("lstm", "tanh"): nn.LSTM,
    ("gru", "tanh"): nn.GRU,
}


class Network(nn.Module):
    """A network of rnnsweep: recurrent layers, then a linear readout with its activation.

    Attributes
    ----------
    <the name of a built-in cell>, or recurrence : nn.RNN, nn.LSTM, nn.GRU or Recurrence
        Batch first; `recurrent` under any name.
    readout : nn.Linear
    cell, activation, output, output_activation : str
        As in the sweep file.
    """

    def __init__(
        self,
        cell: Cell,
        input_size: int,
        hidden_size: int,
        output_size: int,
        num_layers: int,
        output_activation: str,
        output: str,
    ) -> None:
        super().__init__()
        self.cell = cell.name
        self.input_size = input_size
        self.activation = cell.activation
        self.output_activation = output_activation
        self.output = output
        recurrent: nn.Module
        if cell.is_builtin and (cell.name, cell.activation) in PYTORCH:
            make = PYTORCH[cell.name, cell.activation]
            recurrent = make(input_size, hidden_size, num_layers, batch_first=True)
        else:
            recurrent = Recurrence(cell, input_size, hidden_size, num_layers)
        # A user's word, such as "ugrnn.toml", need not be a name.
        self.recurrent_name = cell.name if cell.is_builtin else "recurrence"
        setattr(self, self.recurrent_name, recurrent)
        self.readout = nn.Linear(hidden_size, output_size)

    @property
    def recurrent(self) -> Any:
        """The recurrent part, whatever its name."""
        return self.get_submodule(self.recurrent_name)

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
