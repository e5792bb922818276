"""The address of the page keeps what the user chose: Back, Forward, and a view that is sent."""

from itertools import pairwise

import browsers
from page_reading import drawn, table, traces

browsers.need()


def state(page):
    """Return what the page shows, as far as the address decides it."""
    rows = table(page)
    page.locator("#curves-plot").scroll_into_view_if_needed()
    drawn(page)
    lines = [trace["y"] for trace in traces(page, "curves-plot")]
    return rows, page.locator("[aria-sort]").get_attribute("data-column"), lines


def choose(page):
    """Do what a user does; return the state after each action."""
    actions = (
        lambda: page.click("fieldset[data-axis=activation] input[data-value=relu]"),
        lambda: page.click("[data-sort=mean]"),
        lambda: page.click("tr[data-row] input >> nth=2"),
        lambda: page.check("#curves-seeds"),
    )
    states = [state(page)]
    for act in actions:
        act()
        states.append(state(page))
    assert all(one != other for one, other in pairwise(states))
    return states


def test_back_and_forward_go_through_what_was_chosen(grid, open_page):
    page = open_page(grid)
    states = choose(page)
    for expected in states[-2::-1]:
        page.go_back()
        assert state(page) == expected
    for expected in states[1:]:
        page.go_forward()
        assert state(page) == expected


def test_an_address_that_is_sent_shows_the_same(grid, open_page):
    page = open_page(grid)
    *_, expected = choose(page)
    page.select_option("#map-of", "median")
    other = open_page(grid, fragment=f"#{page.url.partition('#')[2]}")
    assert state(other) == expected
    other.locator("#map").scroll_into_view_if_needed()
    drawn(other)
    assert other.input_value("#map-of") == "median"
    assert other.url == page.url


def test_an_address_with_what_is_not_there_shows_the_rest(grid, open_page):
    page = open_page(
        grid,
        fragment="#axis%3Aactivation=tanh,gone&axis%3Agone=1&selected=tnone&sort=gone&trial=t0&%E0%A4&a",
    )
    assert {row["axis:activation"] for row in table(page)} == {"tanh"}
    assert not page.is_visible("#trial")
