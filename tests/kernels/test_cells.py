"""Cells, layers and lengths: forward and backward, through `Model`, against the naive twin.

`test_torch.py` compares with PyTorch.
"""

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_cases import (
    MOST_TIME_STEPS,
    Case,
    assert_equals_the_twin,
    assume_clear_of_kinks,
    cases,
)
from some_cells import CELLS, WITH_ACTIVATIONS

from rnnsweep.kernels import layers
from rnnsweep.network.layout import Sizes
from rnnsweep.vocabulary import DTYPES, GRADIENTS, LOSSES, OUTPUTS


@settings(deadline=None, max_examples=100)  # the first example compiles
@given(arguments=cases())
@pytest.mark.parametrize("dtype", DTYPES)
def test_any_network_equals_the_naive_twin(dtype, arguments):
    case = Case(dtype=dtype, **arguments)
    assume_clear_of_kinks(case)
    assert_equals_the_twin(case)


@settings(deadline=None, max_examples=40)
@given(arguments=cases(cells=("rnn",), most_layers=1))
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_notebook_s_rule_equals_the_naive_twin(dtype, arguments):
    arguments |= {"gradient": "notebook", "truncation": 0, "output": "last", "with_mask": False}
    case = Case(dtype=dtype, **arguments)
    assume_clear_of_kinks(case)
    assert_equals_the_twin(case)


@settings(deadline=None, max_examples=15)
@given(arguments=cases(most_layers=2), seq_len=st.integers(40, 150), n_batch=st.integers(1, 3))
@pytest.mark.parametrize("dtype", DTYPES)
def test_long_sequences_equal_the_naive_twin(dtype, arguments, seq_len, n_batch):
    n_batch = min(n_batch, 1 + MOST_TIME_STEPS // seq_len)
    arguments |= {"seq_len": seq_len, "n_batch": n_batch, "activation": "tanh"}
    case = Case(dtype=dtype, **arguments)
    assume_clear_of_kinks(case)  # of the loss
    assert_equals_the_twin(case)


@settings(deadline=None, max_examples=3)
@given(
    seed=st.integers(0, 1000),
    n_batch=st.integers(1, 40),
    sizes=st.tuples(st.integers(1, 5), st.integers(257, 300), st.integers(1, 5)),
    output=st.sampled_from(list(OUTPUTS)),
    num_layers=st.integers(1, 2),
    with_lengths=st.booleans(),
)
@pytest.mark.parametrize("cell", CELLS[::2])
@pytest.mark.parametrize("dtype", DTYPES)
def test_products_in_several_pieces_equal_the_naive_twin(
    dtype, cell, seed, n_batch, sizes, output, num_layers, with_lengths
):
    # A piece is so many rows: here there are twice as many or more, and one sequence at least.
    rows = layers.ROWS_AT_ONCE // (Sizes(*sizes, cell).n_sums * sizes[1])
    words = {"cell": cell, "num_layers": num_layers, "output": output}
    seq_len = -(-2 * rows // n_batch)
    assert_equals_the_twin(
        Case(seed, n_batch, seq_len, sizes, dtype, with_lengths=with_lengths, **words)
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("cell", CELLS)
def test_one_wide_sequence_equals_the_naive_twin(cell, output, dtype):
    # One row of more than eight vectors: `products.ROW_VECTORS`. A batch of two has two rows.
    for n_batch, sizes in ((1, (3, 129, 2)), (1, (2, 7, 150)), (2, (3, 129, 2))):
        words = {"cell": cell, "output": output, "num_layers": 2, "with_lengths": True}
        assert_equals_the_twin(Case(6, n_batch, 4, sizes, dtype, **words))


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(("cell", "activation"), WITH_ACTIVATIONS)
def test_every_activation_equals_the_naive_twin(cell, activation, output):
    words = {"cell": cell, "activation": activation, "output": output}
    case = Case(0, 5, 6, (3, 7, 2), num_layers=2, with_lengths=True, **words)
    assert case.distance_to_a_kink() > 1e-9
    assert_equals_the_twin(case)


# ---- the twin itself


def assert_twin_equals_central_differences(case):
    step = 1e-5
    # No value crosses a kink: a step moves one by less than ten times its size here.
    assert case.distance_to_a_kink() > 10 * step
    options = {k: v for k, v in case.options.items() if k in ("huber_delta", "lengths")}
    batch = (case.x, case.target)
    _, grads = case.twin_loss_and_gradients()
    differences = naive.central_differences(
        lambda params: naive.loss(case.network, params, *batch, case.loss, **options),
        case.params,
        step,
    )
    # Rounding: some eps of a loss up to 10, over 2 step, so under 1e-9; truncation is
    # step**2 / 6 times a third derivative, which for these is of the order of 10.
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, differences[name], rtol=0, atol=2e-9, err_msg=name)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(("cell", "activation"), WITH_ACTIVATIONS)
def test_the_twin_s_gradients_are_central_differences(cell, activation, output):
    words = {"cell": cell, "activation": activation, "output": output}
    assert_twin_equals_central_differences(
        Case(1, 2, 3, (2, 2, 1), num_layers=2, with_lengths=True, **words)
    )


@pytest.mark.parametrize("output_activation", ["identity", "sigmoid"])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_twin_s_losses_have_central_differences_for_gradients(loss, output, output_activation):
    if (loss, output_activation) not in (("bce", "identity"), ("cross_entropy", "sigmoid")):
        words = {"output": output, "output_activation": output_activation, "cell": "gru"}
        for huber_delta in (0.3, 2.9) if loss == "huber" else (1.0,):
            assert_twin_equals_central_differences(
                Case(2, 3, 3, (2, 3, 3), loss=loss, huber_delta=huber_delta, **words)
            )


def test_the_twin_s_truncated_gradient_is_that_of_its_windows():
    # By central differences of each window's own loss, its initial state held where it was.
    for cell in CELLS:
        case = Case(3, 1, 7, (1, 2, 1), cell=cell, num_layers=2, output="every")
        network = case.network
        _, got = naive.loss_and_gradients(
            network, case.params, case.x, case.target, gradient="truncated", truncation=3
        )
        total = {name: np.zeros_like(value) for name, value in case.params.items()}
        states = None
        for start in (0, 3, 6):
            window = (case.x[:, start : start + 3], case.target[:, start : start + 3])

            def loss(params, window=window, states=states, network=network):
                return naive.run_batch(network, params, *window, "mse", None, states=states).total

            for name, grad in naive.central_differences(loss, case.params, 1e-5).items():
                total[name] += grad / case.target.size
            states = naive.run_batch(
                network, case.params, *window, "mse", None, states=states
            ).states
        # As above.
        for name, grad in got.items():
            np.testing.assert_allclose(grad, total[name], rtol=0, atol=2e-9, err_msg=name)


# ---- lengths


@pytest.mark.parametrize("gradient", ["bptt", "truncated"])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("cell", CELLS)
def test_nothing_past_a_length_counts(cell, output, gradient):
    words = {"cell": cell, "output": output, "gradient": gradient}
    truncation = 2 if gradient == "truncated" else 0
    case = Case(4, 9, 6, (3, 5, 2), num_layers=2, with_lengths=True, truncation=truncation, **words)
    y, (loss, grads) = case.forward(), case.loss_and_gradients()
    for value in (np.nan, np.inf, 1e30):
        for b, length in enumerate(case.lengths):
            case.x[b, length:] = value
            if output == "every":
                case.target[b, length:] = value
                np.testing.assert_array_equal(y[b, length:], 0)
        np.testing.assert_array_equal(case.forward(), y)
        again, again_grads = case.loss_and_gradients()
        assert again == loss
        for name, grad in grads.items():
            np.testing.assert_array_equal(again_grads[name], grad)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("cell", CELLS)
def test_full_lengths_are_no_lengths(cell, output):
    case = Case(5, 9, 6, (3, 5, 2), cell=cell, num_layers=2, output=output)
    y, (loss, grads) = case.forward(), case.loss_and_gradients()
    case.lengths = case.options["lengths"] = np.full(9, 6)
    np.testing.assert_array_equal(case.forward(), y)
    again, again_grads = case.loss_and_gradients()
    assert again == loss
    for name, grad in grads.items():
        np.testing.assert_array_equal(again_grads[name], grad)


@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_owes_nothing_to_the_batch_around_it(cell):
    case = Case(7, 33, 4, (3, 9, 2), cell=cell, num_layers=2, output="every", with_lengths=True)
    together = case.forward()
    for b in range(33):
        length = case.lengths[b]
        alone = case.model.forward(case.params, case.x[b : b + 1, :length])
        # The same sums; a tile of another height may fuse its products differently: a few eps
        # of sums of 9 terms of size 1 over 4 time steps and 2 layers.
        np.testing.assert_allclose(alone[0], together[b, :length], rtol=0, atol=1e-14)


def test_the_order_of_sequences_does_not_matter():
    case = Case(8, 12, 5, (3, 6, 2), cell="lstm", output="every", with_lengths=True)
    y, (loss, grads) = case.forward(), case.loss_and_gradients()
    order = np.random.default_rng(0).permutation(12)
    case.x, case.target, case.lengths = case.x[order], case.target[order], case.lengths[order]
    case.options["lengths"] = case.lengths
    # The same rows in another order: sums over them round anew.
    np.testing.assert_allclose(case.forward(), y[order], rtol=0, atol=1e-14)
    again, again_grads = case.loss_and_gradients()
    assert again == pytest.approx(loss, rel=1e-13)
    for name, grad in grads.items():
        np.testing.assert_allclose(again_grads[name], grad, rtol=0, atol=1e-13)


# ---- tokens


@pytest.mark.parametrize("cell", CELLS)
def test_tokens_are_one_hot_inputs(cell):
    case = Case(9, 7, 5, (4, 6, 2), cell=cell, num_layers=2, with_lengths=True, tokens=True)
    y, (loss, grads) = case.forward(), case.loss_and_gradients()
    case.x = np.eye(4)[case.x]
    np.testing.assert_array_equal(case.forward(), y)
    again, again_grads = case.loss_and_gradients()
    assert again == loss
    for name, grad in grads.items():
        np.testing.assert_array_equal(again_grads[name], grad)


# ---- gradients other than BPTT


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_window_over_the_whole_sequence_is_bptt(cell, output):
    words = {"cell": cell, "output": output, "num_layers": 2, "with_lengths": True}
    _, want = Case(10, 6, 5, (3, 7, 2), **words).loss_and_gradients()
    for truncation in (5, 6, 100_000):
        case = Case(10, 6, 5, (3, 7, 2), gradient="truncated", truncation=truncation, **words)
        _, grads = case.loss_and_gradients()
        for name, grad in grads.items():
            np.testing.assert_array_equal(grad, want[name])


@pytest.mark.parametrize("cell", CELLS)
def test_truncation_changes_gradients_and_no_outputs(cell):
    whole = Case(11, 6, 5, (3, 7, 2), cell=cell, output="every")
    cut = Case(11, 6, 5, (3, 7, 2), cell=cell, output="every", gradient="truncated", truncation=2)
    np.testing.assert_array_equal(cut.forward(), whole.forward())
    (loss, exact), (cut_loss, grads) = whole.loss_and_gradients(), cut.loss_and_gradients()
    assert cut_loss == loss
    for name in ("W_hy", "b_y"):
        np.testing.assert_array_equal(grads[name], exact[name])
    for name in ("W_xh", "W_hh", "b_h"):
        assert np.abs(grads[name] - exact[name]).max() > 1e-3 * np.abs(exact[name]).max()


def test_a_window_of_one_time_step_sees_no_further_back():
    # The last output's gradient stays in its own time step: x of that time step alone.
    case = Case(12, 4, 5, (3, 6, 1), gradient="truncated", truncation=1)
    _, grads = case.loss_and_gradients()
    case.x[:, :4] = 0
    case.params["W_hh"][...] = 0  # so that the state is the same without the rest of x
    _, without = case.loss_and_gradients()
    changed = Case(12, 4, 5, (3, 6, 1), gradient="truncated", truncation=1)
    changed.params["W_hh"][...] = 0
    _, with_it = changed.loss_and_gradients()
    np.testing.assert_array_equal(with_it["W_xh"], without["W_xh"])
    assert np.any(grads["W_xh"] != without["W_xh"])  # through the state


def test_the_notebook_s_rule_is_not_the_gradient():
    _, exact = Case(2, 4, 5, (2, 6, 1)).loss_and_gradients()
    _, rule = Case(2, 4, 5, (2, 6, 1), gradient="notebook").loss_and_gradients()
    for name in ("W_hy", "b_y"):  # the output layer's gradients are exact in both
        np.testing.assert_array_equal(rule[name], exact[name])
    for name in ("W_xh", "W_hh", "b_h"):
        assert np.abs(rule[name] - exact[name]).max() > 0.01 * np.abs(exact[name]).max()


def test_the_gradient_of_one_time_step_from_zero_is_alike_but_for_w_hh():
    # T = 1 and f = identity: h_T is the only state, so all but dW_hh agree; h_0 = 0 makes the
    # exact dW_hh 0, and the rule's is the product with h_T.
    _, exact = Case(3, 4, 1, (2, 6, 1), activation="identity").loss_and_gradients()
    _, rule = Case(
        3, 4, 1, (2, 6, 1), activation="identity", gradient="notebook"
    ).loss_and_gradients()
    for name in ("W_xh", "b_h", "W_hy", "b_y"):
        np.testing.assert_array_equal(rule[name], exact[name])
    np.testing.assert_array_equal(exact["W_hh"], 0)
    assert np.all(rule["W_hh"] != 0)


def test_every_gradient_is_tested():
    assert GRADIENTS.keys() == {"bptt", "truncated", "notebook"}


# ---- what is no number


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("cell", "activation"), WITH_ACTIVATIONS)
def test_nan_is_never_hidden(cell, activation, dtype):
    # A batch of 9 and 17 hidden units: NaN in a full tile and in a masked one.
    case = Case(4, 9, 3, (2, 17, 1), dtype, cell=cell, activation=activation, num_layers=2)
    healthy = case.x
    for b, t in ((0, 0), (8, 2)):
        case.x = healthy.copy()
        case.x[b, t, 1] = np.nan
        loss, grads = case.loss_and_gradients()
        np.testing.assert_array_equal(np.flatnonzero(np.isnan(case.forward())), [b])
        assert np.isnan(loss)
        assert np.isnan(grads["W_hy"]).all()
    case.x = healthy
    for name, value in case.params.items():
        spoilt = case.params | {name: value.copy()}
        spoilt[name].flat[-1] = np.nan
        assert np.isnan(case.loss_and_gradients(spoilt)[0]), name


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ["relu", "identity", "leaky_relu", "softplus", "sin"])
def test_an_infinity_that_reaches_the_output_gives_no_healthy_loss(activation, dtype):
    case = Case(5, 3, 2, (1, 4, 1), dtype, activation=activation)
    params = {name: np.abs(value) for name, value in case.params.items()}
    case.x[1, 1] = np.inf
    loss, _ = case.loss_and_gradients(params)
    assert not np.isfinite(loss)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softsign", "hard_tanh"])
def test_an_infinity_that_saturates_gives_the_limit(activation):
    case = Case(6, 2, 1, (1, 5, 1), activation=activation)
    case.params = params = {name: np.abs(value) for name, value in case.params.items()}
    case.x[:] = [[[np.inf]], [[-np.inf]]]
    low = 0.0 if activation == "sigmoid" else -1.0
    total = params["W_hy"].sum()
    # Five products of weights below 1 and a sum: a few eps.
    want = np.array([[total], [low * total]]) + params["b_y"]
    np.testing.assert_allclose(case.forward(), want, rtol=0, atol=1e-14)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_gates_that_saturate_leave_the_gradients_finite(cell):
    case = Case(13, 4, 6, (2, 5, 1), "float32", cell=cell)
    for size in (1e2, 1e6, 1e30):
        params = {name: size * value for name, value in case.params.items()}
        params |= {name: case.params[name] for name in ("W_hy", "b_y")}
        loss, grads = case.loss_and_gradients(params)
        assert np.isfinite(loss)
        assert all(np.isfinite(grad).all() for grad in grads.values())
