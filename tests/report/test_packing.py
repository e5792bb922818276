"""Arrays that come back exactly from their text, in the smallest type that is exact."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from page_contents import unpacked

from rnnsweep.report.packing import packed_codes, packed_numbers

FLOATS = arrays.arrays(np.float64, st.integers(0, 400), elements=st.floats(width=64))


def back(packed):
    return unpacked(json.loads(json.dumps(packed)))


@given(FLOATS)
def test_numbers_come_back_exactly(numbers):
    np.testing.assert_array_equal(back(packed_numbers(numbers)), numbers)


@pytest.mark.parametrize(
    ("numbers", "kind", "of"),
    [
        (np.arange(300) + 0.0, "f4", None),
        (np.arange(300) / 10, "f8", None),
        ([np.nan, np.inf, 1.0], "f4", None),
        (np.tile([0.1, np.nan], 200), "u1", "f8"),
        (np.full(400, 20.0), "u1", "f4"),
        ([], "f4", None),
    ],
)
def test_numbers_take_the_smallest_exact_type(numbers, kind, of):
    packed = packed_numbers(numbers)
    assert packed["type"] == kind
    assert packed.get("of", {}).get("type") == of


@given(arrays.arrays(np.int64, st.integers(0, 50), elements=st.integers(0, 2**32 - 1)))
def test_codes_come_back(codes):
    np.testing.assert_array_equal(back(packed_codes(codes)), codes)


@pytest.mark.parametrize(
    ("most", "kind"), [(0, "u1"), (255, "u1"), (256, "u2"), (65535, "u2"), (65536, "u4")]
)
def test_codes_take_the_smallest_type(most, kind):
    assert packed_codes([0, most])["type"] == kind
