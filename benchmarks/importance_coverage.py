"""How often the 95 % intervals of importance contain the share of all seeds, in simulations.

python -m benchmarks.importance_coverage [--cases 400]

A grid of 3 x 4 cells has two factors and their interaction, which are known. The noise of the seeds
is as large as a factor. It is independent in each cell, or partly common to all cells of a seed or
to those of a level of the first factor; and it is normal, or exponential. Printed is the share of
cases for the factors, the pair and the seeds.
"""

import argparse
import itertools
import math
from collections.abc import Callable

import numpy as np

from rnnsweep.analysis.variance import decompose

Draw = Callable[[np.random.Generator, int | tuple[int, ...]], np.ndarray]
Mixture = tuple[float, float, float]

# The variance of the noise that is common to a seed, to a seed and a level, and to no two cells.
MIXTURES = ((0.0, 0.0, 1.0), (0.25, 0.25, 0.5), (0.8, 0.1, 0.1))
DRAWS: dict[str, Draw] = {
    "normal": np.random.Generator.standard_normal,
    "exponential": lambda rng, size: rng.exponential(size=size) - 1,
}


def main() -> None:
    """Print the shares of cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=400, metavar="N")
    cases = parser.parse_args().cases
    print("seeds  noise        seed, level, cell    factor  factor    pair   seeds")
    for n_seeds, (name, draw), mixture in itertools.product((3, 5, 10), DRAWS.items(), MIXTURES):
        inside = coverage(n_seeds, draw, mixture, cases)
        numbers = "  ".join(f"{100 * share:4.0f} %" for share in inside)
        print(f"{n_seeds:>5}  {name:<11}  {mixture!s:<18}   {numbers}", flush=True)


def coverage(n_seeds: int, draw: Draw, mixture: Mixture, cases: int) -> np.ndarray:
    """Return the share of cases in which each interval contains its share."""
    rng = np.random.default_rng(0)
    of_seed, of_level, of_cell = map(math.sqrt, mixture)
    inside = []
    for _ in range(cases):
        cells = rng.standard_normal((3, 1)) + rng.standard_normal((1, 4))
        cells = cells + 0.5 * rng.standard_normal((3, 4))
        known = [effect.sum_sq / cells.size for effect in decompose(cells, 2).effects] + [1.0]
        values = cells[..., np.newaxis] + of_seed * draw(rng, n_seeds)
        values = (
            values + of_level * draw(rng, (3, 1, n_seeds)) + of_cell * draw(rng, (3, 4, n_seeds))
        )
        parts = itertools.chain(*decompose(values, 2))
        inside.append(
            [
                part.low <= share / sum(known) <= part.high
                for part, share in zip(parts, known, strict=True)
            ]
        )
    return np.mean(inside, axis=0)


if __name__ == "__main__":
    main()
