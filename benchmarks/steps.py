"""Microseconds a training step, beside NumPy and PyTorch: python -m benchmarks.steps.

One step: forward, BPTT, clipped SGD; batch 32, T 32, I 2, O 1, tanh, float32, one thread. The
share is that of the machine's own 1024 x 1024 `np.dot` rate, measured in the same rounds.
"""

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.elman_numpy import NotebookStep
from benchmarks.timing import dot_call, dot_flops, rounds
from rnnsweep import vocabulary
from rnnsweep.arrays import make_sequences
from rnnsweep.cost import update_flops
from rnnsweep.kernels.training import Rule
from rnnsweep.model import Model
from rnnsweep.params import Sizes
from rnnsweep.trial import Training

BATCH, SEQ_LEN, N_INPUT, N_OUTPUT = 32, 32, 2, 1
HIDDEN_SIZES = (8, 16, 32, 64, 128)
TARGETS = (0.15, 0.40, 0.55, 0.75, 0.85)
LEARNING_RATE, CLIP_NORM = 1e-4, 1.0
N_ROUNDS = 15
# Each turn takes some 10 ms or more, as trials do: what is colder after the others' turns (the
# caches, the clock of the vector units) took half a millisecond to come back.
STEPS = {"rnnsweep": 512, "notebook": 16, "PyTorch": 16}
STEPS_AN_EPOCH = 64

rng = np.random.default_rng(0)
X = rng.random((BATCH, SEQ_LEN, N_INPUT), np.float32)
Y = rng.random((BATCH, N_OUTPUT), np.float32)


def rnnsweep_call(n_hidden: int) -> Callable[[], int]:
    """Return a call that makes the steps in one kernel call, as a trial does."""
    model = Model(input_size=N_INPUT, hidden_size=n_hidden, output_size=N_OUTPUT)
    n_steps, n_epochs = STEPS_AN_EPOCH, STEPS["rnnsweep"] // STEPS_AN_EPOCH
    data = make_sequences(np.tile(X, (n_steps, 1, 1)), np.tile(Y, (n_steps, 1)), model.dtype)
    rule = Rule(
        loss=vocabulary.LOSSES["mse"].code,
        gradient=vocabulary.GRADIENTS["bptt"].code,
        optimizer=vocabulary.OPTIMIZERS["sgd"].code,
        learning_rate=LEARNING_RATE,
        momentum=0.0,
        clip_norm=CLIP_NORM,
        batch_size=BATCH,
    )
    one_sequence = make_sequences(X[:1], Y[:1], model.dtype)
    run = Training(model, rule, data, one_sequence)
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


def torch_call(n_hidden: int) -> Callable[[], int] | None:
    """Return a call of PyTorch's steps, or None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    cell = torch.nn.RNN(N_INPUT, n_hidden, batch_first=True)
    readout = torch.nn.Linear(n_hidden, N_OUTPUT)
    parameters = [*cell.parameters(), *readout.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=LEARNING_RATE)
    x, y = torch.from_numpy(X), torch.from_numpy(Y)

    def call() -> int:
        for _ in range(STEPS["PyTorch"]):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(readout(cell(x)[0][:, -1]), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, CLIP_NORM)
            optimizer.step()
        return STEPS["PyTorch"]

    return call


def main() -> None:
    """Print the table."""
    print(__doc__.split("\n\n")[0])
    print(
        f"{'H':>4} {'rnnsweep':>9} {'notebook':>9} {'PyTorch':>9}   {'times faster than':<19}"
        f"{'share':>6} {'target':>6} {'np.dot':>8}"
    )
    for n_hidden, target in zip(HIDDEN_SIZES, TARGETS, strict=True):
        calls = {"rnnsweep": rnnsweep_call(n_hidden), "notebook": notebook_call(n_hidden)}
        if pytorch := torch_call(n_hidden):
            calls["PyTorch"] = pytorch
        seconds = rounds(calls | {"np.dot": dot_call()}, N_ROUNDS)
        rate = dot_flops() / seconds["np.dot"]
        flops = update_flops(Sizes(N_INPUT, n_hidden, N_OUTPUT), SEQ_LEN, BATCH, 1)
        own = seconds["rnnsweep"]
        pytorch_us = f"{seconds['PyTorch'] * 1e6:9.0f}" if pytorch else f"{'-':>9}"
        pytorch_ratio = f"{seconds['PyTorch'] / own:4.0f} PyTorch" if pytorch else ""
        print(
            f"{n_hidden:4d} {own * 1e6:9.1f} {seconds['notebook'] * 1e6:9.0f} {pytorch_us}"
            f"   {seconds['notebook'] / own:3.0f} np {pytorch_ratio:<12}"
            f"{flops / own / rate:6.2f} {target:6.2f} {rate / 1e9:4.0f} GF/s"
        )


if __name__ == "__main__":
    main()
