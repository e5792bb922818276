"""Training steps in PyTorch: `nn.RNN`, `nn.LSTM` or `nn.GRU`, clipped SGD, one thread."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from rnnsweep.execution.bench import Shape

MODULES = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
N_STEPS = 16


def steps_call(
    cell: str, n_hidden: int, shape: Shape, learning_rate: float, clip_norm: float
) -> Callable[[], int]:
    """Return a call that makes some steps and returns how many."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    x, y = (
        torch.from_numpy(rng.random(size, np.float32))
        for size in (
            (shape.seq_len, shape.batch_size, shape.input_size),
            (shape.batch_size, shape.output_size),
        )
    )
    layer = MODULES[cell](shape.input_size, n_hidden)
    readout = nn.Linear(n_hidden, shape.output_size)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=learning_rate)

    def call() -> int:
        for _ in range(N_STEPS):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(readout(layer(x)[0][-1]), y)
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, clip_norm)
            optimizer.step()
        return N_STEPS

    return call
