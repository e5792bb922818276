"""Unusual shapes compared with their floors: python -m benchmarks.shapes [CELL ...].

Prints the microseconds of a training step (forward, BPTT, clipped SGD; float32, one thread) next
to the two floors of `benchmarks.floor`. A ratio of 1.2 is 20 % above the floor; below 1, the
kernels' products are faster than the BLAS that defines the floor.
"""

import sys
from collections.abc import Callable

from threadpoolctl import threadpool_limits

from benchmarks import floor
from rnnsweep.execution.bench import Shape, steps_call, take_turns
from rnnsweep.network.layout import Sizes

USUAL = Shape()
SHAPES = {
    "usual: T 32, batch 32, I 2, O 1": USUAL,
    "T 200": USUAL._replace(seq_len=200),
    "T 1000": USUAL._replace(seq_len=1000),
    "batch 256": USUAL._replace(batch_size=256),
    "I 128": USUAL._replace(input_size=128),
    "O 64": USUAL._replace(output_size=64),
    "batch 1": USUAL._replace(batch_size=1),
}
# A bias of this size makes the slopes of sigmoid units and gates subnormal.
SATURATED, SATURATING_BIAS = "usual, saturated sigmoid", -92.0
HIDDEN_SIZES = (8, 32, 128)
FOR_S, MIN_ROUNDS = 0.8, 5


def main() -> None:
    """Print the table, for the cells named on the command line or for rnn."""
    print(__doc__.split("\n\n")[0])
    print(
        f"{'cell':>5} {'H':>4}  {'shape':31} {'rnnsweep':>9}"
        f" {'dot rate':>9} {'ratio':>6} {'BLAS':>9} {'ratio':>6}   np.dot"
    )
    with threadpool_limits(1, user_api="blas"):
        for cell in sys.argv[1:] or ["rnn"]:
            for hidden in HIDDEN_SIZES:
                for name, shape in SHAPES.items():
                    sizes = Sizes(shape.input_size, hidden, shape.output_size, cell)
                    _print_row(name, sizes, shape, steps_call(sizes, "float32", shape))
                sizes = Sizes(USUAL.input_size, hidden, USUAL.output_size, cell)
                saturated = steps_call(
                    sizes, "float32", USUAL, activation="sigmoid", bias=SATURATING_BIAS
                )
                _print_row(SATURATED, sizes, USUAL, saturated)


def _print_row(name: str, sizes: Sizes, shape: Shape, step: Callable[[], int]) -> None:
    calls = {"step": step} | floor.calls(sizes, shape)
    seconds = take_turns(calls, FOR_S, MIN_ROUNDS)
    step_s, least = seconds["step"], floor.floor_of(sizes, shape, seconds)
    print(
        f"{sizes.record.name:>5} {sizes.hidden:4d}  {name:31} {step_s * 1e6:9.1f}"
        f" {least.at_dot_rate * 1e6:9.1f} {step_s / least.at_dot_rate:6.2f}"
        f" {least.at_blas * 1e6:9.1f} {step_s / least.at_blas:6.2f}"
        f" {least.dot_rate / 1e9:4.0f} GF/s",
        flush=True,
    )


if __name__ == "__main__":
    main()
