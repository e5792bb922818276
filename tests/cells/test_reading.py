"""The table of a cell: a record, or all faults of the keys and the names."""

import math

import pytest
from cell_cases import tables
from hypothesis import given
from hypothesis import strategies as st

from rnnsweep.cells import Cell, CellError, Sum, Vector, read_cell
from rnnsweep.cells.reading import KEYS

TABLE = {"sums": ["z", "g"], "states": ["h"], "equations": "h = g * act(z)"}


def faults_of(table):
    with pytest.raises(CellError) as caught:
        read_cell(table)
    return str(caught.value).splitlines()


def test_a_cell_with_every_key():
    cell = read_cell(
        {
            "sums": {"zs": ["s_prev", "q_prev"], "zq": []},
            "inputs": ["xs"],
            "recurrents": {"hs": ["m"]},
            "states": ["s", "q"],
            "equations": "m = zs * k  # a comment\nq = m - u\ns = v * (hs + xs) + zq * q",
            "vectors": {"u": 1, "v": {"uniform": [-1, 0.5]}},
            "biases": {"zs": 1, "xs": -2.5, "zq": False},
            "constants": {"k": 2},
            "line": "a cell",
            "source": "a paper",
            "year": 2000,
        },
        "new.toml",
    )
    zs, hs, m, k, u, v = (("name", name) for name in ("zs", "hs", "m", "k", "u", "v"))
    right = ("*", v, ("+", hs, ("name", "xs")))
    assert cell == Cell(
        name="new.toml",
        sums=(
            Sum("zs", True, ("s_prev", "q_prev"), bias=1.0),
            Sum("zq", True, (), has_bias=False),
            Sum("xs", True, (), bias=-2.5),
            Sum("hs", False, ("m",)),
        ),
        states=("s", "q"),
        assignments=(
            ("m", ("*", zs, k)),
            ("q", ("-", m, u)),
            ("s", ("+", right, ("*", ("name", "zq"), ("name", "q")))),
        ),
        vectors=(Vector("u", 1.0, 1.0), Vector("v", -1.0, 0.5)),
        constants=(("k", 2.0),),
        line="a cell",
        source="a paper",
        year=2000,
    )


def test_what_feeds_the_sums_of_a_list():
    cell = read_cell(TABLE | {"recurrents": ["r"], "equations": "h = g * act(z) * r"})
    assert cell.sums == (
        Sum("z", True, ("h_prev",)),
        Sum("g", True, ("h_prev",)),
        Sum("r", False, ("h_prev",)),
    )


@given(tables())
def test_a_cell_is_read_from_its_own_table(table):
    cell = read_cell(table, "random")
    again = read_cell(cell.table(), "random")
    assert again == cell
    assert hash(again) == hash(cell)
    assert again.identity() == cell.identity()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), JSON))
def test_any_table_is_a_cell_or_a_cell_error(changes):
    for table in changes, TABLE | changes:
        try:
            cell = read_cell(table)
        except CellError:
            continue
        assert read_cell(cell.table()) == cell


NOT_NAMES = 'is no list of names or a table, as in ["a", "b"]'
NO_START = "is no start; allowed: a number, or {uniform = [low, high]} with low <= high"
NO_BIAS = "is no bias; allowed: a finite number, or false for a sum without a bias"
KEY_NAMES = ", ".join(KEYS)
MISSING = "needed: a line for each state, as in h = act(z)"
FAULTS = [
    # Keys.
    (
        {"state": ["h"]},
        f"state: a cell has no such key; allowed: {KEY_NAMES}; did you mean states?",
    ),
    ({"states": ()}, 'states: a cell has a state; needed: states = ["h"], or more names'),
    ({"states": "h"}, 'states: \'h\' is no list of names, as in ["a", "b"]'),
    ({"sums": 3}, f"sums: 3 {NOT_NAMES}"),
    ({"sums": ["z", 3]}, f"sums: ['z', 3] {NOT_NAMES}"),
    ({"sums": []}, 'sums: no sum has the input; needed: sums or inputs, as in sums = ["z"]'),
    ({"sums": {"z": "h_prev"}}, "sums.z: 'h_prev' is no list of names, as in [\"h_prev\"]"),
    ({"sums": {"z": ["h_prev"] * 2, "g": []}}, "sums.z: 'h_prev' feeds the sum twice"),
    ({"recurrents": {"r": []}}, "recurrents.r: a sum without an input needs what feeds it"),
    ({"inputs": {"z": []}}, 'inputs: {\'z\': []} is no list of names, as in ["a", "b"]'),
    ({"equations": None}, f"equations: this key is missing; {MISSING}"),
    ({"equations": 3}, f"equations: 3 is no text; {MISSING}"),
    ({"equations": ""}, "equations, line 1, column 1: there is no equation"),
    ({"line": "a\nb"}, "line: 'a\\nb' is no line of text"),
    ({"source": 3}, "source: 3 is no line of text"),
    ({"year": "1990"}, "year: '1990' is no year"),
    ({"year": True}, "year: true is no year"),
    ({"vectors": ["u"]}, "vectors: ['u'] is no table, as in {name = ...}"),
    ({"vectors": {"u": True}}, f"vectors.u: true {NO_START}"),
    ({"vectors": {"u": "a"}}, f"vectors.u: 'a' {NO_START}"),
    ({"vectors": {"u": math.inf}}, f"vectors.u: inf {NO_START}"),
    ({"vectors": {"u": {"uniform": [1, 0]}}}, f"vectors.u: {{'uniform': [1, 0]}} {NO_START}"),
    (
        {"vectors": {"u": {"uniform": [-1e308, 1e308]}}},
        f"vectors.u: {{'uniform': [-1e+308, 1e+308]}} {NO_START}",
    ),
    ({"vectors": {"u": {"normal": [0, 1]}}}, f"vectors.u: {{'normal': [0, 1]}} {NO_START}"),
    ({"constants": 3}, "constants: 3 is no table, as in {name = ...}"),
    ({"constants": {"k": math.nan}}, "constants.k: nan is no finite number"),
    ({"constants": {"k": "a"}}, "constants.k: 'a' is no finite number"),
    (
        {"constants": {"k": 10**5000}},
        "constants.k: a number with thousands of digits is no finite number",
    ),
    ({"constants": {"bias": 1}}, "constants: bias is reserved for the biases: cell.bias"),
    ({"constants": {"bias_z": 1}}, "constants: bias_z is reserved for the biases: cell.bias"),
    ({"biases": 3}, "biases: 3 is no table, as in {name = ...}"),
    ({"biases": {"q": 1}}, "biases.q: no sum has this name; allowed: z, g"),
    ({"biases": {"z": True}}, f"biases.z: true {NO_BIAS}"),
    ({"biases": {"z": math.nan}}, f"biases.z: nan {NO_BIAS}"),
    # Names.
    (
        {"sums": ["z", "g", "1a"]},
        "sums: '1a' is no name; allowed: a letter, then letters, digits and _",
    ),
    (
        {"sums": ["z", "g", "_a"]},
        "sums: '_a' is no name; allowed: a letter, then letters, digits and _",
    ),
    (
        {"sums": ["z", "g", "ä"]},
        "sums: 'ä' is no name; allowed: a letter, then letters, digits and _",
    ),
    ({"sums": ["z", "g", "lambda"]}, "sums: lambda is a keyword of Python, which no equation has"),
    ({"sums": ["z", "g", "max"]}, "sums: max is a function; choose another name"),
    ({"sums": ["z", "g", "noise"]}, "sums: noise is a function; choose another name"),
    ({"states": ["h", "act"]}, "states: act is a function; choose another name"),
    ({"states": ["h", "y"]}, "states: y is reserved for the network's output"),
    ({"vectors": {"x": 1}}, "vectors: x is reserved for the network's input"),
    ({"vectors": {3: 1}}, "vectors: 3 is no name"),
    (
        {"constants": {"W_xh": 1}},
        "constants: W_xh is reserved: names that begin with W_ are those of params",
    ),
    (
        {"constants": {"b_q": 1}},
        "constants: b_q is reserved: names that begin with b_ are those of params",
    ),
    (
        {"constants": {"h_prev": 1}},
        "constants: h_prev is reserved: _prev is a state's value one time step before",
    ),
    (
        {"constants": {"q" * 50: 1}},
        f"constants: '{'q' * 40}...' has 50 characters; allowed: up to 40",
    ),
    ({"states": ["h", "z"]}, "states: z is a sum and a state; each name has one meaning"),
    ({"constants": {"g": 1}}, "constants: g is a sum and a constant; each name has one meaning"),
    ({"inputs": ["z"]}, "sums: z is twice a sum; each name has one meaning"),
    ({"states": ["h", "h"]}, "states: h is twice a state; each name has one meaning"),
    (
        {"states": ["s"], "recurrents": ["h"]},
        "recurrents: h is reserved: b_h is the param for the biases",
    ),
    (
        {"recurrents": ["r", "r_2"]},
        "recurrents: r_2 is reserved: b_r_2 is the param for b_r in a further layer",
    ),
    (
        {"vectors": {"u": 0, "u_1": 0}},
        "vectors: u_1 is reserved: u_1 is the param for u in a further layer",
    ),
    ({"inputs": [f"z{i}" for i in range(31)]}, "sums: there are 33; allowed: up to 32"),
    ({"states": [f"h{i}" for i in range(17)]}, "states: there are 17; allowed: up to 16"),
    ({"vectors": {f"v{i}": 0 for i in range(33)}}, "vectors: there are 33; allowed: up to 32"),
    ({"constants": {f"k{i}": 0 for i in range(33)}}, "constants: there are 33; allowed: up to 32"),
    ({"sums": {"z": ["h_prev"] * 33, "g": []}}, "sums.z: there are 33; allowed: up to 32"),
]


@pytest.mark.parametrize(("changes", "message"), FAULTS, ids=[text[:40] for _, text in FAULTS])
def test_a_fault_of_a_key_is_the_only_one(changes, message):
    table = {key: value for key, value in (TABLE | changes).items() if value is not None}
    assert faults_of(table) == [message]


def test_all_faults_come_at_once():
    table = TABLE | {
        "yaer": 1990,
        "line": 3,
        "vectors": {"u": "a", "max": 1},
        "biases": {"q": 1},
        "equations": "h = 2a\ng = b ; c",
    }
    assert [fault.partition(": ")[0] for fault in faults_of(table)] == [
        "yaer",
        "vectors",
        "vectors.u",
        "equations, line 1, column 5",
        "equations, line 2, column 7",
        "biases.q",
        "line",
    ]


@pytest.mark.parametrize("table", [3, None, "a", [], ["cell"]])
def test_a_cell_is_a_table(table):
    assert faults_of(table) == [f"a cell is a table, not {table!r}"]
