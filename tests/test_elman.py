"""The cell's forward and backward passes, through `Model`, against the naive twin and PyTorch."""

import naive
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rnnsweep.model import Model
from rnnsweep.vocabulary import ACTIVATIONS, DTYPES, OUTPUTS

# Around the widths of vectors and the rows of tiles, from 1 up.
WIDTHS = [*range(1, 10), 15, 16, 17, 31, 32, 33, 40, 65]

# Rounding, in eps of the largest of what is compared (of all gradients together). 3000 draws of
# the cases below came to 11 at most; nine times that, for a draw by ill chance.
ROUNDING = 100


class Case:
    """A network with its initial params, a batch, and the same for the twin."""

    def __init__(self, seed, n_batch, seq_len, sizes, dtype, loss="mse", output="last", **words):
        rng = np.random.default_rng(seed)
        self.loss = loss
        self.model = Model(
            input_size=sizes[0],
            hidden_size=sizes[1],
            output_size=sizes[2],
            output=output,
            dtype=dtype,
            **words,
        )
        self.params = self.model.init(seed)
        self.x = rng.standard_normal((n_batch, seq_len, sizes[0])).astype(dtype)
        shape = (n_batch, seq_len, sizes[2]) if output == "every" else (n_batch, sizes[2])
        # Away from the outputs: of a difference near 0 only the rounding would be compared.
        self.target = (0.1 * rng.random(shape) + (3 if loss == "mse" else 0)).astype(dtype)
        self.network = naive.Network(self.model.activation, self.model.output_activation, output)

    def is_clear_of_kinks(self):
        """Whether no pre-activation is so near a kink that the twin's may be on its other side."""
        near = ROUNDING * np.finfo(self.model.dtype).eps
        return naive.distance_to_a_kink(self.network, self.params, self.x) > near

    def check(self, gradient="bptt"):
        """Compare outputs, loss and gradients with the twin's."""
        eps = np.finfo(self.model.dtype).eps
        batch = (self.x, self.target)
        want_y = naive.forward(self.network, self.params, self.x)
        want_loss, want = naive.loss_and_gradients(
            self.network, self.params, *batch, self.loss, gradient
        )
        y = self.model.forward(self.params, self.x)
        loss, grads = self.model.loss_and_gradients(self.params, *batch, self.loss, gradient)
        assert y.dtype == self.model.dtype
        assert y.shape == want_y.shape
        assert grads.keys() == want.keys()
        largest = max(np.abs(grad).max() for grad in want.values())
        # An output near 0 is a difference of sums of size 1.
        assert np.abs(y - want_y).max() <= ROUNDING * eps * max(1, np.abs(want_y).max())
        assert abs(loss - want_loss) <= ROUNDING * eps * want_loss
        for name, grad in grads.items():
            assert grad.dtype == self.model.dtype
            assert grad.shape == want[name].shape
            assert np.abs(grad - want[name]).max() <= ROUNDING * eps * largest, name


@st.composite
def cases(draw):
    """Draw the arguments of a case; half of the sizes are any number, half a critical one."""
    width = st.integers(1, 40) | st.sampled_from(WIDTHS)
    loss = draw(st.sampled_from(["mse", "bce"]))
    output_activations = ["sigmoid"] if loss == "bce" else ["identity", "sigmoid"]
    return {
        "seed": draw(st.integers(0, 10_000)),
        "n_batch": draw(width),
        "seq_len": draw(st.integers(1, 12)),
        "sizes": (draw(st.integers(1, 9) | width), draw(width), draw(st.integers(1, 4) | width)),
        "loss": loss,
        "activation": draw(st.sampled_from(list(ACTIVATIONS))),
        "output_activation": draw(st.sampled_from(output_activations)),
    }


@settings(deadline=None, max_examples=80)  # the first example compiles
@given(arguments=cases(), output=st.sampled_from(list(OUTPUTS)))
@pytest.mark.parametrize("dtype", DTYPES)
def test_any_shape_equals_the_naive_twin(dtype, arguments, output):
    case = Case(dtype=dtype, output=output, **arguments)
    assume(case.is_clear_of_kinks())
    case.check()


@settings(deadline=None, max_examples=40)
@given(arguments=cases())
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_notebook_s_rule_equals_the_naive_twin(dtype, arguments):
    case = Case(dtype=dtype, **arguments)
    assume(case.is_clear_of_kinks())
    case.check(gradient="notebook")


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_equals_the_naive_twin(activation, output):
    case = Case(0, 5, 6, (3, 7, 2), "float64", activation=activation, output=output)
    assert case.is_clear_of_kinks()
    case.check()


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_the_twin_s_gradients_are_central_differences(activation, output, loss):
    words = {"activation": activation, "output_activation": "sigmoid", "output": output}
    case = Case(1, 3, 4, (2, 3, 2), "float64", loss=loss, **words)
    step = 1e-5
    # No pre-activation crosses a kink: a step moves one by less than ten times its size here.
    assert naive.distance_to_a_kink(case.network, case.params, case.x) > 10 * step
    batch = (case.x, case.target)
    _, grads = naive.loss_and_gradients(case.network, case.params, *batch, loss)
    differences = naive.central_differences(
        lambda params: naive.loss(case.network, params, *batch, loss), case.params, step
    )
    # Rounding: some eps of a loss up to 10, over 2 step, so under 1e-9; truncation is
    # step**2 / 6 times a third derivative, which for these is of the order of 10.
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, differences[name], rtol=0, atol=2e-9, err_msg=name)


def test_the_notebook_s_rule_is_not_the_gradient():
    case = Case(2, 4, 5, (2, 6, 1), "float64")
    batch = (case.x, case.target)
    _, exact = case.model.loss_and_gradients(case.params, *batch, gradient="bptt")
    _, rule = case.model.loss_and_gradients(case.params, *batch, gradient="notebook")
    for name in ("W_hy", "b_y"):  # the output layer's gradients are exact in both
        np.testing.assert_array_equal(rule[name], exact[name])
    for name in ("W_xh", "W_hh", "b_h"):
        assert np.abs(rule[name] - exact[name]).max() > 0.01 * np.abs(exact[name]).max()


def test_the_gradient_of_one_time_step_from_zero_is_alike_but_for_w_hh():
    # T = 1 and f = identity: h_T is the only state, so all but dW_hh agree; h_0 = 0 makes the
    # exact dW_hh 0, and the rule's is the product with h_T.
    case = Case(3, 4, 1, (2, 6, 1), "float64", activation="identity")
    batch = (case.x, case.target)
    _, exact = case.model.loss_and_gradients(case.params, *batch, gradient="bptt")
    _, rule = case.model.loss_and_gradients(case.params, *batch, gradient="notebook")
    for name in ("W_xh", "b_h", "W_hy", "b_y"):
        np.testing.assert_array_equal(rule[name], exact[name])
    np.testing.assert_array_equal(exact["W_hh"], 0)
    assert np.all(rule["W_hh"] != 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nan_is_never_hidden(activation, dtype):
    # A batch of 9 and 17 hidden units: NaN in a full tile and in a masked one.
    case = Case(4, 9, 3, (2, 17, 1), dtype, activation=activation)
    for b, t in ((0, 0), (8, 2)):
        x = case.x.copy()
        x[b, t, 1] = np.nan
        with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
            y = case.model.forward(case.params, x)
            loss, grads = case.model.loss_and_gradients(case.params, x, case.target)
        np.testing.assert_array_equal(np.flatnonzero(np.isnan(y)), [b])
        assert np.isnan(loss)
        assert np.isnan(grads["W_hy"]).all()
    for name, value in case.params.items():
        spoilt = case.params | {name: value.copy()}
        spoilt[name].flat[-1] = np.nan
        with np.errstate(all="ignore"):
            assert np.isnan(case.model.loss_and_gradients(spoilt, case.x, case.target)[0]), name


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", ["relu", "identity", "leaky_relu", "softplus", "sin"])
def test_an_infinity_that_reaches_the_output_gives_no_healthy_loss(activation, dtype):
    case = Case(5, 3, 2, (1, 4, 1), dtype, activation=activation)
    params = {name: np.abs(value) for name, value in case.params.items()}
    case.x[1, 1] = np.inf
    with np.errstate(all="ignore"):
        loss, _ = case.model.loss_and_gradients(params, case.x, case.target)
    assert not np.isfinite(loss)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softsign", "hard_tanh"])
def test_an_infinity_that_saturates_gives_the_limit(activation):
    case = Case(6, 2, 1, (1, 5, 1), "float64", activation=activation)
    params = {name: np.abs(value) for name, value in case.params.items()}
    case.x[:] = [[[np.inf]], [[-np.inf]]]
    low = 0.0 if activation == "sigmoid" else -1.0
    with np.errstate(all="ignore"):
        y = case.model.forward(params, case.x)
    total = params["W_hy"].sum()
    # Five products of weights below 1 and a sum: a few eps.
    want = np.array([[total], [low * total]]) + params["b_y"]
    np.testing.assert_allclose(y, want, rtol=0, atol=1e-14)


def test_a_sequence_owes_nothing_to_the_batch_around_it():
    case = Case(7, 33, 4, (3, 9, 2), "float64", output="every")
    together = case.model.forward(case.params, case.x)
    for b in (0, 7, 8, 31, 32):
        alone = case.model.forward(case.params, case.x[b : b + 1])
        # The same sums; a tile of another height may fuse its products differently: a few eps
        # of sums of 9 terms of size 1 over 4 time steps.
        np.testing.assert_allclose(alone[0], together[b], rtol=0, atol=1e-14)


TORCH = {name: name for name in ACTIVATIONS} | {"hard_tanh": "hardtanh"}


def torch_outputs(torch, model, params, x):
    """Run the network in PyTorch, from the equations."""
    functional = torch.nn.functional
    f = {
        "identity": lambda z: z,
        "sin": torch.sin,
        "softplus": lambda z: functional.softplus(z, threshold=1000),  # above 20 it is not exact
    }.get(model.activation) or getattr(functional, TORCH[model.activation])
    g = torch.sigmoid if model.output_activation == "sigmoid" else lambda s: s
    h = torch.zeros(x.shape[0], model.sizes.hidden, dtype=torch.float64)
    ys = []
    for t in range(x.shape[1]):
        h = f(x[:, t] @ params["W_xh"] + h @ params["W_hh"] + params["b_h"])
        ys.append(g(h @ params["W_hy"] + params["b_y"]))
    return torch.stack(ys, 1) if model.output == "every" else ys[-1]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_equals_pytorch(activation, output, loss):
    torch = pytest.importorskip("torch")
    words = {"activation": activation, "output_activation": "sigmoid", "output": output}
    case = Case(8, 5, 7, (3, 9, 2), "float64", loss=loss, **words)
    params = {k: torch.tensor(v, requires_grad=True) for k, v in case.params.items()}
    y = torch_outputs(torch, case.model, params, torch.tensor(case.x))
    measure = {"mse": torch.nn.MSELoss(), "bce": torch.nn.BCELoss()}[loss]
    value = measure(y, torch.tensor(case.target))
    value.backward()
    got_y = case.model.forward(case.params, case.x)
    got, grads = case.model.loss_and_gradients(case.params, case.x, case.target, loss)
    # Both round in their own order, some 1e-14; what is wrong in a formula shows at 1e-3.
    np.testing.assert_allclose(got_y, y.detach().numpy(), rtol=1e-9, atol=0)
    assert got == pytest.approx(value.item(), rel=1e-9)
    for name, grad in grads.items():
        want = params[name].grad.numpy()
        largest = np.abs(want).max()
        np.testing.assert_allclose(grad, want, rtol=0, atol=1e-9 * largest, err_msg=name)


def test_equals_pytorch_s_own_rnn():
    torch = pytest.importorskip("torch")
    case = Case(9, 4, 6, (3, 8, 2), "float64")
    rnn = torch.nn.RNN(3, 8, batch_first=True, dtype=torch.float64)
    linear = torch.nn.Linear(8, 2, dtype=torch.float64)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(torch.tensor(case.params["W_xh"].T))
        rnn.weight_hh_l0.copy_(torch.tensor(case.params["W_hh"].T))
        rnn.bias_ih_l0.copy_(torch.tensor(case.params["b_h"]))
        rnn.bias_hh_l0.zero_()
        linear.weight.copy_(torch.tensor(case.params["W_hy"].T))
        linear.bias.copy_(torch.tensor(case.params["b_y"]))
        want = linear(rnn(torch.tensor(case.x))[0][:, -1]).numpy()
    # As above: rounding alone.
    np.testing.assert_allclose(case.model.forward(case.params, case.x), want, rtol=1e-9, atol=0)
