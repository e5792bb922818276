"""The standard errors of mean losses over seeds.

The seeds are what a sweep samples; its settings were chosen. So where a group has trials of several
settings, those of one seed count together, once: 6 learning rates with 3 seeds are 3 independent
numbers and not 18. What the settings differ by is in the mean of every seed, and is no uncertainty.
As if all trials were independent, the interval would be too wide where settings differ much, and
cover the mean in half of the cases where the seed decides.

Where each of 5 seeds of the data goes with each of 5 seeds of the initial weights, 25 trials are
not 25 independent ones: if the data decide the loss, they are 5. As if they were independent, the
95 % interval of their mean would cover it in 40 to 80 % of cases. So the means over the trials of
each seed are compared, seed by seed, and what they scatter is added up (Owen 2007, The pigeonhole
bootstrap, Annals of Applied Statistics 1, 386-411, section 3). The degrees of freedom of such a sum
are those of Satterthwaite (1946, Biometrics Bulletin 2, 110-114). Then the interval covers the mean
in 94 % of cases or more, and with two values of a seed in 88 % or more
(`tests/analysis/test_standard_errors.py`).
"""

from collections.abc import Sequence

import numpy as np

from rnnsweep.array_types import Codes, Floats

from .grouped import counts, deviations, means


def standard_errors(
    values: Floats, codes: Codes, n: int, seeds: Sequence[Codes]
) -> tuple[Floats, Codes]:
    """Return the standard error of the mean of each group, and its degrees of freedom.

    Parameters
    ----------
    values : (n_values,) array
        NaN where there is no number.
    codes : (n_values,) array of int
        The group of each number, from 0 to n - 1.
    n : int
        The number of groups.
    seeds : sequence of (n_values,) arrays of int
        A code for the value of each seed that varies by itself. Numbers of a group that agree in
        all seeds count together.

    Returns
    -------
    (n,) array, (n,) array of int
        NaN for a group with fewer than two (combinations of) seeds; the degrees of freedom are
        their number less 1, or fewer where several seeds vary.
    """
    values, codes, seeds = _of_seeds(values, codes, n, seeds)
    std, count = deviations(values, codes, n), counts(values, codes, n)
    freedom = count - 1
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        independent: Floats = std / np.sqrt(count)
        if len(seeds) < 2:
            return independent, freedom
        present = ~np.isnan(values)
        group = codes[present]
        # Squares of losses may overflow; those of what is at most the root of their number do not.
        scaled = (values - means(values, codes, n)[codes])[present] / std[group]
        scaled = np.nan_to_num(scaled)  # a group without scatter
        square, uncertain = np.zeros(n), np.zeros(n)
        for seed in seeds:
            pairs, place = np.unique(np.stack([group, seed[present]]), axis=1, return_inverse=True)
            sums = np.bincount(place.reshape(-1), scaled, pairs.shape[1])
            n_values = np.bincount(pairs[0], minlength=n)
            scatter = np.bincount(pairs[0], sums**2, n) / count**2
            of_seed = np.where(n_values > 1, scatter * n_values / (n_values - 1), 0.0)
            square += of_seed
            uncertain += np.where(n_values > 1, of_seed**2 / (n_values - 1), 0.0)
        # A product of sums of the same numbers may be below a whole number by rounding.
        effective = np.floor(square**2 / uncertain + 1e-9)
        freedom = np.where(effective < freedom, effective, freedom).astype(np.intp)
        # Where losses scatter less between the values of a seed than within them, by chance.
        return np.maximum(std * np.sqrt(square), independent), freedom


def _of_seeds(
    values: Floats, codes: Codes, n: int, seeds: Sequence[Codes]
) -> tuple[Floats, Codes, list[Codes]]:
    """Return one number for each group and combination of seeds, its group, and its seeds.

    The mean of a group's numbers is that of its values, and so is the error of that mean: a
    combination with twice as many values as others has twice the distance from the mean.
    """
    present = ~np.isnan(values)
    values, group, seeds = values[present], codes[present], [seed[present] for seed in seeds]
    place = group
    for seed in seeds:
        key = place * (int(seed.max(initial=0)) + 1) + seed
        place = np.unique(key, return_inverse=True)[1].reshape(-1)
    _, first, place = np.unique(place, return_index=True, return_inverse=True)
    if len(first) == len(values):  # a value each, as where a group is one setting
        return values, group, seeds
    size = np.bincount(place)
    own, seeds = group[first], [seed[first] for seed in seeds]
    share = (size / counts(values, group, n)[own]) * np.bincount(own, minlength=n)[own]
    mean = means(values, group, n)[own]
    with np.errstate(over="ignore", invalid="ignore"):
        numbers: Floats = mean + (means(values, place, len(first)) - mean) * share
    return numbers, own, seeds
