"""Rows of any cells read back as they were written."""

import csv
import io
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnsweep.tables.table_files import CsvFile, csv_line

LETTERS = st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from('=+-@"\t\r\n')
TEXTS = st.text(LETTERS, max_size=5)


def read_back(cell):
    """Return the text of a cell, by the rule of docs/results.md."""
    return json.loads(cell) if len(cell) > 1 and cell.startswith('"') else cell


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.floats(allow_nan=False)), min_size=1, max_size=5))
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("table") / "a.csv"
    with CsvFile(path, ["one", "other", "number"]) as file:
        for row in rows:
            file.add(row)
    expected = [(*row[:2], repr(row[2])) for row in rows]
    with path.open(encoding="utf-8", newline="") as written:
        assert [tuple(map(read_back, row)) for row in csv.reader(written)][1:] == expected
    frame = pd.read_csv(path, keep_default_na=False, dtype=str)
    read = [tuple(map(read_back, row)) for row in frame.itertuples(index=False, name=None)]
    assert read == expected
    lines = [csv_line(row) for row in rows]
    assert path.read_bytes().decode() == "\n".join(["one,other,number", *lines, ""])


def test_a_line_ends_with_a_line_feed_alone(tmp_path):
    with CsvFile(tmp_path / "a.csv", ["a", "b"]) as file:
        file.add([1, None])
        file.add(["x\ry", 0.1])
    assert (tmp_path / "a.csv").read_bytes() == b'a,b\n1,\n"x\ry",0.1\n'
    assert csv_line(["a\r\n"]) == '"a\r\n"'
    assert list(csv.reader(io.StringIO(csv_line(["a\r\n"]), newline=""))) == [["a\r\n"]]


FORMULAS = ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '"=1"', "\uff1d1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_as_a_formula(tmp_path, text):
    with CsvFile(tmp_path / "a.csv", [text, "b"]) as file:
        file.add([text, -0.5])
    lines = (tmp_path / "a.csv").read_bytes().decode()
    (heading, row) = csv.reader(io.StringIO(lines, newline=""))
    assert row == [json.dumps(text, ensure_ascii=False), "-0.5"]
    assert heading == [row[0], "b"]
    assert csv_line([text, -2]) == f"{csv_line([text])},-2"
