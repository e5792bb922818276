"""The plot of effects: the best validation loss by each setting."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from picture_cases import GRID, drawn, head, line, panels, texts, words
from plot_cases import (
    ACTIVATIONS,
    CASES,
    many_values_case,
    outcomes,
    small,
    study_of,
    without_some_baselines,
)

from rnnsweep.analysis.importance import importance_of
from rnnsweep.plots import figures, on_request
from rnnsweep.plots.lettering import percent


class TestEffects:
    @pytest.fixture
    def figure(self) -> Figure:
        return drawn("grid")["effects"]

    def test_largest_effect_first_with_its_share(self, figure: Figure) -> None:
        parts = importance_of(outcomes(GRID[0]), GRID[2]).parts[:3]
        assert [head(panel) for panel in panels(figure)] == [
            f"{part.name.replace('_', ' ')} explains {percent(part.share)}" for part in parts
        ]
        assert parts[0].share > parts[1].share > parts[2].share
        # The picture of importance has the same numbers.
        said = words(on_request.importance(importance_of(outcomes(GRID[0]), GRID[2])))
        assert all(percent(part.share) in said for part in parts)
        assert "exact share of the variance of the trials' ranks" in words(figure)
        assert "which 3 seeds leave uncertain for activation, hidden size" in words(figure)

    def test_without_a_full_grid_no_share_is_said(self) -> None:
        trials, epochs, swept, baselines = GRID
        figure = figures.effects(study_of((trials.drop(index=range(8)), epochs, swept, baselines)))
        assert [head(panel) for panel in panels(figure)] == [
            "learning rate", "activation", "hidden size",
        ]  # fmt: skip
        assert "explains" not in words(figure)
        assert "The learning rate matters most" in words(figure)

    def test_what_may_all_be_luck(self) -> None:
        rng = np.random.default_rng(1)
        case = small(
            lambda settings, seed: [rng.random()], {"hidden_size": (1, 2, 4), "cell": ("a", "b")}
        )
        figure = figures.effects(study_of(case))
        assert "3 seeds do not show how much each setting explains" in words(figure)

    def test_a_dot_a_trial_that_did_not_diverge(self, figure: Figure) -> None:
        alive = (GRID[0]["status"] == "complete").sum()
        for panel in panels(figure):
            dots = [line for line in panel.lines if line.get_label() == "trials"]
            assert sum(len(line.get_xdata()) for line in dots) == alive

    def test_of_very_many_trials_dots_are_an_even_choice(self) -> None:
        case = small(lambda settings, seed: [1 + seed], {"hidden_size": (1, 2)}, seeds=1000)
        figure = figures.effects(study_of(case))
        dots = [line for line in panels(figure)[0].lines if line.get_label() == "trials"]
        first = next(np.asarray(line.get_ydata()) for line in dots if len(line.get_ydata()))
        assert (len(first), first.min()) == (300, 1)
        assert "no more than 300 a value" in words(figure)

    def test_the_share_that_diverged_is_above_its_value(self, figure: Figure) -> None:
        trials = GRID[0]
        (panel,) = [panel for panel in panels(figure) if head(panel).startswith("activation")]
        diverged = trials["status"] == "diverged"
        for place, activation in enumerate(ACTIVATIONS):
            share = diverged[trials["activation"] == activation].mean()
            above = [text.get_text() for text in panel.texts if text.get_position()[0] == place]
            assert (f"{100 * share:.0f} %" in above) == (share > 0)

    def test_many_values_show_the_share_as_bars(self) -> None:
        trials = many_values_case()[0]
        panel = panels(drawn("many_values")["effects"])[0]
        bars = [patch for patch in panel.patches if patch.get_label() == "diverged"]
        share = (trials["status"] == "diverged").groupby(trials["learning_rate"]).mean()
        heights = np.array([bar.get_height() for bar in bars])
        np.testing.assert_allclose(heights / heights.max(), share / share.max(), atol=1e-12)

    def test_medians_count_diverged_trials_as_infinite(self) -> None:
        case = small(
            lambda settings, seed: [0.5, np.inf] if seed < settings["hidden_size"] else [0.5],
            {"hidden_size": (1, 2)},
        )
        (panel,) = panels(figures.effects(study_of(case)))
        medians = [bar.get_segments()[0] for bar in panel.collections if bar.get_linewidth() > 2]
        assert [bar[:, 0].mean() for bar in medians] == [0]  # of size 2 two in three diverged
        said = "trials that diverged count as infinite, so that there is no bar where half or more"
        assert said in words(panel.figure)

    def test_a_baseline_that_depends_on_the_task_is_drawn_for_each_value(self) -> None:
        case = without_some_baselines()
        figure = figures.effects(study_of(case))
        (panel,) = [panel for panel in panels(figure) if head(panel).startswith("seq len")]
        (pieces,) = [mark for mark in panel.collections if mark.get_label() == "baseline"]
        levels = [piece[0, 1] for piece in pieces.get_segments()]
        np.testing.assert_allclose(levels, [1 / 5, 1 / 10, 1 / 50], rtol=0.03)

    def test_of_twenty_settings_the_caption_names_those_left_out(self) -> None:
        figure = drawn("many_settings")["effects"]
        assert len(panels(figure)) == 12
        (caption,) = [text.get_text() for text in texts(figure) if "Left out" in text.get_text()]
        assert caption.replace("\n", " ").count("setting with") == 8


class TestDraws:
    """The effects of random draws are at their numbers, with a line through the medians."""

    @pytest.fixture
    def axes(self) -> Axes:
        figure = drawn("draws")["effects"]
        shown = {head(panel): panel for panel in panels(figure)}
        assert "learning rate matters most" in figure.get_suptitle()
        # It has no effect at all, but as many values. Without a full grid no share is exact.
        assert [*shown].index("init std") > [*shown].index("learning rate")
        assert "explains" not in words(figure)
        assert "Learning rate, init std: line, median, and band" in words(figure)
        return shown["learning rate"]

    def test_dots_are_the_trials_that_did_not_diverge(self, axes: Axes) -> None:
        trials = CASES["draws"]()[0]
        alive = trials[trials["status"] != "diverged"]
        dots = np.concatenate(
            [mark.get_xydata() for mark in axes.lines if mark.get_label() == "trials"]
        )
        np.testing.assert_array_equal(np.sort(dots[:, 0]), np.sort(alive["learning_rate"]))
        crosses = line(axes, "diverged")[:, 0]
        diverged = trials[trials["status"] == "diverged"]["learning_rate"]
        np.testing.assert_array_equal(np.sort(crosses), np.sort(diverged))
        assert axes.get_xscale() == "log"

    def test_the_line_is_the_median_of_ranges_with_as_many_values(self, axes: Axes) -> None:
        trials = CASES["draws"]()[0].sort_values("learning_rate")
        score = trials["best_val_loss"].where(trials["status"] != "diverged", np.inf)
        ranges = np.array_split(trials["learning_rate"].unique(), 8)
        median = line(axes, "median")
        for place, rates in enumerate(ranges):
            of_range = trials["learning_rate"].isin(rates)
            expected = score[of_range].median()
            if np.isinf(expected):  # the line has a gap
                expected = np.nan
            assert median[place, 0] == np.median(rates)
            assert median[place, 1] == pytest.approx(expected, rel=1e-12, nan_ok=True)
