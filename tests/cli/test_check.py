"""The command `check`: what it shows of a cell, and what it says where gradients are wrong."""

import math
import re
from pathlib import Path

import pytest
from cell_file_cases import UGRNN

from rnnsweep.cells import CELLS, emit, gradcheck
from rnnsweep.cells.gradcheck import GradientError
from rnnsweep.cli.screens.cell import print_cell
from rnnsweep.kernels.cache_directory import CACHE_DIR
from rnnsweep.network.layout import Sizes, param_shapes

EVERYTHING = """
[cell]
sums = {a = ["h_prev", "z_prev"], b = []}
inputs = ["q"]
states = ["h", "z"]
vectors = {p = 0.0, u = {uniform = [-1.0, 1.0]}}
biases = {a = 1.5, b = false}
constants = {alpha = 0.25}
source = "Somebody 1999"
equations = '''
z = sigmoid(a + p * z_prev) * act(b) + alpha * noise()
h = z + u * h_prev + q
'''
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working directory with two cells."""
    monkeypatch.chdir(tmp_path)
    Path("ugrnn.toml").write_text(UGRNN)
    Path("everything.toml").write_text(EVERYTHING)
    return tmp_path


def test_a_built_in_cell(home, say):
    code, output, errors = say("check", "lstm")
    assert code == 0, errors
    lines = output.splitlines()
    assert max(map(len, lines)) <= 80
    text = " ".join(output.split())
    cell = CELLS["lstm"]
    assert text.startswith(f"lstm: {cell.line} {cell.source} Equations, act is tanh")
    for line in (
        *cell.equations.splitlines(),
        "zf = x W_zf + h_prev U_zf + b_zf",
        "states  h, c; h is read out",
        "W_xh    (I, 4 H)",
        "params  4 I H + 4 H^2 + 4 H in a layer; 4480 for I = 2, H = 32",
        "d_c = g_c + d_tanh_c * (1 - tanh_c * tanh_c)",
        "g_h = d_zi U_zi^T + d_zf U_zf^T + d_zg U_zg^T + d_zo U_zo^T",
    ):
        assert f"  {line}" in lines
    *_, interpreted, compiled = lines
    for line, what in ((interpreted, "one layer"), (compiled, "two layers")):
        assert line.strip().startswith(what)
        error, by, _ = line.split()[-3:]
        assert by == "by"
        assert 0 < float(error) < 1e-7


def test_a_cell_of_one_s_own_with_a_formula(home, say):
    code, output, errors = say("check", "everything.toml", "--activation", "x*tanh( x )")
    assert code == 0, errors
    lines = [line.strip() for line in output.splitlines()]
    for line in (
        "everything.toml",
        "Somebody 1999",
        "Equations, act is x * tanh(x)",
        "a = x W_a + h_prev U_a + z_prev U_z_prev_a + b_a, b_a starts 1.5 higher",
        "b = x W_b",
        "q = x W_q + b_q",
        "vectors     p (starts at 0), u (starts from -1 to 1)",
        "constants   alpha = 0.25",
        "noise       drawn while the network trains",
        "W_xh        (I, 3 H)",
        "W_hh        (H, H)",
        "W_z_prev_h  (H, H)",
        "act_b = b * tanh_b",
        "d_sigmoid_1_in = d_sigmoid_1 * (sigmoid_1 * (1 - sigmoid_1))",
        "g_z = d_sigmoid_1_in * p",
        "g_z = g_z + d_a U_z_prev_a^T",
    ):
        assert line in lines


@pytest.mark.parametrize("name", CELLS)
def test_the_sizes_are_those_of_the_network(name, capsys):
    print_cell(CELLS[name])
    _, _, sizes = capsys.readouterr().out.partition("\nSizes\n")
    rows = dict(line.split(maxsplit=1) for line in sizes.partition("\n\n")[0].splitlines())
    shapes = param_shapes(Sizes(2, 32, 1, CELLS[name]))
    n_params = sum(math.prod(shape) for shape in shapes.values()) - 32 - 1  # the output layer
    formula, _, numbers = rows.pop("params").partition(" in a layer; ")
    assert numbers == f"{n_params} for I = 2, H = 32"
    assert value_of(formula) == n_params
    matrices = {key: text for key, text in rows.items() if key.startswith("W_")}
    assert {key: value_of(text) for key, text in matrices.items()} == {
        key: shape for key, shape in shapes.items() if key.startswith("W_") and key != "W_hy"
    }


def value_of(formula):
    """Compute "4 I H + 4 H^2" for the sizes that the command names."""
    product = re.sub(r"(?<=\w) (?=[IH])", " * ", formula).replace("^", "**")
    return eval(product, {"I": 2, "H": 32})


def test_the_source_alone(home, say):
    assert say("check", "gru", "--source") == (0, emit.source(CELLS["gru"]), "")
    code, output, _ = say("check", "ugrnn.toml", "--source", "--activation", "relu")
    assert code == 0
    assert "with relu: written by rnnsweep from its equations" in output
    compile(output, "source", "exec")


def test_a_wrong_derivative_exits_with_2(home, say, monkeypatch):
    right = gradcheck.emit
    monkeypatch.setattr(
        gradcheck,
        "emit",
        lambda program: right(program).replace("d_tanh_zc * (one - ", "d_tanh_zc * (one + "),
    )
    code, output, errors = say("check", "ugrnn.toml")
    assert code == 2
    assert "Largest relative error" in output
    *_, message = errors.splitlines()
    assert message.startswith("rnnsweep: the cell ugrnn.toml with tanh: the derived gradient by ")
    assert "please report it" in message


def test_kernels_that_are_wrong_exit_with_2(home, say, monkeypatch):
    wrong = GradientError(0.25, "W_hh_1")
    monkeypatch.setattr("rnnsweep.network.gradient_error.gradient_error", lambda network: wrong)
    code, output, errors = say("check", "rnn")
    assert code == 2
    assert output.endswith("2.5e-01 by W_hh_1\n")
    assert "the derived gradient by W_hh_1 differs from central differences by 0.25" in errors


def test_gradients_that_are_all_0_are_said_to_be(home, say):
    Path("ugrnn.toml").write_text(UGRNN.replace("g * h_prev + ", "relu(g - 9) + 0 * "))
    code, output, errors = say("check", "ugrnn.toml")
    assert code == 0, errors
    (line,) = [line for line in output.splitlines() if line.startswith("  one layer")]
    assert line.endswith("nothing to compare: all gradients are 0")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("act(zc)", "log(-abs(zc))", "not finite in small random networks"),
        ("alpha = 0.5", "alpha = 1e-320", "ugrnn.toml: constants: alpha is 1e-320: this is 0 in"),
    ],
)
def test_cells_that_cannot_be_checked(home, say, old, new, message):
    Path("ugrnn.toml").write_text(UGRNN.replace(old, new))
    code, _, errors = say("check", "ugrnn.toml")
    assert code == 2
    assert message in errors.splitlines()[-1]


def test_a_cell_with_faults_shows_them_all(home, say):
    Path("ugrnn.toml").write_text(UGRNN.replace("sigmoid(", "sigmod(").replace('"zc"]', '"x"]'))
    code, output, errors = say("check", "ugrnn.toml")
    assert (code, output) == (2, "")
    assert "ugrnn.toml: equations, line 1, column 5: sigmod is no function here" in errors
    assert "ugrnn.toml: sums: x is reserved" in errors


def test_nothing_is_written_where_the_command_runs(home, say):
    before = sorted(home.iterdir())
    assert say("check", "rnn")[0] == 0
    assert sorted(home.iterdir()) == before
    assert not CACHE_DIR.is_relative_to(home)


@pytest.mark.parametrize("more", [(), ("--source",)])
def test_a_long_formula_that_is_called_often(home, say, more):
    formula = "+".join(f"(tanh({i} * x) + tanh(x / {i}))" for i in range(1, 90))
    calls = "+".join(["act(z)"] * 90)
    (home / "often.toml").write_text(
        f'[cell]\nsums = ["z"]\nstates = ["h"]\nequations = "h = {calls}"\n'
    )
    code, output, errors = say("check", "often.toml", "--activation", formula, *more)
    assert (code, output) == (2, "")
    assert re.search("equations of the cell .* have [0-9]{5} operations and functions", errors)
