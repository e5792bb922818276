"""The checksums of the store: their format written by hand, and what they detect."""

import struct
import sys
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from rnnsweep.store.checksum import PlacesChecksum, bytes_checksum, values_checksum

VALUES = st.lists(
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()
    | st.binary(),
    max_size=8,
)  # fmt: skip


def by_hand(value):
    """Return a value as the checksum sees it: a letter for its type, then its bytes."""
    if value is None:
        return b"N"
    if isinstance(value, float):
        return b"g" + struct.pack("<d", value)
    if isinstance(value, str):
        content = value.encode(errors="surrogatepass")
        return b"u" + struct.pack("<i", len(content)) + content
    if isinstance(value, bytes):
        return b"s" + struct.pack("<i", len(value)) + value
    if -(2**31) <= value < 2**31:
        return b"i" + struct.pack("<i", value)
    digits, rest = [], abs(value)  # of 15 bits, the lowest first
    while rest:
        digits.append(rest % 2**15)
        rest //= 2**15
    sign = -1 if value < 0 else 1
    return b"l" + struct.pack(f"<i{len(digits)}H", sign * len(digits), *digits)


@given(values=VALUES)
def test_the_format_is_this_one_for_ever(values):
    last = max((place for place, value in enumerate(values) if value is not None), default=-1)
    counted = values[: last + 1]
    content = b"(" + struct.pack("<i", len(counted)) + b"".join(map(by_hand, counted))
    interned = [sys.intern(value) if isinstance(value, str) else value for value in values]
    for row in (values, tuple(values), interned, interned + interned[:0]):
        assert values_checksum(row) == crc32(content)


def test_a_value_that_stands_twice_is_written_twice():
    text = "a text that is one object"
    assert values_checksum([text, text]) == values_checksum([text, "".join(["", text])])


def test_nulls_at_the_end_do_not_count_and_others_do():
    assert values_checksum([1, "N", None]) == values_checksum([1, "N"])
    rows = [[1], [None, 1], [1, 1], ["1"], [b"1"], [1.0], ["N"], ["NN"], [None, None, "N"], []]
    assert len({values_checksum(row) for row in rows}) == len(rows)


@given(
    content=st.binary(min_size=1, max_size=3000),
    at=st.integers(0, 10**6),
    burst=st.integers(1, 2**32 - 1),
)
def test_changes_of_up_to_32_bits_in_a_row_are_noticed(content, at, burst):
    n_bits = 8 * len(content)
    place = at % n_bits
    change = (burst << place) & ((1 << n_bits) - 1)
    number = int.from_bytes(content, "little") ^ change
    changed = number.to_bytes(len(content), "little")
    assert (bytes_checksum(changed) == bytes_checksum(content)) == (changed == content)


def test_what_is_not_bytes_has_no_checksum():
    assert bytes_checksum(None) == bytes_checksum("text") == -1


def test_the_checksum_of_places_depends_on_order_and_positions():
    def of(*places):
        checksum = PlacesChecksum()
        checksum.add(places)
        return checksum.checksum

    places = [(0, "t1"), (1, "t2"), (2, "t3")]
    wrong = [
        places[:2], places[1:], [(0, "t2"), (1, "t1"), (2, "t3")], [*places, (3, "t3")],
        [(0, "t1"), (2, "t2"), (3, "t3")], [(0, "t1"), (1, "t2 2 t3")],
    ]  # fmt: skip
    assert len({of(*other) for other in [places, *wrong]}) == 1 + len(wrong)
    parts = PlacesChecksum()
    for place in places:
        parts.add([place])
    assert (parts.count, parts.checksum) == (3, of(*places))
