"""Columns of few different values, collected row by row."""

from hypothesis import given
from hypothesis import strategies as st

from rnnsweep.report import columns
from rnnsweep.report.columns import Columns

VALUES = st.sampled_from(["a", "b", 1, 2.5, None])
ROWS = st.lists(st.dictionaries(st.sampled_from("xyz"), VALUES), max_size=30)


@given(ROWS, st.integers(1, 7))
def test_rows_come_back_from_columns(rows, together):
    before, columns._TOGETHER = columns._TOGETHER, together
    try:
        collected = Columns()
        for row in rows:
            collected.add(dict(row))
        by_name = collected.all()
    finally:
        columns._TOGETHER = before
    assert by_name.keys() == {name for row in rows for name in row}
    for name, column in by_name.items():
        assert [column.values[code] for code in column.codes] == [row.get(name) for row in rows]
        assert len(set(column.values)) == len(column.values)
