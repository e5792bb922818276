"""What is refused about cells in a sweep file, with the messages."""

import pytest
from cell_file_cases import MINE, UGRNN, lines_of, with_cell
from sweep_cases import GOOD

from rnnsweep.cells import CELLS


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ugrnn.toml").write_text(UGRNN)
    return tmp_path


NAMED = with_cell("mine", MINE)
FORMULA = '[model]\nactivation = "x * tanh(x)"'
FORMULA_OF_1E39 = GOOD.replace("[model]", '[model]\nactivation = "x * 1e39"')
TWO = GOOD + MINE + '[grid]\nmodel.cell = ["mine", "ugrnn.toml"]\n'

FAULTS = {
    "a constant of another of the file's cells": (
        TWO + "[cell]\nbeta = 1\n",
        '[cell] beta: the cell "ugrnn.toml" has no such key; it is a key of "mine"; give cell.beta '
        'as an axis in a [[when]] with if.model.cell = "mine"',
    ),
    "a misspelled constant": (
        NAMED + "[cell]\nbeat = 1\n",
        '[cell] beat: the cell "mine" has no such key; did you mean beta?',
    ),
    "a misspelled constant on an axis": (
        NAMED + "[grid]\ncell.beat = [1]\n",
        '[grid] cell.beat: the cell "mine" has no such key; did you mean cell.beta?',
    ),
    "a bias of no sum": (
        NAMED + "[cell]\nbias.q = 1\n",
        '[cell] bias.q: the cell "mine" has no such key; did you mean bias.z?',
    ),
    "a key of [model] in [cell]": (
        NAMED + "[cell]\nhidden_size = 1\n",
        '[cell] hidden_size: the cell "mine" has no such key; did you mean model.hidden_size?',
    ),
    "a key of [cell] in [train]": (
        NAMED + "[stop]\nbeta = 1\n",
        "[stop] beta: [stop] has no such key; did you mean cell.beta?",
    ),
    "a text for a constant": (
        NAMED + '[cell]\nbeta = "1"\n',
        '[cell] beta: "1" given; allowed: a number of at least -1e30 and at most 1e30',
    ),
    "infinity": (
        NAMED + "[cell]\nbias.z = inf\n",
        "[cell] bias.z: inf given; allowed: a number of at least -1e30 and at most 1e30",
    ),
    "no table of biases": (
        NAMED + "[cell]\nbias = 1\n",
        '[cell] bias: the cell "mine" has no such key; did you mean bias.z?',
    ),
    "a constant that is 0 in the precision": (
        NAMED + "[cell]\nbeta = 1e-40\n",
        '[cell] beta = 1e-40, [train] dtype = "float32" (the default): this is 0 in float32; '
        "allowed: 0, or a number of at least 1.1754944e-38 and at most 1e30 in size; "
        'or take dtype = "float64"',
    ),
    "a number of an equation that is infinite in the precision": (
        NAMED.replace("act(z)", "act(z * 1e39)"),
        '[model] cell = "mine", [train] dtype = "float32" (the default): 1e+39, in the equation of '
        "h, is infinite in float32; allowed: 0, or a number of at least 1.1754944e-38 and at most "
        '3.4028235e38 in size; or take dtype = "float64"',
    ),
    "the start of a vector that is 0 in the precision": (
        NAMED.replace("act(z)", "act(z) + u").replace(
            "[cells.mine]", "[cells.mine]\nvectors.u = 1e-40"
        ),
        '[model] cell = "mine", [train] dtype = "float32" (the default): 1e-40, in the start of u, '
        "is 0 in float32; allowed: 0, or a number of at least 1.1754944e-38 and at most "
        '3.4028235e38 in size; or take dtype = "float64"',
    ),
    "a number of a formula that is infinite in the precision": (
        FORMULA_OF_1E39,
        '[model] activation = "x * 1e+39", [train] dtype = "float32" (the default): 1e+39, in the '
        "formula, is infinite in float32; allowed: 0, or a number of at least 1.1754944e-38 and at "
        'most 3.4028235e38 in size; or take dtype = "float64"',
    ),
    "a long formula that is called often": (
        with_cell("mine", MINE.replace("act(z)", " + ".join(["act(z)"] * 50))).replace(
            "[model]", f"[model]\nactivation = '{' + '.join(['tanh(x)'] * 50)}'"
        ),
        f'[model] activation = "{" + ".join(["tanh(x)"] * 50)[:56]}..., [model] cell = '
        '"mine": with the activation in place of act, the equations of the cell '
        "'mine' have 5000 operations and functions; allowed: up to 2000",
    ),
    "a cell that nothing uses": (
        GOOD + MINE,
        '[cells.mine]: no trial has this cell; name it, as in model.cell = "mine", or take it out',
    ),
    "the name of a built-in cell": (
        GOOD + MINE.replace("mine", "gru"),
        "[cells.gru]: this is the name of a built-in cell; take another one",
    ),
    "no name": (
        GOOD + MINE.replace("mine", '"a.toml"'),
        '[cells."a.toml"]: no name for a cell; allowed: ASCII letters, digits, - and _, of which '
        "the first is no digit",
    ),
    "no table": (
        "cells.mine = 3\n" + GOOD,
        "[cells.mine]: 3 given; allowed: the table of a cell",
    ),
    "no tables": (
        "cells = 3\n" + GOOD,
        "[cells]: 3 given; allowed: tables of cells, each as in [cells.NAME]",
    ),
    "an unknown name in equations": (
        NAMED.replace("act(z)", "act(zz)"),
        "[cells.mine] equations, line 1, column 16: zz is not known here; did you mean z?",
    ),
    "a cell without equations": (
        with_cell("mine", '[cells.mine]\nsums = ["z"]\nstates = ["h"]\n'),
        "[cells.mine] equations: this key is missing; needed: a line for each state, "
        "as in h = act(z)",
    ),
    "no such file": (
        with_cell("ugrn.toml"),
        "ugrn.toml: there is no such file; did you mean ugrnn.toml?",
    ),
    "a line break in the name of a file": (
        with_cell("a\\nb.toml"),
        '"a\\nb.toml": there is no such file',
    ),
    "a misspelled activation": (
        GOOD.replace("[model]", '[model]\nactivation = "softpluss"'),
        '[model] activation: "softpluss" given; allowed: "sigmoid", "tanh", "relu", "identity", '
        '"leaky_relu", "elu", "softplus", "gelu", "silu", "softsign", "hard_tanh", "sin", '
        'or a formula in x, as in x * sigmoid(x); did you mean "softplus"?',
    ),
    "a formula that does not parse": (
        GOOD.replace("[model]", '[model]\nactivation = "x * (1"'),
        '[model] activation: "x * (1" given; column 5: this ( is never closed',
    ),
    "a formula with another name": (
        GOOD + '[grid]\nmodel.activation = ["tanh", "x * y"]\n',
        '[grid] model.activation, value 2: "x * y" given; column 5: y is not known here; allowed: '
        "x, sigmoid, tanh, relu, identity, leaky_relu, elu, softplus, gelu, silu, softsign, "
        "hard_tanh, sin, exp, log, sqrt, abs, max, min",
    ),
    "the same formula twice": (
        GOOD + '[grid]\nmodel.activation = ["tanh", "tanh( x )"]\n',
        '[grid] model.activation, value 2: "tanh( x )" given, which is value 1 already; '
        "give each value once",
    ),
    "a forget bias beside that of its sum": (
        with_cell("lstm", "[cell]\nbias.zf = 2\n").replace("[model]", "[model]\nforget_bias = 1"),
        "[model] forget_bias = 1.0, [cell] bias.zf = 2.0: both are the initial bias of one sum; "
        "give one of them, and leave the other out",
    ),
    "a forget bias of a cell without a forget gate": (
        GOOD.replace("[model]", "[model]\nforget_bias = 1"),
        '[model] forget_bias = 1.0, [model] cell = "rnn" (the default): forget_bias is the initial '
        'bias of a sum zf, which the cell "rnn" does not have; take forget_bias = 0, or a cell '
        'that has it, as cell = "lstm"',
    ),
    "a forget bias of a cell that has its own": (
        with_cell("mine", MINE.replace("z", "zf")).replace("[model]", "[model]\nforget_bias = 2"),
        '[model] forget_bias = 2.0, [model] cell = "mine": the cell "mine" itself gives the sum zf '
        "the initial bias 1; take forget_bias = 0 with cell.bias.zf",
    ),
    "an activation of a cell that calls no act": (
        with_cell("min_gru").replace("[model]", '[model]\nactivation = "relu"'),
        '[model] activation = "relu", [model] cell = "min_gru": the equations of the cell '
        '"min_gru" do not call act, which is the activation; leave it out, or take a cell that '
        "calls act",
    ),
    "a radius without recurrent weights": (
        with_cell("min_gru").replace("[model]", "[model]\nspectral_radius = 0.9"),
        '[model] spectral_radius = 0.9, [model] cell = "min_gru": the cell "min_gru" has no '
        "recurrent weights; leave spectral_radius out, or take another cell",
    ),
    "connections without recurrent weights": (
        with_cell("min_gru").replace("[model]", "[model]\ninit_connections = 2"),
        '[model] init_connections = 2, [model] cell = "min_gru": the cell "min_gru" has no '
        "recurrent weights; leave init_connections out, or take another cell",
    ),
    "a start without recurrent weights": (
        with_cell("min_gru").replace("[model]", '[model]\ninit_recurrent = "identity"'),
        '[model] init_recurrent = "identity", [model] init = "torch" (the default), [model] cell = '
        '"min_gru": the cell "min_gru" has no recurrent weights; leave init_recurrent out, or take '
        "another cell",
    ),
    "the notebook's rule for another cell": (
        with_cell("ugrnn.toml", 'gradient = "notebook"\n'),
        '[train] gradient = "notebook", [model] cell = "ugrnn.toml": the notebook\'s rule is '
        'written for h = act(z) alone, as in cell = "rnn"; take that, or gradient = "bptt"',
    ),
    "the notebook's rule for a formula": (
        with_cell("rnn", 'gradient = "notebook"\n').replace("[model]", FORMULA),
        '[train] gradient = "notebook", [model] activation = "x * tanh(x)": the notebook\'s rule '
        'is written for the named activations, as activation = "tanh"; take one of these, or '
        'gradient = "bptt"',
    ),
    "one cell under two words": (
        GOOD + MINE + MINE.replace("mine", "same") + '[grid]\nmodel.cell = ["mine", "same"]\n',
        '[grid] model.cell: "mine" and "same" are the same cell; leave one out',
    ),
    "an override of a bias": (
        with_cell("lstm"),
        '--set cell.bias.zx: the cell "lstm" has no such key; did you mean cell.bias.zo?',
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_a_cell_has_one_line(folder, fault):
    text, line = FAULTS[fault]
    overrides = ["cell.bias.zx=1"] if "override" in fault else ()
    assert lines_of(folder, text, overrides) == [line]


def test_all_faults_of_a_cell_are_named_and_its_keys_are_not_doubted(folder):
    wrong = UGRNN.replace("act(zc)", "act(zd)").replace("[cell]", "[cell]\nyear = 'x'")
    (folder / "ugrnn.toml").write_text(wrong)
    assert lines_of(folder, with_cell("ugrnn.toml", "[cell]\nanything = 3\nbias.zf = 1\n")) == [
        "ugrnn.toml: equations, line 2, column 40: zd is not known here",
        "ugrnn.toml: year: 'x' is no year",
    ]


def test_a_refused_name_has_one_line(folder):
    for name in ("gru", '"a.b"'):
        text = with_cell(name.strip('"'), MINE.replace("mine", name) + "[cell]\nbeta = 1\n")
        (line,) = lines_of(folder, text)
        assert line.startswith(f"[cells.{name}]: ")


def test_a_word_that_is_no_cell_has_all_words_and_the_nearest(folder):
    # One mistake has one line: [cells.mine] is not said to be unused as well.
    (line,) = lines_of(folder, NAMED.replace('cell = "mine"', 'cell = "lstn"'))
    words = ", ".join(f'"{word}"' for word in CELLS)
    assert line.startswith(f'[model] cell: "lstn" given; allowed: {words}, "mine", or the path of')
    assert line.endswith('; did you mean "lstm"?')


@pytest.mark.parametrize("content", [b"\xff", b"[cell]\nstates = ", b"", b"[cell]\n[other]\n"])
def test_a_file_that_is_no_cell_is_refused(folder, content):
    (folder / "ugrnn.toml").write_bytes(content)
    lines = lines_of(folder, with_cell("ugrnn.toml"))
    assert lines
    assert all(line.startswith("ugrnn.toml: ") for line in lines)
