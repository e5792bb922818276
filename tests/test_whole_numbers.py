"""Whole numbers of users: every type of them, and nothing else."""

import numpy as np
import pytest

from rnnsweep.whole_numbers import as_whole, whole


@pytest.mark.parametrize("of", [int, np.int8, np.uint64, np.intp, np.array])
def test_a_whole_number_of_any_type_is_an_int(of):
    assert as_whole(of(3)) == whole("n", of(3), 3) == 3
    assert type(as_whole(of(3))) is int


@pytest.mark.parametrize("wrong", [True, np.True_, 2.0, np.float64(2), "2", [2], None, np.nan])
def test_anything_else_is_refused(wrong):
    assert as_whole(wrong) is None
    with pytest.raises(KeyError, match=r"n is .*; allowed: a whole number of rows, at least 1"):
        whole("n", wrong, 1, KeyError, "rows")


def test_a_number_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match="n is 0; allowed: a whole number of at least 1"):
        whole("n", 0, 1)
