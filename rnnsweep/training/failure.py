"""Why a trial failed, as a text of some lines that any table can hold."""

from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb

from rnnsweep.tasks import DataError

_LONGEST = 2000  # characters: an exception may show a whole array or a page of HTML


def reason(error: Exception) -> str:
    """Return what a trial failed of, with the place in the source."""
    if isinstance(error, DataError):
        return plain(str(error))  # it has the place in the user's file
    # No source line is read, as the traceback module would: memory may be short.
    *_, (frame, line) = walk_tb(error.__traceback__)
    place = f"{Path(frame.f_code.co_filename).name}:{line}"
    if isinstance(error, MemoryError):
        return plain(
            f"not enough memory: {str(error) or 'the system grants no more'} ({place}); train "
            "fewer trials at a time, or take a smaller batch_size or hidden_size"
        )
    return plain(f"{type(error).__name__}: {error} ({place})")


def plain(text: str) -> str:
    """Return a text without control characters other than line ends and tabs, and not too long."""
    if len(text) > _LONGEST:
        half = _LONGEST // 2
        text = f"{text[:half]} ... ({len(text):,} characters) ... {text[-half:]}"
    return "".join(_characters(text))


def _characters(text: str) -> Iterator[str]:
    for character in text:
        is_plain = character in "\n\t" or not (character < " " or character == "\x7f")
        yield character if is_plain else f"\\x{ord(character):02x}"
