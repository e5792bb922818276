"""Cells as loops over time in PyTorch, compared with `Model.forward` and with PyTorch itself."""

import numpy as np
import pytest
from torch_cases import assert_same_outputs, drawn, inputs, make_model

from benchmarks.formulas import FORMULAS
from rnnsweep import Model
from rnnsweep.cells import CELLS, read_cell
from rnnsweep.vocabulary import ACTIVATIONS

torch = pytest.importorskip("torch")
nn = torch.nn

from rnnsweep.network import torch_functions  # noqa: E402
from rnnsweep.network.torch_recurrence import Recurrence  # noqa: E402

PYTORCH = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
LENGTHS = np.array([7, 1, 3, 6])

# Every part of the form at once. Vectors have the names of methods of a PyTorch module.
EVERYTHING = read_cell(
    {
        "sums": {"train": ["h_prev", "c_prev"], "zc": ["rh"], "zo": []},
        "inputs": ["xc", "xn"],
        "recurrents": ["hn", "hm"],
        "biases": {"zc": False, "xn": False, "hm": False},
        "vectors": {"half": 0.5, "float": {"uniform": [-1.0, 1.0]}},
        "constants": {"alpha": 0.3, "p": 1.7},
        "states": ["h", "c", "d"],
        "equations": """
        r = sigmoid(train + half * c_prev)
        rh = max(r * h_prev, -0.2) * exp(-abs(xn)) / (1 + hm ** 2)
        c = (1 - alpha) * c_prev + alpha * act(zc + xc) - min(float, hn)
        h = c * sqrt(log(2 + softplus(zo))) + (0.1 + d_prev ** 2) ** p
        d = alpha
    """,
    },
    "everything",
)


@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("name", CELLS)
def test_every_built_in_cell_gives_the_same_outputs(name, output):
    model = make_model(name, 2, output=output)
    params = drawn(model)
    module = model.to_torch(params)
    assert_same_outputs(model, params, module)
    assert_same_outputs(model, params, module, LENGTHS)


@pytest.mark.parametrize("name", CELLS)
def test_every_built_in_cell_there_and_back(name):
    model = make_model(name, 2, output="every")
    params = drawn(model)
    again, returned = Model.from_torch(model.to_torch(params))
    assert again.words() == model.words()
    assert returned.keys() == params.keys()
    for key, array in params.items():
        np.testing.assert_array_equal(returned[key], array, strict=True)


@pytest.mark.parametrize("activation", ["tanh", "x * tanh(softplus(x))"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_cell_of_one_s_own(activation, dtype):
    words = {"activation": activation, "dtype": dtype, "output": "every"}
    model = make_model(EVERYTHING, 2, **words)
    params = drawn(model)
    module = model.to_torch(params)
    assert_same_outputs(model, params, module)
    again, returned = Model.from_torch(module)
    assert again.words() == model.words()
    np.testing.assert_array_equal(
        again.forward(returned, inputs(model)), model.forward(params, inputs(model))
    )


def test_constants_and_biases_that_were_set():
    model = make_model("leaky_rnn", constants={"alpha": 0.7}, biases={"z": 0.5})
    params = drawn(model)
    module = model.to_torch(params)
    assert_same_outputs(model, params, module)
    assert Model.from_torch(module)[0].words() == model.words()


def test_every_parameter_is_trained_further():
    model = make_model(EVERYTHING, 2)
    module = model.to_torch(drawn(model))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    module(torch.tensor(inputs(model))).square().mean().backward()
    optimizer.step()
    assert all((before[name] != value).any() for name, value in module.state_dict().items())
    trained, params = Model.from_torch(module)
    assert_same_outputs(trained, params, module)


@pytest.mark.parametrize("cell", PYTORCH)
def test_the_loop_is_what_pytorch_computes(cell):
    # With tanh PyTorch has the cell, too.
    model = make_model(cell, 2, output="every")
    params = drawn(model)
    of_pytorch = model.to_torch(params).recurrent
    assert type(of_pytorch) is PYTORCH[cell]
    loop = Recurrence(CELLS[cell], 3, 5, 2).double()
    with torch.no_grad():
        for ours, name in loop.names_by_ours.items():
            getattr(loop, name).copy_(torch.tensor(params[ours]))
    x = torch.tensor(inputs(model))
    states, ends = loop(x)
    expected, at_end = of_pytorch(x)
    at_end = torch.stack(at_end) if cell == "lstm" else at_end[None]
    # ten sums of ten terms near 1 in double precision
    torch.testing.assert_close(states, expected, rtol=0, atol=1e-14)
    torch.testing.assert_close(ends, at_end, rtol=0, atol=1e-14)


def test_a_function_that_pytorch_lacks_is_named(monkeypatch):
    monkeypatch.delitem(torch_functions.FUNCTIONS, "gelu")
    Recurrence(CELLS["ugrnn"], 2, 3, 1)
    for cell in (
        CELLS["ugrnn"].with_activation("gelu"),
        CELLS["ugrnn"].with_activation("x * gelu(x)"),
        read_cell({"sums": ["z"], "states": ["h"], "equations": "h = gelu(z)"}),
    ):
        with pytest.raises(ValueError, match='PyTorch has no function "gelu"'):
            Recurrence(cell, 2, 3, 1)


# ---- noise

NOISY = read_cell(
    {"sums": ["z"], "states": ["h"], "equations": "h = z + 2 * noise() - noise()"}, "noisy"
)


def noise_of_training(n_batch, seq_len, seed):
    torch.manual_seed(seed)
    recurrence = Recurrence(NOISY, 1, 50, 2)  # with weights that are all 0, states are the noise
    return recurrence.train()(torch.zeros(n_batch, seq_len, 1))[0].detach().numpy()


def test_noise_is_drawn_in_training_mode_alone():
    recurrence = Recurrence(NOISY, 1, 50, 2).eval()
    assert not recurrence(torch.zeros(4, 3, 1))[0].any()
    noise = noise_of_training(4, 3, seed=0)
    np.testing.assert_array_equal(noise, noise_of_training(4, 3, seed=0))
    assert (noise != noise_of_training(4, 3, seed=1)).all()


def test_noise_is_normal_and_independent():
    noise = noise_of_training(200, 20, seed=2)
    n = noise.size
    assert abs(noise.mean()) < 4 * np.sqrt(5 / n)
    assert abs(noise.var() / 5 - 1) < 4 * np.sqrt(2 / n)  # of two draws: 2**2 + 1
    for one, other in (
        (noise[1:], noise[:-1]),
        (noise[:, 1:], noise[:, :-1]),
        (noise[:, :, 1:], noise[:, :, :-1]),
    ):
        assert abs((one * other).mean()) / 5 < 4 / np.sqrt(one.size)


def test_a_module_of_to_torch_has_no_noise_until_it_is_trained():
    model = make_model("leaky_rnn", output="every")
    params = drawn(model)
    module = model.to_torch(params)
    assert_same_outputs(model, params, module)
    x = torch.tensor(inputs(model))
    torch.manual_seed(0)
    assert (module.train()(x) != module.eval()(x)).all()


# ---- functions

POINTS = [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0]


def value_and_slopes(name, *arguments):
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in arguments]
    value = torch_functions.FUNCTIONS[name](*tensors)
    value.sum().backward()
    return value.detach().numpy(), *(tensor.grad.numpy() for tensor in tensors)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_slopes_of_activations(name):
    z = np.array(POINTS)
    value, slope = value_and_slopes(name, POINTS)
    np.testing.assert_allclose(value, FORMULAS[name].value(z), rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(slope, FORMULAS[name].slope(z), rtol=1e-14, atol=1e-15)


def test_an_activation_by_a_formula():
    cell = CELLS["rnn"].with_activation("x * tanh(softplus(x))")
    act = torch_functions.functions_of(cell)["act"]
    results = []
    for function in act, nn.functional.mish:
        z = torch.tensor(POINTS, dtype=torch.float64, requires_grad=True)
        value = function(z)
        value.sum().backward()
        results.append(torch.stack([value.detach(), z.grad]))
    torch.testing.assert_close(*results, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "value", "slope"),
    [
        ("exp", np.exp, np.exp),
        ("log", np.log, lambda x: 1 / x),
        ("sqrt", np.sqrt, lambda x: 0.5 / np.sqrt(x)),
        ("abs", np.abs, np.sign),
    ],
)
def test_values_and_slopes_of_other_functions(name, value, slope):
    x = np.array([point for point in POINTS if point > 0 or name in ("exp", "abs")])
    got = value_and_slopes(name, x.tolist())
    np.testing.assert_allclose(got, [value(x), slope(x)], rtol=1e-15)


@pytest.mark.parametrize(("name", "of_two"), [("max", np.maximum), ("min", np.minimum)])
def test_max_and_min_have_the_first_argument_s_slope_at_a_tie_and_keep_nan(name, of_two):
    a = np.array([1.0, 1.0, 2.0, np.nan, 1.0])
    b = np.array([2.0, 1.0, 1.0, 1.0, np.nan])
    value, by_a, by_b = value_and_slopes(name, a.tolist(), b.tolist())
    np.testing.assert_array_equal(value, of_two(a, b))
    np.testing.assert_array_equal(by_a[:3], (value == a)[:3])
    np.testing.assert_array_equal(by_a + by_b, 1)
