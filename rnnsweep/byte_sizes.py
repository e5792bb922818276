"""Sizes in bytes as people write and read them: "512MB", "1.5 GiB"."""

import re

from rnnsweep.suggestions import allowed, did_you_mean

UNITS = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
MOST = 2**63 - 1  # bytes that a system can address
_BY_LETTERS = {unit.upper(): size for unit, size in UNITS.items()}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", re.ASCII)


def read_bytes(text: str) -> int:
    """Return the number of bytes of a text such as "512MB" or "1.5 gib".

    Raises
    ------
    ValueError
        If the text is no size; the message says what is allowed.
    """
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no size; allowed: a number and a unit, as in 1.5GiB")
    number, unit = match.groups()
    if not unit:
        raise ValueError(f"{text!r} has no unit; {allowed('', UNITS)}{did_you_mean(f'{number}MB')}")
    if unit.upper() not in _BY_LETTERS:
        raise ValueError(f"{text!r} has an unknown unit; {allowed(unit, UNITS)}")
    size = float(number) * _BY_LETTERS[unit.upper()]
    if size > MOST:
        raise ValueError(f"{text!r} is more memory than a machine can have")
    return round(size)


def bytes_text(count: float) -> str:
    """Return a number of bytes as text, with the unit that makes it short: "488 MiB"."""
    unit = "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if count < 1024:
            break
        count, unit = count / 1024, larger
    return f"{count:,.0f} {unit}" if count >= 100 else f"{count:.3g} {unit}"
