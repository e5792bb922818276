"""The pictures of profiles, budgets and paired comparisons show the numbers of their tables."""

import math

import numpy as np
import pytest
from picture_cases import assert_nothing_overlaps, line, panels, words
from plot_cases import CASES, ODD, grid_case, small
from stored_cases import store_case

from rnnsweep.errors import SweepError
from rnnsweep.tables.results import Results, load


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return load(store_case(tmp_path_factory.mktemp("grid"), grid_case()))


class TestProfile:
    def test_lines_are_the_shares_of_the_trials(self, results: Results) -> None:
        figure = results.plot.profile(by="activation")
        (axes,) = panels(figure)
        trials = results.trials
        for activation in ("sigmoid", "tanh", "relu"):
            some = trials[trials["activation"] == activation]
            losses = some["best_val_loss"].where(some["status"] != "diverged", np.inf)
            for threshold, share in line(axes, activation)[1:-1]:
                assert share == (losses <= threshold).mean()

    def test_the_headline_is_what_half_of_the_trials_reach(self, results: Results) -> None:
        trials = results.trials
        relu = trials[trials["activation"] == "relu"]
        losses = relu["best_val_loss"].where(relu["status"] != "diverged", np.inf).sort_values()
        half = losses.iloc[math.ceil(len(losses) / 2) - 1]
        text = words(results.plot.profile(by="activation"))
        assert f"Half of the trials reach {half:.3g} with relu, " in text

    def test_the_setting_with_the_largest_effect_makes_the_lines(self, results: Results) -> None:
        assert "learning rate" in words(results.plot.profile())

    def test_a_baseline_off_the_scale_has_no_line(self, tmp_path) -> None:
        figure = load(store_case(tmp_path, ODD["huge"]())).plot.profile()
        assert_nothing_overlaps(figure)
        assert "baseline" not in words(figure)

    def test_another_number_has_no_baseline(self, results: Results) -> None:
        (axes,) = panels(results.plot.profile(metric="test_loss"))
        assert "baseline" not in [mark.get_label() for mark in axes.lines]
        with pytest.raises(SweepError, match="test_los"):
            results.plot.profile(metric="test_los")


class TestBudget:
    def test_lines_are_the_expected_losses(self, results: Results) -> None:
        table = results.budget("activation")
        (axes,) = panels(results.plot.budget("activation"))
        relu = table[table["activation"] == "relu"]
        np.testing.assert_allclose(line(axes, "relu")[:, 1], relu["expected_val_loss"])
        np.testing.assert_allclose(line(axes, "relu")[:, 0], relu["n"])

    def test_the_last_point_is_the_best_setting(self, results: Results) -> None:
        (axes,) = panels(results.plot.budget(by=[]))
        trials = results.trials
        losses = trials["best_val_loss"].where(trials["status"] != "diverged", np.inf)
        best = losses.groupby([trials[name] for name in results.swept]).median().min()
        assert line(axes, "all settings")[-1].tolist() == pytest.approx([48, best])

    def test_problems_that_differ_have_a_line_each(self, tmp_path) -> None:
        plot = load(store_case(tmp_path, CASES["lengths"]())).plot
        assert "seq len" in words(plot.budget())


class TestTunability:
    def test_points_are_the_losses_of_the_table(self, results: Results) -> None:
        table = results.tunability()
        (axes,) = panels(results.plot.tunability())
        for name in ("default", "tuned"):
            drawn = [mark.get_xdata()[0] for mark in axes.lines if mark.get_label() == name]
            limits = axes.get_xlim()
            np.testing.assert_allclose(drawn, table[f"{name}_val_loss"].clip(*limits))
        labels = [label.get_text() for label in axes.get_yticklabels()]
        assert labels == [name.replace("_", " ") for name in table["setting"]]

    def test_a_sweep_without_settings_has_none(self, tmp_path) -> None:
        plot = load(store_case(tmp_path, CASES["single"]())).plot
        with pytest.raises(SweepError, match="setting"):
            plot.tunability()


class TestComparison:
    def test_rows_are_those_of_the_table(self, results: Results) -> None:
        table = results.compare("activation=relu", "activation=tanh")
        figure = results.plot.comparison("activation=relu", "activation=tanh")
        (axes,) = panels(figure)
        means = [mark.get_xdata()[0] for mark in axes.lines if mark.get_linestyle() == "None"]
        np.testing.assert_allclose(means, table["mean_difference"].dropna())
        share = 100 * table["probability_of_improvement"].iloc[0]
        assert f"{share:.0f} % (" in words(figure)
        assert "all pairs" in words(figure)

    def test_the_best_setting_of_each_side(self, results: Results) -> None:
        figure = results.plot.comparison("activation=relu", "activation=tanh", best=True)
        (axes,) = panels(figure)
        means = [mark.get_xdata()[0] for mark in axes.lines if mark.get_linestyle() == "None"]
        table = results.compare("activation=relu", "activation=tanh", best=True)
        np.testing.assert_allclose(means, table["mean_difference"])
        assert "best of activation=relu" in words(figure)
        assert "test_loss" in words(figure)

    def test_sides_are_text(self, tmp_path) -> None:
        names = ("$\\frac{", "<b>\n")
        case = small(
            lambda settings, seed: [0.5 + 0.1 * seed], {"task_a": names, "hidden_size": (2, 3)}
        )
        plot = load(store_case(tmp_path, case)).plot
        figure = plot.comparison({"task_a": names[0]}, {"task_a": names[1]})
        assert "$\\frac{" in words(figure)
        assert_nothing_overlaps(figure)

    @pytest.mark.parametrize("name", ["one_seed", "all_diverged", "some_failed"])
    def test_odd_pairs(self, tmp_path, name: str) -> None:
        figure = load(store_case(tmp_path, ODD[name]())).plot.comparison(
            "hidden_size=4", "hidden_size=8"
        )
        assert "all pairs" in words(figure)
        assert_nothing_overlaps(figure)


@pytest.mark.parametrize(
    "name", ["grid", "series", "many_values", "activations", "lengths", "draws", "many_settings"]
)
def test_no_text_overlaps_and_none_is_cut(tmp_path, name: str) -> None:
    plot = load(store_case(tmp_path, CASES[name]())).plot
    assert_nothing_overlaps(plot.profile())
    assert_nothing_overlaps(plot.budget())
    assert_nothing_overlaps(plot.tunability())
