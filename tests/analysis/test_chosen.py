"""The setting that is chosen by its validation loss, with the test loss to report."""

import math

import numpy as np
import pytest
from compare_cases import grid

from rnnsweep.analysis.chosen import chosen
from rnnsweep.errors import SweepError

INF, NAN = math.inf, math.nan


def test_it_is_chosen_on_validation_and_its_test_loss_reported():
    values = {8: [1, 2, 3], 16: [0.5, 1, INF], 32: [0.1, INF, INF], 64: [NAN, 5, 5]}
    trials = grid(lambda size, seed: values[size][seed], size=[*values])
    trials.numbers["test_loss"][3:6] = [7, 8, NAN]
    trials.numbers["test_baseline"] = np.full(12, 9.0)
    table = chosen(trials, ["size"])
    assert table.settings == {"size": [16]}
    assert {name: column[0] for name, column in table.statistics.items()} == {
        "n": 3, "n_diverged": 1, "median_val_loss": 1, "median_test_loss": 8, "test_baseline": 9,
    }  # fmt: skip
    assert table.are_better == [True]


def test_the_first_of_equal_settings_is_chosen():
    table = chosen(grid(lambda size, seed: 1.0, size=[8, 16]), ["size"])
    assert table.settings == {"size": [8]}
    assert table.are_better == [None]  # there is no trivial predictor


def test_each_problem_has_its_own():
    losses = {(10, 8): 1, (10, 16): 2, (20, 8): 4, (20, 16): 3, (30, 8): INF, (30, 16): INF}
    trials = grid(
        lambda task_seq_len, size, seed: losses[task_seq_len, size],
        task_seq_len=[10, 20, 30],
        size=[8, 16],
    )
    trials.numbers["test_baseline"] = np.full(len(trials), 2.0)
    table = chosen(trials, ["task_seq_len", "size"])
    assert table.settings == {"task_seq_len": [10, 20], "size": [8, 16]}
    assert table.are_better == [True, False]


def test_no_setting_to_choose():
    assert len(chosen(grid(lambda size, seed: INF, size=[8, 16]), ["size"])) == 0
    with pytest.raises(SweepError, match="no trial has a score yet"):
        chosen(grid(lambda size, seed: NAN, size=[8, 16]), ["size"])


def test_a_sweep_without_axes():
    assert chosen(grid(lambda seed: 1.0), []).settings == {}
