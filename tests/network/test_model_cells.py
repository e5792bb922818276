"""`Model` takes any cell: by its word, its file, its table or its record, with other values."""

import json

import numpy as np
import pytest

from rnnsweep import Model
from rnnsweep.cells import CELLS, read_cell

TABLE = {
    "sums": ["zg", "zc"],
    "states": ["h"],
    "constants": {"alpha": 0.5},
    "equations": "g = sigmoid(zg)\nh = g * h_prev + alpha * (1 - g) * act(zc)",
}
FILE = """[cell]
sums = ["zg", "zc"]
states = ["h"]
constants = {alpha = 0.5}
equations = '''
g = sigmoid(zg)
h = g * h_prev + alpha * (1 - g) * act(zc)
'''
"""
SIZES = {"input_size": 2, "hidden_size": 3, "output_size": 1, "dtype": "float64"}
X = np.random.default_rng(0).normal(size=(4, 5, 2))


def outputs(model):
    return model.forward(model.init(seed=1), X)


def test_a_cell_is_given_by_its_file_its_table_or_its_record(tmp_path):
    path = tmp_path / "ugrnn.toml"
    path.write_text(FILE)
    given = [path, str(path), TABLE, read_cell(TABLE)]
    models = [Model(cell=cell, **SIZES) for cell in given]
    path.unlink()
    assert all(model.sizes == models[2].sizes for model in models[3:])
    for model in models:
        np.testing.assert_array_equal(outputs(model), outputs(models[0]))
        assert outputs(model).shape == (4, 1)


def test_constants_and_biases_are_those_of_the_cell():
    changed = Model(cell=TABLE, constants={"alpha": 0.25}, biases={"zg": 2}, **SIZES)
    other = TABLE | {"constants": {"alpha": 0.25}, "biases": {"zg": 2}}
    np.testing.assert_array_equal(outputs(changed), outputs(Model(cell=other, **SIZES)))
    assert not np.array_equal(outputs(changed), outputs(Model(cell=TABLE, **SIZES)))
    added = changed.init(seed=1)["b_h"] - Model(cell=TABLE, **SIZES).init(seed=1)["b_h"]
    np.testing.assert_allclose(added, [2, 2, 2, 0, 0, 0], atol=1e-15)


def test_forget_bias_is_that_of_the_sum_zf():
    by_key = Model(cell="lstm", forget_bias=2.0, **SIZES)
    by_sum = Model(cell="lstm", biases={"zf": 2.0}, **SIZES)
    np.testing.assert_array_equal(outputs(by_key), outputs(by_sum))


@pytest.mark.parametrize(
    "arguments",
    [
        {"cell": "lstm", "biases": {"zf": 1.0}},
        {"cell": "leaky_rnn", "constants": {"alpha": 0.75}},
        {"cell": "leaky_rnn"},
        {"cell": TABLE, "constants": {"alpha": 0.75}},
        {"cell": "min_gru", "init": "orthogonal"},
        {"cell": "lstm", "init": "glorot", "recurrent": "orthogonal"},
        {"cell": "ind_rnn", "activation": "x * tanh(softplus(x))"},
    ],
)
def test_words_make_the_network_again(arguments):
    model = Model(**arguments, **SIZES)
    # As the store keeps them.
    words = json.loads(json.dumps(model.words()))
    again = Model(**words)
    assert again.words() == model.words()
    assert again.sizes.program == model.sizes.program
    np.testing.assert_array_equal(outputs(again), outputs(model))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cell": "lstn"}, r"cell is 'lstn'; allowed: 'rnn', 'lstm', .*did you mean 'lstm'\?$"),
        ({"cell": 3}, r"cell is 3; allowed: 'rnn', .*, the path of a .toml file, or a dict"),
        ({"cell": None}, r"cell is None; allowed"),
        ({"cell": "there is none.toml"}, r"there is none.toml: there is no such file"),
        ({"cell": TABLE | {"states": 3}}, r"states: 3 is no list of names"),
        (
            {"cell": TABLE, "constants": {"alhpa": 1}},
            r"constants: 'alhpa' is .*did you mean alpha\?$",
        ),
        ({"cell": TABLE, "constants": {"alpha": "1"}}, r"constants.alpha: '1'"),
        ({"cell": TABLE, "biases": {1: 2}}, r"biases: 1 is not one of the cell's biases"),
        ({"cell": TABLE, "biases": {"q": 1}}, r"biases: 'q' is not one of "),
        (
            {"cell": TABLE, "constants": {"alpha": 1e-40}, "dtype": "float32"},
            r"^constants: alpha is 1e-40: this is 0 in float32",
        ),
        (
            {"cell": TABLE | {"equations": "h = act(zg + zc) + alpha / 1e-40"}, "dtype": "float32"},
            r"1e-40, in the equation of h, is 0 in float32",
        ),
        ({"cell": TABLE, "forget_bias": 1.0}, r"the cell \"cell\" does not have"),
        (
            {"cell": "lstm", "forget_bias": 1.0, "biases": {"zf": 1.0}},
            r"the cell \"lstm\" itself gives the sum zf the initial bias 1",
        ),
        ({"cell": "min_gru", "spectral_radius": 1.0}, r"no recurrent weights"),
        ({"cell": "min_gru", "activation": "relu"}, r"do not call act"),
        *[
            ({"cell": TABLE, name: values}, rf"^{name} is {shown}; needed: a dict of numbers by")
            for name in ("constants", "biases")
            for values, shown in [([1], r"\[1\]"), (True, "True"), ("z", "'z'"), (0, "0")]
        ],
        (
            {"activation": "x *"},
            r"^activation is 'x \*'; column 4: this does not parse; ",
        ),
        (
            {"activation": "tanh(x) + nosuch"},
            r"^activation is 'tanh\(x\) \+ nosuch'; column 11: nosuch is not known here; ",
        ),
        ({"activation": "act(x)"}, r"^activation is 'act\(x\)'; column 1: act is no function here"),
        ({"activation": "tanhh"}, r"^activation is 'tanhh'; allowed: .*did you mean \"tanh\"\?$"),
    ],
)
def test_what_is_no_cell_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Model(**SIZES | arguments)


def test_the_cell_of_a_model_is_named():
    assert Model(cell="gru", **SIZES).cell == "gru"
    assert CELLS["gru"] == Model(cell="gru", **SIZES).sizes.record


def test_values_may_be_numbers_of_numpy():
    words = {"input_size": 1, "hidden_size": 2, "output_size": 1}
    model = Model(cell="leaky_rnn", constants={"alpha": np.float32(0.5)}, **words)
    assert dict(model.sizes.record.constants)["alpha"] == 0.5
