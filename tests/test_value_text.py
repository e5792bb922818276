"""Values as text: short, and different if the values are."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnsweep.value_text import NONE, distinct_texts, number, text_of

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.one_of(FLOATS, st.integers(), st.none(), st.text("ab-", max_size=30))


@given(st.lists(VALUES, max_size=12), st.integers(2, 6))
def test_texts_differ_where_the_values_do(values, fewest):
    texts = distinct_texts(values, fewest)
    for one, other in zip(values, texts, strict=True):
        for value, text in zip(values, texts, strict=True):
            if isinstance(value, str) == isinstance(one, str) and None not in (value, one):
                assert (text == other) == (value == one)


@given(st.lists(FLOATS, unique=True, min_size=1, max_size=12))
def test_no_shorter_texts_would_do(values):
    texts = distinct_texts(values)
    digits = max(len(text.split("e")[0].replace(".", "").strip("-0")) for text in texts)
    if digits > 5:  # below, whole numbers may have called for them
        shorter = [f"{value:.{digits - 1}g}" for value in values]
        rounded = {float(text) for text in shorter}
        hides = any(
            not value.is_integer() and float(text).is_integer()
            for value, text in zip(values, shorter, strict=True)
        )
        assert len(rounded) < len(values) or hides


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.9999, 0.99995, 0.99999], ["0.9999", "0.99995", "0.99999"]),
        ([0.99999], ["0.99999"]),  # alone, it is not 1 either
        ([1.0, 0.5], ["1", "0.5"]),
        ([0.1, 0.1 + 2e-16], ["0.1", "0.1000000000000002"]),
        ([0.00316227766017, 1e-5], ["0.003162", "1e-5"]),
        ([12345.678, 1e300], ["12350", "1e300"]),
        ([12350, 12345.678], ["12350", "12345.7"]),  # an integer has all its digits
        ([2**53, 2**53 + 1, 12345678], ["9007199254740992", "9007199254740993", "12345678"]),
        ([8, 8, None, math.nan], ["8", "8", NONE, NONE]),
        (["relu", "true"], ["relu", "true"]),
        ([True, 1, 1.0, False], ["true", "1", "1", "false"]),
        ([["a", "é"], ("a",), []], ['["a", "é"]', '["a"]', "[]"]),
        ([], []),
    ],
)
def test_examples(values, texts):
    assert list(distinct_texts(values)) == texts


def test_shortened_texts_stay_different():
    assert distinct_texts(["abc", "xbc", 10], shorten=lambda text: text[:1]) == ("a", "x", "1")
    assert distinct_texts(["abc", "abd"], shorten=lambda text: text[:1]) == ("abc", "abd")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456, "0.1235"), (3, "3"), (None, NONE), (math.inf, "inf"), (1.5e7, "1.5e7"), (0.0, "0")],
)
def test_a_measured_number_has_four_digits(value, text):
    assert text_of(value) == text


@given(FLOATS, st.integers(1, 16))
def test_a_number_is_near_its_text(value, digits):
    assert float(number(value, digits)) == float(f"{value:.{digits}g}")
