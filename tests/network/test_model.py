"""The Python face of one network: what it refuses, what it takes, and what it returns."""

import doctest

import naive_training
import numpy as np
import pytest

import rnnsweep
from rnnsweep.network import model as model_module
from rnnsweep.network.layout import join
from rnnsweep.network.model import Model
from rnnsweep.sweepfile import Config, ModelConfig, TrainConfig, Trial
from rnnsweep.tasks.adding import Adding
from rnnsweep.training.session import Training
from rnnsweep.training.trial import run_trial
from rnnsweep.vocabulary import (
    ACTIVATIONS,
    CELLS,
    DTYPES,
    GRADIENTS,
    INITIALIZATIONS,
    LOSSES,
    MATRICES,
    OUTPUT_ACTIVATIONS,
    OUTPUTS,
)

SIZES = {"input_size": 3, "hidden_size": 5, "output_size": 2}
X = np.random.default_rng(0).random((4, 6, 3))
TARGET = np.random.default_rng(1).random((4, 2))


@pytest.fixture
def model():
    return Model(**SIZES, dtype="float64")


@pytest.fixture
def params(model):
    return model.init(0)


def test_it_is_a_public_name():
    assert rnnsweep.Model is Model


def test_the_example_of_its_docstring():
    failed, tried = doctest.testmod(model_module)
    assert tried > 0
    assert failed == 0


# ---- words and sizes


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cell", CELLS),
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


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_a_forget_bias_needs_a_forget_gate(cell):
    with pytest.raises(ValueError, match=r"forget_bias is 1.0, cell is .*a part of"):
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
        forget_bias=1.0 if cell == "lstm" else 0.0,
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


# ---- params and arrays


def test_missing_and_unknown_params_are_refused(model, params):
    for wrong in ({}, params | {"W_xy": 1}, {k: v for k, v in params.items() if k != "b_h"}):
        with pytest.raises(ValueError, match=r"params are .*needed: .*'W_hh'"):
            model.forward(wrong, X)
        with pytest.raises(ValueError, match=r"params are .*needed: .*'W_hh'"):
            model.loss_and_gradients(wrong, X, TARGET)


@pytest.mark.parametrize("cell", CELLS)
def test_the_shapes_of_params(cell):
    gates = {"rnn": 1, "lstm": 4, "gru": 3}[cell]
    shapes = {
        "W_xh": (3, gates * 5),
        "W_hh": (5, gates * 5),
        "b_h": (gates * 5,),
        "b_hn": (5,),
        "W_xh_1": (5, gates * 5),
        "W_hh_1": (5, gates * 5),
        "b_h_1": (gates * 5,),
        "b_hn_1": (5,),
        "W_hy": (5, 2),
        "b_y": (2,),
    }
    want = {name: s for name, s in shapes.items() if cell == "gru" or not name.startswith("b_hn")}
    model = Model(**SIZES, cell=cell, num_layers=2)
    assert {name: value.shape for name, value in model.init().items()} == want
    assert list(model.init()) == list(want)


@pytest.mark.parametrize("name", ["W_xh", "b_h", "W_hh", "W_hy", "b_y"])
def test_a_param_of_a_wrong_shape_is_refused(model, params, name):
    wrong = params | {name: np.zeros((7, 7))}
    with pytest.raises(ValueError, match=rf"{name} has shape \(7, 7\); needed: \("):
        model.forward(wrong, X)
    # A bias as a row of a matrix, or as a single number, is a wrong shape too.
    with pytest.raises(ValueError, match=name):
        model.forward(params | {name: params[name][np.newaxis]}, X)
    with pytest.raises(ValueError, match=name):
        model.forward(params | {name: 0.0}, X)


@pytest.mark.parametrize(
    "shape", [(6, 3), (3,), (), (4, 6, 2), (4, 6, 4), (1, 4, 6, 3), (0, 6, 3), (4, 0, 3)]
)
def test_inputs_of_a_wrong_shape_are_refused(model, params, shape):
    with pytest.raises(ValueError, match=r"x has shape .*needed: \(batch, seq_len, 3\)"):
        model.forward(params, np.zeros(shape))
    with pytest.raises(ValueError, match=r"x has shape .*needed: \(batch, seq_len, 3\)"):
        model.loss_and_gradients(params, np.zeros(shape), TARGET)


def test_tokens_out_of_range_are_refused(model, params):
    assert model.forward(params, np.array([[0, 1, 2]])).shape == (1, 2)
    for wrong in ([[0, 3]], [[-1, 0]]):
        with pytest.raises(ValueError, match=r"x holds whole numbers .*allowed: 0 to 2"):
            model.forward(params, np.array(wrong))


def test_what_holds_no_numbers_is_refused(model, params):
    for wrong in (np.full((4, 6, 3), None), np.full((4, 6, 3), "1"), np.zeros((4, 6, 3), complex)):
        with pytest.raises(ValueError, match=r"x holds .*needed: real numbers"):
            model.forward(params, wrong)
    with pytest.raises(ValueError, match="target holds object"):
        model.loss_and_gradients(params, X, np.full((4, 2), None))
    with pytest.raises(ValueError, match="W_hh holds object"):
        model.forward(params | {"W_hh": np.full((5, 5), None)}, X)


def test_ragged_sequences_are_refused_with_the_way_out(model, params):
    with pytest.raises(ValueError, match=r"x is ragged; .*lengths="):
        model.forward(params, [[[0.0] * 3], [[0.0] * 3, [1.0] * 3]])


@pytest.mark.parametrize(
    "wrong",
    [
        [6, 6, 6],
        [6] * 5,
        6,
        [[6] * 4],
        [6.0] * 4,
        [True] * 4,
        [None] * 4,
        [6, 6, 0, 6],
        [1, 2, 3, 7],
    ],
)
def test_wrong_lengths_are_refused(model, params, wrong):
    with pytest.raises(ValueError, match="lengths"):
        model.forward(params, X, lengths=wrong)
    with pytest.raises(ValueError, match="lengths"):
        model.loss_and_gradients(params, X, TARGET, lengths=wrong)


@pytest.mark.parametrize("output", OUTPUTS)
def test_targets_of_a_wrong_shape_are_refused(output):
    model = Model(**SIZES, output=output)
    needed = (4, 6, 2) if output == "every" else (4, 2)
    for shape in ((4,), (4, 1), (3, 2), (4, 6, 1), (4, 5, 2), (4, 1, 2), ()):
        with pytest.raises(ValueError, match="target has shape") as error:
            model.loss_and_gradients(model.init(), X, np.zeros(shape))
        assert str(needed) in str(error.value)


@pytest.mark.parametrize("output", OUTPUTS)
def test_wrong_classes_are_refused(output):
    model = Model(**SIZES, output=output)
    shape = (4, 6) if output == "every" else (4,)
    classes = np.zeros(shape, int)
    assert model.loss_and_gradients(model.init(), X, classes, "cross_entropy")[0] > 0
    for wrong in (2, -1):
        classes.flat[-1] = wrong
        with pytest.raises(ValueError, match=r"target holds classes .*allowed: 0 to 1"):
            model.loss_and_gradients(model.init(), X, classes, "cross_entropy")
    if output == "every":  # past a sequence's end it does not matter
        lengths = [6, 6, 6, 5]
        assert model.loss_and_gradients(model.init(), X, classes, "cross_entropy", lengths=lengths)[
            0
        ]
    for wrong in (np.zeros(shape), np.zeros((*shape, 2), int), np.zeros((3,), int)):
        with pytest.raises(ValueError, match=r"target has shape .*needed: whole numbers"):
            model.loss_and_gradients(model.init(), X, wrong, "cross_entropy")


def test_a_wrong_loss_or_gradient_is_refused(model, params):
    with pytest.raises(ValueError, match=r"loss is 'mes'; .*did you mean .mse.") as error:
        model.loss_and_gradients(params, X, TARGET, loss="mes")
    assert all(word in str(error.value) for word in LOSSES)
    with pytest.raises(ValueError, match="gradient is 'exact'") as error:
        model.loss_and_gradients(params, X, TARGET, gradient="exact")
    assert all(word in str(error.value) for word in GRADIENTS)


def test_bce_needs_a_sigmoid_and_targets_from_0_to_1(model, params):
    with pytest.raises(ValueError, match='"bce" needs probabilities'):
        model.loss_and_gradients(params, X, TARGET, loss="bce")
    model = Model(**SIZES, output_activation="sigmoid")
    for wrong in (-0.1, 1.1, np.nan, np.inf):
        target = TARGET.copy()
        target[2, 1] = wrong
        with pytest.raises(ValueError, match='"bce" needs targets from 0 to 1'):
            model.loss_and_gradients(params, X, target, loss="bce")
    for allowed in (0, 1):
        loss, _ = model.loss_and_gradients(params, X, np.full((4, 2), allowed), loss="bce")
        assert loss > 0


def test_bce_looks_at_no_target_past_a_length():
    model = Model(**SIZES, output="every", output_activation="sigmoid")
    target = np.full((4, 6, 2), 0.5)
    target[:, 4:] = np.nan
    lengths = [1, 2, 3, 4]
    loss, _ = model.loss_and_gradients(model.init(), X, target, "bce", lengths=lengths)
    assert loss > 0
    with pytest.raises(ValueError, match='"bce" needs targets from 0 to 1'):
        model.loss_and_gradients(model.init(), X, target, "bce", lengths=[1, 2, 3, 5])


def test_cross_entropy_needs_logits():
    model = Model(**SIZES, output_activation="sigmoid")
    with pytest.raises(ValueError, match='take output_activation = "identity"'):
        model.loss_and_gradients(model.init(), X, np.zeros(4, int), "cross_entropy")


def test_the_notebook_s_rule_needs_one_layer_of_rnn_with_the_last_output():
    for words, reason in (
        ({"output": "every"}, 'output = "last"'),
        ({"cell": "lstm"}, 'cell = "rnn"'),
        ({"num_layers": 2}, "num_layers = 1"),
    ):
        model = Model(**SIZES, **words)
        target = np.zeros((4, 6, 2)) if "output" in words else TARGET
        with pytest.raises(ValueError, match=f"gradient is 'notebook', .*{reason}"):
            model.loss_and_gradients(model.init(), X, target, gradient="notebook")


def test_truncation_is_what_truncated_needs(model, params):
    for wrong in (0, -1, 2.0, True, None):
        with pytest.raises(ValueError, match=r"truncation is .*(from 0 to|of at least 1)"):
            model.loss_and_gradients(params, X, TARGET, gradient="truncated", truncation=wrong)
    for gradient in ("bptt", "notebook"):
        with pytest.raises(ValueError, match='truncation is a part of "truncated"'):
            model.loss_and_gradients(params, X, TARGET, gradient=gradient, truncation=2)


@pytest.mark.parametrize("wrong", [0, -1.0, np.nan])
def test_huber_delta_is_above_0(model, params, wrong):
    with pytest.raises(ValueError, match=r"huber_delta is .*(above|at least) 0"):
        model.loss_and_gradients(params, X, TARGET, "huber", huber_delta=wrong)


# ---- what it returns


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(("n_batch", "seq_len"), [(1, 1), (4, 6), (40, 2)])
def test_shapes_and_precision(cell, dtype, output, n_batch, seq_len):
    model = Model(**SIZES, cell=cell, num_layers=2, output=output, dtype=dtype)
    params = model.init(3)
    x = np.zeros((n_batch, seq_len, 3))
    y = model.forward(params, x)
    assert y.shape == ((n_batch, seq_len, 2) if output == "every" else (n_batch, 2))
    assert y.dtype == dtype
    loss, grads = model.loss_and_gradients(params, x, y)
    assert type(loss) is float
    assert loss == 0.0  # the target is the output
    assert {name: (grad.shape, grad.dtype) for name, grad in grads.items()} == {
        name: (value.shape, value.dtype) for name, value in params.items()
    }


def test_the_last_output_is_the_last_of_every(params):
    every = Model(**SIZES, output="every", dtype="float64").forward(params, X)
    last = Model(**SIZES, dtype="float64").forward(params, X)
    # The same sums; another number of rows may take another tile: some eps.
    np.testing.assert_allclose(every[:, -1], last, rtol=0, atol=1e-15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_any_kind_are_taken(dtype):
    model = Model(**SIZES, dtype=dtype)
    rng = np.random.default_rng(2)
    params = {name: rng.integers(-1, 2, v.shape) / 4 for name, v in model.init().items()}
    x, target = rng.integers(0, 2, (4, 6, 3)), rng.integers(0, 2, (4, 2))
    want = model.loss_and_gradients(params, x.astype(dtype), target.astype(dtype))
    read_only = x.astype(float)
    read_only.flags.writeable = False
    strided = np.zeros((4, 12, 6))
    strided[:, ::2, ::2] = x
    for other in (
        x,
        x.astype(bool),
        x.astype(np.float32),
        np.asfortranarray(x),
        strided[:, ::2, ::2],
        read_only,
        x.tolist(),
    ):
        loss, grads = model.loss_and_gradients(params, other, target.tolist())
        assert loss == want[0]
        for name, grad in grads.items():
            np.testing.assert_array_equal(grad, want[1][name])
    fortran = {name: np.asfortranarray(value) for name, value in params.items()}
    assert model.loss_and_gradients(fortran, x, target)[0] == want[0]


def test_float32_is_near_float64(params):
    x = X.astype(np.float32)
    narrow = {name: value.astype(np.float32) for name, value in params.items()}
    y32 = Model(**SIZES, dtype="float32").forward(narrow, x)
    y64 = Model(**SIZES, dtype="float64").forward(narrow, x)
    # Six time steps of sums of a few terms below 1: some eps of float32, and not 0.
    np.testing.assert_allclose(y32, y64, rtol=0, atol=2e-6)
    assert np.any(y32 != y64)


def test_arguments_are_left_as_they_were(model, params):
    kept = {name: value.copy() for name, value in params.items()}
    x, target = X.copy(), TARGET.copy()
    model.forward(params, x)
    _, grads = model.loss_and_gradients(params, x, target)
    grads["W_hh"][:] = 7  # what it returns is the caller's own
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(target, TARGET)
    for name, value in params.items():
        np.testing.assert_array_equal(value, kept[name])


def test_calls_leave_nothing_behind(model, params):
    first = model.loss_and_gradients(params, X, TARGET)
    model.loss_and_gradients(params, 9 * np.ones((50, 9, 3)), np.ones((50, 2)))
    again = model.loss_and_gradients(params, X, TARGET)
    assert first[0] == again[0]
    for name, grad in first[1].items():
        np.testing.assert_array_equal(grad, again[1][name])


def test_the_loss_is_that_of_forward(model, params):
    loss, _ = model.loss_and_gradients(params, X, TARGET)
    # A mean of eight squares: float64 rounding.
    assert loss == pytest.approx(np.mean((model.forward(params, X) - TARGET) ** 2), rel=1e-14)


def test_a_step_along_the_gradients_lowers_the_loss_by_their_square(model, params):
    loss, grads = model.loss_and_gradients(params, X, TARGET)
    rate = 1e-6
    moved = {name: value - rate * grads[name] for name, value in params.items()}
    lower, _ = model.loss_and_gradients(moved, X, TARGET)
    # First order in the rate; the second is of the size of the rate, relatively.
    assert loss - lower == pytest.approx(rate * naive_training.norm(grads) ** 2, rel=1e-4)


# ---- initial params


@pytest.mark.parametrize("init", INITIALIZATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_init_is_reproducible_and_the_caller_s_own(init, dtype):
    model = Model(**SIZES, init=init, dtype=dtype)
    first = model.init(seed=5)
    kept = {name: value.copy() for name, value in first.items()}
    for value in first.values():
        assert value.dtype == dtype
        value[...] = 0
    for name, value in Model(**SIZES, init=init, dtype=dtype).init(seed=5).items():
        np.testing.assert_array_equal(value, kept[name])
    assert any(np.any(value != kept[name]) for name, value in model.init(seed=6).items())


def test_both_precisions_draw_the_same():
    wide = Model(**SIZES, dtype="float64").init(1)
    for name, value in Model(**SIZES, dtype="float32").init(1).items():
        np.testing.assert_array_equal(value, wide[name].astype(np.float32))


def test_the_seed_is_0_unless_given(model):
    np.testing.assert_array_equal(model.init()["W_hh"], model.init(0)["W_hh"])


def test_init_gives_a_trial_s_own_params(monkeypatch):
    started = []
    start = Training.__init__

    def spy(self, *args, **options):
        start(self, *args, **options)
        started.append(self.learner.params.copy())

    monkeypatch.setattr(Training, "__init__", spy)
    config = Config(
        Adding(seq_len=2, n_train=1, n_val=1),
        ModelConfig(
            cell="gru",
            num_layers=2,
            hidden_size=5,
            init="orthogonal",
            init_input="normal",
            init_std=0.3,
            spectral_radius=0.9,
            init_connections=3,
            output="last",
            output_activation="identity",
        ),
        TrainConfig(loss="mse", learning_rate=0.1, epochs=1, dtype="float64"),
        seed=42,
    )
    assert run_trial(Trial("t", config), np.zeros(1, np.int64)).status == "complete"
    model = Model(
        cell="gru",
        num_layers=2,
        input_size=2,
        hidden_size=5,
        output_size=1,
        init="orthogonal",
        init_input="normal",
        init_std=0.3,
        spectral_radius=0.9,
        init_connections=3,
        dtype="float64",
    )
    np.testing.assert_array_equal(started[0], model.init_flat(42))
    flat = join(model.init(42), model.sizes, model.dtype)
    np.testing.assert_array_equal(started[0], flat)


# ---- what has no shape at all


@pytest.mark.parametrize("wrong", [None, [1, 2], "params"])
def test_params_are_a_dict(model, wrong):
    with pytest.raises(ValueError, match=r"params is .*needed: a dict"):
        model.forward(wrong, X)


def test_ragged_arrays_are_named(model, params):
    ragged = [[1.0], [1.0, 2.0]]
    with pytest.raises(ValueError, match="x is ragged"):
        model.forward(params, ragged)
    with pytest.raises(ValueError, match="lengths is ragged"):
        model.forward(params, X, ragged)
    with pytest.raises(ValueError, match="target is ragged"):
        model.loss_and_gradients(params, X, ragged)
    with pytest.raises(ValueError, match="W_hh is ragged"):
        model.forward(params | {"W_hh": ragged}, X)


def test_what_follows_an_end_is_never_looked_at():
    model = Model(**SIZES, output="every", output_activation="sigmoid", dtype="float64")
    params, lengths = model.init(0), np.array([2, 3])
    past_end = np.arange(4) >= lengths[:, np.newaxis]
    tokens = np.array([[0, 1, 2, 0], [2, 1, 0, 1]])
    target = np.full((2, 4, SIZES["output_size"]), 0.5)
    want = model.loss_and_gradients(params, tokens, target, "bce", lengths=lengths)
    tokens[past_end], target[past_end] = -9, np.nan
    got = model.loss_and_gradients(params, tokens, target, "bce", lengths=lengths)
    assert got[0] == want[0]
    for name, value in got[1].items():
        np.testing.assert_array_equal(value, want[1][name])
    with pytest.raises(ValueError, match="x holds whole numbers from -9"):
        model.forward(params, tokens)


BEYOND = {"float32": 1e39, "float64": np.longdouble("1e400")}


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_beyond_the_precision_are_refused_with_their_place(dtype):
    model = Model(**SIZES, output="every", dtype=dtype)
    params, lengths = model.init(0), [2, 3]
    x, target = np.zeros((2, 4, 3), np.longdouble), np.zeros((2, 4, 2), np.longdouble)
    want = model.loss_and_gradients(params, x, target, lengths=lengths)[0]
    x[0, 3, 1] = target[0, 3, 1] = BEYOND[dtype]  # past an end, where nothing counts
    assert model.loss_and_gradients(params, x, target, lengths=lengths)[0] == want
    with pytest.raises(ValueError, match=rf"x\[0, 3, 1\] is \S+; allowed in {dtype}: at most"):
        model.forward(params, x)
    with pytest.raises(ValueError, match=rf"target\[0, 3, 1\] is .* allowed in {dtype}"):
        model.loss_and_gradients(params, np.zeros((2, 4, 3)), target)
    wrong = params | {"W_hh": np.full((5, 5), BEYOND[dtype])}
    with pytest.raises(ValueError, match=r"W_hh\[0, 0\] is"):
        model.forward(wrong, np.zeros((2, 4, 3)))


@pytest.mark.parametrize(
    ("dtype", "loss", "finite", "infinite"),
    [
        ("float32", "mse", 1.8e19, 1.9e19),
        ("float32", "mae", 3e38, 4e38),
        ("float32", "huber", 1e38, 1e39),
        ("float64", "mse", 4e153, 5e153),
    ],
)
def test_targets_with_infinite_losses_are_refused(dtype, loss, finite, infinite):
    model = Model(**SIZES, dtype=dtype)
    params = model.init(0)
    assert np.isfinite(model.loss_and_gradients(params, X, TARGET * 0 + finite, loss)[0])
    with pytest.raises(ValueError, match=r"target\[0, 0\] is"):
        model.loss_and_gradients(params, X, TARGET * 0 + infinite, loss)


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
