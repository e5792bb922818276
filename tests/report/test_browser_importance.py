"""The importance on the page: the numbers of `results.importance`, and what is missing in them."""

import re

import browsers
import numpy as np
import pytest
from page_reading import drawn

from rnnsweep.tables.results import load

browsers.need()


def percent(share):
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{float(f'{100 * share:.1f}'):g} %"


def along(page, part, mark):
    """Return where a mark begins and ends, as a share of its track."""
    box, track = (
        page.locator(f"[data-part='{part}'] {own}").bounding_box() for own in (mark, ".track")
    )
    begin = (box["x"] - track["x"]) / track["width"]
    return begin, begin + box["width"] / track["width"]


@pytest.mark.parametrize(
    ("name", "n_seeds", "words"),
    [
        ("grid", 2, "Bar: share; dot: corrected."),
        ("problems", 3, "Bar: share; dot and line: corrected share and its interval."),
    ],
)
def test_marks_and_numbers_are_those_of_the_results(results, open_page, name, n_seeds, words):
    page = open_page(results(name))
    page.locator("#importance").scroll_into_view_if_needed()
    parts = load(results(name)).importance()
    shown = parts[(parts["kind"] != "pair") | (parts["share"] >= 0.005)]
    rows = page.locator("#importance-list [data-part]")
    assert [row.get_attribute("data-part") for row in rows.all()] == shown["settings"].tolist()
    most = shown[["share", "corrected_share", "ci95_high"]].max().max()
    for row in shown.itertuples():
        text = page.locator(f"[data-part='{row.settings}'] .figure").inner_text()
        interval = f" ({percent(row.ci95_low)} to {percent(row.ci95_high)})"
        assert text == (
            f"{percent(row.share)}, corrected {percent(row.corrected_share)}"
            f"{interval if n_seeds > 2 else ''}"
        )
        np.testing.assert_allclose(
            along(page, row.settings, ".bar"), (0, row.share / most), atol=0.005
        )
        if n_seeds > 2:
            ends = (row.ci95_low / most, row.ci95_high / most)
            np.testing.assert_allclose(along(page, row.settings, ".interval"), ends, atol=0.005)
        dot = np.mean(along(page, row.settings, ".estimate"))
        assert dot == pytest.approx(row.corrected_share / most, abs=0.005)
    note = page.locator("#importance-note").inner_text()
    assert note.startswith(parts.attrs["note"])
    assert note.endswith(words)


def test_a_part_shows_its_curves_or_its_map(grid, open_page):
    page = open_page(grid)
    parts = load(grid).importance()
    pair = parts.loc[parts["kind"] == "pair", "settings"].iloc[0]
    page.click(f"[data-part='{pair}'] button")
    drawn(page)
    assert [page.input_value(f"#map-{axis}") for axis in "xy"] == pair.split(" x ")
    page.click("[data-part=hidden_size] button")
    drawn(page)
    assert page.input_value("#curves-by") == "hidden_size"


@pytest.mark.parametrize(
    ("name", "note", "effects"),
    [
        (
            "half_ended",
            r"^4 of 12 trials have not ended, .* Exact, ",
            "4 of 12 trials did not end yet, so that these numbers may still change.",
        ),
    ],
)
def test_trials_that_are_missing_or_diverged_are_said(results, open_page, name, note, effects):
    page = open_page(results(name))
    assert re.search(note, page.locator("#importance-note").text_content())
    assert page.locator("#effects-missing").text_content() == effects
