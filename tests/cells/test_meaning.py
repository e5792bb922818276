"""The names in equations: known, assigned once, before use, and not in vain."""

import pytest

from rnnsweep.cells import CellError, read_cell

TABLE = {"sums": ["z", "g"], "states": ["h"]}
IN_VAIN = "has no effect on h, the state that is read out"
FEEDS = "allowed: a state one time step before, or a value that an equation assigns"
FED = {"z": ["h_prev"], "g": ["r"]}


def faults_of(equations, **changes):
    with pytest.raises(CellError) as caught:
        read_cell(TABLE | changes | {"equations": equations})
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("equations", "line", "column", "message"),
    [
        ("h = gg * z + g", 1, 5, "gg is not known here; did you mean g?"),
        ("h = g * z + zulu", 1, 13, "zulu is not known here"),
        ("h = g * z + h_perv", 1, 13, "h_perv is not known here; did you mean h_prev?"),
        ("h = g * z + x", 1, 13, "x is not known here: the input is part of the sums"),
        ("h = g * z + __import__", 1, 13, "__import__ is not known here"),
        ("h = g * z ** g", 1, 14, "an exponent must be a number or a constant, and g is neither"),
        ("h = r * z\nr = g", 1, 5, "r is read before it is assigned"),
        (
            *("r = h * z\nh = g", 1, 5),
            "h is read before it is assigned; h_prev is its value one time step before",
        ),
        ("h = h + z * g", 1, 5, "the equations go in a circle: h needs h"),
        ("r = g * h\nh = r + z", 1, 9, "the equations go in a circle: r needs h, h needs r"),
        (
            *("h = z * m\nm = g + r\nr = h", 1, 9),
            "the equations go in a circle: h needs m, m needs r, r needs h",
        ),
        ("h = z\nh = g", 2, 1, "h has an equation already, in line 1"),
        ("z = g\nh = z", 1, 1, "z is a sum, which no equation assigns"),
        (
            "h_prev = z\nh = g",
            1,
            1,
            "h_prev is a value one time step before, which no equation assigns",
        ),
        (
            "q_prev = z\nh = g * q_prev",
            1,
            1,
            "q_prev is reserved: _prev is a state's value one time step before",
        ),
        ("x = z\nh = g * x", 1, 1, "x is reserved for the network's input"),
        ("act = z\nh = g", 1, 1, "act is a function; choose another name"),
        (
            "W_a = z\nh = g * W_a",
            1,
            1,
            "W_a is reserved: names that begin with W_ are those of params",
        ),
        (
            *("r = g\nh = r_prev * z", 2, 5),
            "r_prev is not known here: r is no state; add it to states",
        ),
        (
            *("h = g_prev * z", 1, 5),
            "g_prev is not known here: g is a sum, and only a state has a value one time step "
            "before",
        ),
        ("q = z * g\nh = z * g", 1, 1, "q has no effect on h, the state that is read out"),
    ],
)
def test_a_fault_of_a_name(equations, line, column, message):
    assert faults_of(equations) == [f"equations, line {line}, column {column}: {message}"]


def test_an_unknown_name_is_named_once():
    assert len(faults_of("h = qu + qu * z - g\nr = qu")) == 1


def test_what_follows_from_a_refused_equation_is_no_fault():
    (fault,) = faults_of("r : z\nh = r * g")
    assert fault.startswith('equations, line 1, column 3: no equation has the character ":"')
    (fault,) = faults_of("r = 2z\nh = r * g")
    assert fault.startswith("equations, line 1, column 5: this does not parse")


@pytest.mark.parametrize(
    ("equations", "changes", "message"),
    [
        ("h = z * g", {"states": ["h", "c"]}, "states: c has no equation; needed: c = expression"),
        ("k = z * g", {}, "states: h has no equation; needed: h = expression"),
        ("h = act(z)", {"inputs": ["n"], "sums": ["z"]}, f"inputs: n {IN_VAIN}"),
        ("h = act(z)", {"recurrents": ["n"], "sums": ["z"]}, f"recurrents: n {IN_VAIN}"),
        ("h = z", {}, "sums: g has no effect on h, the state that is read out"),
        (
            *("h = z * g", {"vectors": {"u": 0}}),
            "vectors: u has no effect on h, the state that is read out",
        ),
        (
            *("h = z * g", {"constants": {"k": 0}}),
            "constants: k has no effect on h, the state that is read out",
        ),
        (
            *("c = c_prev + z\nh = z * g", {"states": ["h", "c"]}),
            "states: c has no effect on h, the state that is read out",
        ),
    ],
)
def test_a_fault_of_the_table(equations, changes, message):
    assert faults_of(equations, **changes) == [message]


def test_what_another_value_reads_in_vain_is_in_vain():
    assert faults_of("q = g\np = q\nh = z") == [
        "sums: g has no effect on h, the state that is read out",
        "equations, line 1, column 1: q has no effect on h, the state that is read out",
        "equations, line 2, column 1: p has no effect on h, the state that is read out",
    ]
    # Through a state one time step before, and through a sum, there is an effect.
    read_cell(TABLE | {"states": ["h", "c"], "equations": "h = z * c_prev\nc = g"})
    read_cell(TABLE | {"sums": FED, "equations": "r = z\nh = g"})


@pytest.mark.parametrize(
    ("equations", "sums", "message"),
    [
        ("h = z * g", FED, "sums.g: no equation assigns r, and no state has this name"),
        (
            *("h = z * g", {"z": ["h_perv"], "g": []}),
            "sums.z: no equation assigns h_perv, and no state has this name; did you mean h_prev?",
        ),
        (
            *("h = z * g", {"z": ["h_prev"], "g": ["z"]}),
            f"sums.g: z is a sum; {FEEDS}",
        ),
        ("h = z * g", {"z": ["x"], "g": []}, "sums.z: x is the input, which every sum of sums has"),
        (
            *("r = g\nh = z * r", {"z": ["r_prev"], "g": []}),
            "sums.z: r_prev is not known here: r is no state; add it to states",
        ),
        (
            *("h = z * g\nr = z", FED),
            "equations, line 1, column 9: g is read before r is assigned, which feeds this sum",
        ),
        (
            *("r = g * z\nh = r", FED),
            "equations, line 1, column 5: the equations go in a circle: r needs g, g needs r",
        ),
        (
            *("h = z * g", {"z": [], "g": ["h"]}),
            "equations, line 1, column 9: the equations go in a circle: h needs g, g needs h",
        ),
        (
            *("r = g\nq = z\nh = q * r", {"z": ["r"], "g": ["q"]}),
            "equations, line 1, column 5: the equations go in a circle: "
            "r needs g, g needs q, q needs z, z needs r",
        ),
    ],
)
def test_a_fault_of_what_feeds_a_sum(equations, sums, message):
    assert any(fault.startswith(message) for fault in faults_of(equations, sums=sums))


def test_a_constant_a_vector_or_the_input_feeds_no_sum():
    changes = {"recurrents": {"r": ["x", "k", "u"]}, "constants": {"k": 1.0}, "vectors": {"u": 1.0}}
    assert faults_of("h = z * g * r * k * u", **changes) == [
        "recurrents.r: x is the input, which no sum of recurrents has",
        f"recurrents.r: k is a constant; {FEEDS}",
        f"recurrents.r: u is a vector; {FEEDS}",
    ]


def test_what_follows_from_a_refused_name_is_no_fault():
    assert faults_of("z = 3\nh = g + zz") == [
        "equations, line 1, column 1: z is a sum, which no equation assigns"
    ]
    # The sum g is there, with a space.
    assert faults_of("h = z * g", sums=["z", "g "], biases={"g": 1.0}) == [
        "sums: 'g ' is no name; allowed: a letter, then letters, digits and _"
    ]
