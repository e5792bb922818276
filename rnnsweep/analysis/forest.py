"""Functional analysis of variance of a random forest (fANOVA), where the grid is not full.

Hutter, Hoos and Leyton-Brown 2014, "An efficient approach for assessing hyperparameter
importance", ICML. A forest is fitted to the values. Each of its trees is a function that is
constant on boxes, so that the share of variance that a feature or a pair explains in it is a sum
over pairs of boxes.

The forest is that of scikit-learn, with the settings of optuna's `FanovaImportanceEvaluator`, whose
sums are loops in Python (two minutes for 1,000 trials with four settings). Other than there, a
number counts by its place among the values that were tried, so that a rate that was drawn from a
logarithmic range is weighted as it was drawn.
"""

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnnsweep.array_types import Codes, Floats
from rnnsweep.errors import SweepError

from .products import product

TREES = 64
DEPTH = 64
MOST_ROWS = 1000  # a second or two with four features; the time grows with the square
MOST_PAIRED = 6  # features, those with the largest shares, of which pairs are computed


class Estimate(NamedTuple):
    """What a forest says about its features.

    Attributes
    ----------
    shares : dict of tuple of int to float
        The share of the forest's variance for each feature and each pair of the first ones by
        share; together at most 1.
    predicted : float
        The share of the variance of values that the forest predicts from the trees which have not
        seen them (out of bag); negative where their mean would predict better.
    """

    shares: dict[tuple[int, ...], float]
    predicted: float


def estimate(features: Sequence[Codes], values: Floats) -> Estimate:
    """Return the estimated shares of variance of features.

    Parameters
    ----------
    features : sequence of (n_rows,) array of int
        The places of each row's values, from 0 on; ascending with the value where it is a number.
    values : (n_rows,) array
        Not all equal.

    Raises
    ------
    SweepError
        If scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import RandomForestRegressor
    except ImportError:
        raise SweepError('an estimate needs scikit-learn: pip install "rnnsweep[search]"') from None
    forest = RandomForestRegressor(
        n_estimators=TREES, max_depth=DEPTH, oob_score=True, random_state=0
    )
    forest.fit(np.stack(features, axis=1), values)
    measures = [np.bincount(codes) / len(codes) for codes in features]
    trees = [boxes for tree in forest.estimators_ if (boxes := _boxes(tree.tree_, measures))]
    shares = _mean_shares(trees, [(place,) for place in range(len(features))])
    first = sorted(shares, key=lambda factors: -shares[factors])[:MOST_PAIRED]
    pairs = itertools.combinations(sorted(place for (place,) in first), 2)
    shares |= _mean_shares(trees, list(pairs))
    return Estimate(shares, float(forest.oob_score_))


class _Boxes(NamedTuple):
    """The leaves of a tree.

    Attributes
    ----------
    low, high : (n_leaves, n_features) arrays
        The distribution function of each feature at the ends of each box: a difference is the
        probability of the interval.
    weighted : (n_leaves,) array
        The deviation of each leaf from the tree's mean, times the probability of its box.
    variance : float
        Of the tree, above 0.
    """

    low: Floats
    high: Floats
    weighted: Floats
    variance: float


def _boxes(tree: Any, measures: Sequence[Floats]) -> _Boxes | None:
    """Return the boxes of one of scikit-learn's trees; None if the tree is constant.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
    measures : sequence of arrays
        The probability of each place of each feature.
    """
    places = [len(measure) for measure in measures]
    low = np.zeros((tree.node_count, len(places)), np.intp)
    high = np.tile(np.array(places), (tree.node_count, 1))
    inner = tree.feature >= 0
    for node in np.flatnonzero(inner):  # a node comes before its children
        feature, cut = tree.feature[node], int(np.floor(tree.threshold[node])) + 1
        left, right = tree.children_left[node], tree.children_right[node]
        low[[left, right]], high[[left, right]] = low[node], high[node]
        high[left, feature] = low[right, feature] = cut
    below = [np.append(0.0, np.cumsum(measure)) for measure in measures]
    leaves = ~inner
    from_, to = (
        np.stack([at[column] for at, column in zip(below, ends[leaves].T, strict=True)], axis=1)
        for ends in (low, high)
    )
    probability = (to - from_).prod(axis=1)
    value = tree.value[leaves, 0, 0]
    deviation = value - (value * probability).sum()
    variance = float((deviation**2 * probability).sum())
    return _Boxes(from_, to, deviation * probability, variance) if variance > 0 else None


def _mean_shares(
    trees: Sequence[_Boxes], terms: Sequence[tuple[int, ...]]
) -> dict[tuple[int, ...], float]:
    """Return the mean over trees of the share of variance of single features or of pairs."""
    features = sorted({feature for term in terms for feature in term})
    shares = np.zeros(len(terms))
    for boxes in trees:
        overlaps = {feature: _overlap(boxes, feature) for feature in features}
        alone = {feature: _square(boxes.weighted, overlap) for feature, overlap in overlaps.items()}
        for place, term in enumerate(terms):
            variance = alone[term[0]]
            if len(term) == 2:
                both = overlaps[term[0]] * overlaps[term[1]]
                variance = _square(boxes.weighted, both)
                variance = max(0.0, variance - alone[term[0]] - alone[term[1]])
            shares[place] += variance / boxes.variance
    return dict(zip(terms, (shares / len(trees)).tolist(), strict=True))


def _square(weighted: Floats, overlap: Floats) -> float:
    """Return the quadratic form of a symmetric matrix."""
    return float((product(overlap, weighted) * weighted).sum())


def _overlap(boxes: _Boxes, feature: int) -> Floats:
    """Return for two boxes how likely a feature is in both, over how likely if independent."""
    low, high = boxes.low[:, feature], boxes.high[:, feature]
    width = high - low
    common = np.minimum.outer(high, high) - np.maximum.outer(low, low)
    overlap: Floats = np.maximum(common, 0.0) / np.multiply.outer(width, width)
    return overlap
