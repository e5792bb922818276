"""How long the importance of settings takes: from outcomes in memory to shares with intervals.

python -m benchmarks.importance [--trials 100000]
"""

import argparse
import itertools
import time

import numpy as np

from rnnsweep.analysis.forest import estimate
from rnnsweep.analysis.importance import importance_of
from rnnsweep.analysis.outcomes import NUMBERS, Outcomes

# The numbers of values of each setting, and of seeds, for 100,000 trials.
SHAPES = {
    "3 settings, 10 seeds": ((100, 10, 10), 10),
    "5 settings, 5 seeds": ((10, 10, 10, 5, 4), 5),
    "8 settings, 10 seeds": ((5, 5, 5, 5, 2, 2, 2, 2), 10),
    "2 settings, 1,000 seeds": ((10, 10), 1000),
    "1 setting, 50,000 seeds": ((2,), 50_000),
}


def main() -> None:
    """Print the times, the best of three runs each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=100_000, metavar="N")
    n_trials = parser.parse_args().trials
    print(f"{'':<24} {'trials':>8} {'rank, s':>8} {'log_loss, s':>12}")
    for name, (levels, n_seeds) in SHAPES.items():
        first = max(1, levels[0] * n_trials // 100_000)
        outcomes = invented((first, *levels[1:]), n_seeds)
        times = [seconds(outcomes, measure) for measure in ("rank", "log_loss")]
        print(f"{name:<24} {len(outcomes):>8,} {times[0]:>8.2f} {times[1]:>12.2f}")
    rng = np.random.default_rng(0)
    features = [rng.permutation(1000) for _ in range(4)]
    start = time.perf_counter()
    estimate(features, features[0] + 100 * rng.standard_normal(1000))
    print(
        f"an estimate by a forest, 1,000 draws of 4 settings: {time.perf_counter() - start:.1f} s"
    )


def invented(levels: tuple[int, ...], n_seeds: int) -> Outcomes:
    """Return the outcomes of a full grid with losses of random effects and noise."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((*levels, n_seeds))
    for place, n in enumerate(levels):
        values += rng.standard_normal((n, *[1] * (len(levels) - place)))
    names = [*(f"setting_{place}" for place in range(len(levels))), "seed"]
    columns = zip(*itertools.product(*map(range, values.shape)), strict=True)
    numbers = {name: np.full(values.size, np.nan) for name in NUMBERS}
    return Outcomes(
        [f"t{place}" for place in range(values.size)],
        ["complete"] * values.size,
        dict(zip(names, map(list, columns), strict=True)),
        {**numbers, "best_val_loss": np.exp(values.ravel())},
    )


def seconds(outcomes: Outcomes, measure: str) -> float:
    """Return the shortest time of three runs."""
    swept = [name for name in outcomes.settings if name != "seed"]
    times = []
    for _ in range(3):
        start = time.perf_counter()
        importance_of(outcomes, swept, measure)
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    main()
