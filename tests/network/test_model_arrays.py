"""Arrays that a model is handed: those that it refuses, each with a message that names it."""

import numpy as np
import pytest
from model_cases import SIZES, TARGET, X

from rnnsweep.network.model import Model
from rnnsweep.vocabulary import DTYPES, GRADIENTS, LOSSES, OUTPUTS


def test_missing_and_unknown_params_are_refused(model, params):
    for wrong in ({}, params | {"W_xy": 1}, {k: v for k, v in params.items() if k != "b_h"}):
        with pytest.raises(ValueError, match=r"params has the names .*needed: .*'W_hh'"):
            model.forward(wrong, X)
        with pytest.raises(ValueError, match=r"params has the names .*needed: .*'W_hh'"):
            model.loss_and_gradients(wrong, X, TARGET)


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
    with pytest.raises(ValueError, match=r"x has shape .*needed: \(batch, time steps, 3\)"):
        model.forward(params, np.zeros(shape))
    with pytest.raises(ValueError, match=r"x has shape .*needed: \(batch, time steps, 3\)"):
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
