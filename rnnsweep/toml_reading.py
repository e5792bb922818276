"""TOML as it is written by people: tomllib, with bounds on what it would read for minutes."""

import re
import tomllib
from typing import Any

MOST_BYTES = 2_000_000
"""Of a file; an axis of 200,000 values takes so much."""
MOST_LEVELS = 50
"""Of tables and lists inside each other, and of the parts of a dotted key."""

_PART = r"""(?>[\w-]+|"[^"\n]*"|'[^'\n]*')"""
# tomllib's time grows with the square of the number of parts.
_LONG_KEY = re.compile(rf"(?<![\w.-]){_PART}(?:[ \t]*\.[ \t]*{_PART}){{{MOST_LEVELS}}}", re.ASCII)
# Python reads a decimal number of up to 4,300 digits, and any number in these forms.
_LONG_NUMBER = re.compile(r"0[xob][0-9a-fA-F_]{1000}")


class TomlBound(ValueError):
    """A text is larger than what is read; the text of the error says in which way."""


def read_toml(text: str) -> dict[str, Any]:
    """Return the document of a text in TOML.

    Raises
    ------
    tomllib.TOMLDecodeError
        It is not TOML.
    TomlBound
        It is too long, too deep, or has a number with thousands of digits.
    """
    if len(text) > MOST_BYTES:
        raise TomlBound(f"it has more than {MOST_BYTES} characters")
    if _LONG_KEY.search(text):
        raise TomlBound(f"a key has more than {MOST_LEVELS} parts")
    if _LONG_NUMBER.search(text):
        raise TomlBound(_DIGITS)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise TomlBound(_DEEP) from None
    except ValueError:  # Python does not read it, as that takes ever longer
        raise TomlBound(_DIGITS) from None
    _check_depth(document)
    return document


_DEEP = "its lists are nested too deep"
_DIGITS = "a number has thousands of digits"


def _check_depth(document: dict[str, Any]) -> None:
    level: list[Any] = [document]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    if level:
        raise TomlBound(_DEEP)
