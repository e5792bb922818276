"""The table of settings in a real browser: it equals summary.csv, and can be sorted."""

import browsers
import numpy as np
import pytest
from page_reading import as_shown, number, table

browsers.need()

COLUMNS = {"mean": "mean", "median": "median", "test": "median_test_loss"}


def test_the_table_equals_summary_csv(grid, open_page, summary):
    page = open_page(grid)
    rows = table(page)
    assert len(rows) == len(summary) == 48
    assert [number(row["rank"]) for row in rows] == summary["rank"].tolist()
    for name in ("activation", "hidden_size"):
        assert [row[f"axis:{name}"] for row in rows] == summary[name].astype(str).tolist()
    for shown, name in COLUMNS.items():
        numbers = [number(row[shown]) for row in rows]
        np.testing.assert_equal(numbers, as_shown(summary[name]))
    for row, low, high in zip(rows, summary["ci95_low"], summary["ci95_high"], strict=True):
        expected = [] if np.isnan(low) else as_shown([low, high], 3)
        assert [number(text) for text in row["ci95"].split(" to ") if text != "\u2013"] == expected
    shares = [number(row["diverged"].removesuffix(" %")) for row in rows]
    assert shares == (100 * summary["n_diverged"] / summary["n"]).round(1).tolist()
    assert [row["n"] for row in rows] == summary["n"].astype(str).tolist()


def test_what_decides_between_settings_is_on_the_screen_without_scrolling(grid, open_page):
    page = open_page(grid)
    right = page.locator("#table").bounding_box()
    for key in ("rank", "median", "ci95", "diverged", "test", "test_baseline", "n"):
        heading = page.locator(f"th[data-column={key}]").bounding_box()
        assert heading["x"] + heading["width"] <= right["x"] + right["width"], key


def test_on_a_phone_the_loss_is_on_the_screen_without_scrolling(results, open_page):
    page = open_page(results("twelve_axes"), "phone")
    right = page.locator("#table").bounding_box()
    for key in ("rank", "median"):
        heading = page.locator(f"th[data-column={key}]").bounding_box()
        assert heading["x"] + heading["width"] <= right["x"] + right["width"], key


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_heading_sorts_up_and_down(grid, open_page, summary, way):
    page = open_page(grid)
    heading = page.locator("[data-sort=mean]")
    expected = as_shown(np.sort(summary["mean"].dropna()))
    for order, direction in (("ascending", 1), ("descending", -1)):
        if way == "mouse":
            heading.click()
        else:
            heading.focus()
            page.keyboard.press("Enter")
        page.wait_for_selector(f"th[data-column=mean][aria-sort={order}]")
        numbers = [number(row["mean"]) for row in table(page)]
        assert np.isnan(numbers[len(expected) :]).all()  # those without a mean come last
        assert numbers[: len(expected)] == expected[::direction]
        assert page.locator("[aria-sort]").count() == 1
