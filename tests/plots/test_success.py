"""The plot of success: the share of trials that were solved."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from picture_cases import drawn, line, panels, words
from plot_cases import CASES, ODD, study_of

from rnnsweep.analysis.student import t_975
from rnnsweep.plots import figures
from rnnsweep.plots.success import share_interval


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

    def test_intervals_are_over_the_seeds(self, figure: Figure) -> None:
        study = study_of(CASES["success"]())
        settings = study.trials.settings
        tried = np.array(
            [
                (length, clip) == (20, 1)
                for length, clip in zip(
                    settings["task_seq_len"], settings["clip_norm"], strict=True
                )
            ]
        )
        solved = ~np.isnan(study.trials.numbers["updates_to_success"])
        ends = share_interval(study, solved, tried)
        (axes,) = panels(figure)
        (bars,) = [mark for mark in axes.collections if mark.get_label() == "interval 1"]
        np.testing.assert_allclose(bars.get_segments()[1][:, 1], ends, rtol=1e-12)
        # Trials of one seed count together: an interval of two inits is no narrower for them.
        n, n_seeds = tried.sum(), len({*np.array(settings["seed"])[tried]})
        assert n_seeds < n
        t = t_975(n_seeds - 1)
        every = np.ones(len(tried), np.bool_)
        low, high = share_interval(study, every, tried)
        assert (low, high) == (pytest.approx(n / (n + t**2), rel=1e-6), pytest.approx(1))

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
        trials = trials[trials["clip_norm"] == 1.0]
        trials = trials.assign(init_std=trials["init"].map({"normal": 0.1, "orthogonal": 0.2}))
        swept = [*(name for name in swept if name != "clip_norm"), "init_std"]
        figure = figures.success(study_of((trials, epochs, swept, baselines)))
        (axes,) = panels(figure)
        assert {line.get_label() for line in axes.get_lines()} >= {"orthogonal", "normal"}
        assert "count together" not in words(figure)
