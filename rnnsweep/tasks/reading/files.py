"""The user's files: each is read once a sweep, and an error says why one cannot be read."""

from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from rnnsweep.byte_sizes import bytes_text

from .quoting import shortened

Content = TypeVar("Content")

MAX_BYTES = 4 * 2**30
_LONGEST_PATH = 4096  # characters


class SourceError(ValueError):
    """A file cannot be read as what it should be; the text says why, but not which file."""


class Sources:
    """The files of one sweep, by their paths relative to its folder; each is read once.

    So every trial of a sweep sees the same content, even if a file changes in between.

    Parameters
    ----------
    folder : Path
        That of the sweep file.
    copies : dict of Path, optional
        Copies to read in place of files, by the paths that the sweep file has.

    Attributes
    ----------
    folder : Path
    files : dict of Path
        Where each file was looked for, by the path that the sweep file has.
    seed : int
        The first seed of the sweep, with which the functions of files are checked.
    limit_s : float
        Seconds that a call of such a function may take.
    """

    def __init__(self, folder: Path, copies: Mapping[str, Path] | None = None) -> None:
        self.folder = folder
        self.files: dict[str, Path] = {}
        self._copies = copies or {}
        self.seed = 0
        self.limit_s = 60.0
        self._read: dict[tuple[str, Callable[[Path], Any]], Any] = {}
        self._done: dict[Hashable, Any] = {}

    def place(self, path: str) -> Path:
        """Return where to read the file that has this path in the sweep file."""
        self.files[path] = self._copies.get(path, self.folder / path)
        return self.files[path]

    def read(self, path: str, reader: Callable[[Path], Content]) -> Content:
        """Return what a reader makes of a file, from memory if it was read before.

        Raises
        ------
        SourceError
        """
        if (path, reader) not in self._read:
            self._read[path, reader] = read_with(reader, self.place(path))
        content: Content = self._read[path, reader]
        return content

    def once(self, key: Hashable, make: Callable[[], Content]) -> Content:
        """Return what a function makes, from memory if it was made before for the same key.

        Raises
        ------
        SourceError
            The function raised it, now or before.
        """
        if key not in self._done:
            try:
                self._done[key] = make()
            except SourceError as error:
                self._done[key] = error
        result = self._done[key]
        if isinstance(result, SourceError):
            raise result
        made: Content = result
        return made


def read_with(reader: Callable[[Path], Content], path: Path) -> Content:
    """Return what a reader makes of a file.

    Raises
    ------
    SourceError
        Whatever goes wrong: the libraries that read a format raise errors of many types.
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
    """Return the context of a validation if it is `Sources`, else the working directory's."""
    return context if isinstance(context, Sources) else Sources(Path())


def read_bytes(path: Path, expected: str, most: int = MAX_BYTES) -> bytes:
    """Return a file's content.

    Parameters
    ----------
    path : Path
    expected : str
        What the file should be, as in "a CSV file".
    most : int, optional
        Bytes that are read; a larger file is refused.

    Raises
    ------
    SourceError
    """
    try:
        if path.is_dir():
            raise SourceError(f"it is a folder, not {expected}")
        if path.exists() and not path.is_file():
            raise SourceError("it is no regular file")
        if path.stat().st_size > most:
            raise SourceError(f"it has more than {bytes_text(most)}, the most that is read")
        return path.read_bytes()
    except FileNotFoundError:
        name = shortened(str(path.absolute()), _LONGEST_PATH)
        raise SourceError(f"there is no such file ({name})") from None
    except OSError as error:
        raise SourceError(f"it cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a NUL in the path
        raise SourceError(f"it cannot be read: {error}") from None


def as_text(content: bytes) -> str:
    """Return the text of a UTF-8 file, without the byte order mark that it may start with.

    Raises
    ------
    SourceError
        The file is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SourceError(f"it is not UTF-8 text (line {line}); save it as UTF-8") from None
