"""The wording of what is wrong with a sweep file."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from rnnsweep.errors import SweepError

_LONGEST = 60


def refuse(source: str, faults: Sequence[str]) -> NoReturn:
    """Raise one SweepError with all faults, a line each."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    raise SweepError("\n".join([f"{source}: {count}", *(f"  {fault}" for fault in faults)]))


def shown(value: Any) -> str:
    """Return a value as the file would write it, shortened where it is long."""
    text = _as_toml(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        # A name may hold line breaks; a message line may not.
        return f'"{escaped}"'.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if isinstance(value, int) and abs(value) >= 10**_LONGEST:
        return f"a whole number of {_LONGEST} digits or more"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_as_toml(item) for item in value[:_LONGEST])}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_as_toml(item)}' for key, item in value.items())}}}"
    return str(value)


def short(number: float) -> str:
    """Return a round number without what Python's exponents have too much, as in "1e6"."""
    return re.sub(r"(?<=\d)e\+?(-?)0*", r"e\1", f"{number:g}")


def as_key(name: str) -> str:
    """Return a key as TOML writes it: in quotes where it is no bare one."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _as_toml(name)


def listed(names: Iterable[str]) -> str:
    """Return names as a list for people."""
    return ", ".join(names)


def nearest(given: str, names: Iterable[str]) -> str | None:
    """Return the name that was probably meant, or None; upper case does not count."""
    by_lower = {name.lower(): name for name in names}
    found = get_close_matches(given.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def did_you_mean(given: str, names: Iterable[str], form: str = "{}") -> str:
    """Return "; did you mean ...?" for the nearest name, or nothing."""
    near = nearest(given, names)
    return f"; did you mean {form.format(near)}?" if near else ""
