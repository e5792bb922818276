"""The page of a sweep without a best setting, without curves, or with one of something."""

import browsers
import pytest
from page_reading import drawn, table, traces

browsers.need()

COMPARING = ("effects", "importance", "map", "parallel")


def visible(page, ids):
    return [id_ for id_ in ids if page.is_visible(f"#{id_}")]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("all_diverged", "half of the trials or more diverged in the first two epochs"),
        ("most_diverged", "half of the trials or more diverged in the first two epochs"),
        ("all_failed", "every trial shown failed"),
    ],
)
def test_without_a_score_there_is_no_rank_and_a_sentence_in_place_of_curves(
    results, open_page, name, sentence
):
    page = open_page(results(name))
    assert {row["rank"] for row in table(page)} == {"\u2013"}
    assert visible(page, COMPARING) == []
    assert sentence in page.inner_text("#curves-plot")
    assert page.locator("#curves-plot .plotly, #curves-legend li").count() == 0


def test_curves_come_back_after_a_filter_that_leaves_nothing(grid, open_page):
    page = open_page(grid, fragment="#loss=900..1000")
    assert page.inner_text("#curves-plot") == "No setting passes the filters."
    page.click("#filter-clear")
    page.locator("#curves-plot").scroll_into_view_if_needed()
    drawn(page)
    assert "No setting" not in page.inner_text("#curves-plot")
    assert len(traces(page, "curves-plot")) > 3


def test_one_epoch_is_drawn_as_dots(results, open_page):
    page = open_page(results("one_epoch"))
    modes = {trace["mode"] for trace in traces(page, "curves-plot") if not trace.get("fill")}
    assert modes == {"markers"}


def test_one_setting_has_no_choice_of_settings(results, open_page):
    page = open_page(results("no_axis"))
    assert page.locator("#curves-controls select").count() == 0
    assert visible(page, COMPARING) == []


def test_trials_that_have_not_ended_are_counted(results, open_page):
    page = open_page(results("half_ended"))
    assert page.inner_text("[data-count=pending]") == "4 not ended"


def test_a_baseline_beyond_the_scale_of_the_effects_is_left_out(results, open_page):
    """All losses are shares of the baseline, and below 0.8."""
    page = open_page(results("problems"))
    page.locator("#effects").scroll_into_view_if_needed()
    drawn(page)
    assert page.locator("#effects-list .median").count() == 4
    assert page.locator("#effects-list .baseline").count() == 0


def test_a_bar_that_goes_on_beyond_its_scale_has_an_arrow(grid, open_page, trials):
    page = open_page(grid)
    page.locator("#effects").scroll_into_view_if_needed()
    drawn(page)
    arrows = page.locator("#effects-list [data-axis=learning_rate] li:has(.goes-on) button")
    values = arrows.evaluate_all("buttons => buttons.map((own) => own.dataset.value)")
    diverged = trials["status"].eq("diverged").groupby(trials["learning_rate"]).mean()
    assert values == [f"{rate:.4g}" for rate in diverged.index[diverged > 0.25]] == ["1"]
