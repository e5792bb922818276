"""Any cell compared with its floor, with PyTorch and JAX: python -m benchmarks.cells [CELL ...].

A step is forward, BPTT and clipped SGD; batch 32, T 32, I 2, O 1, H 32, float32, one thread; `act`
is tanh. All of a row take turns.

floor    `at_tiles` of `benchmarks.floor` over the time: the step's products at the rate of this
         program's tiles and its functions at their own rate; goal 0.8
times    how many times as long others take: PyTorch's own loop over time (what `Model.to_torch`
         returns; goal 30), the same with `torch.compile`, and JAX's `scan` with `jit` (goal 4), for
         one network and for each of the 16 networks that it trains at once
"""

import argparse
import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec

from threadpoolctl import threadpool_limits

from benchmarks import floor
from rnnsweep.cells import CELLS, Cell
from rnnsweep.execution.bench import Shape, steps_call, take_turns
from rnnsweep.network.layout import Sizes

SHAPE = Shape()
N_HIDDEN = 32
LEARNING_RATE, CLIP_NORM = 1e-4, 1.0
# Those that are compared with others, and with torch.compile, which takes a minute for each.
COMPARED = ("lstm_peephole", "ugrnn", "mgu", "leaky_rnn", "lem", "min_gru")
COMPILED = ("lstm_peephole", "ugrnn")
FOR_S, MIN_ROUNDS = 1.0, 7
PEERS = ("PyTorch", "compiled", "JAX", "JAX, 16")


def has_compiler() -> bool:
    """Whether a C++ compiler is here, which torch.compile needs."""
    return any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "clang++"))


def peer_calls(cell: Cell, is_compiled: bool) -> dict[str, Callable[[], int]]:
    """Return the calls of PyTorch and JAX, as far as they are installed."""
    settings = (cell, N_HIDDEN, SHAPE, LEARNING_RATE, CLIP_NORM)
    calls: dict[str, Callable[[], int]] = {}
    if find_spec("torch"):
        from benchmarks.peers import torch_steps

        calls["PyTorch"] = torch_steps.loop_call(*settings)
        if is_compiled:
            calls["compiled"] = torch_steps.loop_call(*settings, is_compiled=True)
    if find_spec("jax"):
        from benchmarks.peers import jax_steps

        for name, n_networks in ("JAX", 1), ("JAX, 16", 16):
            calls[name] = jax_steps.steps_call(*settings, n_networks=n_networks)
    return calls


def print_row(cell: Cell, is_compared: bool, is_compiled: bool) -> None:
    """Measure one cell and print its row."""
    sizes = Sizes(SHAPE.input_size, N_HIDDEN, SHAPE.output_size, cell)
    calls = {"own": steps_call(sizes, "float32", SHAPE), **floor.calls(sizes, SHAPE)}
    peers = peer_calls(cell, is_compiled) if is_compared else {}
    # As in `benchmarks.steps`: JAX's threads slow down the turn that follows.
    of_jax = {name: peers.pop(name) for name in tuple(peers) if name.startswith("JAX")}
    seconds = take_turns(calls | peers, FOR_S, MIN_ROUNDS)
    seconds |= take_turns(of_jax, FOR_S, MIN_ROUNDS)
    own, least = seconds["own"], floor.floor_of(sizes, SHAPE, seconds)
    times = "".join(
        f"{seconds[name] / own:10.1f}" if name in seconds else f"{'-':>10}" for name in PEERS
    )
    print(f"{cell.name:25} {own * 1e6:8.1f}{least.at_tiles / own:7.2f}{times}", flush=True)


def main() -> None:
    """Print the table, for the cells named on the command line or for all."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("cells", nargs="*", metavar="CELL", help="compared with all others")
    names = parser.parse_args().cells
    if unknown := set(names) - set(CELLS):
        parser.error(f"no cell {', '.join(sorted(unknown))}")
    print(__doc__)
    if find_spec("torch") and not has_compiler():
        print("No C++ compiler is here, so torch.compile is left out.\n")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # XLA counts cores, not settings
    print(f"{'cell':25} {'us':>8}{'floor':>7}{''.join(f'{name:>10}' for name in PEERS)}")
    with threadpool_limits(1, user_api="blas"):
        for name in names or CELLS:
            is_compiled = has_compiler() and (bool(names) or name in COMPILED)
            print_row(CELLS[name], bool(names) or name in COMPARED, is_compiled)


if __name__ == "__main__":
    main()
