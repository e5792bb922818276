"""How messages write values, keys and lists, and which name was probably meant."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

_LONGEST = 60


def shown(value: Any) -> str:
    """Return a value as the file would write it, shortened where it is long."""
    text = _as_toml(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        # A name may have line breaks; a line of a message may not.
        return f'"{escaped}"'.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if isinstance(value, int) and abs(value) >= 10**_LONGEST:
        return f"a whole number of {_LONGEST} digits or more"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_as_toml(item) for item in value[:_LONGEST])}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_as_toml(item)}' for key, item in value.items())}}}"
    return str(value)


def short(number: float) -> str:
    """Return a round number with the shortest exponent: "1e6", where Python writes "1e+06"."""
    return re.sub(r"(?<=\d)e\+?(-?)0*", r"e\1", f"{number:g}")


def as_key(name: str) -> str:
    """Return a key as TOML writes it: in quotes unless it consists of letters, digits, - and _."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _as_toml(name)


def listed(names: Iterable[str]) -> str:
    """Return names with commas between them."""
    return ", ".join(names)


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that was probably meant, or None; upper and lower case count as equal."""
    by_lower = {name.lower(): name for name in names}
    matches = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[matches[0]] if matches else None


def did_you_mean(near: str | None) -> str:
    """Return "; did you mean ...?" with a name, or nothing for None."""
    return f"; did you mean {near}?" if near else ""


def allowed(given: object, names: Iterable[str], write: Callable[[str], str] = str) -> str:
    """Return "allowed: ..." with all names, and the one that was probably meant.

    Parameters
    ----------
    given : object
        What was given in place of one of them.
    names : iterable of str
    write : callable, optional
        How the message writes a name, such as in quotes.
    """
    names = list(names)
    near = nearest(given, names) if isinstance(given, str) else None
    return f"allowed: {listed(map(write, names))}{did_you_mean(near and write(near))}"
