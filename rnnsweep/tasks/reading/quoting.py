"""How messages quote what a file contains: on one line, and cut where it is long."""

from collections.abc import Sequence

_LONGEST = 60  # characters of a quoted text
_MOST = 20  # names of a list


def shortened(text: str, longest: int = _LONGEST) -> str:
    """Return a text on one line, cut to `longest` characters."""
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
    """Return names in quotes, separated by commas; of a long list the first ones."""
    text = ", ".join(quoted(name) for name in names[:_MOST])
    more = len(names) - _MOST
    return f"{text} and {more} more" if more > 0 else text
