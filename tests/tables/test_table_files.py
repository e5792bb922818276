"""Rows of any cells read back as they were written."""

import csv
import io

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnsweep.tables.table_files import CsvFile, csv_line

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, st.floats(allow_nan=False)), min_size=1, max_size=5))
def test_what_is_written_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("table") / "a.csv"
    with CsvFile(path, ["one", "other", "number"]) as file:
        for row in rows:
            file.add(row)
    with path.open(encoding="utf-8", newline="") as written:
        assert list(csv.reader(written))[1:] == [[*row[:2], repr(row[2])] for row in rows]
    frame = pd.read_csv(path, keep_default_na=False, dtype=str)
    assert list(frame.itertuples(index=False, name=None)) == [
        (*row[:2], repr(row[2])) for row in rows
    ]
    lines = [csv_line(row) for row in rows]
    assert path.read_bytes().decode() == "\n".join(["one,other,number", *lines, ""])


def test_a_line_ends_with_a_line_feed_alone(tmp_path):
    with CsvFile(tmp_path / "a.csv", ["a", "b"]) as file:
        file.add([1, None])
        file.add(["x\ry", 0.1])
    assert (tmp_path / "a.csv").read_bytes() == b'a,b\n1,\n"x\ry",0.1\n'
    assert csv_line(["a\r\n"]) == '"a\r\n"'
    assert list(csv.reader(io.StringIO(csv_line(["a\r\n"]), newline=""))) == [["a\r\n"]]
