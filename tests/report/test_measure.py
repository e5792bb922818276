"""What the tests of the layout measure: a page with each fault, and the same without it."""

from functools import partial

import browsers
import pytest
from page_measures import measure

browsers.need()

# Each measure with a page that it accepts and one that it does not.
CASES = {
    "faint": (
        "<p style='color: #757575'>grey on white</p>",  # 4.6
        "<p style='color: #7a7a7a'>grey on white</p>",  # 4.3
    ),
    "outside": (
        "<p style='width: 200px'>short</p>",
        "<p style='position: absolute; left: 1270px'>beyond</p>",
    ),
    "overlapping": (
        "<p>one</p><p>other</p>",
        "<p>one</p><p style='margin-top: -2em'>other</p>",
    ),
    "nameless": (
        "<label>named <input></label>",
        "named <input>",
    ),
    "small": (
        "<label style='display: block; height: 24px; width: 24px'><input type=checkbox></label>",
        "<input aria-label=x type=checkbox style='width: 13px; height: 13px'>",
    ),
}


@pytest.fixture
def measured(watch, tmp_path):
    def measured(body, what, *arguments):
        file = tmp_path / "page.html"
        file.write_text(f"<!doctype html><html data-ready><title>x</title>{body}")
        return measure(watch(file).page, what, *arguments)

    return measured


@pytest.mark.parametrize("what", CASES)
def test_a_measure_finds_what_it_is_for(measured, what):
    good, bad = CASES[what]
    find = partial(measured, what=what)
    assert find(good) == []
    assert len(find(bad)) == 1


@pytest.mark.parametrize(
    ("style", "n_faint"),
    [
        ("background: black; color: white", 0),
        ("background: black; color: rgb(255 255 255 / 0.3)", 1),  # 2.6 over black
        ("color: #949494; font-size: 24px", 0),  # 3.03, enough for large letters
        ("color: #949494", 1),
    ],
)
def test_the_contrast_counts_what_is_below_and_the_size(measured, style, n_faint):
    assert len(measured(f"<p style='{style}'>text</p>", "faint")) == n_faint


def test_what_cannot_be_seen_is_not_measured(measured):
    body = "<p style='display: none'>a</p><p style='visibility: hidden; color: white'>b</p>"
    assert measured(body, "faint") == []


def test_a_text_of_several_lines_does_not_overlap_what_shares_its_box(measured):
    text = "<b>Bold</b> and then an inline text that goes on in further lines"
    assert measured(f"<div style='width: 90px'>{text}</div>", "overlapping") == []


def test_texts_that_a_scrolled_box_hides_do_not_overlap_what_is_under_it(measured):
    inner = "<div style='height: 20px; overflow: auto'><p style='margin: 0'>a<br>b<br>c</p></div>"
    assert measured(f"{inner}<p style='margin: 0'>below</p>", "overlapping") == []
