"""The estimate by a forest equals sums over all points, and that of optuna where they compare."""

import sys

import numpy as np
import optuna
import pytest
from optuna.distributions import FloatDistribution

from rnnsweep.analysis.forest import MOST_PAIRED, estimate
from rnnsweep.errors import SweepError


def places(n, k, seed=0):
    """Features without equal values, and values that depend on the first two."""
    rng = np.random.default_rng(seed)
    features = [rng.permutation(n) for _ in range(k)]
    x, y = features[0] / n, features[1] / n
    return features, np.exp(3 * x) + 5 * x * y + rng.standard_normal(n)


def of_optuna(features, values):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study()
    # A place has a length of 1, so that all have the same weight.
    distributions = {
        str(i): FloatDistribution(-0.5, codes.max() + 0.5) for i, codes in enumerate(features)
    }
    for row, value in zip(np.stack(features, axis=1).tolist(), values.tolist(), strict=True):
        params = {str(i): float(place) for i, place in enumerate(row)}
        trial = optuna.trial.create_trial(params=params, distributions=distributions, value=value)
        study.add_trial(trial)
    shares = optuna.importance.FanovaImportanceEvaluator(seed=0).evaluate(study)
    return [shares[str(i)] for i in range(len(features))]


def of_features(features, values):
    shares = estimate(features, values).shares
    return [shares[place,] for place in range(len(features))]


def test_shares_of_features_are_those_of_optuna():
    rng = np.random.default_rng(0)
    features = [rng.permutation(48) % 2 for _ in range(4)]
    values = features[0] + 2 * features[1] * features[2] + 0.1 * rng.standard_normal(48)
    assert of_features(features, values) == pytest.approx(of_optuna(features, values), rel=1e-9)


def test_shares_of_many_valued_features_are_close_to_those_of_optuna():
    # Optuna cuts a place in two where a threshold is on it.
    features, values = places(40, 3)
    assert of_features(features, values) == pytest.approx(of_optuna(features, values), abs=0.002)


def on_all_points(features, values):
    """The shares of a forest by its predictions on the whole grid of places, a tree at a time."""
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(n_estimators=64, max_depth=64, random_state=0)
    forest.fit(np.stack(features, axis=1), values)
    sizes = [feature.max() + 1 for feature in features]
    weights = [np.bincount(feature) / len(feature) for feature in features]
    points = np.stack([axis.ravel() for axis in np.indices(sizes)], axis=1)
    shares = []
    for tree in forest.estimators_:
        table = tree.predict(points).reshape(sizes)

        def variance(kept, table=table):
            for place in reversed(range(table.ndim)):
                if place not in kept:
                    table = np.expand_dims(np.average(table, place, weights[place]), place)
            table = np.broadcast_to(table, sizes)
            joint = np.einsum("i,j,k->ijk", *weights)
            return np.average((table - np.average(table, weights=joint)) ** 2, weights=joint)

        single = [variance([place]) for place in range(3)]
        pairs = [variance([i, j]) - single[i] - single[j] for i, j in ((0, 1), (0, 2), (1, 2))]
        shares.append(np.array([*single, *pairs]) / variance([0, 1, 2]))
    return np.mean(shares, axis=0)


def test_shares_are_those_of_predictions_on_all_points():
    rng = np.random.default_rng(1)
    # Values that occur more often than others, as the words of a setting.
    features = [rng.permutation(60) // 5, rng.integers(0, 3, 60) ** 2 // 2, rng.permutation(60)]
    values = features[0] * (features[1] - 1.0) + rng.standard_normal(60)
    result = estimate(features, values)
    assert list(result.shares) == [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    expected = on_all_points(features, values)
    assert list(result.shares.values()) == pytest.approx(expected.tolist(), rel=1e-9, abs=1e-12)


def test_shares_of_a_known_function():
    # 1 where both are in their upper half, else 0: the variance is 3/16, of which each feature
    # explains 1/16 alone, and the pair the rest.
    rng = np.random.default_rng(0)
    features = [rng.permutation(400) for _ in range(3)]
    values = 1.0 * (features[0] >= 200) * (features[1] >= 200)
    result = estimate(features, values)
    expected = {(0,): 1 / 3, (1,): 1 / 3, (2,): 0, (0, 1): 1 / 3, (0, 2): 0, (1, 2): 0}
    assert result.shares == pytest.approx(expected, abs=0.05)
    assert 0.9 < result.predicted <= 1


def test_noise_is_not_predicted():
    features, values = places(100, 3)
    rng = np.random.default_rng(0)
    assert estimate(features, rng.permutation(values)).predicted < 0.05
    assert estimate(features, values).predicted > 0.5


def test_pairs_are_those_of_the_features_that_matter_most():
    features, values = places(60, MOST_PAIRED + 2)
    shares = estimate(features, values).shares
    of_pairs = {feature for term in shares if len(term) == 2 for feature in term}
    last = sorted((term for term in shares if len(term) == 1), key=shares.get)[:2]
    assert of_pairs == {*range(MOST_PAIRED + 2)} - {feature for (feature,) in last}


def test_without_scikit_learn_a_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(SweepError, match=r'pip install "rnnsweep\[search\]"'):
        estimate(*places(20, 2))
