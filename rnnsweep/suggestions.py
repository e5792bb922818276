"""Which of some names was probably meant: the one rule of every "did you mean"."""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from itertools import islice

# Comparing two texts takes a time that grows with the product of their lengths.
_LONGEST = 60
# What other tools call a thing; the letters of such a name say nothing about ours.
_SYNONYMS = {
    name: "trials"
    for name in ("num", "n", "samples", "n_samples", "num_samples", "n_iter", "count", "budget")
}
_MOST = 1000


def nearest(word: str, names: Iterable[str]) -> str | None:
    """Return the name that was probably meant, or None; upper and lower case count as equal.

    It is one with similar letters, or the one that other tools call `word`. Names of more than
    60 characters, and all after the first 1000, are not compared.
    """
    if len(word) > _LONGEST:
        return None
    by_lower = {name.lower(): name for name in islice(names, _MOST) if len(name) <= _LONGEST}
    matches = get_close_matches(word.lower(), by_lower, n=1) or [_SYNONYMS.get(word.lower(), "")]
    return by_lower.get(matches[0])


def did_you_mean(near: str | None, write: Callable[[str], str] = str) -> str:
    """Return "; did you mean ...?" with a name, or nothing for None.

    Parameters
    ----------
    near : str or None
    write : callable, optional
        How the message writes a name, such as in quotes.
    """
    return f"; did you mean {write(near)}?" if near else ""


def allowed(word: object, names: Iterable[str], write: Callable[[str], str] = str) -> str:
    """Return "allowed: ..." with all names, and the one that was probably meant.

    Parameters
    ----------
    word : object
        What a user gave in place of one of them.
    names : iterable of str
    write : callable, optional
        As in `did_you_mean`.
    """
    names = list(names)
    near = nearest(word, names) if isinstance(word, str) else None
    return f"allowed: {', '.join(map(write, names)) or 'none'}{did_you_mean(near, write)}"
