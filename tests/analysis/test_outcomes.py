"""The outcomes of trials in columns: the values as they are, and equal ones in memory once."""

import math

import pytest

from rnnsweep.analysis.outcomes import OutcomesSoFar
from rnnsweep.store.rows import StoredTrial


@pytest.fixture
def outcomes_of():
    """Return a function: the outcomes of trials with these values of the setting "rate"."""
    columns = dict.fromkeys(StoredTrial._fields)

    def collect(values):
        so_far = OutcomesSoFar(["rate"])
        for value in values:
            columns.update(trial_id="t", status="complete", settings={"rate": value}, baselines={})
            so_far.add(StoredTrial(**columns))
        return so_far.all()

    return collect


def test_equal_numbers_of_neighbours_are_one_object(outcomes_of):
    column = outcomes_of([float(text) for text in ("0.1", "0.1", "0.3", "0.1")]).settings["rate"]
    assert column == [0.1, 0.1, 0.3, 0.1]
    assert column[0] is column[1]


def test_values_keep_their_types(outcomes_of):
    values = [1, 1.0, "1", None, 0, 0.0, -0.0]
    column = outcomes_of(values).settings["rate"]
    assert [repr(value) for value in column] == [repr(value) for value in values]


def test_numbers_that_are_not_there_are_nan(outcomes_of):
    numbers = outcomes_of([1, 2]).numbers
    assert all(math.isnan(number) for number in numbers["best_val_loss"])
