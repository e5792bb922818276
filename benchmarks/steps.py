"""Microseconds a training step, beside NumPy and PyTorch: python -m benchmarks.steps [CELL ...].

One step: forward, BPTT, clipped SGD; batch 32, T 32, I 2, O 1, tanh, float32, one thread. The
share is that of the machine's own 1024 x 1024 `np.dot` rate, measured in the same rounds.
"""

import sys
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.elman_numpy import NotebookStep
from benchmarks.timing import dot_call, dot_flops, rounds
from rnnsweep.arrays import make_sequences
from rnnsweep.cost import update_flops
from rnnsweep.kernels.training import Objective, Rule
from rnnsweep.model import Model
from rnnsweep.params import Sizes
from rnnsweep.training import Training

BATCH, SEQ_LEN, N_INPUT, N_OUTPUT = 32, 32, 2, 1
TARGETS: dict[str, dict[int, float | None]] = {
    "rnn": {8: 0.15, 16: 0.40, 32: 0.55, 64: 0.75, 128: 0.85},
    "lstm": {8: None, 32: 0.65, 64: None, 128: 0.85},
    "gru": {8: None, 32: 0.65, 64: None, 128: 0.85},
}
LEARNING_RATE, CLIP_NORM = 1e-4, 1.0
N_ROUNDS = 15
# Each turn takes some 10 ms or more, as trials do: what is colder after the others' turns (the
# caches, the clock of the vector units) took half a millisecond to come back.
STEPS = {"rnnsweep": 512, "notebook": 16, "PyTorch": 16}
STEPS_AN_EPOCH = 64

rng = np.random.default_rng(0)
X = rng.random((BATCH, SEQ_LEN, N_INPUT), np.float32)
Y = rng.random((BATCH, N_OUTPUT), np.float32)


def rnnsweep_call(cell: str, n_hidden: int) -> Callable[[], int]:
    """Return a call that makes the steps in one kernel call, as a trial does."""
    model = Model(cell=cell, input_size=N_INPUT, hidden_size=n_hidden, output_size=N_OUTPUT)
    n_steps = STEPS_AN_EPOCH
    n_epochs = max(1, STEPS["rnnsweep"] // n_steps // model.sizes.gates)

    def sequences(times: int, n: int) -> tuple[np.ndarray, np.ndarray]:
        return np.tile(X[:n], (times, 1, 1)), np.tile(Y[:n], (times, 1))

    data, one_sequence = (
        make_sequences(*part, model.dtype, model.sizes, 1)
        for part in (sequences(n_steps, BATCH), sequences(1, 1))
    )
    rule = Rule(batch_size=BATCH, clip_norm=CLIP_NORM)
    run = Training(model, Objective(), rule, np.full(10**6, LEARNING_RATE), data, one_sequence)
    shuffling = np.random.default_rng(0)
    orders = np.stack([shuffling.permutation(n_steps * BATCH) for _ in range(n_epochs)])
    stop = np.zeros(1, np.int64)

    def call() -> int:
        run.train(orders, stop)
        return n_steps * n_epochs

    return call


def notebook_call(n_hidden: int) -> Callable[[], int]:
    """Return a call of the notebook's steps."""
    step = NotebookStep(N_INPUT, n_hidden, N_OUTPUT)

    def call() -> int:
        with threadpool_limits(1, user_api="blas"):
            for _ in range(STEPS["notebook"]):
                step(X, Y, LEARNING_RATE, CLIP_NORM)
        return STEPS["notebook"]

    return call


def torch_call(cell: str, n_hidden: int) -> Callable[[], int] | None:
    """Return a call of PyTorch's steps, or None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    recurrent = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    layer = recurrent(N_INPUT, n_hidden, batch_first=True)
    readout = torch.nn.Linear(n_hidden, N_OUTPUT)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE)
    x, y = torch.from_numpy(X), torch.from_numpy(Y)

    def call() -> int:
        for _ in range(STEPS["PyTorch"]):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(readout(layer(x)[0][:, -1]), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, CLIP_NORM)
            optimizer.step()
        return STEPS["PyTorch"]

    return call


def print_row(cell: str, n_hidden: int, target: float | None) -> None:
    """Measure one size and print its row."""
    calls = {"rnnsweep": rnnsweep_call(cell, n_hidden)}
    if cell == "rnn":
        calls["notebook"] = notebook_call(n_hidden)
    if pytorch := torch_call(cell, n_hidden):
        calls["PyTorch"] = pytorch
    seconds = rounds(calls | {"np.dot": dot_call()}, N_ROUNDS)
    rate = dot_flops() / seconds["np.dot"]
    flops = update_flops(Sizes(N_INPUT, n_hidden, N_OUTPUT, cell), SEQ_LEN, BATCH, 1)
    own = seconds["rnnsweep"]
    others = ""
    for name in ("notebook", "PyTorch"):
        if name in seconds:
            others += f"{seconds[name] * 1e6:9.0f} {seconds[name] / own:5.0f}"
        else:
            others += f"{'-':>9} {'-':>5}"
    wanted = "-" if target is None else f"{target:.2f}"
    print(
        f"{cell:>5} {n_hidden:4d} {own * 1e6:9.1f}{others}"
        f"{flops / own / rate:7.2f} {wanted:>7} {rate / 1e9:4.0f} GF/s"
    )


def main() -> None:
    """Print the table, for the cells named on the command line or for all."""
    print(__doc__.split("\n\n")[0])
    print(
        f"{'cell':>5} {'H':>4} {'rnnsweep':>9}{'notebook':>9} {'times':>5}{'PyTorch':>9} "
        f"{'times':>5}{'share':>7} {'target':>7}   np.dot"
    )
    for cell in sys.argv[1:] or TARGETS:
        for n_hidden, target in TARGETS[cell].items():
            print_row(cell, n_hidden, target)


if __name__ == "__main__":
    main()
