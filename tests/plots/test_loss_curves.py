"""The loss-curve plot: validation loss by epoch."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from picture_cases import GRID, drawn, head, line, panels, words
from plot_cases import (
    ACTIVATIONS,
    CASES,
    ODD,
    RATES,
    epochs_of,
    loss_curves,
    notebook_case,
    series_case,
    single_case,
    small,
    study_of,
    tables,
    without_some_baselines,
)

from rnnsweep.plots import figures
from rnnsweep.plots.curves import roles_of


class TestLossCurves:
    @pytest.fixture
    def figure(self) -> Figure:
        return drawn("grid")["loss_curves"]

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

    def test_the_caption_mentions_a_line_below_the_scale(self) -> None:
        def curve(settings: dict[str, Any], seed: int) -> list[float]:
            good = [1.0, 0.9, 0.8, 0.7]
            return good if settings["learning_rate"] == 0.1 else [1.0, 0.01, 0.01, np.inf]

        case = small(curve, {"learning_rate": (0.1, 1.0), "activation": ("tanh",)})
        assert "are drawn at the lower edge" in words(loss_curves(case))

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

    def test_a_single_setting_shows_training_and_validation(self) -> None:
        figure = loss_curves(single_case())
        (axes,) = panels(figure)
        _, epochs, _, _ = single_case()
        np.testing.assert_array_equal(line(axes, "validation")[:, 1], epochs["val_loss"])
        np.testing.assert_array_equal(line(axes, "training")[:, 1], epochs["train_loss"])
        assert axes.get_ylabel() == "loss (mse)"

    def test_many_values_few_lines(self) -> None:
        figure = drawn("many_values")["loss_curves"]
        lines = [line for line in panels(figure)[0].lines if line.get_label()[0].isdigit()]
        assert len({line.get_label().split()[0] for line in lines}) == 5
        assert "5 of 60 values of learning rate shown" in words(figure)
        assert "6 of 14 values of hidden size shown" in words(figure)

    def test_a_trial_that_stopped_keeps_its_last_loss(self) -> None:
        figure = loss_curves(ODD["stopped_early"]())
        # Three seeds end at 0.1 after 5, 15 and 25 epochs.
        assert line(panels(figure)[0], "4")[-1].tolist() == [24, pytest.approx(0.1, rel=1e-12)]


class TestDraws:
    """Of a random search the lines are the best draws, and bands are quantiles of all trials."""

    def test_the_best_draws_of_each_cell_and_the_quantiles_of_all(self) -> None:
        trials, epochs, _, _ = CASES["draws"]()
        figure = drawn("draws")["loss_curves"]
        axes = panels(figure)
        assert {head(panel) for panel in axes} == {"rnn", "lstm", "gru"}
        assert "Lines: the best 5 combinations of each panel; grey: the median" in words(figure)
        (rnn,) = [panel for panel in axes if head(panel) == "rnn"]
        of_cell = trials[trials["cell"] == "rnn"]
        alive = of_cell[of_cell["status"] != "diverged"]
        best = alive.nsmallest(5, "best_val_loss")["best_val_loss"]
        ends = [mark.get_ydata()[-1] for mark in rnn.lines if ", " in str(mark.get_label())]
        np.testing.assert_allclose(np.sort(ends), best)
        losses = epochs[(epochs["epoch"] == 1) & epochs["trial_id"].isin(of_cell["trial_id"])]
        median = losses["val_loss"].fillna(np.inf).quantile(0.5, interpolation="lower")
        assert line(rnn, "all")[-1, 1] == median
        assert f"median of {len(of_cell)}" in words(figure)

    def test_named_settings_have_lines_as_in_a_grid(self) -> None:
        study = study_of(CASES["draws"]())
        chosen = roles_of(study, study.setting("cell"), None)
        figure = figures.loss_curves(study, epochs_of(CASES["draws"]()), chosen)
        (axes,) = panels(figure)
        assert {"rnn", "lstm", "gru"} <= {mark.get_label() for mark in axes.lines}

    def test_the_labels_have_every_setting_that_differs_between_the_lines(self) -> None:
        rng = np.random.default_rng(0)
        rates, cells = 10 ** rng.uniform(-4, 0, 40), rng.choice(["rnn", "gru"], 40)

        def curve(settings: dict[str, Any], seed: int) -> list[float]:
            return [1.0, abs(np.log10(rates[settings["draw"]]) + 2) + 0.1]

        trials, epochs = tables({"draw": range(40)}, curve, seeds=1)
        draw = trials.pop("draw")
        trials = trials.assign(
            learning_rate=rates[draw],
            clip_norm=rng.uniform(1, 9, 40)[draw],
            hidden_size=rng.integers(3, 99, 40)[draw],
            cell=cells[draw],
        )
        swept = ["learning_rate", "clip_norm", "hidden_size", "cell"]
        case = trials, epochs.drop(columns="draw"), swept, {}
        figure = figures.loss_curves(study_of(case), epochs_of(case))
        best = trials.nsmallest(5, "best_val_loss")
        assert len(set(best["cell"])) == 2
        labels = [text for text in words(figure).split("\n") if text.count(", ") == 3]
        for trial in best.itertuples():
            wanted = {trial.cell, str(trial.hidden_size)}
            assert any(wanted <= set(label.split(", ")) for label in labels)
