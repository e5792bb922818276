"""The page's forecast of drawn series: points over the true values, as in forecast.csv."""

import browsers
import numpy as np
import pytest
from page_measures import measure
from page_reading import drawn, traces

import rnnsweep

browsers.need()

SWEEP = """\
[task]
name = "lorenz"
seq_len = 6
n_train = 32
n_val = 24
n_test = 40
horizon = 3

[model]
hidden_size = 3

[train]
learning_rate = 0.01
epochs = 2

[grid]
seed = [0, 1]
"""
NAMES = ["truth", "network", "mean", "persistence"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    home = tmp_path_factory.mktemp("sequences")
    (home / "lorenz.toml").write_text(SWEEP)
    return rnnsweep.run(home / "lorenz.toml", results=home / "results", plots=False)


def at_the_forecast(page):
    page.locator("#forecast-plot").scroll_into_view_if_needed()
    drawn(page)
    return page


def points(page):
    shown = {trace["name"]: trace for trace in traces(page, "forecast-plot")}
    return {name: np.array([shown[name]["x"], shown[name]["y"]], float) for name in shown}


def expected(frame, name):
    return frame[["truth", name]].to_numpy().T


def test_points_are_the_forecasts_over_the_true_values(results, open_page):
    page = at_the_forecast(open_page(results.folder))
    frame = results.forecast()
    for part, word in (("test", "test"), (None, "all")):
        page.select_option("#forecast-rows", word)
        drawn(page)
        rows = frame if part is None else frame[frame["part"] == part]
        shown = points(page)
        assert {*shown} == {*NAMES}
        for name in NAMES[1:]:
            np.testing.assert_allclose(shown[name], expected(rows, name), rtol=1e-6)
        low, high = rows["truth"].min(), rows["truth"].max()
        np.testing.assert_allclose(shown["truth"], [[low, high]] * 2, rtol=1e-6)


def test_words_are_those_of_sequences(results, open_page):
    page = at_the_forecast(open_page(results.folder))
    assert page.inner_text("#forecast-title") == "Forecast of Lorenz x / 10"
    assert page.inner_text("#forecast-verdict") == results.forecast_verdict()
    assert "40 sequences of Lorenz x / 10, 3 time steps ahead" in results.forecast_verdict()
    assert page.inner_text("#forecast-caption").startswith("Forecasts are 3 time steps ahead.")
    assert page.locator("#forecast-rows option").all_inner_texts() == [
        "the test part", "validation and test part",
    ]  # fmt: skip
    assert page.locator("#forecast-legend li").all_inner_texts() == NAMES
    assert page.locator("#forecast-errors th").all_inner_texts()[2] == "sequences"


def test_an_address_that_asks_for_rows_shows_the_test_part(results, open_page):
    page = open_page(results.folder)
    page.goto(f"{page.url.partition('#')[0]}#forecastRows=last")
    page.reload()
    page.wait_for_selector("html[data-complete]")
    at_the_forecast(page)
    assert page.input_value("#forecast-rows") == "test"
    assert points(page)["network"].shape == (2, 40)


def test_it_fits_every_screen(results, open_page, look):
    page = at_the_forecast(open_page(results.folder, *look))
    for kind in ("faint", "outside", "overlapping", "nameless"):
        assert not measure(page, kind), kind
    table = page.locator(".table-scroll", has=page.locator("#forecast-errors"))
    assert table.evaluate("box => box.scrollWidth <= box.clientWidth")
