"""Loss curves as text: where a loss is drawn, and what a stream can show."""

import numpy as np
import pytest

from rnnsweep.cli.screens.terminal_curve import ASCII, UNICODE, curve_lines, marks_for


def test_a_loss_is_in_the_row_of_its_logarithm():
    losses = np.array([1.0, 0.1, 0.01])
    lines = curve_lines({"validation loss": losses}, None, 20, 5, ASCII)
    assert lines == [
        "   1 | *",
        "     |",
        "     |       *",
        "     |",
        "0.01 |             *",
        "     +--------------",
        "       0   epoch   2",
        "       * validation loss",
    ]


def test_two_curves_and_a_baseline():
    curves = {"validation loss": np.array([0.5, 0.05]), "training loss": np.array([0.5, 0.5])}
    lines = curve_lines(curves, 0.05, 24, 3, UNICODE)
    assert lines[0].endswith("│ ●                ○")  # the first curve is on top
    assert lines[2].endswith("│ ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌●")
    names = ["● validation loss", "○ training loss", "╌╌ baseline"]
    assert [line.strip() for line in lines[-3:]] == names  # a line each where the width is small
    wide = curve_lines(curves, 0.05, 80, 3, UNICODE)
    assert wide[-1].split("   ")[-3:] == names


def test_epochs_that_share_a_column_are_a_vertical_line():
    losses = np.geomspace(1.0, 1e-4, 1000)
    lines = curve_lines({"loss": losses}, None, 0, 9, ASCII)
    rows = [line.partition("| ")[2] for line in lines[:9]]
    assert all("*" in row for row in rows)
    assert {len(row) for row in rows} <= {*range(11)}
    assert lines[-2].split() == ["0", "epoch", "999"]


@pytest.mark.parametrize(
    ("losses", "columns"),
    [([np.nan, np.inf], None), ([], None), ([0.3], [0]), ([0.3, np.inf, 0.3], [0, 9])],
)
def test_losses_that_are_not_finite_are_left_out(losses, columns):
    lines = curve_lines({"loss": np.array(losses)}, None, 0, 5, ASCII)
    drawn = {place for line in lines[:5] for place, mark in enumerate(line) if mark == "*"}
    if columns is None:
        assert lines == []
    else:
        assert sorted(place - lines[0].index("|") - 2 for place in drawn) == columns


@pytest.mark.parametrize("losses", [[0.0, 0.0], [1.0, 0.0], [1e-300, 1e300], [5e-324, 0.0]])
def test_extreme_losses(losses):
    lines = curve_lines({"loss": np.array(losses)}, 0.0, 40, 5, ASCII)
    assert lines[4].partition("|")[2].strip().endswith("*") or losses[-1] > 0
    assert sum(line.count("*") for line in lines[:5]) == 2
    assert "baseline" not in lines[-1]


@pytest.mark.parametrize(
    ("encoding", "marks"), [("utf-8", UNICODE), ("ascii", ASCII), (None, ASCII), ("?", ASCII)]
)
def test_marks_that_a_stream_can_show(encoding, marks):
    assert marks_for(encoding) == marks
