"""Damaged and foreign files: each is read, or refused with a message for a user."""

import io
import re
import struct
import zipfile

import numpy as np
import pytest
from data_cases import SOUND, check_all, npz
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy

from rnnsweep.inference import prediction
from rnnsweep.tasks import npz_parts, text
from rnnsweep.tasks.reading import csv_file


@pytest.mark.parametrize("kind", SOUND)
def test_a_sound_file(tmp_path, kind):
    assert check_all(tmp_path, kind.split(",")[0], SOUND[kind]) == []


@settings(deadline=None, max_examples=150)
@given(
    kind=st.sampled_from(sorted(SOUND)),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), min_size=1, max_size=4),
    end=st.just(1.0) | st.floats(0, 1),
)
def test_bytes_that_were_changed_or_cut(tmp_path_factory, kind, flips, end):
    content = bytearray(SOUND[kind])
    for place, by in flips:
        content[int(place * (len(content) - 1))] ^= by
    path = tmp_path_factory.mktemp("damaged")
    check_all(path, kind.split(",")[0], bytes(content[: int(end * len(content))]))


@settings(deadline=None, max_examples=60)
@given(kind=st.sampled_from(["csv", "text", "npz"]), content=st.binary(max_size=200))
def test_any_bytes(tmp_path_factory, kind, content):
    path = tmp_path_factory.mktemp("any")
    for start in (b"", b"PK\x03\x04", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b"\x93NUMPY"):
        check_all(path, kind, start + content)


def in_header(content, field, value):
    """Return a zip file with two bytes replaced in each of its central headers."""
    content = bytearray(content)
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + field : at + field + 2] = struct.pack("<H", value)
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def archive(name, content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("x.npy", content)
        made.writestr(name, content)
    return file.getvalue()


def array(header, data=b"\0" * 48):
    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"fortran_order": False, **header})
    return file.getvalue() + data


def saved(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


X = np.zeros((10, 3, 2))
FOREIGN = {
    "a newer zip": (in_header(npz(), 6, 99), "zip file version 9.9"),
    "an encrypted member": (in_header(npz(), 8, 1), "password"),
    "a strange compression": (in_header(npz(), 10, 77), "compression"),
    "a cut file": (npz()[:-30], "damaged or truncated"),
    "objects": (saved(x=np.array([[1, 2], [3]], dtype=object), y=X), "Python objects"),
    "fields": (saved(x=np.zeros(3, [("a", float), ("b", int)]), y=X), "allowed: whole numbers"),
    "a third version": (archive("y.npy", array({"shape": (6,), "descr": "<f8"})
                        .replace(b"NUMPY\x01", b"NUMPY\x03")), "have fields"),
    "texts": (saved(x=X, y=np.array(["a", "b"] * 5)), r"numpy.unique\(y, return_inverse=True\)"),
    "complex numbers": (saved(x=X + 1j, y=X), "complex128; allowed"),
    "a huge shape": (archive("y.npy", array({"shape": (2**40, 2**40), "descr": "<f8"})), "damaged"),
    "a negative shape": (archive("y.npy", array({"shape": (-2, -3), "descr": "<f8"})), "read"),
    "no shape": (archive("y.npy", array({"shape": (1,), "descr": "<f8"}).replace(b"(1,)", b"9**9")),
                 "cannot be read"),
    "a long name": (archive("z" * 20000 + ".npy", array({"shape": (6,), "descr": "<f8"})), "z..."),
    "no array": (archive("z" * 20000, b""), "no array"),
    "another zip": (archive("sheet.xml", b"<xml/>"), "which is no array"),
}  # fmt: skip


@pytest.mark.parametrize("which", FOREIGN)
def test_zip_files_that_numpy_does_not_write(tmp_path, which):
    content, match = FOREIGN[which]
    messages = check_all(tmp_path, "npz", content)
    assert len(messages) == 2
    for message in messages:
        assert re.search(match, message)


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("a\nb" * 999), RecursionError()])
def test_every_error_of_a_library_is_a_message(tmp_path, monkeypatch, kind, error):
    def fail(*_):
        raise error

    for module in (csv_file, npz_parts, text, prediction):
        monkeypatch.setattr(module, "read_bytes", fail)
    for_sweep, for_predictions = check_all(tmp_path, kind.split(",")[0], SOUND[kind])
    assert "path" in for_sweep
    assert "it cannot be read: " in for_sweep
    assert "it cannot be read: " in for_predictions
