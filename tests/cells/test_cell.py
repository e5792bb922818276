"""The record of a cell: what follows from it, and what makes two of them equal."""

import json
import pickle
from dataclasses import replace

import pytest
from cell_cases import cells
from hypothesis import given

from rnnsweep.cells import CELLS, CellError, Sum, read_cell

TABLE = {
    "sums": ["zf", "z"],
    "states": ["h"],
    "equations": "f = sigmoid(zf)\nh = f * h_prev + k * act(z)",
    "constants": {"k": 0.5},
}


def test_what_a_cell_has():
    cell = read_cell(TABLE)
    assert cell.uses_act
    assert cell.has_recurrent
    assert not cell.uses_noise
    assert not cell.is_elman
    assert cell.forget_sum == "zf"
    assert read_cell(TABLE | {"biases": {"zf": False}}).forget_sum == ""
    assert read_cell(TABLE | {"equations": "h = k * zf + noise() + z"}).uses_noise
    assert not read_cell(TABLE | {"equations": "h = k * zf + tanh(z)"}).uses_act
    assert not read_cell(TABLE | {"sums": {"zf": [], "z": []}}).has_recurrent


ELMAN = {"sums": ["z"], "states": ["h"], "equations": "h = act(z)"}


@pytest.mark.parametrize(
    ("changes", "is_elman"),
    [
        ({}, True),
        ({"states": ["s"], "equations": "s = (act((z)))"}, True),
        ({"sums": {"z": ["h_prev"]}, "biases": {"z": 1.0}}, True),
        ({"biases": {"z": False}}, False),
        ({"equations": "h = tanh(z)"}, False),
        ({"equations": "h = act(z) + h_prev"}, False),
        ({"equations": "q = act(z)\nh = q"}, False),
        ({"sums": {"z": []}}, False),
        ({"sums": {"z": ["h_prev", "q"]}, "equations": "q = h_prev\nh = act(z)"}, False),
        ({"sums": [], "inputs": ["z"]}, False),
        ({"inputs": ["g"], "equations": "h = act(z + g)"}, False),
        ({"states": ["h", "c"], "equations": "c = c_prev\nh = act(z + c)"}, False),
        ({"vectors": {"u": 1}, "equations": "h = act(u * z)"}, False),
        ({"constants": {"k": 1}, "equations": "h = act(k * z)"}, False),
    ],
)
def test_elman_s_cell_is_known_by_its_structure(changes, is_elman):
    assert read_cell(ELMAN | changes).is_elman is is_elman


def test_elman_s_cell_has_an_input():
    cell = read_cell(ELMAN)
    without_input = cell.sums[0]._replace(has_input=False)
    assert not replace(cell, sums=(without_input,)).is_elman


def test_comments_spaces_and_needless_parentheses_do_not_count():
    text = "\n# a gate\nf   = sigmoid( (zf) ) # open\n\nh = (f*h_prev)+(k*act(z))"
    other = read_cell(TABLE | {"equations": text, "line": "for people", "year": 1999}, "other")
    assert other.identity() == read_cell(TABLE).identity()
    assert other.equations == TABLE["equations"]


def test_the_order_of_constants_does_not_count():
    equations = TABLE["equations"] + " * q"
    tables = [
        TABLE | {"equations": equations, "constants": c}
        for c in ({"k": 1, "q": 2}, {"q": 2, "k": 1})
    ]
    assert read_cell(tables[0]).identity() == read_cell(tables[1]).identity()


@pytest.mark.parametrize(
    "changes",
    [
        {"equations": "f = sigmoid(zf)\nh = k * act(z) + f * h_prev"},
        {"constants": {"k": 0.25}},
        {"biases": {"zf": 1.0}},
        {"biases": {"zf": False}},
        {"sums": ["z", "zf"]},
        {"sums": ["z"], "inputs": ["zf"]},
        {"sums": ["z"], "recurrents": ["zf"]},
        {"vectors": {"u": 0}, "equations": TABLE["equations"] + " + u"},
        {"states": ["h", "c"], "equations": "c = sigmoid(zf)\nh = c * h_prev + k * act(z)"},
    ],
)
def test_what_decides_results_is_the_identity(changes):
    assert read_cell(TABLE | changes).identity() != read_cell(TABLE).identity()


@given(cells())
def test_the_identity_is_json(cell):
    assert json.loads(json.dumps(cell.identity())) == cell.identity()
    assert pickle.loads(pickle.dumps(cell)) == cell


def test_other_values():
    cell = read_cell(TABLE | {"recurrents": ["r"], "equations": TABLE["equations"] + " + r"})
    changed = cell.with_values({"k": 2}, {"zf": 1, "r": -1.5})
    assert changed.constants == (("k", 2.0),)
    assert changed.sums == (
        Sum("zf", True, ("h_prev",), bias=1.0),
        Sum("z", True, ("h_prev",)),
        Sum("r", False, ("h_prev",), bias=-1.5),
    )
    assert cell.with_values() == cell


@pytest.mark.parametrize(
    ("constants", "biases", "message"),
    [
        (
            {"kk": 1},
            {},
            "constants: 'kk' is not one of the cell's constants; allowed: k; did you mean k?",
        ),
        ({}, {"k": 1}, "biases: 'k' is not one of the cell's biases; allowed: z"),
        (
            {},
            {"zf": 1},
            "biases: 'zf' is not one of the cell's biases; allowed: z; did you mean z?",
        ),
        ({"k": float("nan")}, {}, "constants.k: nan is no finite number"),
        ({"k": True}, {}, "constants.k: true is no finite number"),
        ({}, {"z": False}, "biases.z: false is no finite number"),
    ],
)
def test_other_values_that_are_wrong(constants, biases, message):
    cell = read_cell(TABLE | {"biases": {"zf": False}})
    with pytest.raises(CellError) as caught:
        cell.with_values(constants, biases)
    assert str(caught.value) == message


def test_a_cell_without_constants_says_so():
    with pytest.raises(CellError, match=r"one of the cell's constants; the cell has none$"):
        CELLS["rnn"].with_values({"alpha": 1})


def test_an_error_is_pickled_whole():
    with pytest.raises(CellError) as caught:
        read_cell(TABLE | {"year": "a", "equations": "h = q"})
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.faults) == (str(caught.value), caught.value.faults)
    assert len(again.faults) == 2
