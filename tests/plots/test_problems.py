"""Plots of sweeps over problems whose losses do not compare."""

import re
from typing import Any

import numpy as np
import pytest
from picture_cases import drawn, head, line, panels, words
from plot_cases import lengths_case, loss_curves, many_values_case, small


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

    def test_where_a_setting_does_not_apply_there_is_a_dash(self) -> None:
        for figure in drawn("tasks").values():
            assert not re.search("<NA>|nan|none", words(figure))
        assert "-: trials to which a setting does not apply" in words(drawn("tasks")["effects"])
        (delay,) = [
            panel for panel in panels(drawn("tasks")["effects"]) if head(panel).startswith("delay")
        ]
        assert [label.get_text() for label in delay.get_xticklabels()] == ["0", "1", "2", "-"]
        title = drawn("tasks")["loss_map"].get_suptitle()
        assert "task cccccc" in title.replace("_", " ")
        assert "lag" not in title

    def test_every_panel_has_a_line_and_its_title_is_about_its_lines(self) -> None:
        def curve(settings: dict[str, Any], seed: int) -> list[float]:
            return [] if settings["activation"] == "relu" else [1.0, 0.5]

        case = small(curve)
        assert [head(axes) for axes in panels(loss_curves(case))] == ["tanh"]
        assert "1 of 2 values of activation shown" in words(loss_curves(case))
        for axes in panels(loss_curves(many_values_case())):
            ends = [mark.get_ydata()[-1] for mark in axes.lines if mark.get_label()[0].isdigit()]
            (note,) = [text.get_text() for text in axes.texts if "reaches" in text.get_text()]
            reached = float(re.search(r"reaches ([\d.]+)", note).group(1))
            assert min(ends) == pytest.approx(reached, rel=0.01)  # written with three digits

    def test_every_cell_of_the_map_has_room_for_its_number(self) -> None:
        for axes in panels(drawn("tasks")["loss_map"]):
            cells = [patch for patch in axes.patches if patch.get_facecolor()[3]]
            numbers = [text for text in axes.texts if re.fullmatch(r"[\d.]+", text.get_text())]
            assert len(numbers) == len(cells) == 33
