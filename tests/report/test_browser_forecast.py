"""The forecast on the page: it equals forecast.csv, and lines are interrupted at gaps."""

import browsers
import numpy as np
import pandas as pd
import pytest
from forecast_cases import rising, write_series, write_sweep
from page_measures import measure
from page_reading import as_shown, drawn, number, traces

import rnnsweep

browsers.need()

NAMES = ["truth", "network", "mean", "persistence", "seasonal naive"]
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A series with gaps in its test part, and a name that means harm."""
    home = tmp_path_factory.mktemp("forecast")
    values = rising()
    values[210:222] = np.nan
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        write_series(values)
        text = (home / "series.csv").read_text()
        (home / "series.csv").write_text(text.replace("month,co2", f"month,{HOSTILE}"))
        file = home / write_sweep('season = 12\ntime = "month"\nmissing = "previous"')
        file.write_text(file.read_text().replace('target = "co2"', f'target = "{HOSTILE}"'))
        return rnnsweep.run(file, results=home / "results", plots=False)


@pytest.fixture
def page(results, open_page):
    page = open_page(results.folder)
    page.locator("#forecast-plot").scroll_into_view_if_needed()
    drawn(page)
    return page


def column(frame, name):
    return frame[name.replace(" ", "_")].to_numpy()


def test_the_lines_are_those_of_the_test_part_with_a_gap(page, results):
    frame = results.forecast()
    test = frame[frame["part"] == "test"]
    assert [trace["name"] for trace in traces(page, "forecast-plot")] == NAMES
    for trace in traces(page, "forecast-plot"):
        y = np.array(trace["y"], float)
        assert np.flatnonzero(np.isnan(y)).tolist() == [210 - 192]
        np.testing.assert_allclose(y[~np.isnan(y)], column(test, trace["name"]), rtol=1e-6)


def test_all_rows_are_shown_on_demand(page, results):
    page.select_option("#forecast-rows", "all")
    drawn(page)
    for trace in traces(page, "forecast-plot"):
        y = np.array(trace["y"], float)
        np.testing.assert_allclose(
            y[~np.isnan(y)], column(results.forecast(), trace["name"]), rtol=1e-6
        )


def test_the_verdict_and_the_errors_are_those_of_python(page, results):
    assert page.inner_text("#forecast-verdict") == results.forecast_verdict()
    rows = page.locator("#forecast-errors tbody tr").evaluate_all(
        "rows => rows.map((row) => Array.from(row.cells, (cell) => cell.textContent))"
    )
    shown = pd.DataFrame(rows, columns=["part", "predictor", "n", "rmse", "mae"])
    errors = results.forecast_errors()
    assert shown["part"].tolist() == errors["part"].tolist()
    assert shown["predictor"].tolist() == NAMES[1:] * 2
    assert shown["n"].astype(int).tolist() == errors["n"].tolist()
    for name in ("rmse", "mae"):
        assert [number(text) for text in shown[name]] == as_shown(errors[name])


def test_the_trivial_predictor_without_a_season_is_called_so(page):
    """The seasonal naive forecast may be better: the sentence on the forecast compares it."""
    without = "the best trivial predictor without a season"
    assert f", that of {without} " in page.inner_text("#headline")
    assert f"{without}, left out" in page.text_content("#effects")
    title = page.get_attribute("[data-sort=test_baseline]", "title")
    assert title == f"loss of {without} on the test part"


def test_a_name_that_means_harm_is_shown_as_it_is(page):
    assert page.inner_text("#forecast-title") == f"Forecast of {HOSTILE}"
    assert page.locator("img").count() == 0


def test_it_fits_every_screen(results, open_page, look):
    page = open_page(results.folder, *look)
    page.locator("#forecast-plot").scroll_into_view_if_needed()
    drawn(page)
    for kind in ("faint", "outside", "overlapping", "nameless"):
        assert not measure(page, kind), kind
