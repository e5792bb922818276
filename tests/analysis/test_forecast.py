"""Errors of forecasts by their definitions, and the sentence that says which is the better."""

import numpy as np
import pytest

from rnnsweep.analysis.forecast import Forecast, best_trivial_predictor

TRUTH = np.array([1.0, 2.0, 4.0, 3.0, 5.0])


def forecast(**predictions):
    return Forecast(
        "t0", "y", 1, 0, ["validation"] * 2 + ["test"] * 3, np.arange(5), None, TRUTH,
        {name: np.asarray(values, float) for name, values in predictions.items()},
    )  # fmt: skip


def wrong_by(*errors):
    """Forecasts that are right on the validation part, and wrong by these on the test part."""
    return TRUTH + np.array([0.0, 0.0, *errors])


def test_errors_are_the_root_mean_square_and_the_mean_absolute_value():
    rng = np.random.default_rng(0)
    network, persistence = rng.normal(size=(2, 5))
    errors = forecast(network=network, persistence=persistence).errors()
    assert [error[:3] for error in errors] == [
        ("validation", "network", 2),
        ("validation", "persistence", 2),
        ("test", "network", 3),
        ("test", "persistence", 3),
    ]
    for part, place in ((slice(2), 0), (slice(2, 5), 2)):
        for values, error in zip((network, persistence), errors[place : place + 2], strict=True):
            difference = values[part] - TRUTH[part]
            np.testing.assert_allclose(error.rmse, np.sqrt(np.mean(difference**2)), rtol=1e-14)
            np.testing.assert_allclose(error.mae, np.mean(np.abs(difference)), rtol=1e-14)


def test_the_best_trivial_predictor_is_one_without_a_season_where_another_has_one():
    naive = {"persistence": wrong_by(1, 1, 1)}
    verdict = forecast(network=wrong_by(0, 0, 1), **naive).verdict()
    assert best_trivial_predictor(verdict) == best_trivial_predictor("") == "best trivial predictor"
    seasonal = forecast(network=TRUTH, **naive, seasonal_naive=wrong_by(0, 1, 0)).verdict()
    assert best_trivial_predictor(seasonal) == "best trivial predictor without a season"


@pytest.mark.parametrize("size", [1e300, 1e-300, 0.0])
def test_errors_of_every_size_have_a_root_mean_square(size):
    made = forecast(network=np.full(5, -size))
    around_zero = Forecast(**{**vars(made), "truth": np.zeros(5)})
    for error in around_zero.errors():
        np.testing.assert_allclose([error.rmse, error.mae], size, rtol=1e-15)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_forecast_that_is_no_number_is_as_wrong_as_can_be(bad):
    made = forecast(network=wrong_by(0, bad, 0), persistence=wrong_by(9, 9, 9))
    error = made.errors()[2]
    assert error.rmse == error.mae == np.inf
    assert made.verdict().endswith("is inf; persistence 9: it does not beat persistence.")
    assert made.undecided() == []


@pytest.mark.parametrize(
    ("naive", "sentence"),
    [
        (
            {"mean": 3, "persistence": 2},
            "is 1; mean 3, persistence 2: it beats the mean and persistence.",
        ),
        ({"mean": 3, "persistence": 0.5}, "it beats the mean, but not persistence."),
        ({"mean": 0.1, "persistence": 0.5}, "it does not beat the mean or persistence."),
        (
            {"persistence": 1},
            "is 1; persistence 1: it does not beat persistence. The difference from persistence "
            "may be chance (Diebold-Mariano, 5 %).",
        ),
        (
            {"mean": 0.25, "persistence": 0.5, "seasonal_naive": 0.125},
            "it does not beat the mean, persistence or the seasonal naive forecast.",
        ),
        (
            {"mean": 4, "persistence": 0.5, "seasonal_naive": 2},
            "it beats the mean and the seasonal naive forecast, but not persistence.",
        ),
    ],
)
def test_the_verdict_names_what_the_network_beats_on_the_test_part(naive, sentence):
    made = forecast(
        network=wrong_by(1, -1, 1),
        **{name: wrong_by(error, error, -error) for name, error in naive.items()},
    )
    start = "On the test part (3 rows of y) the best network's root mean square error (RMSE) is 1; "
    assert made.verdict().startswith(start)
    assert made.verdict().endswith(sentence)


def test_the_verdict_says_how_far_ahead_the_forecasts_are():
    made = forecast(network=wrong_by(1, 1, 1), persistence=wrong_by(2, 2, 2))
    ahead = Forecast(**{**vars(made), "horizon": 12}).verdict()
    assert ahead.startswith("On the test part (3 rows of y, 12 rows ahead) the best network's")


def test_the_verdict_says_where_the_mean_absolute_error_disagrees():
    made = forecast(network=wrong_by(0, 0, 3), persistence=wrong_by(1.5, 1.5, 1.5))
    first, second, third = made.verdict().split("persistence. ")
    assert first.endswith("it does not beat ")
    assert second == "Its mean absolute error is 1; persistence 1.5: it beats "
    assert third == "The difference from persistence may be chance (Diebold-Mariano, 5 %)."
