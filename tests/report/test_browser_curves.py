"""The loss curves of the page: they equal epochs.csv, and are picked by rows and by clicks."""

import browsers
import numpy as np
import pytest
from page_reading import dashes, drawn, place, traces
from report_cases import BASELINE

browsers.need()

# 65,534 codes for the logarithms of losses between 0.001 and 2: half a code is 6e-5.
EXACTNESS = 1e-4
AXES = ["activation", "hidden_size", "learning_rate"]


@pytest.fixture
def page(grid, open_page):
    page = open_page(grid)
    page.locator("#curves-plot").scroll_into_view_if_needed()
    drawn(page)
    return page


def curves_of(epochs, setting):
    """Return the validation losses (trials, epochs) of a setting, infinite once it diverged."""
    own = epochs[(epochs[AXES] == list(setting)).all(axis=1)]
    return own.pivot(index="seed", columns="epoch", values="val_loss").fillna(np.inf).to_numpy()


def pick(page, row):
    page.locator(f"tr[data-row='{row}'] input").click()
    drawn(page)


def legend(page):
    return page.locator("#curves-legend li > span:nth-child(2)").all_inner_texts()


def test_the_curve_of_a_row_is_the_median_over_its_seeds(page, summary, epochs):
    pick(page, 0)
    best = summary.loc[0, AXES]
    assert legend(page) == ["activation tanh, hidden_size 64, learning_rate 1"]
    *_, area, line = traces(page, "curves-plot")
    high, low = area["y"][:20], area["y"][20:][::-1]  # along the upper end, and back
    curves = curves_of(epochs, best)
    assert line["x"] == list(range(20))
    for losses, share in ((low, 0.25), (line["y"], 0.5), (high, 0.75)):
        expected = np.quantile(curves, share, axis=0)
        np.testing.assert_allclose(losses, expected, rtol=EXACTNESS)


def test_a_line_for_each_value_is_of_the_best_setting_with_it(page, summary, epochs):
    page.select_option("#curves-by", "activation")
    drawn(page)
    names = ("sigmoid", "tanh", "relu")
    best = [summary.loc[summary["activation"] == name, AXES].iloc[0] for name in names]
    assert legend(page) == [f"activation {name}" for name in names]
    details = page.locator("#curves-legend .detail").all_inner_texts()
    assert details == [
        f"hidden_size {own['hidden_size']}, learning_rate {own['learning_rate']:.4g}"
        for own in best
    ]
    lines = [trace for trace in traces(page, "curves-plot") if trace["line"]["width"] == 2.5]
    for setting, line in zip(best, lines, strict=True):
        expected = np.median(curves_of(epochs, setting), axis=0)
        np.testing.assert_allclose(line["y"], expected, rtol=EXACTNESS)


def test_a_line_for_each_value_is_the_median_of_all_its_trials_on_demand(page, epochs):
    page.select_option("#curves-by", "activation")
    page.select_option("#curves-of", "all")
    assert "curvesOf=all" in page.url
    drawn(page)
    assert legend(page) == [f"activation {name}" for name in ("sigmoid", "tanh", "relu")]
    tanh = epochs[epochs["activation"] == "tanh"].groupby("epoch")["val_loss"].median()
    lines = [trace for trace in traces(page, "curves-plot") if trace["line"]["width"] == 2.5]
    np.testing.assert_allclose(lines[1]["y"], tanh, rtol=EXACTNESS)


def test_single_seeds_are_drawn_on_demand(page, trials, epochs):
    pick(page, 1)
    before = len(traces(page, "curves-plot"))
    page.check("#curves-seeds")
    drawn(page)
    seeds = [trace for trace in traces(page, "curves-plot") if trace["line"].get("dash") == "dot"]
    assert len(traces(page, "curves-plot")) == before + len(seeds)
    by_id = {trial_id: own["val_loss"].tolist() for trial_id, own in epochs.groupby("trial_id")}
    ids = [trace["hovertemplate"].split("<")[0] for trace in seeds]
    assert len(set(ids)) == 3
    for trial_id, trace in zip(ids, seeds, strict=True):
        np.testing.assert_allclose(trace["y"], by_id[trial_id], rtol=EXACTNESS)


def test_a_curve_ends_where_its_trials_diverged(page, summary, epochs):
    row = int(summary.index[summary["n_diverged"] == 3][0])
    page.evaluate("document.getElementById('table').scrollTop = 1e6")
    page.wait_for_selector(f"tr[data-row='{row}']")
    pick(page, row)
    line = traces(page, "curves-plot")[-1]
    expected = np.median(curves_of(epochs, summary.loc[row, AXES]), axis=0)
    until = int(np.isfinite(expected).sum())
    np.testing.assert_allclose(line["y"][:until], expected[:until], rtol=EXACTNESS)
    assert set(line["y"][until:]) == {None}


def test_a_click_on_a_curve_picks_its_setting_and_its_cross_drops_it(page, summary):
    background = traces(page, "curves-plot")[0]
    points = zip(background["customdata"], background["x"], background["y"], strict=True)
    loss = next(loss for row, epoch, loss in points if (row, epoch) == (0, 12))
    best = "activation tanh, hidden_size 64, learning_rate 1"
    page.mouse.move(*place(page, "curves-plot", 12, loss))
    page.wait_for_selector(f"#curves-plot .hovertext:has-text('{best}')")
    page.mouse.click(*place(page, "curves-plot", 12, loss))
    page.wait_for_selector("#curves-clear:visible")
    drawn(page)
    assert legend(page) == [best]
    assert page.locator("tr[data-row='0'] input").is_checked()
    page.get_by_label(f"Remove {best}").click()
    drawn(page)
    assert not page.locator("tr[data-row='0'] input").is_checked()


def test_the_axis_fits_the_coloured_lines(page):
    *_, axis = page.evaluate("document.getElementById('curves-plot').layout.yaxis.range")
    lines = [trace["y"] for trace in traces(page, "curves-plot") if trace["line"]["width"] == 2.5]
    highest = max(loss for line in lines for loss in line if loss is not None)
    assert 10**axis == pytest.approx(max(highest, 0.32), rel=0.3)


def test_every_baseline_is_a_dashed_line(page):
    assert sorted(dashes(page, "curves-plot")) == [BASELINE, 0.32]
    texts = page.locator("#curves-plot .annotation").all_text_contents()
    assert sorted(texts) == ["baseline: last value", "baseline: mean"]
