"""The loss map: the best validation loss over two settings."""

import itertools
import re

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from picture_cases import GRID, drawn, head, panels, words
from plot_cases import ACTIVATIONS, CASES, RATES, SIZES, lengths_case, small, study_of

from rnnsweep.plots import figures
from rnnsweep.plots.loss_map import ABOVE


class TestLossMap:
    @pytest.fixture
    def figure(self) -> Figure:
        return drawn("grid")["loss_map"]

    def cells(self, axes: Axes) -> dict[tuple[float, float], str]:
        return {
            text.get_position(): text.get_text()
            for text in axes.texts
            if text.get_bbox_patch() or re.fullmatch(r"[\d.e-]+", text.get_text())
        }

    def test_a_panel_an_activation_over_size_and_rate(self, figure: Figure) -> None:
        axes = panels(figure)
        assert [head(panel) for panel in axes] == list(ACTIVATIONS)
        assert [label.get_text() for label in axes[0].get_yticklabels()] == [str(s) for s in SIZES]
        rates = [label.get_text() for label in axes[0].get_xticklabels()]
        assert rates == ["0.003", "0.0208", "0.144", "1"]
        assert (axes[0].get_xlabel(), axes[0].get_ylabel()) == ("learning rate", "hidden size")

    def test_numbers_are_medians_and_diverged_cells_are_hatched(self, figure: Figure) -> None:
        trials = GRID[0]
        for panel, activation in zip(panels(figure), ACTIVATIONS, strict=True):
            written = self.cells(panel)
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
                diverged = some["status"] == "diverged"
                score = some["best_val_loss"].where(~diverged, np.inf).median()
                text = written[x, y].split("\n")
                if np.isfinite(score):
                    assert float(text[0]) == pytest.approx(score, rel=0.005)  # three digits
                assert ((x, y) in hatched) == diverged.any()
                assert (f"div {diverged.sum()}/3" in text) == diverged.any()

    def test_baseline_on_the_colourbar(self, figure: Figure) -> None:
        (bar,) = set(figure.axes) - set(panels(figure))
        (mark,) = [line for line in bar.lines if line.get_label() == "baseline"]
        assert mark.get_ydata()[0] == 0.167
        labels = [label.get_text() for label in bar.get_yticklabels()]
        assert "0.167 baseline\n(mean)" in labels
        assert bar.get_ylabel() == "best validation loss (mse)"
        assert bar.get_yscale() == "log"

    def test_the_best_cell_alone_is_bold_and_named_in_the_title(self, figure: Figure) -> None:
        bold = [
            text.get_text()
            for panel in panels(figure)
            for text in panel.texts
            if text.get_fontweight() == "bold" and text.get_text()[0].isdigit()
        ]
        assert len(bold) == 1
        assert re.search(r"relu.*hidden size|hidden size.*relu", words(figure))

    def test_without_size_and_rate_the_two_largest_effects(self) -> None:
        (axes,) = panels(figures.loss_map(study_of(lengths_case())))
        assert {axes.get_xlabel(), axes.get_ylabel()} == {"seq len", "optimizer"}


class TestOutliers:
    """A few bad cells do not decide the colours of all others."""

    def figure(self, *, mean: float | None) -> Figure:
        losses = {(4, "a"): 0.160, (4, "b"): 0.168, (8, "a"): 0.171, (8, "b"): 6912.0}
        losses |= {(16, "a"): 0.162, (16, "b"): 0.166, (32, "a"): 0.165, (32, "b"): 0.5}
        grid = {"hidden_size": (4, 8, 16, 32), "cell": ("a", "b")}
        case = small(lambda s, seed: [losses[s["hidden_size"], s["cell"]]], grid, mean, seeds=1)
        return figures.loss_map(study_of(case))

    @pytest.mark.parametrize("mean", [0.17, None])
    def test_they_are_black_and_the_colour_bar_has_an_arrow(self, mean: float | None) -> None:
        figure = self.figure(mean=mean)
        (axes,) = panels(figure)
        black = {
            (patch.get_x() + 0.5, patch.get_y() + 0.5)
            for patch in axes.patches
            if patch.get_fill() and patch.get_facecolor() == to_rgba(ABOVE)
        }
        written = {t.get_text(): t.get_position() for t in axes.texts if t.get_text()}
        assert black == {written["6910"], written["0.500"]}
        (bar,) = set(figure.axes) - {axes}
        low, high = bar.get_ylim()
        assert low < 0.16
        assert 0.171 < high < 0.3
        assert any(label.get_text().startswith("> 0.") for label in bar.get_yticklabels())
        assert "Black: losses above 0." in words(figure)

    def test_numbers_have_the_digits_in_which_they_differ(self) -> None:
        (axes,) = panels(self.figure(mean=0.17))
        assert {"0.160", "0.162", "0.168", "0.171"} <= {text.get_text() for text in axes.texts}


class TestDraws:
    """The loss map of random draws, each tried with every cell."""

    def test_random_draws_are_not_an_axis_of_the_map(self) -> None:
        figure = figures.loss_map(study_of(CASES["draws"]()))
        labels = {panel.get_xlabel() for panel in panels(figure)}
        labels |= {panel.get_ylabel() for panel in panels(figure)}
        assert labels - {""} == {"cell", "optimizer"}
        assert "is at the best" in words(figure)

    def test_without_two_axes_there_is_no_map(self) -> None:
        trials, epochs, swept, baselines = CASES["draws"]()
        swept = [name for name in swept if name != "optimizer"]
        assert figures.loss_map(study_of((trials, epochs, swept, baselines))) is None
        assert figures.loss_map(study_of(CASES["ladder"]())) is None
