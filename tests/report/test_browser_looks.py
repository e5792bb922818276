"""What the page looks like: on a desktop and a phone, light and dark, for odd sweeps."""

import browsers
import pytest
from page_measures import measure
from page_reading import drawn, scroll_through, traces
from report_sweeps import HOSTILE, ODD

browsers.need()

FAULTS = ("faint", "outside", "overlapping", "nameless")
PHONE = (*FAULTS, "small")


def faults(page, kinds):
    """Return what is wrong with the layout, by the kind of the fault."""
    scroll_through(page)
    wide = page.evaluate(
        "document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0
    return {kind: found for kind in kinds if (found := measure(page, kind))}


def test_a_page_and_a_trial_on_every_screen_in_every_scheme(grid, open_page, trials, look):
    page = open_page(grid, *look)
    assert faults(page, PHONE if look[0] == "phone" else FAULTS) == {}
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == look[1]
    page.evaluate("(id) => { location.hash = `trial=${id}`; }", trials["trial_id"][0])
    page.wait_for_selector("#trial[open]")
    assert {kind: measure(page, kind) for kind in ("faint", "outside", "nameless")} == {
        "faint": [],
        "outside": [],
        "nameless": [],
    }


@pytest.mark.parametrize("name", [*ODD, "hostile"])
def test_an_odd_sweep(results, open_page, name):
    assert faults(open_page(results(name)), FAULTS) == {}


@pytest.mark.parametrize("name", ["hostile", "twelve_axes", "sixty_values"])
def test_an_odd_sweep_on_a_phone(results, open_page, name):
    assert faults(open_page(results(name), "phone", "dark"), PHONE) == {}


def test_hostile_words_are_shown_as_they_are_and_run_nothing(results, open_page):
    page = open_page(results("hostile"))
    scroll_through(page)
    page.click("#sweep-file summary")
    page.locator("tr[data-row='0'] input").click()
    page.locator("tr[data-row='0'] [data-open]").click()
    drawn(page)
    assert page.evaluate("window.harmed") is None
    assert page.evaluate("document.getElementById('map-plot')._context.typesetMath") is False
    assert page.locator("img").count() == 0
    text = page.evaluate("document.body.textContent")
    for name in HOSTILE:
        assert name.split("\n")[0] in text
    assert page.title() == "<a> & 'b'"


def test_the_switch_of_the_theme_changes_page_and_plots_and_lasts(grid, open_page):
    page = open_page(grid)
    page.locator("#curves-plot").scroll_into_view_if_needed()
    before = ink(page), traces(page, "curves-plot")[-1]["line"]["color"]
    page.select_option("#theme", "dark")
    drawn(page)
    after = ink(page), traces(page, "curves-plot")[-1]["line"]["color"]
    assert all(one != other for one, other in zip(before, after, strict=True))
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert ink(page) == after[0]
    page.select_option("#theme", "")
    assert ink(page) == before[0]


def ink(page):
    return page.evaluate("getComputedStyle(document.body).color")


def test_the_keyboard_reaches_the_table_first_and_every_control_shows_its_focus(grid, open_page):
    page = open_page(grid)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the table of settings"
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.closest('[id]')?.id"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert {"theme", "views", "filter-list", "table"} <= seen
