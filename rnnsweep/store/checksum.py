"""Checksums of what the store keeps, by which damage is noticed that SQLite does not see.

CRC-32 detects every change of a single bit and of up to 32 bits in a row; any other damage is
missed with a probability of 2**-32.
"""

import marshal
from collections.abc import Iterable
from typing import Any
from zlib import crc32

# The second version of this format has each value with its type and its bytes, whatever the
# machine, and no references between values; `tests/store/test_checksum.py` writes it by hand.
# Twice as fast as JSON with the checksum; JSON's digits may change with the program that writes it.
_FORMAT = 2

Values = tuple[Any, ...] | list[Any]


def values_checksum(values: Values) -> int:
    """Return the checksum of some columns of a row: numbers, texts, bytes or None.

    NULLs at the end do not count, so that a later form may add a column at the end that is NULL in
    older rows.
    """
    row = tuple(values)  # a list has another letter; a tuple is not copied
    while row and row[-1] is None:
        row = row[:-1]
    return crc32(marshal.dumps(row, _FORMAT))


def bytes_checksum(content: Any) -> int:
    """Return the checksum of bytes; -1, which none has, for anything else."""
    return crc32(content) if isinstance(content, bytes) else -1


class PlacesChecksum:
    """The number and the checksum of a sweep's trials at their places, added in order.

    Attributes
    ----------
    count, checksum : int
        Of the places so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self.checksum = 0

    def add(self, places: Iterable[tuple[int, str]]) -> None:
        """Add the next places: pairs of a position and a trial's id."""
        lines = [f"{position} {trial_id}\n" for position, trial_id in places]
        self.count += len(lines)
        self.checksum = crc32("".join(lines).encode(errors="surrogatepass"), self.checksum)
