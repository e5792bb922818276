"""Compressed files, unpacked up to a bound."""

import gzip
import io
from collections.abc import Callable
from typing import Protocol

from rnnsweep.byte_sizes import bytes_text

from .files import SourceError
from .quoting import shortened

# A compressed file may unpack to a thousand times its size.
MAX_BYTES = 2**28
_PIECE = 2**20


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _gzip(file: io.BytesIO) -> _Stream:
    return gzip.GzipFile(fileobj=file)


def _bzip2(file: io.BytesIO) -> _Stream:
    import bz2  # Python may be built without bz2 and lzma.

    return bz2.BZ2File(file)


def _xz(file: io.BytesIO) -> _Stream:
    import lzma

    return lzma.LZMAFile(file)


# By the first bytes of a file, whatever its name.
_OPENERS: dict[bytes, tuple[str, Callable[[io.BytesIO], _Stream]]] = {
    b"\x1f\x8b": ("gzip", _gzip),
    b"BZh": ("bzip2", _bzip2),
    b"\xfd7zXZ\x00": ("xz", _xz),
}


def unpacked(content: bytes) -> bytes:
    """Return the unpacked content of a gzip, bzip2 or xz file; any other content as it is.

    Raises
    ------
    SourceError
        The file is damaged or cut, or unpacks to more than `MAX_BYTES`; or it is a zip file, which
        may contain several files.
    """
    if content.startswith(b"PK\x03\x04"):
        raise SourceError("it is a zip file or a spreadsheet; save the table as CSV")
    for magic, (packer, opener) in _OPENERS.items():
        if content.startswith(magic):
            try:
                return _bounded(opener(io.BytesIO(content)))
            except (SourceError, MemoryError):
                raise
            except ImportError:
                raise SourceError(
                    f"it is a {packer} file, and this Python was built without {packer}; unpack it "
                    "yourself"
                ) from None
            except Exception as error:  # each library has its own errors
                what = shortened(str(error), 200)
                raise SourceError(f"it is a damaged or cut {packer} file: {what}") from None
    return content


def _bounded(file: _Stream) -> bytes:
    pieces, n_bytes = [], 0
    while piece := file.read(_PIECE):
        n_bytes += len(piece)
        if n_bytes > MAX_BYTES:
            raise SourceError(
                f"it unpacks to more than {bytes_text(MAX_BYTES)}, which is the most that is "
                "unpacked; unpack it yourself, or leave rows or columns out"
            )
        pieces.append(piece)
    return b"".join(pieces)
