"""The largest error of every activation, over the whole range: python -m benchmarks.ulp.

A markdown table: of value and slope, in both precisions, against the next wider type. In ulp
(units in the last place of the exact result) where a relative error makes sense. In eps (the ulp
of 1) for a slope that is made of the value, s (1 - s) or 1 - t**2 or e + 1: where that saturates,
its last digit is all that is left; for the slopes of gelu and silu, which cross 0 and are sums of
terms of size 1 there; and for gelu's tail, which carries the rounding of z**2 / 2, up to as many
ulp, in values below 0.16.
"""

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.precision import (
    ACTIVATIONS,
    DTYPES,
    SIN_RANGE,
    Points,
    activated,
    eps_errors,
    has_wider,
    points,
    ulp_errors,
    wide,
)

ERRORS = {"ulp": ulp_errors, "eps": eps_errors}


class Row(NamedTuple):
    """An activation over a part of its range, and what its errors are counted in."""

    activation: str
    value: str = "ulp"
    slope: str = "ulp"
    where: str = ""
    part: Callable[[Points], NDArray[np.bool_]] = lambda z: np.full(z.shape, True)


def _is_normal(z: Points) -> NDArray[np.bool_]:
    """Whether sigmoid(z) is not flushed to 0."""
    return z >= np.log(np.finfo(z.dtype).tiny)


ROWS = [
    Row("sigmoid", slope="eps"),
    Row("tanh", slope="eps"),
    Row("relu"),
    Row("identity"),
    Row("leaky_relu"),
    Row("elu", slope="eps"),
    Row("softplus"),
    Row("gelu", slope="eps", where="from -1 up", part=lambda z: z >= -1),
    Row("gelu", value="eps", slope="eps", where="below -1", part=lambda z: z < -1),
    Row("silu", slope="eps", where="sigmoid is not flushed", part=_is_normal),
    Row("silu", "eps", "eps", "sigmoid is flushed to 0", lambda z: ~_is_normal(z)),
    Row("softsign", slope="eps"),
    Row("hard_tanh"),
    Row(
        "sin",
        where="up to 1e4; 1e6",
        part=lambda z: np.abs(z) <= SIN_RANGE[z.dtype.type],
    ),
]


class Worst(NamedTuple):
    """The largest error of a value and of a slope."""

    value: float
    slope: float


def worst(row: Row, dtype: Any, n: int) -> Worst:
    """Return the largest errors over the `points` that a row is for; NaN where one is NaN."""
    z = points(dtype, n)
    z = z[row.part(z)]
    functions = ACTIVATIONS[row.activation]
    return Worst(
        *(
            float(ERRORS[unit](got, wide(function, z)).max())
            for unit, got, function in zip(
                (row.value, row.slope), activated(row.activation, z), functions, strict=True
            )
        )
    )


def table(n: int) -> list[str]:
    """Return the lines of the table."""
    dtypes = [dtype for dtype in DTYPES if has_wider(dtype)]
    heads = [f"{part}, {dtype.__name__}" for part in Worst._fields for dtype in dtypes]
    lines = [
        f"| activation | where | {' | '.join(heads)} |",
        f"|---|---|{'---|' * len(heads)}",
    ]
    for row in ROWS:
        errors = [worst(row, dtype, n) for dtype in dtypes]
        cells = [
            f"{getattr(error, part):.2f} {getattr(row, part)}"
            for part in Worst._fields
            for error in errors
        ]
        lines.append(f"| {row.activation} | {row.where} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--points", type=int, default=500_000, help="of each of ten kinds")
    for line in table(parser.parse_args().points):
        print(line, flush=True)


if __name__ == "__main__":
    main()
