"""The parallel coordinates of the page: a brush filters every view, as the form controls do."""

import browsers
import numpy as np
import pytest
from page_reading import drawn, table

browsers.need()

# Shares of the height of the canvas between which the axes run: see parallel.js.
TOP, BOTTOM = 42 / 360, 344 / 360


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


class Finger(Canvas):
    """A finger on a phone, which drags along an axis and scrolls the page elsewhere."""

    def drag(self, axis, *heights, aside=0):
        """Drag as `Canvas` does, so many pixels to the right of the axis."""
        canvas = self.page.locator("#parallel-canvas")
        canvas.scroll_into_view_if_needed()
        drawn(self.page)
        box = canvas.bounding_box()
        x = box["x"] + 56 + axis * (box["width"] - 56 - 70) / self.n_axes + aside
        ys = [box["y"] + (BOTTOM + height * (TOP - BOTTOM)) * box["height"] for height in heights]
        touches = self.page.context.new_cdp_session(self.page)

        def send(kind, *points):
            touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

        send("touchStart", {"x": x, "y": ys[0]})
        for y in np.linspace(ys[0], ys[-1], 8)[1:]:
            send("touchMove", {"x": x, "y": y})
        send("touchEnd")
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


def test_a_finger_along_an_axis_filters_and_between_two_it_scrolls(grid, open_page):
    page = open_page(grid, "phone")
    finger = Finger(page)
    finger.drag(1, 0.95, 0.55)
    assert checked(page, "hidden_size") == ["32", "64"]
    assert page.inner_text("#shown-count") == "24 of 48 settings shown"
    before = page.evaluate("scrollY")
    finger.drag(1, 0.55, 0.95, aside=35)
    assert page.evaluate("scrollY") > before
    assert page.inner_text("#shown-count") == "24 of 48 settings shown"


def test_every_axis_of_a_small_sweep_is_on_a_phones_screen(grid, open_page):
    page = open_page(grid, "phone")
    widths = page.locator("#parallel-scroll").evaluate("box => [box.scrollWidth, box.clientWidth]")
    assert widths[0] == widths[1]
    assert "Scroll to the right" not in page.inner_text("#parallel-caption")
