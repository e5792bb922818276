"""Training steps in PyTorch: clipped SGD, one thread."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from rnnsweep.cells import Cell
from rnnsweep.execution.bench import Shape
from rnnsweep.network.torch_recurrence import Recurrence

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
N_STEPS = 16
N_STEPS_LOOP = 2


def steps_call(
    cell: str, n_hidden: int, shape: Shape, learning_rate: float, clip_norm: float
) -> Callable[[], int]:
    """Return a call of steps with `nn.RNN`, `nn.LSTM` or `nn.GRU`; it returns how many."""
    layer = MODULES[cell](shape.input_size, n_hidden)
    readout = nn.Linear(n_hidden, shape.output_size)

    def outputs(x: Tensor) -> Tensor:
        return readout(layer(x)[0][-1])

    sequences = (shape.seq_len, shape.batch_size, shape.input_size)
    return _call(outputs, [layer, readout], sequences, shape, learning_rate, clip_norm, N_STEPS)


def loop_call(
    cell: Cell,
    n_hidden: int,
    shape: Shape,
    learning_rate: float,
    clip_norm: float,
    *,
    is_compiled: bool = False,
) -> Callable[[], int]:
    """Return a call of steps with the cell as `Model.to_torch` writes it, a loop over time.

    Parameters
    ----------
    is_compiled : bool
        Whether `torch.compile` makes one function of the loop.
    """
    layer = Recurrence(cell, shape.input_size, n_hidden, 1)
    readout = nn.Linear(n_hidden, shape.output_size)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.uniform_(-(n_hidden**-0.5), n_hidden**-0.5)

    def outputs(x: Tensor) -> Tensor:
        return readout(layer(x)[0][:, -1])

    run = torch.compile(outputs) if is_compiled else outputs
    sequences = (shape.batch_size, shape.seq_len, shape.input_size)
    return _call(run, [layer, readout], sequences, shape, learning_rate, clip_norm, N_STEPS_LOOP)


def _call(
    outputs: Callable[[Tensor], Tensor],
    modules: list[nn.Module],
    sequences: tuple[int, ...],
    shape: Shape,
    learning_rate: float,
    clip_norm: float,
    n_steps: int,
) -> Callable[[], int]:
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x, y = (
        torch.from_numpy(rng.random(size, np.float32))
        for size in (sequences, (shape.batch_size, shape.output_size))
    )
    parameters = [parameter for module in modules for parameter in module.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=learning_rate)

    def call() -> int:
        for _ in range(n_steps):
            optimizer.zero_grad()
            nn.functional.mse_loss(outputs(x), y).backward()
            nn.utils.clip_grad_norm_(parameters, clip_norm)
            optimizer.step()
        return n_steps

    return call
