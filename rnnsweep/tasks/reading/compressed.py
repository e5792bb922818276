"""Files that were compressed, unpacked within a bound."""

import gzip
import io
from collections.abc import Callable
from typing import Protocol

from .files import SourceError
from .quoting import shortened

# A megabyte may unpack to a thousand times as much.
MAX_BYTES = 2**30
_PIECE = 2**20


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _gzip(file: io.BytesIO) -> _Stream:
    return gzip.GzipFile(fileobj=file)


def _bzip2(file: io.BytesIO) -> _Stream:
    import bz2  # A Python may be built without it, and without the next one.

    return bz2.BZ2File(file)


def _xz(file: io.BytesIO) -> _Stream:
    import lzma

    return lzma.LZMAFile(file)


# By how a file begins, whatever it is called.
_OPENERS: dict[bytes, tuple[str, Callable[[io.BytesIO], _Stream]]] = {
    b"\x1f\x8b": ("gzip", _gzip),
    b"BZh": ("bzip2", _bzip2),
    b"\xfd7zXZ\x00": ("xz", _xz),
}


def unpacked(content: bytes) -> bytes:
    """Return what a gzip, bzip2 or xz file holds; any other content as it is.

    Raises
    ------
    SourceError
        The file is damaged or cut, or holds more than `MAX_BYTES`; or it is a zip file, which
        may hold several.
    """
    if content.startswith(b"PK\x03\x04"):
        raise SourceError("it is a zip file, or one of a spreadsheet; save the table as CSV")
    for magic, (kind, opener) in _OPENERS.items():
        if content.startswith(magic):
            try:
                return _bounded(opener(io.BytesIO(content)))
            except (SourceError, MemoryError):
                raise
            except ImportError:
                raise SourceError(
                    f"it is a {kind} file, which this Python was built without; unpack it yourself"
                ) from None
            except Exception as error:  # each library fails in its own ways
                what = shortened(str(error), 200)
                raise SourceError(f"it is a damaged or cut {kind} file: {what}") from None
    return content


def _bounded(file: _Stream) -> bytes:
    pieces, n_bytes = [], 0
    while piece := file.read(_PIECE):
        n_bytes += len(piece)
        if n_bytes > MAX_BYTES:
            raise SourceError(
                f"it unpacks to more than {MAX_BYTES / 2**30:.0f} GiB, which is the most that is "
                "read; unpack it yourself, or leave rows or columns out"
            )
        pieces.append(piece)
    return b"".join(pieces)
