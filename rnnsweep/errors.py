"""The errors that a user can cause, each with its exit code on the command line."""

from collections.abc import Iterator, Mapping
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


# What a message calls an option of the command line, and the argument of the Python functions.
_ARGUMENTS = {
    "--results DIR": "results=",
    "--shard ": "shard=",
    "--sweep FILE": "sweep=",
    "--sweep ": "sweep=",
    "--executor dask": 'executor="dask"',
}


@contextmanager
def in_python_words() -> Iterator[None]:
    """In errors raised inside, name the arguments of the Python functions in place of options."""
    with in_words(_ARGUMENTS):
        yield


@contextmanager
def in_words(words: Mapping[str, str]) -> Iterator[None]:
    """In errors raised inside, replace each of these texts by another one."""
    try:
        yield
    except RnnsweepError as error:
        error.args = tuple(_replaced(str(text), words) for text in error.args)
        raise


def _replaced(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text
