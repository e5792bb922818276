"""How messages write values, keys and lists."""

import re
from collections.abc import Iterable
from typing import Any

_LONGEST = 60
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def shown(value: Any) -> str:
    """Return a value as the file would write it, shortened where it is long."""
    text = _as_toml(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        # A name may have line breaks and control characters; a line of a message may not.
        return f'"{"".join(map(_printable, escaped))}"'
    if isinstance(value, int) and abs(value) >= 10**_LONGEST:
        return f"a whole number of {_LONGEST} digits or more"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_as_toml(item) for item in value[:_LONGEST])}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_as_toml(item)}' for key, item in value.items())}}}"
    return str(value)


def _printable(letter: str) -> str:
    if letter.isprintable():
        return letter
    number = ord(letter)
    return _ESCAPES.get(letter) or (f"\\u{number:04x}" if number < 2**16 else f"\\U{number:08x}")


def short(number: float) -> str:
    """Return a round number with the shortest exponent: "1e6", where Python writes "1e+06"."""
    return re.sub(r"(?<=\d)e\+?(-?)0*", r"e\1", f"{number:g}")


def as_key(name: str) -> str:
    """Return a key as TOML writes it: in quotes unless it consists of letters, digits, - and _."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _as_toml(name)


def listed(names: Iterable[str]) -> str:
    """Return names with commas between them."""
    return ", ".join(names)
