"""The errors that a user can cause, each with its exit code on the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

from rnnsweep import exit_codes
from rnnsweep.message_text import showable


class RnnsweepError(Exception):
    """Base class of the errors that a user can cause; the text is the whole message.

    A name or a line of a file in it cannot act on the terminal that shows it.
    """

    exit_code = exit_codes.FAILED

    def __init__(self, text: object = "") -> None:
        super().__init__(showable(str(text)))


class SweepError(RnnsweepError):
    """The command line, the sweep file or its data is wrong; nothing was started or written."""

    exit_code = exit_codes.WRONG_INPUT


class ResultsError(RnnsweepError):
    """The results folder cannot be used: it is absent, in use, not writable, full or damaged."""

    exit_code = exit_codes.RESULTS


@contextmanager
def in_python_words() -> Iterator[None]:
    """In errors raised inside, name the arguments of the Python functions in place of options."""
    try:
        yield
    except RnnsweepError as error:
        error.args = tuple(_in_python_words(str(text)) for text in error.args)
        raise


def _in_python_words(text: str) -> str:
    return text.replace("--results DIR", "results=").replace("--shard ", "shard=")
