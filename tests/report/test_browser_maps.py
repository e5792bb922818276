"""The maps of the page: each cell equals what pandas computes from trials.csv."""

import browsers
import numpy as np
import pytest
from page_reading import cells, drawn, place, table, traces

browsers.need()

AXES = ("activation", "hidden_size", "learning_rate")
# Each axis once across, up, and as the panels.
PLACES = [(AXES[i], AXES[i - 1], AXES[i - 2]) for i in range(3)]


def open_map(open_page, grid, x, y, panels, plot="map-plot"):
    page = open_page(grid)
    page.locator(f"#{plot}").scroll_into_view_if_needed()
    controls = plot.removesuffix("-plot")
    for name, axis in (("panels", ""), ("x", x), ("y", y), ("panels", panels)):
        page.select_option(f"#{controls}-{name}", axis)
    drawn(page)
    return page


def expected(trials, x, y, panels, text):
    """Return the text of each cell, of the trials in it."""
    return {
        (f"{panels} {label(third)}", label(across), label(up)): text(own)
        for (third, across, up), own in trials.groupby([panels, x, y])
    }


def label(value):
    return value if isinstance(value, str) else f"{value:.4g}"


def scores(trials):
    """What trials are ranked by, NaN for one that failed."""
    losses = trials["best_val_loss"].where(trials["status"] != "diverged", np.inf)
    return losses.where(trials["status"] != "failed")


def loss_text(loss):
    return "div." if np.isinf(loss) else str(float(f"{loss:.3g}"))


@pytest.mark.parametrize(("x", "y", "panels"), PLACES)
def test_a_map_shows_any_two_settings_for_each_value_of_a_third(
    grid, open_page, trials, x, y, panels
):
    page = open_map(open_page, grid, x, y, panels)
    assert cells(page, "map-plot") == expected(
        trials, x, y, panels, lambda own: loss_text(scores(own).median())
    )


def test_a_cell_shows_its_best_setting_or_the_median_of_its_trials(grid, open_page, trials):
    page = open_map(open_page, grid, "hidden_size", "learning_rate", "")
    for shown, number in (
        ("best", lambda own: scores(own).groupby(own["activation"]).median().min()),
        ("median", lambda own: scores(own).median()),
    ):
        page.select_option("#map-of", shown)
        drawn(page)
        texts = {labels[1:]: text for labels, text in cells(page, "map-plot").items()}
        assert texts == {
            (label(size), label(rate)): loss_text(number(own))
            for (size, rate), own in trials.groupby(["hidden_size", "learning_rate"])
        }


def test_the_divergence_map_shows_the_share_and_the_epoch(grid, open_page, trials):
    def text(own):
        diverged = own[own["status"] == "diverged"]
        share = len(diverged) / (own["status"] != "failed").sum()
        epoch = diverged["diverged_epoch"].median()
        return f"{100 * share:.0f} %<br>ep. {epoch:g}" if share else "0"

    places = ("hidden_size", "learning_rate", "activation")
    page = open_map(open_page, grid, *places, plot="divergence-plot")
    assert cells(page, "divergence-plot") == expected(trials, *places, text)


def test_a_colour_means_the_same_in_both_themes_and_its_text_is_black_or_white(grid, open_page):
    seen = []
    for scheme in ("light", "dark"):
        page = open_page(grid, "desktop", scheme)
        page.locator("#map-plot").scroll_into_view_if_needed()
        drawn(page)
        seen.append(
            page.evaluate("document.getElementById('map-plot').layout.coloraxis.colorscale")
        )
        texts = [trace for trace in traces(page, "map-plot") if trace.get("mode") == "text"]
        inks = {ink for trace in texts for ink in trace["textfont"]["color"]}
        assert inks == {"#000000", "#ffffff"}
    assert seen[0] == seen[1]
    assert seen[0][0][1] == "#fde725"  # the lowest loss


def test_the_title_of_the_colours_is_not_longer_than_their_bar(results, open_page):
    page = open_page(results("problems"))
    page.locator("#map-plot").scroll_into_view_if_needed()
    drawn(page)
    title, bar = (
        page.locator(f"#map-plot {own}").bounding_box() for own in (".cbtitle text", ".cbfills")
    )
    assert title["height"] <= bar["height"]


def test_a_click_on_a_cell_filters_for_it(grid, open_page):
    page = open_map(open_page, grid, "hidden_size", "learning_rate", "activation")
    point = place(page, "map-plot", 3, 1)  # of the first panel
    page.mouse.move(*point)
    page.wait_for_selector("#map-plot .hovertext")
    page.mouse.click(*point)
    page.wait_for_selector("#shown-count:has-text('1 of 48 settings shown')")
    (row,) = table(page)
    assert [row[f"axis:{name}"] for name in AXES] == ["sigmoid", "64", "0.0208"]
