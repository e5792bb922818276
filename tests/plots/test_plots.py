"""The pictures: what they hold, that no text overlaps or is cut, and every odd input."""

import io
import itertools
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from plot_cases import (
    ACTIVATIONS,
    CASES,
    ODD,
    RATES,
    SIZES,
    draw,
    grid_case,
    lengths_case,
    loss_curves,
    many_values_case,
    notebook_case,
    series_case,
    single_case,
    small,
    these,
    without_some_baselines,
)

from rnnsweep.plots import figures
from rnnsweep.plots.files import NAMES
from rnnsweep.plots.style import DPI
from rnnsweep.plots.success import wilson

GRID = grid_case()
# The cases whose problems differ, and have baselines.
PROBLEMS = {"lengths", "tasks", "success", "many_lengths", "ladder"}
Drawn = dict[str, dict[str, Figure]]  # case, then stem of the picture


def png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figures.save(figure, file)
    return file.getvalue()


def texts(figure: Figure) -> list[Text]:
    """Return every text that can be seen."""
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text().replace("\n", " ") for text in texts(figure))


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]


def head(axes: Axes) -> str:
    """Return the panel's bold title."""
    bold = [text.get_text() for text in axes.texts if text.get_fontweight() == "bold"]
    return bold[0].replace("\n", " ")


def line(axes: Axes, label: str) -> np.ndarray:
    """Return the (n, 2) points of the line of that label."""
    (found,) = [line for line in axes.lines if line.get_label() == label]
    return np.asarray(found.get_xydata())


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return {name: draw(case()) for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_no_text_overlaps_and_none_is_cut(drawn: Drawn, name: str) -> None:
    for stem, figure in drawn[name].items():
        figure.set_dpi(DPI)  # letters are fitted to pixels, so widths depend on it
        figure.draw_without_rendering()
        whole = figure.bbox
        boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
        for text, box in boxes:
            # A pixel of 150 an inch: the antialiased edge of a letter.
            assert whole.x0 - 1 <= box.x0 <= box.x1 <= whole.x1 + 1, (stem, text)
            assert whole.y0 - 1 <= box.y0 <= box.y1 <= whole.y1 + 1, (stem, text)
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            along = min(a.y1, b.y1) - max(a.y0, b.y0)
            # Boxes include the font's empty rim, so they may touch.
            assert across <= 1 or along <= 1, (stem, one, other)


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
def test_axes_of_losses_are_named_and_fit_the_losses(drawn: Drawn, name: str) -> None:
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
    for stem in drawn[name].keys() & {"loss_curves", "effects"}:
        axes = panels(drawn[name][stem])
        assert axes[0].get_ylabel().endswith(label)
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


class TestLossCurves:
    @pytest.fixture
    def figure(self, drawn: Drawn) -> Figure:
        return drawn["grid"]["loss_curves"]

    def test_one_panel_an_activation_with_its_verdict(self, figure: Figure) -> None:
        axes = panels(figure)
        assert [head(panel) for panel in axes] == list(ACTIVATIONS)
        verdicts = [panel.texts for panel in axes]
        assert any("times under the baseline" in text.get_text() for text in verdicts[2])

    def test_a_line_is_the_median_over_seeds_at_the_best_of_the_rest(self, figure: Figure) -> None:
        trials, epochs, _, _ = GRID
        some = trials[(trials["activation"] == "relu") & (trials["learning_rate"] == RATES[2])]
        size = some.groupby("hidden_size")["best_val_loss"].median().idxmin()
        chosen = some.loc[some["hidden_size"] == size, "trial_id"]
        losses = epochs[epochs["trial_id"].isin(chosen)].groupby("epoch")["val_loss"]
        relu = panels(figure)[2]
        # The same median, taken twice: nothing is computed in between.
        np.testing.assert_array_equal(line(relu, "0.144")[:, 1], losses.median())
        (band,) = [band for band in relu.collections if band.get_label() == "band 0.144"]
        heights = band.get_paths()[0].vertices[:, 1]
        assert heights.min() == losses.min().min()
        assert heights.max() == losses.max().max()

    def test_diverged_trials_are_crosses_and_no_spikes(self, figure: Figure) -> None:
        trials, _, _, _ = GRID
        tanh, relu = panels(figure)[1:]
        assert len(line(tanh, "1 diverged")) == 3
        assert len(line(relu, "1 diverged")) == 1
        ends = set(trials.loc[trials["status"] == "diverged", "diverged_epoch"])
        assert set(line(tanh, "1 diverged")[:, 0]) <= ends
        assert "1 div 3/3" in words(figure)
        assert "1 div 1/3" in words(figure)
        # The losses before the end reach 3e5, the first ones and the baseline 1.
        assert tanh.get_ylim()[1] < 10

    def test_the_median_counts_diverged_trials_as_infinite(self) -> None:
        ends = (3, 6, 100)  # the second of three to diverge takes the median with it
        case = small(
            lambda settings, seed: [*[0.5] * min(ends[seed], 20), *[np.inf] * (ends[seed] < 20)],
            {"learning_rate": (0.1,), "activation": ("tanh",)},
        )
        axes = panels(loss_curves(case))[0]
        assert line(axes, "validation")[-1, 0] == ends[1] - 1
        assert set(line(axes, "validation diverged")[:, 0]) == {3, 6}
        # The band reaches the top where the first one has diverged, the line where the second has.
        (leaving,) = [it for it in axes.collections if it.get_label() == "validation leaves"]
        ((start, end),) = leaving.get_segments()
        assert (start.tolist(), end[0]) == ([5, 0.5], 5)
        (band,) = [it for it in axes.collections if it.get_label() == "band validation"]
        points = band.get_paths()[0].vertices
        high = points[:, 1].max()
        assert set(points[points[:, 1] == high, 0]) == {3, 4, 5}
        assert end[1] == high > 0.5
        said = words(axes.figure)
        assert "a trial that diverged counts as infinite from there on" in said
        assert "A line ends, dotted to the top, where half of its seeds have diverged" in said

    @pytest.mark.parametrize("seeds", [3, 9])
    def test_no_line_leaves_the_picture_where_fewer_than_half_diverged(self, seeds: int) -> None:
        case = small(
            lambda settings, seed: [0.5, 0.4, np.inf] if seed == 0 else [0.5, 0.4, 0.3],
            {"learning_rate": (0.1,), "activation": ("tanh",)},
            seeds=seeds,
        )
        axes = panels(loss_curves(case))[0]
        assert line(axes, "validation")[:, 1].tolist() == [0.5, 0.4, 0.3]
        assert not [it for it in axes.collections if "leaves" in it.get_label()]
        assert "dotted" not in words(axes.figure)

    def test_a_line_below_the_scale_is_said_to_be(self) -> None:
        def curve(settings: dict[str, Any], seed: int) -> list[float]:
            good = [1.0, 0.9, 0.8, 0.7]
            return good if settings["learning_rate"] == 0.1 else [1.0, 0.01, 0.01, np.inf]

        case = small(curve, {"learning_rate": (0.1, 1.0), "activation": ("tanh",)})
        assert "stand at the lower edge" in words(loss_curves(case))

    def test_baseline_is_dashed_and_named_and_the_second_is_dotted(self) -> None:
        axes = panels(loss_curves(series_case()))
        for panel in axes:
            styles = {
                mark.get_label(): (mark.get_linestyle(), mark.get_ydata()[0])
                for mark in panel.lines
            }
            assert styles["baseline persistence"] == ("--", 0.404)
            assert styles["baseline mean"] == (":", 1.24)
        assert "baseline 0.404 (persistence)" in words(axes[0].figure)
        assert "mean 1.24" in words(axes[0].figure)

    def test_a_far_second_predictor_does_not_flatten_the_rest(self) -> None:
        trials, epochs, swept, _ = series_case()
        figure = loss_curves((trials, epochs, swept, {"persistence": 0.404, "mean": 1e5}))
        assert "mean" not in words(figure)

    def test_logarithmic_where_losses_span_a_decade(self, figure: Figure) -> None:
        assert panels(figure)[0].get_yscale() == "log"
        assert panels(loss_curves(notebook_case()))[0].get_yscale() == "linear"

    def test_without_activation_the_two_largest_effects(self) -> None:
        figure = loss_curves(without_some_baselines())
        axes = panels(figure)
        assert [head(panel) for panel in axes] == [f"seq len {n}" for n in (5, 10, 50)]
        assert {"sgd", "adam", "rmsprop"} <= {line.get_label() for line in axes[0].lines}
        # Each length has its own baseline.
        levels = [line(panel, "baseline ")[0, 1] for panel in axes]
        np.testing.assert_allclose(levels, [1 / 5, 1 / 10, 1 / 50], rtol=0.03)

    def test_a_single_setting_shows_training_beside_validation(self) -> None:
        figure = loss_curves(single_case())
        (axes,) = panels(figure)
        _, epochs, _, _ = single_case()
        np.testing.assert_array_equal(line(axes, "validation")[:, 1], epochs["val_loss"])
        np.testing.assert_array_equal(line(axes, "training")[:, 1], epochs["train_loss"])
        assert axes.get_ylabel() == "loss (mse)"

    def test_many_values_few_lines(self, drawn: Drawn) -> None:
        figure = drawn["many_values"]["loss_curves"]
        lines = [line for line in panels(figure)[0].lines if line.get_label()[0].isdigit()]
        assert len({line.get_label().split()[0] for line in lines}) == 5
        assert "5 of 60 values of learning rate shown" in words(figure)
        assert "6 of 14 values of hidden size shown" in words(figure)

    def test_a_trial_that_stopped_keeps_its_last_loss(self) -> None:
        figure = loss_curves(ODD["stopped_early"]())
        # Three seeds end at 0.1 after 5, 15 and 25 epochs.
        assert line(panels(figure)[0], "4")[-1].tolist() == [24, pytest.approx(0.1, rel=1e-12)]


class TestLossMap:
    @pytest.fixture
    def figure(self, drawn: Drawn) -> Figure:
        return drawn["grid"]["loss_map"]

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
                    assert float(text[0]) == pytest.approx(score, rel=0.05)  # two digits
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
        (axes,) = panels(figures.loss_map(these(lengths_case())))
        assert {axes.get_xlabel(), axes.get_ylabel()} == {"seq len", "optimizer"}


class TestEffects:
    @pytest.fixture
    def figure(self, drawn: Drawn) -> Figure:
        return drawn["grid"]["effects"]

    def test_largest_effect_first_with_its_share(self, figure: Figure) -> None:
        shares = [int(re.search(r"explains (\d+) %", head(p)).group(1)) for p in panels(figure)]
        assert len(shares) == 3
        assert shares == sorted(shares, reverse=True)
        assert head(panels(figure)[-1]).startswith("hidden size")

    def test_a_dot_a_trial_that_did_not_diverge(self, figure: Figure) -> None:
        alive = (GRID[0]["status"] == "complete").sum()
        for panel in panels(figure):
            dots = [line for line in panel.lines if line.get_label() == "trials"]
            assert sum(len(line.get_xdata()) for line in dots) == alive

    def test_of_very_many_trials_an_even_choice(self) -> None:
        case = small(lambda settings, seed: [1 + seed], {"hidden_size": (1, 2)}, seeds=1000)
        figure = figures.effects(these(case))
        dots = [line for line in panels(figure)[0].lines if line.get_label() == "trials"]
        first = next(np.asarray(line.get_ydata()) for line in dots if len(line.get_ydata()))
        assert (len(first), first.min()) == (300, 1)
        assert "no more than 300 a value" in words(figure)

    def test_share_that_diverged_stands_above_its_value(self, figure: Figure) -> None:
        trials = GRID[0]
        (panel,) = [panel for panel in panels(figure) if head(panel).startswith("activation")]
        diverged = trials["status"] == "diverged"
        for place, activation in enumerate(ACTIVATIONS):
            share = diverged[trials["activation"] == activation].mean()
            above = [text.get_text() for text in panel.texts if text.get_position()[0] == place]
            assert (f"{100 * share:.0f} %" in above) == (share > 0)

    def test_many_values_show_the_share_as_bars(self, drawn: Drawn) -> None:
        trials = many_values_case()[0]
        panel = panels(drawn["many_values"]["effects"])[0]
        bars = [patch for patch in panel.patches if patch.get_label() == "diverged"]
        share = (trials["status"] == "diverged").groupby(trials["learning_rate"]).mean()
        heights = np.array([bar.get_height() for bar in bars])
        np.testing.assert_allclose(heights / heights.max(), share / share.max(), atol=1e-12)

    def test_medians_count_diverged_trials_as_infinite(self) -> None:
        case = small(
            lambda settings, seed: [0.5, np.inf] if seed < settings["hidden_size"] else [0.5],
            {"hidden_size": (1, 2)},
        )
        (panel,) = panels(figures.effects(these(case)))
        medians = [bar.get_segments()[0] for bar in panel.collections if bar.get_linewidth() > 2]
        assert [bar[:, 0].mean() for bar in medians] == [0]  # of size 2 two in three diverged
        said = "trials that diverged count as infinite, so that there is no bar where half or more"
        assert said in words(panel.figure)

    def test_a_baseline_that_depends_on_the_task_is_drawn_for_each_value(self) -> None:
        case = without_some_baselines()
        figure = figures.effects(these(case))
        (panel,) = [panel for panel in panels(figure) if head(panel).startswith("seq len")]
        (pieces,) = [mark for mark in panel.collections if mark.get_label() == "baseline"]
        levels = [piece[0, 1] for piece in pieces.get_segments()]
        np.testing.assert_allclose(levels, [1 / 5, 1 / 10, 1 / 50], rtol=0.03)

    def test_of_twenty_settings_the_caption_names_those_left_out(self, drawn: Drawn) -> None:
        figure = drawn["many_settings"]["effects"]
        assert len(panels(figure)) == 12
        (caption,) = [text.get_text() for text in texts(figure) if "Left out" in text.get_text()]
        assert caption.replace("\n", " ").count("setting with") == 8


class TestProblems:
    """Sweeps over problems whose losses do not compare."""

    def test_losses_are_drawn_over_their_baselines(self) -> None:
        trials, epochs, _, _ = case = lengths_case()
        figure = loss_curves(case)
        assert "Losses are those over each trial's own baseline" in words(figure)
        assert re.search(r"Best validation loss 0\.01\d* times its baseline: adam", words(figure))
        of_adam = trials[trials["optimizer"] == "adam"]
        level = of_adam.set_index("trial_id")["baseline"]
        some = epochs[epochs["trial_id"].isin(of_adam["trial_id"])]
        ratios = some["val_loss"] / some["trial_id"].map(level)
        # of each length the losses over the baseline are the same
        expected = ratios.groupby(some["epoch"]).median()
        assert len(panels(figure)) == 3
        for panel in panels(figure):
            np.testing.assert_allclose(line(panel, "adam")[:, 1], expected, rtol=1e-12)
        assert {line(panel, "baseline ")[0, 1] for panel in panels(figure)} == {1.0}

    def test_where_a_setting_does_not_apply_there_is_a_dash(self, drawn: Drawn) -> None:
        for figure in drawn["tasks"].values():
            assert not re.search("<NA>|nan|none", words(figure))
        assert "-: trials to which a setting does not apply" in words(drawn["tasks"]["effects"])
        (delay,) = [
            panel for panel in panels(drawn["tasks"]["effects"]) if head(panel).startswith("delay")
        ]
        assert [label.get_text() for label in delay.get_xticklabels()] == ["0", "1", "2", "-"]
        title = drawn["tasks"]["loss_map"].get_suptitle()
        assert "task cccccc" in title.replace("_", " ")
        assert "lag" not in title

    def test_every_panel_has_a_line_and_speaks_of_its_lines(self) -> None:
        def curve(settings: dict[str, Any], seed: int) -> list[float]:
            return [] if settings["activation"] == "relu" else [1.0, 0.5]

        case = small(curve)
        assert [head(axes) for axes in panels(loss_curves(case))] == ["tanh"]
        assert "1 of 2 values of activation shown" in words(loss_curves(case))
        for axes in panels(loss_curves(many_values_case())):
            ends = [mark.get_ydata()[-1] for mark in axes.lines if mark.get_label()[0].isdigit()]
            (told,) = [text.get_text() for text in axes.texts if "reaches" in text.get_text()]
            reached = float(re.search(r"reaches ([\d.]+)", told).group(1))
            assert min(ends) == pytest.approx(reached, rel=0.01)  # written with three digits

    def test_every_cell_of_the_map_has_room_for_its_number(self, drawn: Drawn) -> None:
        for axes in panels(drawn["tasks"]["loss_map"]):
            cells = [patch for patch in axes.patches if patch.get_facecolor()[3]]
            numbers = [text for text in axes.texts if re.fullmatch(r"[\d.]+", text.get_text())]
            assert len(numbers) == len(cells) == 33


class TestDraws:
    """Random draws: a thousandfold of values, each tried for every cell."""

    def test_draws_make_no_axis_of_the_map(self) -> None:
        figure = figures.loss_map(these(CASES["draws"]()))
        labels = {panel.get_xlabel() for panel in panels(figure)}
        labels |= {panel.get_ylabel() for panel in panels(figure)}
        assert labels - {""} == {"cell", "optimizer"}
        assert "stands at the best" in words(figure)

    def test_without_two_axes_there_is_no_map(self) -> None:
        trials, epochs, swept, baselines = CASES["draws"]()
        swept = [name for name in swept if name != "optimizer"]
        assert figures.loss_map(these((trials, epochs, swept, baselines))) is None
        assert figures.loss_map(these(CASES["ladder"]())) is None

    def test_effects_are_those_of_ranges(self, drawn: Drawn) -> None:
        figure = drawn["draws"]["effects"]
        shown = {head(panel).partition(" explains")[0]: panel for panel in panels(figure)}
        rates = [label.get_text() for label in shown["learning rate"].get_xticklabels()]
        assert len(rates) == 8
        assert rates[0].startswith("0.0001")
        assert "learning rate matters most" in figure.get_suptitle()
        # It has no effect at all, but as many values.
        assert re.search(r"init std explains [0-3] %", words(figure))
        assert "In ranges of as many values each: learning rate, init std." in words(figure)


class TestSuccess:
    @pytest.fixture
    def figure(self, drawn: Drawn) -> Figure:
        return drawn["success"]["success"]

    def test_it_is_drawn_where_there_is_a_criterion(self, drawn: Drawn) -> None:
        told = {name for name, figures in drawn.items() if "success" in figures}
        assert told == {"success", "many_lengths", "ladder"}
        trials, epochs, _, baselines = CASES["success"]()
        assert figures.success(these((trials, epochs, [], baselines))) is None

    def test_a_point_is_the_share_of_the_trials_that_did_not_fail(self, figure: Figure) -> None:
        trials = CASES["success"]()[0]
        (axes,) = panels(figure)
        assert axes.get_xlabel() == "seq len"
        for clip_norm in (0, 1):
            its = trials[(trials["clip_norm"] == clip_norm) & (trials["status"] != "failed")]
            shares = (its["status"] == "solved").groupby(its["task_seq_len"]).mean()
            points = line(axes, str(clip_norm))
            np.testing.assert_allclose(points[:, 1], shares, rtol=1e-12)
            np.testing.assert_allclose(points[:, 0], np.arange(6), atol=0.2)

    def test_intervals_are_wilsons(self, figure: Figure) -> None:
        # 10 of 10: the lower end is n / (n + z^2), the upper one 1 (Wilson 1927).
        low, high = wilson(1.0, 10)
        assert (low, high) == (pytest.approx(10 / (10 + 1.96**2), rel=1e-4), pytest.approx(1))
        low, high = wilson(0.5, 10)
        assert (low, high) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))
        (axes,) = panels(figure)
        trials = CASES["success"]()[0]
        its = trials[trials["clip_norm"] == 1]
        share = (its["status"] == "solved")[its["task_seq_len"] == 20].mean()
        (bars,) = [mark for mark in axes.collections if mark.get_label() == "interval 1"]
        np.testing.assert_allclose(bars.get_segments()[1][:, 1], wilson(share, 10), rtol=1e-12)

    def test_the_words_say_what_counts(self, figure: Figure) -> None:
        trials = CASES["success"]()[0]
        n_solved = (trials["status"] == "solved").sum()
        n = (trials["status"] != "failed").sum()
        assert f"{n_solved} of {n} trials were solved" in words(figure)
        assert "Solved: validation loss below 0.2." in words(figure)
        assert "diverged, and count as not solved" in words(figure)
        assert "that failed" in words(figure)
        assert "Trials of every init count together." in words(figure)

    def test_many_values_have_a_band(self, drawn: Drawn) -> None:
        (axes,) = panels(drawn["many_lengths"]["success"])
        bands = [mark for mark in axes.collections if "interval" in mark.get_label()]
        assert len(bands) == 5
        assert "5 of 9 values of learning rate shown" in words(drawn["many_lengths"]["success"])

    def test_values_that_were_drawn_stand_in_ranges(self) -> None:
        (axes,) = panels(figures.success(these(ODD["random_success"]())))
        assert axes.get_xlabel() == "learning rate"
        assert len(axes.get_xticks()) == 8

    def test_what_is_zipped_with_the_axis_makes_no_lines(self) -> None:
        figure = figures.success(these(CASES["ladder"]()))
        (axes,) = panels(figure)
        assert axes.get_xlabel() == "seq len"
        assert [line.get_label() for line in axes.get_lines()] == ["solved"]
        assert "count together" not in words(figure)

    def test_one_stands_for_those_that_are_zipped_beside_the_axis(self) -> None:
        trials, epochs, swept, baselines = CASES["success"]()
        trials = trials.assign(init_std=trials["init"].map({"normal": 0.1, "orthogonal": 0.2}))
        swept = [*(name for name in swept if name != "clip_norm"), "init_std"]
        case = trials.drop(columns="clip_norm"), epochs, swept, baselines
        figure = figures.success(these(case))
        (axes,) = panels(figure)
        assert {line.get_label() for line in axes.get_lines()} >= {"orthogonal", "normal"}
        assert "count together" not in words(figure)


class TestSave:
    def test_the_same_tables_give_the_same_bytes_without_a_date(self) -> None:
        once, again = (
            {stem: png(figure) for stem, figure in draw(grid_case()).items()} for _ in "ab"
        )
        assert once == again
        for data in once.values():
            assert b"Date" not in data
            assert b"Software" not in data

    def test_a_path_of_any_name_holds_a_png(self, tmp_path: Path) -> None:
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
