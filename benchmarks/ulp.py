"""The largest error of activations, over the whole range: python -m benchmarks.ulp [NAME ...].

Prints a Markdown table of the errors of value and slope, in both precisions, against the next
wider type, in the units that `formulas.Errors` explains.
"""

import argparse
from collections.abc import Collection
from typing import Any, NamedTuple

from benchmarks.formulas import FORMULAS, Errors
from benchmarks.precision import (
    DTYPES,
    activated,
    eps_errors,
    has_wider,
    points,
    ulp_errors,
    wide,
)

_UNITS = {"ulp": ulp_errors, "eps": eps_errors}


# Each activation with each part of the numbers that its errors are measured over.
ROWS = [(name, errors) for name, formula in FORMULAS.items() for errors in formula.errors]


class Worst(NamedTuple):
    """The largest error of a value and of a slope."""

    value: float
    slope: float


def worst(name: str, errors: Errors, dtype: Any, n: int) -> Worst:
    """Return an activation's largest errors over a part of the `points`; NaN where one is NaN."""
    z = points(dtype, n)
    z = z[errors.part(z)]
    value, slope = activated(name, z)
    formula = FORMULAS[name]
    return Worst(
        float(_UNITS[errors.value_unit](value, wide(formula.value, z)).max()),
        float(_UNITS[errors.slope_unit](slope, wide(formula.slope, z)).max()),
    )


def table(n: int, names: Collection[str] = FORMULAS) -> list[str]:
    """Return the lines of the table of these activations."""
    dtypes = [dtype for dtype in DTYPES if has_wider(dtype)]
    heads = [f"{part}, {dtype.__name__}" for part in Worst._fields for dtype in dtypes]
    lines = [
        f"| activation | where | {' | '.join(heads)} |",
        f"|---|---|{'---|' * len(heads)}",
    ]
    for name, errors in ROWS:
        if name not in names:
            continue
        measured = [worst(name, errors, dtype, n) for dtype in dtypes]
        cells = [f"{largest.value:.2f} {errors.value_unit}" for largest in measured]
        cells += [f"{largest.slope:.2f} {errors.slope_unit}" for largest in measured]
        lines.append(f"| {name} | {errors.where} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--points", type=int, default=500_000, help="of each of ten kinds")
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: every activation")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - FORMULAS.keys():
        parser.error(f"no formula for {', '.join(sorted(unknown))} in benchmarks/formulas.py")
    for line in table(arguments.points, arguments.names or FORMULAS):
        print(line, flush=True)


if __name__ == "__main__":
    main()
