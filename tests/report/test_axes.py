"""The axes of the page's views."""

import numpy as np

from rnnsweep.report.axes import MANY_VALUES, N_RANGES, axis_of
from rnnsweep.report.columns import Column


def column(*values):
    own = Column()
    own.extend(values)
    return own


def test_numbers_ascend_and_none_is_last():
    axis = axis_of("momentum", column(0.9, None, 0.0, 0.9, 0.5))
    assert axis.values == [0.0, 0.5, 0.9, None]
    assert axis.labels == ("0", "0.5", "0.9", "-")
    assert axis.codes.tolist() == [2, 3, 0, 2, 1]
    assert axis.numeric
    assert not axis.range_labels


def test_words_keep_the_order_of_the_trials():
    axis = axis_of("activation", column("tanh", "relu", "tanh"))
    assert axis.values == ["tanh", "relu"]
    assert axis.codes.tolist() == [0, 1, 0]
    assert not axis.numeric


def test_different_values_have_different_labels():
    axis = axis_of("learning_rate", column(0.10001, 0.10002, 0.1))
    assert len(set(axis.labels)) == 3


def test_many_numbers_are_in_ranges_of_as_many_values():
    values = np.random.default_rng(0).permutation(MANY_VALUES + 8) / 7
    axis = axis_of("learning_rate", column(*values.tolist(), None))
    assert not axis.labels
    assert len(axis.range_labels) == N_RANGES + 1
    assert axis.range_labels[-1] == "-"
    counts = np.bincount(axis.ranges[:-1])
    assert len(counts) == N_RANGES
    assert np.ptp(counts) <= 1
    assert (np.diff(axis.ranges) >= 0).all()
    assert axis.ranges[-1] == N_RANGES


def test_many_words_are_in_no_ranges():
    axis = axis_of("task_target", column(*(f"column {i}" for i in range(60))))
    assert len(axis.labels) == 60
    assert not axis.range_labels
