"""The settings of a model: what it refuses, and the parameters that follow from them."""

import numpy as np
import pytest
from model_cases import SIZES, TARGET, X
from some_cells import CELLS

from rnnsweep.cells import CELLS as ZOO
from rnnsweep.network.model import Model
from rnnsweep.vocabulary import (
    ACTIVATIONS,
    DTYPES,
    INITIALIZATIONS,
    MATRICES,
    OUTPUT_ACTIVATIONS,
    OUTPUTS,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cell", ZOO),
        ("activation", ACTIVATIONS),
        ("output_activation", OUTPUT_ACTIVATIONS),
        ("output", OUTPUTS),
        ("init", INITIALIZATIONS),
        ("init_input", MATRICES),
        ("init_recurrent", MATRICES),
        ("init_output", MATRICES),
        ("dtype", DTYPES),
    ],
)
def test_a_wrong_word_is_refused_with_the_words_allowed(name, words):
    for wrong in ("nonsense", "TANH", 3):
        with pytest.raises(ValueError, match=name) as error:
            Model(**SIZES, **{name: wrong})
        assert repr(wrong) in str(error.value)
        for word in words:
            assert word in str(error.value)


def test_a_slip_gets_the_nearest_word():
    with pytest.raises(ValueError, match='did you mean "sigmoid"'):
        Model(**SIZES, activation="sigmod")


@pytest.mark.parametrize("name", ["cell", "activation", "output", "init", "dtype"])
def test_a_word_is_required(name):
    for wrong in ("", None):
        with pytest.raises(ValueError, match=f"{name} is"):
            Model(**SIZES, **{name: wrong})


@pytest.mark.parametrize("name", [*SIZES, "num_layers"])
@pytest.mark.parametrize("wrong", [0, -1, 2.0, "2", True, None, np.nan])
def test_a_wrong_size_is_refused(name, wrong):
    with pytest.raises(ValueError, match=f"{name} is .*a whole number (from|of at least) 1"):
        Model(**SIZES | {name: wrong})


def test_a_numpy_integer_is_a_size():
    model = Model(**{name: np.int64(size) for name, size in SIZES.items()})
    assert model.n_params == 3 * 5 + 5 + 5 * 5 + 5 * 2 + 2


@pytest.mark.parametrize("of", [np.int8, np.uint64, np.array])
def test_numbers_of_numpy_are_numbers(of):
    sizes = {name: of(size) for name, size in SIZES.items()}
    words = {"init": "normal", "cell": "lstm", "dtype": "float64", "num_layers": of(2)}
    more = {"init_std": np.float32(0.5), "spectral_radius": np.float16(0.5), "forget_bias": of(1)}
    if of is np.array:
        more["forget_bias"] = np.float64(1)
    model = Model(**sizes, **words, **more, init_connections=of(3))
    plain = Model(
        **SIZES, **words | {"num_layers": 2}, init_std=0.5, spectral_radius=0.5, forget_bias=1.0,
        init_connections=3,
    )  # fmt: skip
    assert model.words() == plain.words()
    assert all(type(value) in (int, float, str) for value in model.words().values())
    params, same = model.init(of(3)), plain.init(3)
    for name, array in same.items():
        np.testing.assert_array_equal(params[name], array)
    truncated = {"gradient": "truncated", "loss": "huber"}
    loss, _ = model.loss_and_gradients(
        params, X, TARGET, **truncated, truncation=of(2), huber_delta=np.float32(0.5)
    )
    want = plain.loss_and_gradients(params, X, TARGET, **truncated, truncation=2, huber_delta=0.5)
    assert loss == want[0]


@pytest.mark.parametrize("name", ["init_std", "spectral_radius"])
@pytest.mark.parametrize("wrong", [np.True_, -1, np.nan, np.inf, "2", True])
def test_a_number_out_of_range_is_refused(name, wrong):
    with pytest.raises(ValueError, match=f"{name} is .*a number of at least 0"):
        Model(**SIZES, init="normal", **{name: wrong})


@pytest.mark.parametrize("wrong", [-1, 6, 2.0, "2", True, None])
def test_connections_are_a_whole_number_up_to_the_hidden_size(wrong):
    with pytest.raises(ValueError, match="init_connections is"):
        Model(**SIZES, init_connections=wrong)
    assert Model(**SIZES, init_connections=5).n_params > 0


def test_the_identity_is_for_square_matrices():
    for name in ("init_input", "init_output"):
        with pytest.raises(ValueError, match='take "identity" for init_recurrent'):
            Model(**SIZES, **{name: "identity"})


@pytest.mark.parametrize("cell", [name for name, cell in ZOO.items() if not cell.forget_sum])
def test_a_forget_bias_needs_a_forget_gate(cell):
    with pytest.raises(ValueError, match=r"forget_bias is 1.0, cell is .* does not have"):
        Model(**SIZES, cell=cell, forget_bias=1.0)


def test_a_required_size_is_required():
    with pytest.raises(TypeError, match="hidden_size"):
        Model(input_size=1, output_size=1)


@pytest.mark.parametrize("cell", CELLS)
def test_its_words_make_it_again(cell):
    model = Model(
        **SIZES,
        cell=cell,
        num_layers=3,
        activation="elu",
        output_activation="sigmoid",
        output="every",
        init="orthogonal",
        init_output="normal",
        init_std=0.5,
        spectral_radius=0.9,
        init_connections=2,
        forget_bias=1.0 if ZOO[cell].forget_sum else 0.0,
        dtype="float64",
    )
    again = Model(**model.words())
    assert again.words() == model.words()
    assert repr(again) == repr(model)
    assert eval(repr(model)).words() == model.words()
    for name, value in again.init(3).items():
        np.testing.assert_array_equal(value, model.init(3)[name])


@pytest.mark.parametrize(
    ("cell", "num_layers", "count"),
    [
        ("rnn", 1, 3 * 5 + 5 + 25),
        ("lstm", 1, 4 * (3 * 5 + 5 + 25)),
        ("gru", 1, 3 * (3 * 5 + 5 + 25) + 5),
        ("rnn", 3, 3 * 5 + 5 + 25 + 2 * (25 + 5 + 25)),
        ("gru", 2, 3 * (3 * 5 + 5 + 25) + 5 + 3 * (25 + 5 + 25) + 5),
    ],
)
def test_the_number_of_params(cell, num_layers, count):
    model = Model(**SIZES, cell=cell, num_layers=num_layers)
    assert model.n_params == count + 5 * 2 + 2
    assert model.n_params == sum(value.size for value in model.init().values())


# The params of a layer, each with its columns for each hidden unit.
COLUMNS = {
    "rnn": {"W_xh": 1, "W_hh": 1, "b_h": 1},
    "lstm": {"W_xh": 4, "W_hh": 4, "b_h": 4},
    "gru": {"W_xh": 3, "W_hh": 3, "b_h": 3, "b_hn": 1},
    "ind_rnn": {"W_xh": 1, "b_h": 1, "u": 1},
    "mut1": {"W_xh": 3, "W_hh": 1, "W_rh_h": 1, "b_h": 2, "b_hn": 1},
    "lem": {"W_xh": 4, "W_hh": 3, "W_z_h": 1, "b_h": 4},
    "lstm_full_gate_recurrence": {
        **{"W_xh": 4, "W_hh": 4, "W_i_prev_h": 3, "W_f_prev_h": 3, "W_o_prev_h": 3, "b_h": 4},
        **{"p_i": 1, "p_f": 1, "p_o": 1},
    },
}


@pytest.mark.parametrize("cell", COLUMNS)
def test_the_shapes_of_params(cell):
    want = {}
    for end, n_in in (("", 3), ("_1", 5)):
        for name, n in COLUMNS[cell].items():
            rows = {"W_xh": (n_in,)}.get(name, (5,) if name.startswith("W_") else ())
            want[f"{name}{end}"] = (*rows, n * 5)
    want |= {"W_hy": (5, 2), "b_y": (2,)}
    model = Model(**SIZES, cell=cell, num_layers=2)
    assert {name: value.shape for name, value in model.init().items()} == want
    assert list(model.init()) == list(want)


@pytest.mark.parametrize(("dtype", "small"), [("float32", 1e-40), ("float64", 1e-310)])
def test_numbers_that_are_0_in_the_precision_are_refused(dtype, small):
    words = {"init": "normal", "dtype": dtype}
    for name in ("init_std", "spectral_radius"):
        with pytest.raises(ValueError, match=f"{name} is {small}: .*{dtype}; allowed: 0, or a"):
            Model(**SIZES, **words, **{name: small})
    with pytest.raises(ValueError, match="forget_bias is -"):
        Model(**SIZES, cell="lstm", forget_bias=-small, dtype=dtype)
    model = Model(**SIZES, dtype=dtype)
    with pytest.raises(ValueError, match=f"huber_delta is {small}"):
        model.loss_and_gradients(model.init(0), X, TARGET, "huber", huber_delta=small)
