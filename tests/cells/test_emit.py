"""The written source: what is kept of it in the package, its names, its comments."""

from itertools import pairwise
from pathlib import Path

import pytest
from drawn_cells import cells
from hypothesis import given, settings

from rnnsweep.cells import CELLS, read_cell
from rnnsweep.cells.emit import WIDTH, source
from rnnsweep.cells.gradcheck import GOOD, check_gradient
from rnnsweep.cells.names import RESERVED, Names

DERIVED = Path(__file__).parents[2] / "rnnsweep" / "kernels" / "derived"


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_the_kept_source_is_what_is_written(name):
    path = DERIVED / f"{name}.py"
    written = source(CELLS[name])
    assert path.read_text("utf-8") == written, f"put rnnsweep.cells.emit.source into {path}"


def test_no_other_source_is_kept():
    assert {path.stem for path in DERIVED.glob("*.py")} == {"__init__", "rnn", "lstm", "gru"}


def test_the_name_that_a_user_gives_is_not_in_the_source():
    table = CELLS["gru"].table()
    assert source(read_cell(table, "mine.toml")) == source(read_cell(table, "other"))
    assert source(read_cell(table)).startswith('"""A cell with tanh: written by rnnsweep')


def test_each_line_of_the_way_back_has_its_equation():
    lines = [line.strip() for line in source(CELLS["lstm"]).splitlines()]
    assert "d_c = g_c + d_tanh_c * (one - tanh_c * tanh_c)  # h = o * act(c)" in lines
    assert "store(1, zf_, k, d_f * (f * (one - f)))  # f = sigmoid(zf)" in lines
    assert "store(10, g_c_, k, d_c * f)  # c = f * c_prev + i * act(zg)" in lines


@settings(max_examples=30, deadline=None)
@given(cells())
def test_comments_are_within_the_width(cell):
    text = source(cell)
    assert compile(text, "cell", "exec")
    long = [line for line in text.splitlines() if "#" in line and len(line) > WIDTH]
    assert long == []


def test_a_user_s_names_are_not_those_of_the_source():
    names = sorted(RESERVED - {"abs"})  # that one is a function of the equations
    as_sums = {"sums": names, "states": ["h"], "equations": f"h = tanh({' * '.join(names)}) * half"}
    assert check_gradient(read_cell(as_sums | {"vectors": {"half": 1.0}}, "some")).error < GOOD
    chain = [f"{new} = tanh({old})" for old, new in pairwise(["one", *names])]
    as_values = {"sums": ["one"], "states": names[-1:], "equations": "\n".join(chain)}
    assert check_gradient(read_cell(as_values, "some")).error < GOOD


def test_names():
    names = Names(["k", "z", "k_2", "z"])
    assert [names.in_source(name) for name in ("k", "z", "k_2")] == ["k_3", "z", "k_2"]
    assert names.in_equations("k_3") == "k"
    assert [names.fresh("z"), names.fresh("z"), names.fresh("a")] == ["z_2", "z_3", "a"]
    assert names.fresh("def") == "def_2"
    assert names.numbered("a") == "a_1"
