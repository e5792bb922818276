"""Files that were compressed, unpacked within a bound."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

from .files import SourceError

# A megabyte may unpack to a thousand times as much.
MAX_BYTES = 2**30
_PIECE = 2**20


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


# By how a file begins, whatever it is called.
_OPENERS: dict[bytes, tuple[str, Callable[[io.BytesIO], _Stream]]] = {
    b"\x1f\x8b": ("gzip", lambda file: gzip.GzipFile(fileobj=file)),
    b"BZh": ("bzip2", bz2.BZ2File),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMAFile),
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
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise SourceError(f"it is a damaged or cut {kind} file: {error}") from None
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
