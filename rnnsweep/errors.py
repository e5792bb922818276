"""The few kinds of error a user can cause, each with the exit code of the command line."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches


class RnnsweepError(Exception):
    """Base of every error that a user can cause; its text is the whole message."""

    exit_code = 1


class SweepError(RnnsweepError):
    """The command line, the sweep file or its data is wrong; nothing was started or written."""

    exit_code = 2


class ResultsError(RnnsweepError):
    """The results folder cannot be used: absent, in use, not writable, full or damaged."""

    exit_code = 3


@contextmanager
def in_python_words() -> Iterator[None]:
    """Name arguments as a Python caller gives them, in the errors that both faces share."""
    try:
        yield
    except RnnsweepError as error:
        error.args = tuple(str(text).replace("--results DIR", "results=") for text in error.args)
        raise


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return what is allowed in place of a wrong word, the nearest valid one first if any is."""
    words = list(dict.fromkeys(allowed))
    text = "allowed: " + ", ".join(words)
    close = get_close_matches(str(word), words, n=1)
    return f"did you mean {close[0]!r}? {text}" if close else text
