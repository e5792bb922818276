"""All pictures: no text overlaps or is cut, odd input is drawn, equal tables give equal bytes."""

import io
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import pandas as pd
import pytest
from matplotlib.figure import Figure
from picture_cases import GRID, assert_nothing_overlaps, drawn, panels, words
from plot_cases import CASES, ODD, draw, grid_case, loss_curves, notebook_case, single_case

from rnnsweep.plots import figures
from rnnsweep.plots.files import NAMES

# The cases whose problems differ, and have baselines.
PROBLEMS = {"lengths", "tasks", "success", "many_lengths", "ladder"}


def png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figures.save(figure, file)
    return file.getvalue()


@pytest.mark.parametrize("name", CASES)
def test_no_text_overlaps_and_none_is_cut(name: str) -> None:
    for figure in drawn(name).values():
        assert_nothing_overlaps(figure)


@pytest.mark.parametrize("name", ODD)
def test_odd_input_is_drawn_without_a_warning(name: str) -> None:
    figures = draw(ODD[name]())
    assert "loss_curves" in figures
    for figure in figures.values():
        file = io.BytesIO()
        figure.savefig(file, dpi=40)  # few dots: it is drawn in full, and in half the time
        assert len(file.getvalue()) > 500
        assert words(figure)


@pytest.mark.parametrize("name", CASES)
def test_axes_of_losses_are_named_and_fit_the_losses(name: str) -> None:
    trials, epochs, _, baselines = CASES[name]()
    label = "loss (mse)"
    if name in PROBLEMS:
        label, baselines = "loss / its baseline", {"": 1.0}
        baseline = trials.set_index("trial_id")["baseline"]
        trials = trials.assign(best_val_loss=trials["best_val_loss"] / trials["baseline"])
        losses = epochs[["train_loss", "val_loss"]]
        epochs = losses.div(epochs["trial_id"].map(baseline), axis=0)
    highest = max(*baselines.values(), epochs["val_loss"].max(), epochs["train_loss"].max(), 0)
    lowest = min(trials["best_val_loss"].min(), *baselines.values(), 1)
    for stem in drawn(name).keys() & {"loss_curves", "effects"}:
        axes = panels(drawn(name)[stem])
        assert axes[0].get_ylabel().replace("\n", " ").endswith(label)
        low, high = axes[0].get_ylim()
        assert {panel.get_ylim() for panel in axes} == {(low, high)}
        # Margins are a twentieth of the axis; the strip at the top takes another seventh.
        span = highest / lowest
        assert lowest / span**0.2 - 0.2 * (highest - lowest) <= low <= high
        assert high <= max(10 * max(baselines.values(), default=1), 1.5) * span**0.2


def test_draw_leaves_out_what_means_nothing() -> None:
    assert tuple(draw(GRID)) == ("loss_curves", "loss_map", "effects")
    assert tuple(draw(CASES["success"]())) == NAMES
    assert list(draw(notebook_case())) == ["loss_curves", "effects"]
    assert list(draw(single_case())) == ["loss_curves"]
    assert list(draw(ODD["one_value"]())) == ["loss_curves"]


def test_tables_stay_as_they_are() -> None:
    trials, epochs, swept, baselines = grid_case()
    draw((trials, epochs, swept, baselines))
    pd.testing.assert_frame_equal(trials, GRID[0])
    pd.testing.assert_frame_equal(epochs, GRID[1])


class TestSave:
    def test_the_same_tables_give_the_same_bytes_without_a_date(self) -> None:
        once, again = (
            {stem: png(figure) for stem, figure in draw(grid_case()).items()} for _ in "ab"
        )
        assert once == again
        for data in once.values():
            assert b"Date" not in data
            assert b"Software" not in data

    def test_the_text_of_an_svg_is_text(self) -> None:
        file = io.BytesIO()
        figures.save(loss_curves(single_case()), file, "svg")
        assert re.search(r"<text[^>]*>epoch</text>", file.getvalue().decode())

    def test_a_path_of_any_name_becomes_a_png(self, tmp_path: Path) -> None:
        path = tmp_path / "loss_curves.png.part"
        figures.save(loss_curves(single_case()), path)
        assert path.read_bytes() == png(loss_curves(single_case()))

    def test_a_users_settings_change_nothing_and_are_kept(self) -> None:
        expected = png(loss_curves(single_case()))
        theirs = {"font.size": 30, "axes.grid": True, "text.color": "red", "font.family": "serif"}
        with matplotlib.rc_context(theirs):
            before = dict(matplotlib.rcParams)
            assert png(loss_curves(single_case())) == expected
            assert dict(matplotlib.rcParams) == before


def test_pyplot_is_not_imported() -> None:
    code = "import sys, rnnsweep.plots.figures; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
