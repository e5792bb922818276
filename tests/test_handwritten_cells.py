"""The records of the cells, read from the sources of the kernels."""

import ast
from pathlib import Path

import pytest
from rnnsweep.kernels.dispatch import WEIGHTS

from rnnsweep import handwritten_cells as cells
from rnnsweep.handwritten_cells import CELLS, Cell, cells_with, read_cell

RECORD = {
    "line": "a cell",
    "year": 2000,
    "gates": ("a", "b"),
    "activated": "b",
    "states": ("h",),
    "extras": 1,
}


def write(path, record):
    path.write_text(f"import what_is_not_installed\n\nCELL = {record!r}\n", encoding="utf-8")
    return path


def test_a_record_is_read_without_running_its_file(tmp_path):
    cell = read_cell(write(tmp_path / "new.py", RECORD))
    assert cell == Cell(**RECORD)
    assert (cell.n_gates, cell.n_states, cell.n_kept, cell.activated_index) == (2, 1, 4, 1)
    assert cell.columns("b", 5) == slice(5, 10)
    assert cell.recurrent_bias_name == ""
    more = {"forget_gate": "a", "recurrent_bias": "b", "is_elman": True, "states": ("h", "c")}
    cell = read_cell(write(tmp_path / "new.py", RECORD | more))
    assert (cell.forget_gate, cell.recurrent_bias_name, cell.is_elman) == ("a", "b_hb", True)
    assert cell.n_states == 2


@pytest.mark.parametrize("field", RECORD)
def test_a_missing_field_is_named_with_the_file(tmp_path, field):
    path = write(tmp_path / "new.py", {k: v for k, v in RECORD.items() if k != field})
    with pytest.raises(ValueError, match=rf"new\.py: CELL: .*'{field}'"):
        read_cell(path)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("line", ""),
        ("line", "two\nlines"),
        ("line", 3),
        ("year", "2000"),
        ("gates", ()),
        ("gates", ("a", "a", "b")),
        ("gates", ["a", "b"]),
        ("gates", ("a", 1)),
        ("activated", "c"),
        ("states", ("h", "c", "d")),
        ("states", ("c",)),
        ("extras", -1),
        ("extras", 1.0),
        ("forget_gate", "c"),
        ("recurrent_bias", True),
        ("is_elman", "yes"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_allowed(tmp_path, field, wrong):
    path = write(tmp_path / "new.py", RECORD | {field: wrong})
    with pytest.raises(ValueError, match=rf"new\.py: CELL: {field} is .*; allowed: "):
        read_cell(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"CELL = \{\.\.\.\} is missing"),
        ("CELL = dict(year=1 + x)\n", "CELL is no literal"),
        (f"CELL = {RECORD | {'colour': 'red'}!r}\n", ".*'colour'"),
        ("CELL = [1, 2]\n", "CELL: "),
    ],
)
def test_a_file_without_a_record_is_named(tmp_path, text, message):
    (tmp_path / "new.py").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=rf"new\.py: {message}"):
        read_cell(tmp_path / "new.py")


def test_every_cell_has_a_record_and_kernels():
    assert CELLS.keys() == WEIGHTS.keys()
    assert list(CELLS) == sorted(CELLS, key=lambda name: CELLS[name].year)


def test_cells_with_a_field():
    assert cells_with("extras") == tuple(name for name, cell in CELLS.items() if cell.extras > 0)
    assert len(cells_with("is_elman")) == 1  # the notebook's rule is written for one cell


def test_no_other_file_knows_a_cell_by_its_name():
    # Two may: rnn is the default, and PyTorch's modules have names.
    root = Path(cells.__file__).parent
    names = CELLS.keys() - {"rnn"}
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    }
    assert users == {"network/torch_modules.py"}
