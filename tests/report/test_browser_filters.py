"""The filters of the page: form controls, used by mouse and by keyboard, filter every view."""

import browsers
import numpy as np
import pytest
from page_reading import as_shown, cells, drawn, number, table

browsers.need()


def box(page, axis, value):
    return page.locator(f"fieldset[data-axis={axis}] input[data-value='{value}']")


def settings_in(page):
    names = ("activation", "hidden_size", "learning_rate")
    return [tuple(row[f"axis:{name}"] for name in names) for row in table(page)]


def settings_of(summary):
    rates = [f"{rate:.4g}" for rate in summary["learning_rate"]]
    sizes = summary["hidden_size"].astype(str)
    return list(zip(summary["activation"], sizes, rates, strict=True))


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_box_filters_every_view(grid, open_page, summary, way):
    page = open_page(grid, fragment="#mapPanels=activation")
    relu = box(page, "activation", "relu")
    if way == "mouse":
        relu.click()
    else:
        relu.focus()
        page.keyboard.press("Space")
    drawn(page)
    expected = summary[summary["activation"] != "relu"]
    assert settings_in(page) == settings_of(expected)
    assert page.inner_text("#shown-count") == "32 of 48 settings shown"
    assert relu.evaluate("box => document.activeElement === box")  # the keyboard goes on from there
    page.locator("#map-plot").scroll_into_view_if_needed()
    drawn(page)
    panels = {panel for panel, *_ in cells(page, "map-plot")}
    assert panels == {"activation sigmoid", "activation tanh"}
    page.locator("#effects").scroll_into_view_if_needed()
    drawn(page)
    assert page.locator("#effects-list [data-axis=activation] button").count() == 2


def test_a_filter_is_in_every_view_of_a_printed_page(grid, open_page):
    page = open_page(grid, fragment="#mapPanels=activation")
    box(page, "activation", "relu").click()
    drawn(page)
    assert len({panel for panel, *_ in cells(page, "map-plot")}) == 3  # off the screen, it waits
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    panels = {panel for panel, *_ in cells(page, "map-plot")}
    assert panels == {"activation sigmoid", "activation tanh"}
    assert page.locator("#effects-list [data-axis=activation] button").count() == 2


def test_filters_on_two_settings_are_combined_and_cleared(grid, open_page, summary):
    page = open_page(grid)
    box(page, "activation", "sigmoid").click()
    page.get_by_label("Only hidden_size 16").focus()
    page.keyboard.press("Enter")
    drawn(page)
    kept = (summary["activation"] != "sigmoid") & (summary["hidden_size"] == 16)
    assert settings_in(page) == settings_of(summary[kept])
    page.click("#filter-clear")
    drawn(page)
    assert len(table(page)) == 48
    assert box(page, "activation", "sigmoid").is_checked()
    assert not page.is_visible("#filter-clear")


def test_limits_of_the_loss_filter(grid, open_page, summary, trials):
    page = open_page(grid)
    page.fill("#filter-loss [data-end=high]", "0.05")
    page.keyboard.press("Tab")
    drawn(page)
    # The score of a setting: the median, in which a diverged trial is infinite.
    scores = trials["best_val_loss"].where(trials["status"] != "diverged", np.inf)
    axes = ["activation", "hidden_size", "learning_rate"]
    medians = scores[trials["status"] != "failed"].groupby([trials[axis] for axis in axes]).median()
    rows = table(page)
    assert len(rows) == (medians <= 0.05).sum()
    shown = sorted(number(row["median"]) for row in rows)
    assert shown == as_shown(sorted(medians[medians <= 0.05]))


@pytest.mark.parametrize(
    ("name", "label"), [("grid", "median loss"), ("problems", "median loss / its baseline")]
)
def test_the_loss_filter_says_what_it_limits(results, open_page, name, label):
    page = open_page(results(name))
    assert page.inner_text("#filter-loss legend") == label


def test_no_setting_passes(grid, open_page):
    page = open_page(grid)
    for value in ("sigmoid", "tanh", "relu"):
        box(page, "activation", value).click()
    drawn(page)
    assert table(page) == []
    assert page.inner_text("#shown-count") == "0 of 48 settings shown"
    page.click("#filter-clear")
    drawn(page)
    assert len(table(page)) == 48
