"""The user's files: each read once a sweep, with why one cannot be read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from .quoting import shortened

Content = TypeVar("Content")


class SourceError(ValueError):
    """A file cannot be read as what it should be; the text says why, without the file's name."""


class Sources:
    """The files of one sweep: paths are relative to its folder, and each is read once.

    Every trial of a sweep so sees the same content, whatever happens to a file meanwhile.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[tuple[str, Callable[[Path], Any]], Any] = {}

    def read(self, path: str, reader: Callable[[Path], Content]) -> Content:
        """Return what a reader makes of a file; what went wrong is not kept.

        Raises
        ------
        SourceError
        """
        if (path, reader) not in self._read:
            self._read[path, reader] = read_with(reader, self._folder / path)
        content: Content = self._read[path, reader]
        return content


def read_with(reader: Callable[[Path], Content], path: Path) -> Content:
    """Return what a reader makes of a file, whatever the file holds.

    Raises
    ------
    SourceError
        Whatever goes wrong: the libraries behind a format fail in ways of their own.
    """
    try:
        return reader(path)
    except SourceError:
        raise
    except MemoryError:
        raise SourceError("it cannot be read: it needs more memory than there is") from None
    except Exception as error:
        what = shortened(f"{type(error).__name__}: {error}", 200)
        raise SourceError(f"it cannot be read: {what}") from error


def sources_of(context: Any) -> Sources:
    """Return the reader that validation was given, else one of the working directory."""
    return context if isinstance(context, Sources) else Sources(Path())


def read_bytes(path: Path, kind: str) -> bytes:
    """Return a file's content; `kind` says what it should be, as in "a CSV file".

    Raises
    ------
    SourceError
    """
    try:
        if path.is_dir():
            raise SourceError(f"it is a folder, not {kind}")
        if path.exists() and not path.is_file():
            raise SourceError("it is no regular file")
        return path.read_bytes()
    except FileNotFoundError:
        raise SourceError(f"there is no such file ({path.absolute()})") from None
    except OSError as error:
        raise SourceError(f"it cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a NUL in the path
        raise SourceError(f"it cannot be read: {error}") from None


def as_text(content: bytes) -> str:
    """Return the text of a file, without the byte order mark that it may start with.

    Raises
    ------
    SourceError
        It is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SourceError(f"it is not UTF-8 text (line {line}); save it as UTF-8") from None
