"""Networks to PyTorch and back: the same outputs, and every module that is none of ours refused."""

import copy
import itertools
import sys

import numpy as np
import pytest

from rnnsweep import Model, RnnsweepError, torch_bridge
from rnnsweep.vocabulary import ACTIVATIONS

try:
    import torch
    from torch import nn

    from rnnsweep import torch_modules
except ImportError:
    torch = None

needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")

CELLS = [("rnn", 1), ("rnn", 3), ("lstm", 1), ("lstm", 2), ("gru", 1), ("gru", 3)]

# Of the largest output: sums of some ten products, over a few time steps and layers, are a few
# units in the last place.
TOLERANCE = {"float32": 1e-6, "float64": 1e-12}


def make_model(cell="rnn", layers=1, **words):
    words = {"input_size": 3, "hidden_size": 5, "output_size": 2, "dtype": "float64", **words}
    return Model(cell=cell, num_layers=layers, **words)


def drawn(model, seed=0):
    """Params that are nowhere 0: the biases of most schemes are."""
    rng = np.random.default_rng(seed)
    params = model.init(seed=seed)
    return {
        name: rng.uniform(-0.5, 0.5, array.shape).astype(array.dtype)
        for name, array in params.items()
    }


def inputs(model, n=4, seq_len=7):
    x = np.random.default_rng(1).standard_normal((n, seq_len, model.sizes.input))
    return x.astype(model.dtype)


def assert_same_outputs(model, params, module):
    x = inputs(model)
    with torch.no_grad():
        theirs = module(torch.tensor(x)).numpy()
    assert theirs.dtype == model.dtype
    ours = model.forward(params, x)
    tolerance = TOLERANCE[model.dtype.name] * abs(ours).max()
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=tolerance)


@needs_torch
@pytest.mark.parametrize(("cell", "layers"), CELLS)
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("output_activation", ["identity", "sigmoid"])
def test_the_module_gives_the_same_outputs(cell, layers, dtype, output, output_activation):
    model = make_model(
        cell, layers, dtype=dtype, output=output, output_activation=output_activation
    )
    params = drawn(model)
    module = torch_bridge.to_torch(model, params)
    assert isinstance(getattr(module, cell), {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell])
    assert isinstance(module.readout, nn.Linear)
    assert_same_outputs(model, params, module)


@needs_torch
@pytest.mark.parametrize(("cell", "layers"), CELLS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(cell, layers, activation):
    model = make_model(cell, layers, activation=activation, output="every")
    params = drawn(model)
    module = torch_bridge.to_torch(model, params)
    own = activation == "tanh" or (cell, activation) == ("rnn", "relu")
    assert isinstance(getattr(module, cell), nn.RNNBase) == own
    assert_same_outputs(model, params, module)


@needs_torch
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("cell", "layers"), CELLS)
def test_outputs_above_1_agree_in_proportion(cell, layers, dtype):
    for activation, init in itertools.product(("tanh", "relu", "sin"), ("orthogonal", "torch")):
        words = {"activation": activation, "init": init, "output": "every"}
        model = make_model(cell, layers, dtype=dtype, **words)
        params = model.init(seed=1)
        params["W_hy"] *= 100
        assert abs(model.forward(params, inputs(model))).max() > 1
        assert_same_outputs(model, params, torch_bridge.to_torch(model, params))


@needs_torch
def test_the_loop_is_what_pytorch_computes():
    # With tanh both are there: the loop in PyTorch's own names against PyTorch.
    torch.manual_seed(0)
    x = torch.randn(3, 6, 4, dtype=torch.float64)
    for cell, kind in (("rnn", nn.RNN), ("lstm", nn.LSTM), ("gru", nn.GRU)):
        theirs = kind(4, 5, num_layers=2, batch_first=True).double()
        ours = torch_modules.Recurrence(cell, 4, 5, 2, "tanh").double()
        ours.load_state_dict(theirs.state_dict())
        states, ends = ours(x)
        expected, at_end = theirs(x)
        at_end = at_end[0] if cell == "lstm" else at_end
        # ten sums of ten terms near 1 in double precision
        torch.testing.assert_close(states, expected, rtol=0, atol=1e-14)
        torch.testing.assert_close(ends, at_end, rtol=0, atol=1e-14)


@needs_torch
@pytest.mark.parametrize(("cell", "layers"), CELLS)
@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_there_and_back(cell, layers, activation):
    model = make_model(
        cell, layers, activation=activation, output="every", output_activation="sigmoid"
    )
    params = drawn(model)
    again, returned = torch_bridge.from_torch(torch_bridge.to_torch(model, params))
    for name in ("cell", "sizes", "activation", "output", "output_activation", "dtype"):
        assert getattr(again, name) == getattr(model, name)
    assert returned.keys() == params.keys()
    for name, array in params.items():
        np.testing.assert_array_equal(returned[name], array, strict=True)


@needs_torch
def test_neither_side_sees_what_the_other_does_later():
    model = make_model()
    params = drawn(model)
    module = torch_bridge.to_torch(model, params)
    _, returned = torch_bridge.from_torch(module)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    for name, array in params.items():
        assert array.any()
        np.testing.assert_array_equal(returned[name], array)


@needs_torch
@pytest.mark.parametrize(("cell", "layers"), CELLS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
def test_a_module_of_pytorch_s_own_parts(cell, layers, bias, batch_first):
    class Theirs(nn.Module):
        def __init__(self):
            super().__init__()
            kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell]
            self.body = kind(3, 5, num_layers=layers, bias=bias, batch_first=batch_first)
            self.output = nn.Linear(5, 2, bias=bias)  # a name that ours use for a word

        def forward(self, x):
            x = x if batch_first else x.transpose(0, 1)
            states, _ = self.body(x)
            states = states if batch_first else states.transpose(0, 1)
            return torch.sigmoid(self.output(states))

    torch.manual_seed(0)
    module = Theirs().double()
    model, params = torch_bridge.from_torch(module, output="every", output_activation="sigmoid")
    assert (model.cell, model.output) == (cell, "every")
    assert_same_outputs(model, params, module)
    assert torch_bridge.from_torch(module)[0].output == "last"


@needs_torch
def test_a_module_trained_further_in_pytorch():
    model = make_model("rnn")
    module = torch_bridge.to_torch(model, drawn(model))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    before = copy.deepcopy(module.state_dict())
    module(torch.tensor(inputs(model))).square().mean().backward()
    optimizer.step()
    assert all((before[name] != value).any() for name, value in module.state_dict().items())
    trained, params = torch_bridge.from_torch(module)  # with both biases
    assert_same_outputs(trained, params, module)


@needs_torch
@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("activation", ["tanh", "sin"])
def test_lengths(output, activation):
    model = make_model(output=output, activation=activation)
    params, x, lengths = drawn(model), inputs(model), np.array([7, 1, 3, 6])
    module = torch_bridge.to_torch(model, params)
    with torch.no_grad():
        theirs = module(torch.tensor(x), torch.tensor(lengths)).numpy()
        for same in (lengths, lengths.tolist()):  # no tensor is needed
            np.testing.assert_array_equal(module(torch.tensor(x), same).numpy(), theirs)
    expected = model.forward(params, x, lengths)
    np.testing.assert_allclose(theirs, expected, rtol=0, atol=1e-12)
    if output == "every":
        assert not theirs[1, 1:].any()
        assert theirs[1, 0].all()


@needs_torch
def test_whole_numbers_are_columns_of_the_identity():
    model = make_model(output="every")
    params = drawn(model)
    tokens = np.random.default_rng(0).integers(3, size=(4, 6))
    module = torch_bridge.to_torch(model, params)
    with torch.no_grad():
        theirs = module(torch.tensor(tokens)).numpy()
    np.testing.assert_allclose(theirs, model.forward(params, np.eye(3)[tokens]), rtol=0, atol=1e-12)


def parts(*modules):
    return nn.ModuleList(modules)


REFUSED = {
    "bidirectional": (lambda: parts(nn.LSTM(2, 3, bidirectional=True), nn.Linear(6, 1)), "bidirec"),
    "projected": (lambda: parts(nn.LSTM(2, 3, proj_size=2), nn.Linear(2, 1)), "proj_size 2"),
    "no readout": (lambda: parts(nn.GRU(2, 3)), r"holds 0 of nn\.Linear; needed: one"),
    "two readouts": (lambda: parts(nn.GRU(2, 3), nn.Linear(3, 2), nn.Linear(2, 1)), "holds 2 of"),
    "no cell": (lambda: parts(nn.Linear(3, 2)), r"holds 0 of nn\.RNN, nn\.LSTM or nn\.GRU"),
    "another width": (lambda: parts(nn.RNN(2, 3), nn.Linear(4, 1)), "takes 4 features.*3 hidden"),
    "half": (lambda: parts(nn.RNN(2, 3), nn.Linear(3, 1)).half(), r"float16; needed.*float\(\)"),
    "mixed": (lambda: parts(nn.RNN(2, 3), nn.Linear(3, 1).double()), "float32, torch.float64"),
}


@needs_torch
@pytest.mark.parametrize("which", REFUSED)
def test_other_modules_are_refused(which):
    make, match = REFUSED[which]
    with pytest.raises(ValueError, match=match):
        torch_bridge.from_torch(make())


@needs_torch
@pytest.mark.parametrize("what", [object(), None, "module"])
def test_what_is_no_module_is_refused(what):
    with pytest.raises(ValueError, match=r"module is of type \w+; needed: an nn\.Module"):
        torch_bridge.from_torch(what)


@needs_torch
def test_words_that_are_none_are_refused():
    module = parts(nn.RNN(2, 3), nn.Linear(3, 1))
    with pytest.raises(ValueError, match="output is 'first'"):
        torch_bridge.from_torch(module, output="first")


def test_without_pytorch_the_way_to_it_is_told(monkeypatch):
    model = make_model()
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "rnnsweep.torch_modules", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'rnnsweep\[torch\]'") as caught:
        torch_bridge.to_torch(model, model.init())
    assert isinstance(caught.value, RnnsweepError)
