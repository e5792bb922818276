"""The parallel coordinates of the page: a brush filters every view, as the form controls do."""

import browsers
import pytest
from page_reading import drawn, table

browsers.need()

# Shares of the height of the canvas between which the axes run: see parallel.js.
TOP, BOTTOM = 34 / 360, 344 / 360


class Canvas:
    """The parallel coordinates in the window: axes by their places, heights from 0 to 1."""

    def __init__(self, page, n_axes=3):
        self.page, self.n_axes = page, n_axes

    def drag(self, axis, *heights):
        canvas = self.page.locator("#parallel-canvas")
        canvas.scroll_into_view_if_needed()
        drawn(self.page)
        box = canvas.bounding_box()
        x = box["x"] + 56 + axis * (box["width"] - 56 - 70) / self.n_axes
        ys = [box["y"] + (BOTTOM + height * (TOP - BOTTOM)) * box["height"] for height in heights]
        self.page.mouse.move(x, ys[0])
        self.page.mouse.down()
        for y in ys[1:]:
            self.page.mouse.move(x, y, steps=4)
        self.page.mouse.up()
        drawn(self.page)


@pytest.fixture
def page(grid, open_page):
    return open_page(grid)


def checked(page, axis):
    boxes = page.locator(f"fieldset[data-axis={axis}] input:checked")
    return boxes.evaluate_all("boxes => boxes.map((box) => box.dataset.value)")


def values(page, axis):
    return {row[f"axis:{axis}"] for row in table(page)}


def test_a_brush_along_an_axis_filters_for_its_values(page):
    Canvas(page).drag(1, 0.55, 0.95)  # of 8, 16, 32 and 64 the upper two
    assert checked(page, "hidden_size") == ["32", "64"]
    assert values(page, "hidden_size") == {"32", "64"}
    assert page.inner_text("#shown-count") == "24 of 48 settings shown"
    page.locator("#effects").scroll_into_view_if_needed()
    drawn(page)
    assert page.locator("#effects-list [data-axis=hidden_size] button").count() == 2


def test_brushes_on_two_axes_are_combined_and_back_takes_one_away(page):
    canvas = Canvas(page)
    canvas.drag(1, 0.55, 0.95)
    canvas.drag(0, 0.05, 0.2, 0.3)  # sigmoid is the lowest word
    assert checked(page, "activation") == ["sigmoid"]
    assert page.inner_text("#shown-count") == "8 of 48 settings shown"
    page.go_back()  # one entry for a brush, however often the pointer moved
    drawn(page)
    assert page.inner_text("#shown-count") == "24 of 48 settings shown"
    page.go_back()
    drawn(page)
    assert page.inner_text("#shown-count") == "all 48 settings"


def test_a_click_on_a_value_filters_for_it_and_again_for_all(page):
    canvas = Canvas(page)
    canvas.drag(2, 0.1)
    assert values(page, "learning_rate") == {"0.003"}
    canvas.drag(2, 0.1)
    assert page.inner_text("#shown-count") == "all 48 settings"


def test_a_brush_along_the_loss_limits_it(page):
    Canvas(page).drag(3, 0.0, 0.45)
    low, high = (page.input_value(f"#filter-loss [data-end={end}]") for end in ("low", "high"))
    assert low == ""
    medians = [float(row["median"]) for row in table(page)]
    assert 0 < len(medians) < 48
    assert max(medians) <= float(high)
