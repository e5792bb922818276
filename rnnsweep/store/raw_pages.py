"""Rows in the pages of an SQLite file, also of those that no other page leads to any more.

The layout of the bytes is that of "The SQLite database file format", sections 1.5, 1.6 and 2.1.
"""

import struct
from collections.abc import Iterator
from mmap import mmap
from typing import Any, NamedTuple

_LEAF_OF_TABLE = 0x0D
_FILE_HEADER = 100
_PAGE_SIZES = [2**power for power in range(9, 17)]
_DEFAULT_PAGE_SIZE = 4096
# Bytes of the integers of the serial types 1 to 6.
_INTEGER_BYTES = (1, 2, 3, 4, 6, 8)
# What broken bytes lead to when they are read as a row.
BROKEN = (IndexError, ValueError, struct.error)


class RawRow(NamedTuple):
    """A row of some table. A text has an odd serial type, bytes have an even one."""

    key: int
    serial_types: list[int]
    content: bytes  # the values one after another

    def values(self) -> list[Any]:
        """Return the values; NULL for the key, which is not among them."""
        values: list[Any] = []
        at = 0
        for serial_type in self.serial_types:
            n_bytes = _n_bytes(serial_type)
            part = self.content[at : at + n_bytes]
            if len(part) < n_bytes:
                raise ValueError("the row is cut off")
            values.append(_value(serial_type, part))
            at += n_bytes
        return values


def raw_rows(content: bytes | mmap) -> Iterator[RawRow]:
    """Yield every row that can be read in the pages of a file, in the order of its bytes."""
    size = int.from_bytes(content[16:18], "big")
    size = 65536 if size == 1 else size
    size = size if size in _PAGE_SIZES else _DEFAULT_PAGE_SIZE
    for start in range(0, len(content) - size + 1, size):
        header = start + (_FILE_HEADER if start == 0 else 0)
        if content[header] != _LEAF_OF_TABLE:
            continue
        n_cells = int.from_bytes(content[header + 3 : header + 5], "big")
        for place in range(header + 8, min(header + 8 + 2 * n_cells, start + size), 2):
            cell = start + int.from_bytes(content[place : place + 2], "big")
            try:
                row = _row(content, cell, size)
            except BROKEN:
                continue
            yield row


def _row(content: bytes | mmap, cell: int, size: int) -> RawRow:
    n_payload, at = _varint(content, cell)
    key, at = _varint(content, at)
    if n_payload > len(content):
        raise ValueError("the row is longer than the file")
    payload = _payload(content, at, n_payload, size)
    n_header, at = _varint(payload, 0)
    serial_types = []
    while at < n_header:
        serial_type, at = _varint(payload, at)
        serial_types.append(serial_type)
    return RawRow(key, serial_types, payload[n_header:])


def _payload(content: bytes | mmap, at: int, n_payload: int, size: int) -> bytes:
    """Return the bytes of a row, of which a long one has the rest in further pages."""
    most = size - 35
    if n_payload <= most:
        return content[at : at + n_payload]
    least = (size - 12) * 32 // 255 - 23
    n_here = least + (n_payload - least) % (size - 4)
    n_here = n_here if n_here <= most else least
    parts = [content[at : at + n_here]]
    n_left, link = n_payload - n_here, content[at + n_here : at + n_here + 4]
    while n_left > 0:
        page = (int.from_bytes(link, "big") - 1) * size
        if not 0 <= page < len(content):
            raise ValueError("the rest of the row is nowhere")
        link = content[page : page + 4]
        parts.append(content[page + 4 : page + min(size, 4 + n_left)])
        n_left -= size - 4
    return b"".join(parts)


def _varint(content: bytes | mmap, at: int) -> tuple[int, int]:
    """Return an integer of 1 to 9 bytes, and the place after it."""
    number = 0
    for i in range(8):
        byte = content[at + i]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at + i + 1
    return number << 8 | content[at + 8], at + 9


def _n_bytes(serial_type: int) -> int:
    if 1 <= serial_type <= 6:
        return _INTEGER_BYTES[serial_type - 1]
    if serial_type == 7:
        return 8
    return max(serial_type - 12, 0) // 2


def _value(serial_type: int, part: bytes) -> Any:
    if serial_type == 0:
        return None
    if serial_type <= 6:
        return int.from_bytes(part, "big", signed=True)
    if serial_type == 7:
        return struct.unpack(">d", part)[0]
    if serial_type in (8, 9):
        return serial_type - 8
    if serial_type < 12:
        raise ValueError("no type of a value")
    return part.decode() if serial_type % 2 else part
