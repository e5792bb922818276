"""The divergence map: how many trials diverged in each cell, and when."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from picture_cases import GRID, assert_nothing_overlaps, head, panels, words
from plot_cases import (
    ACTIVATIONS,
    ODD,
    RATES,
    SIZES,
    Case,
    grid_case,
    study_of,
    success_case,
    tables,
)
from stored_cases import store_case

from rnnsweep.plots import on_request
from rnnsweep.plots.map_axes import MapAxes, axes_settings
from rnnsweep.tables.results import load


def drawn(case: Case) -> Figure:
    study = study_of(case)
    axes = axes_settings(study)
    assert axes is not None
    figure = on_request.divergence(study, axes)
    assert figure is not None
    return figure


def test_cells_count_the_trials_that_diverged_and_say_when() -> None:
    figure = drawn(grid_case())
    trials = GRID[0]
    assert [head(panel) for panel in panels(figure)] == list(ACTIVATIONS)
    for panel, activation in zip(panels(figure), ACTIVATIONS, strict=True):
        texts = {text.get_position(): text.get_text() for text in panel.texts}
        hatched = {
            (patch.get_x() + 0.5, patch.get_y() + 0.5)
            for patch in panel.patches
            if patch.get_hatch()
        }
        for (y, size), (x, rate) in itertools.product(enumerate(SIZES), enumerate(RATES)):
            some = trials[
                (trials["activation"] == activation)
                & (trials["hidden_size"] == size)
                & (trials["learning_rate"] == rate)
            ]
            diverged = some[some["status"] == "diverged"]
            count, _, epoch = texts[x, y].partition("\n")
            assert count == f"{len(diverged)}/3"
            if len(diverged):
                assert epoch == f"epoch {diverged['diverged_epoch'].median():.3g}"
            assert ((x, y) in hatched) == (0 < len(diverged) < 3)


def test_the_headline_names_the_worst_value() -> None:
    trials = GRID[0]
    diverged = trials["status"] == "diverged"
    share = diverged.groupby(trials["learning_rate"]).mean().max()
    assert f"{diverged.sum()} of 144 trials diverged: {100 * share:.0f}\u00a0% of those with " in (
        words(drawn(grid_case()))
    )


def test_trials_that_failed_are_left_out_and_counted() -> None:
    figure = drawn(success_case())
    assert "Not shown: 4 that failed." in words(figure)
    assert "0/4" in words(figure)


def test_all_trials_in_one_epoch_need_no_scale() -> None:
    figure = drawn(ODD["all_diverged"]())
    assert "12 of 12 trials diverged\n" in words(figure) + "\n"
    assert "Each in epoch 0" in words(figure)
    assert len(panels(figure)) == len(figure.axes)


def test_nothing_is_drawn_where_none_diverged() -> None:
    study = study_of(ODD["stopped_early"]())
    axes = axes_settings(study)
    assert axes is not None
    assert on_request.divergence(study, axes) is None


@pytest.mark.parametrize("by", ["learning_rate", "hidden_size"])
def test_a_setting_may_make_panels(by: str) -> None:
    study = study_of(grid_case())
    named = {setting.name: setting for setting in study.settings}
    rest = [name for name in named if name != by]
    figure = on_request.divergence(study, MapAxes(named[rest[0]], named[rest[1]], named[by]))
    assert figure is not None
    assert len(panels(figure)) == 4


def test_the_map_has_the_setting_of_the_headline_in_ranges_if_it_is_drawn(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rates = 10 ** rng.uniform(-4, 0, 40)

    def curve(settings: dict[str, Any], seed: int) -> list[float]:
        return [1.0, np.inf] if rates[settings["draw"]] > 0.3 else [1.0, 0.5]

    trials, epochs = tables({"draw": range(40)}, curve, seeds=1)
    draw = trials.pop("draw")
    drawn = {"hidden_size": (4, 8), "activation": ("tanh", "relu"), "cell": ("rnn", "gru")}
    columns = {name: rng.choice(values, 40)[draw] for name, values in drawn.items()}
    trials = trials.assign(**columns, learning_rate=rates[draw])
    case = trials, epochs.drop(columns="draw"), [*drawn, "learning_rate"], {}
    plot = load(store_case(tmp_path, case)).plot
    figure = plot.divergence()
    assert "of those with learning rate " in words(figure)
    (axes,) = panels(figure)
    assert axes.get_xlabel() == "learning rate"
    assert len(axes.get_xticklabels()) == 8
    assert "trials of every " in words(figure).lower()
    assert_nothing_overlaps(figure)
    assert len(panels(plot.divergence(x="activation", y="hidden_size"))) > 1
