"""Parallel coordinates: a line for each combination of settings, the best ones in colour."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from picture_cases import panels, words
from plot_cases import CASES, ODD, grid_case, small, study_of

from rnnsweep.plots import on_request
from rnnsweep.plots.style import PALE


def lines(figure):
    """Return the grey lines and the coloured ones, each an (n_lines, n_axes, 2) array."""
    (axes,) = panels(figure)
    grey, coloured = [mark for mark in axes.collections if type(mark) is LineCollection][:2]
    assert to_rgba(PALE) in [tuple(colour) for colour in grey.get_colors()]
    return np.array(grey.get_segments()), np.array(coloured.get_segments())


def test_the_best_tenth_is_in_colour():
    figure = on_request.parallel(study_of(grid_case()))
    grey, coloured = lines(figure)
    assert (len(grey), len(coloured)) == (43, 5)
    assert "The 5 best of 48 combinations: all have relu" in words(figure)


def test_a_line_goes_through_the_values_of_its_combination():
    study = study_of(grid_case())
    _, coloured = lines(on_request.parallel(study))
    trials, _, swept, _ = grid_case()
    losses = trials["best_val_loss"].where(trials["status"] != "diverged", np.inf)
    medians = losses.groupby([trials[name] for name in swept]).median().sort_values()
    for segment, values in zip(coloured[::-1], medians.index[:5], strict=True):
        by_name = dict(zip(swept, values, strict=True))
        for (_, height), setting in zip(segment, study.settings, strict=True):
            n = len(setting.labels)
            code = int(height * n)
            assert setting.values[code] == by_name[setting.name]
            # Lines through one value stay in its part of the axis.
            assert abs(height * n - code - 0.5) <= 0.3 + 1e-12


@pytest.mark.parametrize("name", ["single", "all_diverged", "no_trials"])
def test_nothing_is_drawn_where_there_is_nothing_to_compare(name):
    case = {**CASES, **ODD}[name]()
    assert on_request.parallel(study_of(case)) is None


def test_more_settings_than_axes_are_named():
    figure = on_request.parallel(study_of(CASES["many_settings"]()))
    assert "Without an axis: setting with a very long name" in words(figure)
    assert "and 9 more" in words(figure)


def test_one_or_two_coloured_lines_have_their_losses_in_the_caption_and_no_colour_bar():
    losses = {(1, "a"): 0.25, (1, "b"): 0.5, (2, "a"): 0.75, (2, "b"): 1.0}
    grid = {"hidden_size": (1, 2), "cell": ("a", "b")}
    case = small(lambda s, seed: [losses[s["hidden_size"], s["cell"]]], grid)
    figure = on_request.parallel(study_of(case))
    assert len(figure.axes) == 1
    assert "Median best validation loss (mse): 0.25." in words(figure)


def test_draws_are_at_their_place_on_an_axis_of_numbers():
    case = CASES["draws"]()
    study = study_of(case)
    figure = on_request.parallel(study)
    grey, coloured = lines(figure)
    heights = np.concatenate([grey, coloured])[:, :, 1]
    place = [setting.name for setting in study.settings].index("learning_rate")
    rates = np.sort(np.repeat(case[0]["learning_rate"].unique(), 3))
    logs = (np.log(rates) - np.log(rates[0])) / np.log(rates[-1] / rates[0])
    # The margins of an axis are 0.04 of its range.
    np.testing.assert_allclose(np.sort(heights[:, place]), (logs + 0.04) / 1.08, atol=1e-9)
    assert {"0.001", "0.01", "0.1"} <= set(words(figure).split("\n"))
    assert "all have learning rate 0." in words(figure)
