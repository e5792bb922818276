"""The plot of forecasts: its lines are the numbers, and no text overlaps at any length."""

import io
from dataclasses import replace

import numpy as np
import pytest
from forecast_cases import forecast, of_sequences
from picture_cases import assert_nothing_overlaps, line, words

from rnnsweep.analysis.forecast import Forecast, listed
from rnnsweep.plots import figures, on_request
from rnnsweep.plots.style import DPI
from rnnsweep.plots.time_axis import time_axis

ALL = ("mean", "persistence", "seasonal_naive")


def dates(n, unit, start="2010-01"):
    return [str(np.datetime64(start, unit) + i) for i in range(n)]


def with_gaps(made):
    """The same without the rows 20 to 27 and 50."""
    places = np.r_[0:20, 28:50, 51 : len(made.rows)]
    return Forecast(**{
        **vars(made),
        "parts": [made.parts[place] for place in places],
        "rows": made.rows[places],
        "truth": made.truth[places],
        "predictions": {name: values[places] for name, values in made.predictions.items()},
    })  # fmt: skip


def bad(made, value):
    """The same, but with one forecast of the network that is no number."""
    network = made.predictions["network"].copy()
    network[-3] = value
    return Forecast(**{**vars(made), "predictions": {**made.predictions, "network": network}})


CASES = {
    "60 rows": forecast(60, ALL),
    "300 rows, a long name": forecast(300, target="a long name of a column, in <units> per $s" * 3),
    "301 rows": forecast(301, ALL, times=[str(1700 + i) for i in range(306)]),
    "5000 days, two weeks ahead": forecast(5000, ALL, dates(5005, "D"), horizon=14),
    "100000 rows": forecast(100_000, ALL),
    "months": forecast(48, ALL, dates(53, "M")),
    "seconds": forecast(90, ALL, dates(95, "s")),
    "other names": forecast(70, ALL, [f"week {i} of the <season> & more $" for i in range(75)]),
    "names of one sort": forecast(30, ALL, ["again"] * 35),
    "years BC": forecast(30, ALL, [str(i - 500) for i in range(35)]),
    "one row": forecast(1, n_val=1),
    "one row with a name": forecast(1, ALL, ["first", "second"], n_val=1),
    "two rows": forecast(2, ALL),
    "gaps": with_gaps(forecast(60, ALL)),
    "far ahead": forecast(60, ALL, horizon=40),
    "not a number": bad(forecast(60, ALL), np.nan),
    "infinite": bad(forecast(400, ALL), np.inf),
    "sequences": of_sequences(),
    "the first of many sequences, far ahead": of_sequences(4096, horizon=12),
    "one sequence and the mean alone": of_sequences(1, ("mean",)),
    "sequences with a long name": of_sequences(target="a long name in <units> per $s" * 3),
    "a sequence that is not a number": bad(of_sequences(50), np.nan),
    "an infinite sequence": bad(of_sequences(50), np.inf),
    "equal sequences": replace(of_sequences(20), truth=np.full(25, 3.0)),
}


def beyond_the_ends(figure):
    """The labels of ticks past the ends of an axis, which are not drawn."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            rounding = 1e-9 * (high - low)
            for tick in axis.get_major_ticks():
                if not low - rounding <= tick.get_loc() <= high + rounding:
                    yield tick.label1


@pytest.mark.parametrize("name", CASES)
def test_no_text_overlaps_and_none_is_cut(name):
    figure = on_request.forecast_plot(CASES[name])
    figure.set_dpi(DPI)  # letters are fitted to pixels, so widths depend on it
    figure.draw_without_rendering()
    assert_nothing_overlaps(figure, [*beyond_the_ends(figure)])
    assert figure.axes[0].get_xlim()[0] < figure.axes[0].get_xlim()[1]


def test_the_lines_are_the_test_part_and_the_best_naive_rule_of_validation():
    made = forecast(60, ALL)
    test = made.part("test")
    upper, lower, _ = on_request.forecast_plot(made).axes
    assert made.best_naive() == "persistence"
    for label, values in (
        ("truth", test.truth),
        ("network", test.predictions["network"]),
        ("persistence", test.predictions["persistence"]),
    ):
        np.testing.assert_array_equal(line(upper, label), np.transpose([test.rows, values]))
    errors = [drawn.get_ydata() for drawn in lower.lines[-2:]]
    for values, name in zip(errors, ("persistence", "network"), strict=True):
        np.testing.assert_array_equal(values, test.predictions[name] - test.truth)


def test_the_points_of_sequences_are_over_the_true_values():
    made = of_sequences(60)
    test = made.part("test")
    upper, lower, bars = on_request.forecast_plot(made).axes
    for axes, less in ((upper, 0), (lower, test.truth)):
        points = {drawn.get_label(): drawn.get_offsets() for drawn in axes.collections}
        assert {*points} == {"network", "persistence"}
        for name, places in points.items():
            expected = np.column_stack([test.truth, test.predictions[name] - less])
            np.testing.assert_array_equal(places, expected)
    ends = [test.truth.min(), test.truth.max()]
    np.testing.assert_array_equal(line(upper, "truth"), np.transpose([ends, ends]))
    assert [label.get_text() for label in bars.get_yticklabels()] == [
        "network", "mean", "persistence",
    ]  # fmt: skip


def test_the_words_say_what_the_sequences_are():
    text = words(on_request.forecast_plot(CASES["the first of many sequences, far ahead"]))
    assert "The first 4,096 test sequences" in text
    assert "Forecasts 12 time steps ahead" in text
    assert "Of the naive rules the mean was the best on the validation part." in text
    alone = words(on_request.forecast_plot(CASES["one sequence and the mean alone"]))
    assert "naive rules" not in alone


def test_rows_that_are_left_out_interrupt_the_lines():
    upper, lower, _ = on_request.forecast_plot(CASES["gaps"]).axes
    for drawn in (*upper.lines, *lower.lines[-2:]):
        assert np.isnan(drawn.get_ydata()).sum() == 2


def test_a_long_part_has_its_last_rows_and_the_error_of_each_span():
    made = CASES["5000 days, two weeks ahead"]
    test = made.part("test")
    upper, lower, _ = on_request.forecast_plot(made).axes
    np.testing.assert_array_equal(line(upper, "truth")[:, 1], test.truth[-150:])
    squares = (test.predictions["network"] - test.truth) ** 2
    expected = np.sqrt(squares.reshape(100, 50).mean(axis=1))
    np.testing.assert_allclose(lower.lines[-1].get_ydata(), expected, rtol=1e-12)


def test_bars_are_the_errors_of_the_test_part():
    made = CASES["60 rows"]
    *_, bars = on_request.forecast_plot(made).axes
    errors = [error.rmse for error in made.errors() if error.part == "test"]
    np.testing.assert_allclose([bar.get_width() for bar in bars.patches], errors, rtol=1e-12)
    assert [label.get_text() for label in bars.get_yticklabels()] == [
        "network", "mean", "persistence", "seasonal naive",
    ]  # fmt: skip


def test_the_title_is_the_conclusion_and_the_notes_say_what_may_be_chance():
    made = forecast(60, ALL)
    text = words(on_request.forecast_plot(made))
    assert "beats the mean, persistence and the seasonal naive forecast" in text
    assert "may be chance" not in text
    best = listed([made.best_naive()], "and")
    assert f"Of the naive rules {best} was the best on the validation part." in text
    worse = {**made.predictions, "network": made.predictions["mean"] + 20}
    text = words(on_request.forecast_plot(Forecast(**{**vars(made), "predictions": worse})))
    assert "does not beat the mean, persistence or the seasonal naive forecast" in text
    same = {**made.predictions, "network": made.truth - made.predictions["mean"] + made.truth}
    text = words(on_request.forecast_plot(Forecast(**{**vars(made), "predictions": same})))
    assert "does not beat the mean, persistence or the seasonal naive forecast" in text
    assert "The difference from the mean may be chance" in text


def test_the_same_forecast_gives_the_same_bytes():
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        figures.save(on_request.forecast_plot(forecast(60, ALL, dates(65, "M"))), file)
    assert files[0].getvalue() == files[1].getvalue()


@pytest.mark.parametrize(
    ("times", "kind"),
    [
        (["1700", "1701.5", "1e4"], float),
        (["2000-01", "2000-02", "2000-03"], np.datetime64),
        (["2000-01-01", "2000-01-02T03:04", "2000-02-01 05:06:07"], np.datetime64),
        (["3", "2", "1"], None),  # they do not ascend
        (["2000-02", "2000-01", "2000-03"], None),
        (["2000-13", "2000-14", "2000-15"], None),
        (["now", "today", "NaT"], None),
        (["nan", "inf", "1"], None),
        (["0500-01", "0501-01", "0502-01"], None),  # matplotlib has no such dates
        (["a", "b", "c"], None),
    ],
)
def test_numbers_and_dates_that_ascend_are_places(times, kind):
    axis = time_axis(np.array([5, 6, 8]), times)
    if kind is None:
        assert axis.names == times
        np.testing.assert_array_equal(axis.places, [5, 6, 8])
    else:
        assert axis.names is None
        assert np.issubdtype(axis.places.dtype, kind)
        assert (np.diff(axis.places) > np.zeros(1, np.diff(axis.places).dtype)).all()
