"""How messages quote what comes from a file: on one line, and never longer than a reader takes."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

_LONGEST = 60
_MOST = 20
# Comparing two texts takes the product of their lengths.
_COMPARED = 1000


def shortened(text: str, longest: int = _LONGEST) -> str:
    """Return a text on one line, cut where it is long."""
    line = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text[: longest + 1]
    )
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def quoted(text: str) -> str:
    """Return a text in double quotes, on one line, cut where it is long."""
    inside = shortened(text).replace('"', '\\"')
    return f'"{inside}"'


def listed(names: Sequence[str]) -> str:
    """Return names in quotes as a list for people; of a long one the first names."""
    text = ", ".join(quoted(name) for name in names[:_MOST])
    more = len(names) - _MOST
    return f"{text} and {more} more" if more > 0 else text


def did_you_mean(given: str, names: Collection[str]) -> str:
    """Return '; did you mean "..."?' for the nearest name, or nothing."""
    if len(given) > _LONGEST:
        return ""
    comparable = [name for name in list(names)[:_COMPARED] if 0 < len(name) <= _LONGEST]
    near = get_close_matches(given, comparable, n=1)
    return f"; did you mean {quoted(near[0])}?" if near else ""
