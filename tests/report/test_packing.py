"""Arrays that come back exactly from their text, in the smallest type that is exact."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from page_contents import like_another, unpacked

from rnnsweep.report.packing import packed_codes, packed_ids, packed_numbers, packed_tables

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
        (np.tile([20.0, 30.0], 200), "u1", "f4"),
        (np.full(400, 20.0), "f4", None),
        ([], "f4", None),
    ],
)
def test_numbers_take_the_smallest_exact_type(numbers, kind, of):
    packed = packed_numbers(numbers)
    assert packed["type"] == kind
    assert packed.get("of", {}).get("type") == of


@given(FLOATS, st.data())
def test_columns_come_back_whatever_others_they_equal(numbers, data):
    places = data.draw(st.lists(st.integers(0, max(0, len(numbers) - 1)), max_size=20))
    changed = numbers.copy()
    changed[places[: len(numbers)]] = np.inf
    tables = {"one": {"first": numbers, "same": numbers}, "other": {"changed": changed}}
    written = back(packed_tables(tables))
    for table, columns in tables.items():
        for name, expected in columns.items():
            column = like_another(written, written[table][name])
            np.testing.assert_array_equal(column, expected)


def test_a_column_that_equals_an_earlier_one_but_for_few_places_is_the_differences():
    numbers = np.arange(400) / 10
    changed, others = numbers.copy(), numbers + 1
    changed[[5, 7]] = np.inf
    packed = packed_tables({"settings": {"mean": numbers}, "trials": {"a": changed, "b": others}})
    assert packed["trials"]["a"].keys() == {"like", "places", "numbers"}
    assert packed["trials"]["a"]["like"] == ("settings", "mean")
    assert packed["trials"]["b"]["type"] == "f8"


def test_a_number_that_all_have_is_there_once():
    assert len(packed_numbers(np.full(50_000, np.nan))["bytes"]) == 8


def test_ids_take_8_bytes_each():
    packed = back(packed_ids(["t0123456789abcde", "tfedcba987654321"]))
    assert bytes(packed).hex() == "00123456789abcde0fedcba987654321"


@given(arrays.arrays(np.int64, st.integers(0, 50), elements=st.integers(0, 2**32 - 1)))
def test_codes_come_back(codes):
    np.testing.assert_array_equal(back(packed_codes(codes)), codes)


@pytest.mark.parametrize(
    ("most", "kind"), [(0, "u1"), (255, "u1"), (256, "u2"), (65535, "u2"), (65536, "u4")]
)
def test_codes_take_the_smallest_type(most, kind):
    assert packed_codes([0, most])["type"] == kind
