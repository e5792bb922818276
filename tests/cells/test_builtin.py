"""The built-in cells, a file each."""

from dataclasses import replace
from pathlib import Path

import pytest

import rnnsweep.cells
from rnnsweep.cells import CELLS, Cell, Sum, read_cell

FOLDER = Path(rnnsweep.cells.__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def test_the_cells_are_the_files_by_year_and_name():
    assert sorted(CELLS) == NAMES
    assert len(CELLS) == len(NAMES) >= 3
    assert list(CELLS) == sorted(NAMES, key=lambda name: (CELLS[name].year, name))
    assert "rnn" in CELLS
    assert "../rnn" not in CELLS
    with pytest.raises(KeyError):
        CELLS["no_cell"]


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_says_what_it_is_and_makes_a_round_trip(name):
    cell = CELLS[name]
    assert cell is CELLS[name]
    assert (cell.name, cell.is_builtin) == (name, True)
    assert cell.line
    assert cell.source
    assert 1980 < cell.year < 2100
    assert read_cell(cell.table(), name, is_builtin=True) == cell


def test_the_record_of_the_elman_cell():
    z = ("call", "act", ("name", "z"))
    cell = Cell("rnn", (Sum("z", True, ("h_prev",)),), ("h",), (("h", z),), is_builtin=True)
    assert replace(CELLS["rnn"], line="", source="", year=0) == cell
    assert [name for name in CELLS if CELLS[name].is_elman] == ["rnn"]


def test_the_columns_are_those_of_pytorch():
    assert [each.name for each in CELLS["lstm"].sums] == ["zi", "zf", "zg", "zo"]
    gru = CELLS["gru"].sums
    assert [each.name for each in gru if each.has_input] == ["zr", "zz", "xn"]
    assert [each.name for each in gru if each.feeds] == ["zr", "zz", "hn"]
    assert CELLS["lstm"].forget_sum == "zf"
    assert CELLS["gru"].forget_sum == ""
