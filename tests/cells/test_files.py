"""The file of a cell: read whole, or refused with its name."""

import os

import pytest

from rnnsweep.cells import CellError, read_cell_file
from rnnsweep.cells.files import MOST_BYTES
from rnnsweep.message_text import showable

TEXT = """\
[cell]
sums = ["z"]
states = ["h"]
equations = '''
h = act(z)
'''
"""


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def fault_of(path):
    with pytest.raises(CellError) as caught:
        read_cell_file(path)
    place = f"{showable(str(path))}: "
    start, name, message = str(caught.value).partition(place)
    assert (start, name) == ("", place)
    return message


def test_a_file_is_a_cell(tmp_path):
    for content in (TEXT, b"\xef\xbb\xbf" + TEXT.encode(), TEXT.replace("\n", "\r\n")):
        cell = read_cell_file(write(tmp_path / "new.toml", content))
        assert (cell.name, cell.is_elman, cell.is_builtin) == ("new.toml", True, False)
    assert read_cell_file(str(tmp_path / "new.toml"), "a word").name == "a word"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the table [cell] is missing, with the keys sums, states and equations"),
        ("[cell\n", "this is no TOML: Expected ']' at the end of a table declaration (at line 1"),
        (TEXT + "\xe4".join("ab"), "this is no TOML: "),
        (b"# \xff\n" + TEXT.encode(), "line 1 is not UTF-8 text; save the file as UTF-8"),
        (TEXT.encode() + b"\n\xff", "line 8 is not UTF-8 text; save the file as UTF-8"),
        (TEXT + "[train]\n", "train: the file of a cell has the table [cell] alone"),
        (
            "[cells]\n[task]",
            "the table [cell] is missing, with the keys sums, states and equations; "
            "the file has [cells] instead",
        ),
        ("cell = 3", "a cell is a table, not 3"),
        ("a = " + "[" * 5000, "this is no cell: its lists are nested too deep"),
        ("a = " + "9" * 5000, "this is no cell: a number has thousands of digits"),
        ("#" * (MOST_BYTES + 1), f"the file of a cell has up to {MOST_BYTES} bytes; this one has"),
        (TEXT.replace("act(z)", "act(q)"), "equations, line 1, column 9: q is not known here"),
    ],
    ids=lambda value: ascii(value[:20]),
)
def test_a_fault_names_the_file(tmp_path, content, message):
    assert fault_of(write(tmp_path / "new.toml", content)).startswith(message)


def test_every_fault_names_the_file(tmp_path):
    path = write(tmp_path / "new.toml", TEXT.replace("states", "state") + "[train]\n[Cell]\n")
    message = fault_of(path)
    assert message.count(f"{path}: ") == 3
    assert "Cell: the file of a cell has the table [cell] alone; did you mean cell?" in message


def test_a_file_without_a_cell_has_one_fault(tmp_path):
    path = write(tmp_path / "cells.toml", "[train]\nepochs = 1\n[output]\n[cells.a]\n")
    assert fault_of(path) == (
        "the table [cell] is missing, with the keys sums, states and equations; "
        "the file has [cells] instead"
    )
    path.write_text("[train]\nepochs = 1\n[output]\n")
    assert fault_of(path).endswith("with the keys sums, states and equations")
    path.write_text("[task]\nname = 'sine'\n[model]\n[train]\n[cell]\nalpha = 0.5\n")
    assert fault_of(path) == "this is a sweep file; the file of a cell has the table [cell] alone"


def test_what_is_no_file(tmp_path):
    assert fault_of(tmp_path) == "this is a folder; name the file of a cell in it"
    path = write(tmp_path / "new.toml", TEXT)
    near = tmp_path / "nwe.toml"
    assert fault_of(near) == "there is no such file; did you mean new.toml?"
    assert fault_of(path / "below.toml").startswith("this cannot be read: ")
    assert fault_of(tmp_path / "a\0b").startswith("this cannot be read: ")
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    assert fault_of(tmp_path / "pipe") == "this is no regular file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read(tmp_path):
    path = write(tmp_path / "new.toml", TEXT)
    path.chmod(0)
    assert fault_of(path) == "this cannot be read: Permission denied"
