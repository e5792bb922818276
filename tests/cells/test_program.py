"""What is kept, in which place, and what is computed how often."""

import numpy as np
import pytest
from drawn_cells import cells
from hypothesis import given, settings

from rnnsweep.cells import CELLS, read_cell
from rnnsweep.cells.emit import source
from rnnsweep.cells.functions import FUNCTIONS
from rnnsweep.cells.gradcheck import GOOD, check_gradient
from rnnsweep.cells.program import Product
from rnnsweep.cells.python_source import numpy_functions
from rnnsweep.cells.trees import calls

COSTLY = {name for name, function in FUNCTIONS.items() if not function.is_cheap}


def cell(equations, sums=("z",), states=("h",), **further):
    table = {"sums": sums if isinstance(sums, dict) else list(sums), "states": list(states)}
    return read_cell(table | {"equations": equations} | further, "some")


def part(each, name):
    """Return the text of one function of a cell's source."""
    return source(each).split(f"def {name}(")[1].split("@elementwise")[0]


# Values, gradients and states before that are read in several stages, in all orders.
STAGED = {
    "a state of stage 0 whose value before is read in stage 1": cell(
        "s = tanh(z)\nq = sigmoid(zq)\nh = tanh(zh) * s_prev + q * z * s",
        {"z": ["h_prev"], "zq": ["s_prev"], "zh": ["q"]},
        ("h", "s"),
    ),
    "a state of stage 1 whose value before is read in stages 0 and 1": cell(
        "q = sigmoid(z) * h_prev\nh = tanh(zh) * h_prev + q", {"z": ["h_prev"], "zh": ["q"]}
    ),
    "gradients of three stages that are added": cell(
        "a = sigmoid(z)\nb = tanh(zb) * a + z * h_prev\nc = gelu(zc)\nh = a * b * c + h_prev * z",
        {"z": ["h_prev"], "zb": ["a", "h_prev"], "zc": ["b", "a"]},
    ),
    "a state that feeds a sum": cell(
        "s = tanh(z) * s_prev\nh = sin(zh) + s * h_prev", {"z": ["h_prev"], "zh": ["s"]}, ("h", "s")
    ),
    "a sum that is read in a later stage alone": cell(
        "a = silu(z1)\nh = softplus(z2) * exp(tanh(z3)) * a",
        {"z1": ["h_prev"], "z2": ["a"], "z3": ["h_prev"]},
    ),
    "a state of numbers alone": cell("s = tanh(0.5)\nh = tanh(z) * exp(s) + s_prev", states="hs"),
    "a sum that no loop reads": cell(
        "a = gelu(z)\nh = a * sin(z + h_prev) * zq ** 0", {"z": ["h_prev"], "zq": ["a"]}
    ),
    "vectors in two stages": cell(
        "a = sigmoid(z + v * h_prev)\nh = tanh(zh + v * a) + v * z",
        {"z": ["h_prev"], "zh": ["a"]},
        vectors={"v": 0.5},
    ),
}


@pytest.mark.parametrize("name", STAGED)
def test_what_crosses_stages(name):
    assert check_gradient(STAGED[name]).error < GOOD


# Functions whose slopes take places of sums, which other loops or the way back still read.
CROWDED = {
    "a sum that a later loop reads": "a = gelu(z1)\nb = silu(z2 * z1)\nh = a * b * sin(z1 + z3)",
    "a sum that the way back reads": "h = z1 * gelu(z2) * softplus(z1 * z3)",
    "many slopes": "h = gelu(silu(sin(softplus(z1)) * z2) + z3)",
    "cheap values between": "a = abs(z1) + z2\nb = gelu(a)\nh = sin(a * z3) * b + max(a, b) * z2",
}


@pytest.mark.parametrize("name", CROWDED)
def test_no_place_is_taken_that_is_still_read(name):
    assert check_gradient(cell(CROWDED[name], ["z1", "z2", "z3"])).error < GOOD


@settings(max_examples=50, deadline=None)
@given(cells())
def test_a_costly_function_is_computed_once_and_never_on_the_way_back(each):
    lines = [line for loop in each.program.forward for line in loop.lines]
    names = [line.names[0] for line in lines if calls(line.tree) & COSTLY]
    assert len(names) == len(set(names))
    back = [part for loop in each.program.backward for part in (*loop.lines, *loop.stores)]
    assert not any(calls(part.tree) & COSTLY for part in back)


def test_the_places_of_the_usual_cells():
    assert CELLS["rnn"].program.kept == ("z",)
    assert CELLS["lstm"].program.kept == ("zi", "zf", "zg", "zo", "tanh_c")
    assert CELLS["gru"].program.kept == ("zr", "zz", "xn", "hn")
    relu = CELLS["lstm"].with_activation("relu").program
    assert relu.kept == ("zi", "zf", "zg", "zo")  # relu(c) is computed again from c
    assert CELLS["gru_v1"].program.kept == ("zr", "zz", "zn", "rh")
    assert CELLS["gru_v1"].program.scratch == ("g_h", "a_rh", "later_z")
    assert CELLS["lstm_peephole"].program.scratch[2:] == tuple(
        ["p_i", "p_f", "p_o", "g_p_i", "g_p_f", "g_p_o"]
    )


def test_the_products_of_the_usual_cells():
    lstm, gru = CELLS["lstm"].program, CELLS["gru"].program
    assert lstm.products == tuple(Product(0, 0, -1, n, 0, fresh=n == 0) for n in range(4))
    assert lstm.matrices == tuple(("h_prev", name) for name in ("zi", "zf", "zg", "zo"))
    # h_prev is in the equations, so the first product is added to its gradient.
    assert gru.products == tuple(Product(0, 0, -1, n, 0, fresh=False) for n in (0, 1, 3))
    v1 = CELLS["gru_v1"].program
    assert v1.products[-1] == Product(1, -1, 3, 2, 1, fresh=True)
    assert v1.matrices == (("h_prev", "zr"), ("h_prev", "zz"), ("rh", "zn"))


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
def test_additive_noise_is_not_kept(activation):
    program = CELLS["leaky_rnn"].with_activation(activation).program
    assert "noise" not in program.kept
    assert program.noises == (program.arrays.index("noise"),)


def test_nothing_is_kept_for_a_gradient_by_noise():
    assert cell("h = tanh(z + exp(noise()) * h_prev)").program.kept == ("z", "exp_noise")
    assert cell("h = tanh(z + exp(noise()))").program.kept == ("z",)


def test_noise_that_the_way_back_reads_is_kept():
    program = cell("h = tanh(z) * noise() + noise()").program
    assert program.kept == ("z", "noise")
    assert program.noises == (1, program.n_arrays - 1)


def test_constants_are_no_part_of_a_program():
    leaky = CELLS["leaky_rnn"]
    other = leaky.with_values({"alpha": 0.7}, {"z": 1.0})
    assert source(other) == source(leaky)


def test_what_constants_make_is_computed_before_the_loops():
    text = part(cell("h = exp(-a) * z + sqrt(2 / a) * h_prev", constants={"a": 0.5}), "advance")
    head, loop = text.split("for k in range(size):")
    assert "elementary.exp(-a)" in head
    assert "math.sqrt(" in head
    assert "exp(" not in loop.replace("# h = exp(", "")


def memory_of(each, **values):
    """Return the memory for one element, with values by the names of arrays."""
    names = each.program.arrays
    memory = np.zeros(len(names))
    for name, value in values.items():
        memory[names.index(name)] = value
    return memory


def run(each, memory, *calls):
    functions = numpy_functions(source(each))
    with np.errstate(all="ignore"):
        for name, stage in calls:
            functions[name](memory, np.arange(memory.size), np.zeros(1), 0, 0, 1, stage)
    return dict(zip(each.program.arrays, memory, strict=True))


BACK = ("advance", 0), ("retreat", 0)


@pytest.mark.parametrize(
    ("equation", "a", "b", "slopes"),
    [
        ("max(a, b)", 2.0, 2.0, (1.0, 0.0)),  # the first of equal arguments
        ("min(a, b)", 2.0, 2.0, (1.0, 0.0)),
        ("max(a, b)", 2.0, 3.0, (0.0, 1.0)),
        ("min(a, b)", 2.0, 3.0, (1.0, 0.0)),
        ("abs(a) + abs(b)", 0.0, -2.0, (0.0, -1.0)),
        ("relu(a) + relu(b)", 0.0, 2.0, (0.0, 1.0)),
        ("leaky_relu(a) + leaky_relu(b)", 0.0, -2.0, (0.01, 0.01)),
        ("hard_tanh(a) + hard_tanh(b)", 1.0, -1.0, (0.0, 0.0)),
        ("elu(a) + elu(b)", 0.0, 3.0, (1.0, 1.0)),
        ("sqrt(a) + b ** 0.5", 0.0, 4.0, (np.inf, 0.25)),
        ("a ** 1.5 + b ** -1", 0.0, 2.0, (0.0, -0.25)),
    ],
)
def test_slopes_at_kinks_and_ties(equation, a, b, slopes):
    each = cell(f"h = {equation}", ["a", "b"])
    after = run(each, memory_of(each, a=a, b=b, g_h=1.0), *BACK)
    assert (after["a"], after["b"]) == slopes


@pytest.mark.parametrize("function", ["max", "min"])
def test_max_and_min_are_nan_where_an_argument_is(function):
    each = cell(f"h = {function}(a, b)", ["a", "b"])
    for values in ({"a": np.nan, "b": 1.0}, {"a": 1.0, "b": np.nan}):
        after = run(each, memory_of(each, **values, g_h=1.0), *BACK)
        assert np.isnan(after["h"])
        assert {name: after[name] for name in "ab"} == {n: float(values[n] != 1.0) for n in "ab"}


@pytest.mark.parametrize(
    ("equation", "a"), [("a - a", np.inf), ("0 * a", np.nan), ("a / b * b", 1.0), ("a * 0", np.inf)]
)
def test_what_a_user_wrote_is_not_simplified(equation, a):
    each = cell(f"h = {equation} + 0 * b", ["a", "b"])
    assert np.isnan(run(each, memory_of(each, a=a), ("advance", 0))["h"])


@pytest.mark.parametrize("activation", ["tanh", "gelu", "identity", "x * tanh(softplus(x))", "x"])
def test_the_probe_has_the_slope_of_each_pre_activation(activation):
    gru = CELLS["gru"].with_activation(activation)
    assert gru.program.slopes == (("sigmoid", False), ("sigmoid", False), (activation, True))
    z, step = {"zr": 0.3, "zz": -0.4, "xn": 0.7, "hn": -1.1}, 1e-6
    probed = cell(
        f"h = {activation if 'x' in activation else f'{activation}(x)'}".replace("x", "z")
    )

    def value(x):
        return run(probed, memory_of(probed, z=x), ("advance", 0))["h"]

    r = 1.0 / (1.0 + np.exp(-z["zr"]))
    n = z["xn"] + r * z["hn"]
    expected = (value(n + step) - value(n - step)) / (2 * step)
    memory = memory_of(gru, **z)
    run(gru, memory, ("advance", 0))
    assert run(gru, memory, ("slopes", 2))["g_h"] == pytest.approx(expected, rel=1e-8)
    assert run(gru, memory, ("slopes", 0))["g_h"] == pytest.approx(r * (1.0 - r))


def test_what_the_probe_looks_at():
    def slopes(equations, **further):
        return cell(equations, ["z"], **further).program.slopes

    assert CELLS["lstm"].program.slopes == (*(("sigmoid", False),) * 3, ("tanh", True))  # not of c
    assert slopes("a = z * h_prev\nh = gelu(exp(a))") == (("gelu", False),)
    assert slopes("h = tanh(sin(z)) * sigmoid(h_prev)") == (("sin", False),)


def test_a_cell_of_many_arrays():
    sums = [f"z{n}" for n in range(32)]
    equations = "\n".join(f"a{n} = gelu(z{n}) * z{31 - n}" for n in range(32))
    values = " + ".join(f"a{n}" for n in range(32))
    each = cell(f"{equations}\nh = {values} + z0 * z1 * z2", sums)
    assert each.program.n_arrays > 64
    assert "load(64, " in source(each)
    assert check_gradient(each).error < GOOD


def test_the_source_of_a_long_equation_is_not_much_longer():
    product = " * ".join(["z"] * 90)
    each = cell(f"h = tanh({product})")
    assert len(source(each)) < 30_000
