"""The plot of success: the share of trials that were solved."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from picture_cases import drawn, line, panels, words
from plot_cases import CASES, ODD, study_of

from rnnsweep.plots import figures
from rnnsweep.plots.success import wilson


class TestSuccess:
    @pytest.fixture
    def figure(self) -> Figure:
        return drawn("success")["success"]

    def test_success_is_drawn_where_a_setting_varies(self) -> None:
        with_success = {name for name in CASES if "success" in drawn(name)}
        assert with_success == {"success", "many_lengths", "ladder"}
        trials, epochs, _, baselines = CASES["success"]()
        assert figures.success(study_of((trials, epochs, [], baselines))) is None

    def test_a_point_is_the_share_of_the_trials_that_did_not_fail(self, figure: Figure) -> None:
        trials = CASES["success"]()[0]
        (axes,) = panels(figure)
        assert axes.get_xlabel() == "seq len"
        for clip_norm in (0, 1):
            members = trials[(trials["clip_norm"] == clip_norm) & (trials["status"] != "failed")]
            shares = (members["status"] == "solved").groupby(members["task_seq_len"]).mean()
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
        members = trials[trials["clip_norm"] == 1]
        share = (members["status"] == "solved")[members["task_seq_len"] == 20].mean()
        (bars,) = [mark for mark in axes.collections if mark.get_label() == "interval 1"]
        np.testing.assert_allclose(bars.get_segments()[1][:, 1], wilson(share, 10), rtol=1e-12)

    def test_the_notes_say_what_is_counted(self, figure: Figure) -> None:
        trials = CASES["success"]()[0]
        n_solved = (trials["status"] == "solved").sum()
        n = (trials["status"] != "failed").sum()
        assert f"{n_solved} of {n} trials were solved" in words(figure)
        assert "Solved: validation loss below 0.2." in words(figure)
        assert "diverged, and count as not solved" in words(figure)
        assert "that failed" in words(figure)
        assert "Trials of every init count together." in words(figure)

    def test_many_values_have_a_band(self) -> None:
        (axes,) = panels(drawn("many_lengths")["success"])
        bands = [mark for mark in axes.collections if "interval" in mark.get_label()]
        assert len(bands) == 5
        assert "5 of 9 values of learning rate shown" in words(drawn("many_lengths")["success"])

    def test_random_draws_are_in_ranges(self) -> None:
        (axes,) = panels(figures.success(study_of(ODD["random_success"]())))
        assert axes.get_xlabel() == "learning rate"
        assert len(axes.get_xticks()) == 8

    def test_a_setting_zipped_with_the_axis_has_no_lines(self) -> None:
        figure = figures.success(study_of(CASES["ladder"]()))
        (axes,) = panels(figure)
        assert axes.get_xlabel() == "seq len"
        assert [line.get_label() for line in axes.get_lines()] == ["solved"]
        assert "count together" not in words(figure)

    def test_of_settings_zipped_with_each_other_one_has_lines(self) -> None:
        trials, epochs, swept, baselines = CASES["success"]()
        trials = trials.assign(init_std=trials["init"].map({"normal": 0.1, "orthogonal": 0.2}))
        swept = [*(name for name in swept if name != "clip_norm"), "init_std"]
        case = trials.drop(columns="clip_norm"), epochs, swept, baselines
        figure = figures.success(study_of(case))
        (axes,) = panels(figure)
        assert {line.get_label() for line in axes.get_lines()} >= {"orthogonal", "normal"}
        assert "count together" not in words(figure)
