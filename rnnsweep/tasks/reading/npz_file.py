"""The arrays of an npz file, read without pickle, and only after their sizes were checked."""

import io
import math
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from rnnsweep.byte_sizes import bytes_text
from rnnsweep.suggestions import did_you_mean, nearest

from .files import MAX_BYTES, SourceError
from .quoting import quoted, shortened

MAX_UNPACKED_BYTES = 2**30
_HOW_TO_SAVE = "save the arrays with numpy.savez(path, x=x, y=y)"


def read_npz(content: bytes, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return the arrays of an npz file by name: numbers in native byte order.

    Parameters
    ----------
    content : bytes
        The whole file.
    names : sequence of str
        The arrays that the file may contain.

    Raises
    ------
    SourceError
        It is no npz file, it is damaged, or it contains something else.
    """
    if content.startswith(npy.MAGIC_PREFIX):
        raise SourceError(f"it is a single array (.npy); {_HOW_TO_SAVE}")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except Exception as error:  # of many types; NotImplementedError is one
        what = "it is no npz"
        if content[:2] == b"PK":
            what = f"it is a damaged or truncated npz file, or another zip file ({error})"
        raise SourceError(f"{shortened(what, 200)}; {_HOW_TO_SAVE}") from None
    with archive:
        members = dict(_members(archive, names))
        n_bytes = sum(member.file_size for member in members.values())
        is_packed = any(member.compress_type != zipfile.ZIP_STORED for member in members.values())
        most = MAX_UNPACKED_BYTES if is_packed else MAX_BYTES
        if n_bytes > most:
            way_out = "; save them with numpy.savez, which does not compress" if is_packed else ""
            raise SourceError(
                f"its arrays take {bytes_text(n_bytes)}; allowed: {bytes_text(most)}{way_out}"
            )
        return {name: _array(archive, member, name) for name, member in members.items()}


def _members(
    archive: zipfile.ZipFile, names: Sequence[str]
) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    read_names = set()
    for member in archive.infolist():
        name = member.filename.removesuffix(".npy")
        if name == member.filename:
            raise SourceError(f"it holds {quoted(name)}, which is no array; {_HOW_TO_SAVE}")
        if name not in names:
            way = did_you_mean(nearest(name, names), quoted) or "; rename it or leave it out"
            raise SourceError(f"it holds an array {quoted(name)}; allowed: {', '.join(names)}{way}")
        if name in read_names:
            raise SourceError(f'it holds array "{name}" twice')
        read_names.add(name)
        yield name, member


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> NDArray[Any]:
    try:
        with archive.open(member) as stream:
            with warnings.catch_warnings():
                # NumPy warns of a header by Python 2, or of a damaged one that looks like it.
                warnings.simplefilter("ignore")
                shape, by_columns, dtype = _header(stream)
            # Before any data of an object array are read: they are a pickle, which can run any
            # code of its author.
            _check_dtype(dtype, name)
            n_bytes = member.file_size - stream.tell()
            if n_bytes != math.prod(shape) * dtype.itemsize:
                raise SourceError(f'array "{name}" is damaged: its size does not fit its shape')
            # Without a number zipfile unpacks 2 GiB at once, whatever the header says.
            data = stream.read(n_bytes)
            array = np.ndarray(shape, dtype, data, order="F" if by_columns else "C")
    except SourceError:
        raise
    except MemoryError:
        raise SourceError(f'array "{name}" needs more memory than there is') from None
    except Exception as error:  # zip, its compressions and headers raise many types
        what = shortened(str(error), 200)
        raise SourceError(f'array "{name}" cannot be read: {what}') from None
    return array.astype(dtype.newbyteorder("="), copy=False)


def _header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(stream)
    if version in readers:
        return readers[version](stream)
    # The third version exists for the field names of structured arrays.
    raise SourceError("its arrays have fields; allowed: whole numbers and floats")


def _check_dtype(dtype: np.dtype[Any], name: str) -> None:
    if dtype.hasobject:
        raise SourceError(
            f'array "{name}" holds Python objects, which are never read; pad rows of different '
            "lengths to one length, and save the true lengths as lengths"
        )
    if dtype.kind not in "biuf":
        way = ""
        if dtype.kind in "US" and name.startswith("y"):
            way = f"; for classes take numpy.unique({name}, return_inverse=True)[1]"
        raise SourceError(
            f'array "{name}" holds {shortened(str(dtype))}; allowed: whole numbers and floats{way}'
        )
