"""Microseconds of a training step, here and elsewhere: python -m benchmarks.steps [CELL ...].

One step: forward, BPTT, clipped SGD; batch 32, T 32, I 2, O 1, tanh, float32, one thread.

share    of the machine's own 1024 x 1024 `np.dot` rate, measured in the same rounds
floor    what `benchmarks.floor` says the step's arithmetic takes at that rate, over the time
float64  the rate in float64 over the one in float32
times    how many times as long others take: the notebook's NumPy, PyTorch, and JAX for each of
         the 16 networks that it trains at once
"""

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import floor
from benchmarks.elman_numpy import NotebookStep
from rnnsweep.cells import CELLS
from rnnsweep.execution.bench import Shape, steps_call, take_turns
from rnnsweep.network.cost import update_flops
from rnnsweep.network.layout import Sizes

SHAPE = Shape()
# Targets: the share for rnn, the part of the floor for the gated cells.
SHARES = {8: 0.25, 16: 0.55, 32: 0.82, 64: 0.97, 128: 1.02, 256: 1.0}
GATED = {8: None, 32: 0.85, 64: 0.85, 128: 0.85}
TARGETS: dict[str, dict[int, float | None]] = {"rnn": {**SHARES}, "lstm": GATED, "gru": GATED}
LEARNING_RATE, CLIP_NORM = 1e-4, 1.0
FOR_S, MIN_ROUNDS = 1.5, 7
N_STEPS_NOTEBOOK = 16


def notebook_call(n_hidden: int) -> Callable[[], int]:
    """Return a call of the notebook's steps."""
    step = NotebookStep(SHAPE.input_size, n_hidden, SHAPE.output_size)
    rng = np.random.default_rng(0)
    x = rng.random((SHAPE.batch_size, SHAPE.seq_len, SHAPE.input_size), np.float32)
    y = rng.random((SHAPE.batch_size, SHAPE.output_size), np.float32)

    def call() -> int:
        for _ in range(N_STEPS_NOTEBOOK):
            step(x, y, LEARNING_RATE, CLIP_NORM)
        return N_STEPS_NOTEBOOK

    return call


def peer_calls(cell: str, n_hidden: int) -> dict[str, Callable[[], int]]:
    """Return the calls of PyTorch and JAX, as far as they are installed."""
    settings = (n_hidden, SHAPE, LEARNING_RATE, CLIP_NORM)
    calls = {}
    if find_spec("torch"):
        from benchmarks.peers import torch_steps

        if cell in torch_steps.MODULES:
            calls["PyTorch"] = torch_steps.steps_call(cell, *settings)
    if find_spec("jax"):
        from benchmarks.peers import jax_steps

        calls["JAX"] = jax_steps.steps_call(CELLS[cell], *settings)
    return calls


def print_row(cell: str, n_hidden: int, target: float | None) -> None:
    """Measure one size and print its row."""
    sizes = Sizes(SHAPE.input_size, n_hidden, SHAPE.output_size, cell)
    calls = {
        "float32": steps_call(sizes, "float32", SHAPE),
        "float64": steps_call(sizes, "float64", SHAPE),
        **floor.calls(sizes, SHAPE),
    }
    if sizes.record.is_elman:
        calls["notebook"] = notebook_call(n_hidden)
    peers = peer_calls(cell, n_hidden)
    # JAX takes separate rounds: after its turn its threads go on for a while on the core that all
    # share here, and the following turn took up to twice as long.
    of_jax = {"JAX": peers.pop("JAX")} if "JAX" in peers else {}
    seconds = take_turns(calls | peers, FOR_S, MIN_ROUNDS)
    seconds |= take_turns(of_jax, FOR_S / 2, MIN_ROUNDS)
    own, least = seconds["float32"], floor.floor_of(sizes, SHAPE, seconds)
    share = update_flops(sizes, SHAPE.seq_len, SHAPE.batch_size, 1) / own / least.dot_rate
    of_floor = least.at_dot_rate / own
    goal = "-" if target is None else f"{target:.2f}"
    share_goal, floor_goal = (goal, "-") if sizes.record.is_elman else ("-", goal)
    others = ""
    for name in ("notebook", "PyTorch", "JAX"):
        time = seconds.get(name)
        others += f"{'-':>9} {'-':>5}" if time is None else f"{time * 1e6:9.0f} {time / own:5.1f}"
    print(
        f"{cell:>5} {n_hidden:4d} {own * 1e6:9.1f}{share:7.2f} {share_goal:>5}"
        f"{of_floor:7.2f} {floor_goal:>5}{own / seconds['float64']:8.2f}{others}"
        f" {least.dot_rate / 1e9:4.0f} GF/s",
        flush=True,
    )


def main() -> None:
    """Print the table, for the cells named on the command line or for all."""
    print(__doc__)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # XLA counts cores, not settings
    print(
        f"{'cell':>5} {'H':>4} {'rnnsweep':>9}{'share':>7}  goal{'floor':>7}  goal{'float64':>8}"
        f"{'notebook':>9} times{'PyTorch':>9} times{'JAX':>9} times   np.dot"
    )
    with threadpool_limits(1, user_api="blas"):
        for cell in sys.argv[1:] or TARGETS:
            for n_hidden, target in TARGETS.get(cell, dict.fromkeys(GATED)).items():
                print_row(cell, n_hidden, target)


if __name__ == "__main__":
    main()
