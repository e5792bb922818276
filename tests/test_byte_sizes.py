"""Sizes in bytes as people write and read them."""

import re

import pytest

from rnnsweep.byte_sizes import UNITS, bytes_text, read_bytes


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("512MB", 512 * 10**6),
        ("2GB", 2 * 10**9),
        ("1.5GiB", 3 * 2**29),
        (" 1.5 gib ", 3 * 2**29),
        ("0.5kb", 500),
        ("0MB", 0),
        ("7B", 7),
        ("1TiB", 2**40),
    ],
)
def test_a_number_and_a_unit(text, count):
    assert read_bytes(text) == count


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_in_small_letters_too(unit):
    assert read_bytes(f"3{unit}") == read_bytes(f"3 {unit.lower()}") == 3 * UNITS[unit]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("512", "'512' has no unit; allowed: B, KB, MB, GB"),
        ("2G", "'2G' has an unknown unit; allowed: B, KB"),
        ("2 gigabytes", "'2 gigabytes' has an unknown unit; allowed: B, KB, MB"),
        *(
            (text, f"{text!r} is no size; allowed: a number and a unit, as in 1.5GiB")
            for text in ("", "MB", "much", "-1MB", "1,5GB", "1e3MB", "infGB", "1 2MB", "٣MB")
        ),
    ],
)
def test_a_text_that_is_no_size_is_refused(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        read_bytes(text)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1,023 B"),
        (1024, "1 KiB"),
        (488 * 2**20, "488 MiB"),
        (3 * 2**29, "1.5 GiB"),
        (2**41, "2 TiB"),
        (2**54, "16,384 TiB"),
    ],
)
def test_shown_with_the_unit_that_keeps_it_short(count, text):
    assert bytes_text(count) == text
