"""Outputs, losses and every gradient against PyTorch's own modules, in float64.

Both round in their own order, some 1e-14; what is wrong in a formula shows at 1e-3. So 1e-9
relative, of gradients relative to the largest of each parameter.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_cases import Case

from rnnsweep.vocabulary import ACTIVATIONS, LOSSES, OUTPUTS

torch = pytest.importorskip("torch")
functional = torch.nn.functional

LAYERS = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
TOLERANCE = 1e-9


class Network(torch.nn.Module):
    """The network of a `Model`, made of PyTorch's modules."""

    def __init__(self, case):
        super().__init__()
        sizes, words = case.model.sizes, {"batch_first": True, "dtype": torch.float64}
        self.cell = sizes.record.name
        if self.cell == "rnn":
            words["nonlinearity"] = case.model.activation
        self.n_layers, self.hidden = sizes.layers, sizes.hidden
        self.layers = LAYERS[self.cell](sizes.input, sizes.hidden, sizes.layers, **words)
        self.linear = torch.nn.Linear(sizes.hidden, sizes.output, dtype=torch.float64)
        self.every = case.model.output == "every"
        self.sigmoid = case.model.output_activation == "sigmoid"
        with torch.no_grad():
            for name, tensor in self.by_name().items():
                tensor.copy_(torch.tensor(case.params[name].T))
            for layer in range(self.n_layers):  # one bias for PyTorch's two
                bias = getattr(self.layers, f"bias_hh_l{layer}")
                bias[: 2 * self.hidden if self.cell == "gru" else None] = 0

    def by_name(self, of=lambda tensor: tensor):
        """Return what `of` makes of each tensor, by our names; theirs are the transposes."""
        named = {"W_hy": of(self.linear.weight), "b_y": of(self.linear.bias)}
        for layer in range(self.n_layers):
            end = f"_{layer}" if layer else ""
            named[f"W_xh{end}"] = of(getattr(self.layers, f"weight_ih_l{layer}"))
            named[f"W_hh{end}"] = of(getattr(self.layers, f"weight_hh_l{layer}"))
            named[f"b_h{end}"] = of(getattr(self.layers, f"bias_ih_l{layer}"))
            if self.cell == "gru":
                bias = of(getattr(self.layers, f"bias_hh_l{layer}"))
                named[f"b_hn{end}"] = bias[2 * self.hidden :]
        return named

    def gradients(self):
        return {
            name: grad.numpy().T for name, grad in self.by_name(lambda tensor: tensor.grad).items()
        }

    def forward(self, x, lengths):
        """Return the outputs that count, a row each: a sequence's in turn, or its last."""
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            x, torch.tensor(lengths), batch_first=True, enforce_sorted=False
        )
        states, _ = torch.nn.utils.rnn.pad_packed_sequence(self.layers(packed)[0], batch_first=True)
        return self.read([states[b, :length] for b, length in enumerate(lengths)])

    def forward_in_windows(self, x, lengths, window):
        """Return the same, with the states detached at the start of each window."""
        states = []
        for sequence, length in zip(x, lengths, strict=True):
            state, parts = None, []
            for start in range(0, length, window):
                values, state = self.layers(sequence[start : min(start + window, length)], state)
                detached = [tensor.detach() for tensor in state] if self.cell == "lstm" else None
                state = state.detach() if detached is None else tuple(detached)
                parts.append(values)
            states.append(torch.cat(parts))
        return self.read(states)

    def read(self, states):
        """Run the output layer over the states (T, H) of each sequence."""
        counted = torch.cat(states) if self.every else torch.stack([h[-1] for h in states])
        sums = self.linear(counted)
        return torch.sigmoid(sums) if self.sigmoid else sums


def loss_of(case, outputs, target):
    if case.loss == "huber":
        return functional.huber_loss(outputs, target, delta=case.options["huber_delta"])
    name = {"mse": "mse_loss", "mae": "l1_loss", "bce": "binary_cross_entropy"}
    return getattr(functional, name.get(case.loss, case.loss))(outputs, target)


def counted_rows(case, values):
    """Return the rows that count of outputs or targets, in the order of `Network.forward`."""
    if case.model.output == "last":
        return values
    lengths = full_lengths(case)
    return np.concatenate([values[b, :length] for b, length in enumerate(lengths)])


def full_lengths(case):
    n_batch, seq_len = case.x.shape[:2]
    return np.full(n_batch, seq_len) if case.lengths is None else case.lengths


def assert_gradients_equal(grads, want):
    assert grads.keys() == want.keys()
    for name, grad in grads.items():
        allowed = TOLERANCE * np.abs(want[name]).max()
        np.testing.assert_allclose(grad, want[name], rtol=0, atol=allowed, err_msg=name)


def assert_equals_pytorch(case):
    network = Network(case)
    x = np.eye(case.model.sizes.input)[case.x] if case.x.ndim == 2 else case.x
    if case.options["gradient"] == "truncated":
        outputs = network.forward_in_windows(
            torch.tensor(x), full_lengths(case), case.options["truncation"]
        )
    else:
        outputs = network(torch.tensor(x), full_lengths(case))
    value = loss_of(case, outputs, torch.tensor(counted_rows(case, case.target)))
    value.backward()
    want = outputs.detach().numpy()
    got = counted_rows(case, case.forward())
    # An output may itself be a difference that is near 0.
    np.testing.assert_allclose(got, want, rtol=TOLERANCE, atol=TOLERANCE * np.abs(want).max())
    loss, grads = case.loss_and_gradients()
    assert loss == pytest.approx(value.item(), rel=TOLERANCE)
    assert_gradients_equal(grads, network.gradients())


@st.composite
def torch_cases(draw):
    cell, loss = draw(st.sampled_from(list(LAYERS))), draw(st.sampled_from(list(LOSSES)))
    seq_len = draw(st.integers(1, 9))
    gradient = draw(st.sampled_from(["bptt", "truncated"]))
    output_activations = {"bce": ["sigmoid"], "cross_entropy": ["identity"]}
    return {
        "seed": draw(st.integers(0, 10_000)),
        "n_batch": draw(st.integers(1, 9)),
        "seq_len": seq_len,
        "sizes": tuple(draw(st.integers(1, 20)) for _ in range(3)),
        "cell": cell,
        "num_layers": draw(st.integers(1, 4)),
        "activation": draw(st.sampled_from(["tanh", "relu"])) if cell == "rnn" else "tanh",
        "loss": loss,
        "huber_delta": draw(st.sampled_from([0.3, 1.0, 2.9, 10.0])),
        "gradient": gradient,
        "truncation": draw(st.integers(1, seq_len + 1)) if gradient == "truncated" else 0,
        "output": draw(st.sampled_from(list(OUTPUTS))),
        "output_activation": draw(
            st.sampled_from(output_activations.get(loss, ["identity", "sigmoid"]))
        ),
        "with_lengths": draw(st.booleans()),
        "tokens": draw(st.booleans()),
    }


@settings(deadline=None, max_examples=150)  # the first example compiles
@given(arguments=torch_cases())
def test_any_network_equals_pytorch(arguments):
    assert_equals_pytorch(Case(**arguments))


@pytest.mark.parametrize("gradient", ["bptt", "truncated"])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("cell", LAYERS)
def test_every_cell_with_every_loss_equals_pytorch(cell, loss, output, gradient):
    words = {"cell": cell, "loss": loss, "output": output, "gradient": gradient}
    words["truncation"] = 3 if gradient == "truncated" else 0
    words["output_activation"] = "sigmoid" if loss == "bce" else "identity"
    assert_equals_pytorch(Case(0, 6, 8, (3, 7, 4), num_layers=3, with_lengths=True, **words))


def test_a_network_of_a_real_size_equals_pytorch():
    for cell in LAYERS:
        assert_equals_pytorch(
            Case(1, 32, 50, (5, 64, 3), cell=cell, num_layers=2, with_lengths=True, output="every")
        )


# ---- activations that PyTorch's modules do not take: the cells from their equations

FUNCTIONS = {
    name: getattr(functional, name, None) or getattr(functional, name.replace("_", ""), None)
    for name in ACTIVATIONS
} | {
    "identity": lambda z: z,
    "sin": torch.sin,
    "softplus": lambda z: functional.softplus(z, threshold=1000),  # above 20 it is not exact
}


def run_equations(case, params):
    """Return the outputs of a batch whose sequences are of one length."""
    f, sizes = FUNCTIONS[case.model.activation], case.model.sizes
    below = torch.tensor(case.x)
    for layer in range(sizes.layers):
        end = f"_{layer}" if layer else ""
        w_x, w_h, b = (params[f"{name}{end}"] for name in ("W_xh", "W_hh", "b_h"))
        h = c = torch.zeros(len(case.x), sizes.hidden, dtype=torch.float64)
        states = []
        for t in range(case.x.shape[1]):
            x_part, h_part = below[:, t] @ w_x + b, h @ w_h
            if sizes.record.name == "rnn":
                h = f(x_part + h_part)
            elif sizes.record.name == "lstm":
                i, forget, g, o = (x_part + h_part).chunk(4, 1)
                c = torch.sigmoid(forget) * c + torch.sigmoid(i) * f(g)
                h = torch.sigmoid(o) * f(c)
            else:
                (x_r, x_z, x_n), (h_r, h_z, h_n) = x_part.chunk(3, 1), h_part.chunk(3, 1)
                z = torch.sigmoid(x_z + h_z)
                n = f(x_n + torch.sigmoid(x_r + h_r) * (h_n + params[f"b_hn{end}"]))
                h = (1 - z) * n + z * h
            states.append(h)
        below = torch.stack(states, 1)
    sums = (below if case.model.output == "every" else below[:, -1]) @ params["W_hy"]
    sums = sums + params["b_y"]
    return torch.sigmoid(sums) if case.model.output_activation == "sigmoid" else sums


@pytest.mark.parametrize("loss", ["mse", "bce"])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("cell", LAYERS)
def test_every_activation_equals_pytorch(cell, activation, output, loss):
    if FUNCTIONS[activation] is None:
        pytest.skip(f"PyTorch has no function {activation}")
    words = {"cell": cell, "activation": activation, "output": output, "loss": loss}
    case = Case(8, 5, 7, (3, 9, 2), num_layers=2, output_activation="sigmoid", **words)
    params = {k: torch.tensor(v, requires_grad=True) for k, v in case.params.items()}
    y = run_equations(case, params)
    value = loss_of(case, y, torch.tensor(case.target))
    value.backward()
    np.testing.assert_allclose(case.forward(), y.detach().numpy(), rtol=TOLERANCE, atol=0)
    got, grads = case.loss_and_gradients()
    assert got == pytest.approx(value.item(), rel=TOLERANCE)
    assert_gradients_equal(grads, {name: tensor.grad.numpy() for name, tensor in params.items()})
