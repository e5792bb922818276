"""Networks to PyTorch and back: the same outputs, and every other module is refused."""

import copy
import itertools
import sys

import numpy as np
import pytest
from torch_cases import TOLERANCE, assert_same_outputs, drawn, inputs, make_model

from rnnsweep import Model, RnnsweepError
from rnnsweep.vocabulary import ACTIVATIONS

try:
    import torch
    from torch import nn

    from rnnsweep.network.torch_recurrence import Recurrence
except ImportError:
    torch = None

needs_torch = pytest.mark.skipif(torch is None, reason="PyTorch is not installed")

# The others: test_torch_recurrence.
CELLS_AND_LAYERS = list(itertools.product(("rnn", "lstm", "gru"), (1, 3)))
PYTORCH = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU} if torch else {}


@needs_torch
@pytest.mark.parametrize(("cell", "layers"), CELLS_AND_LAYERS)
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("output_activation", ["identity", "sigmoid"])
def test_the_module_gives_the_same_outputs(cell, layers, dtype, output, output_activation):
    model = make_model(
        cell, layers, dtype=dtype, output=output, output_activation=output_activation
    )
    params = drawn(model)
    module = model.to_torch(params)
    assert isinstance(getattr(module, cell), PYTORCH[cell])
    assert isinstance(module.readout, nn.Linear)
    assert_same_outputs(model, params, module)


@needs_torch
@pytest.mark.parametrize(("cell", "layers"), CELLS_AND_LAYERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(cell, layers, activation):
    model = make_model(cell, layers, activation=activation, output="every")
    params = drawn(model)
    module = model.to_torch(params)
    is_pytorch_s = activation == "tanh" or (cell, activation) == ("rnn", "relu")
    assert type(getattr(module, cell)) is (PYTORCH[cell] if is_pytorch_s else Recurrence)
    assert_same_outputs(model, params, module)


@needs_torch
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("cell", "layers"), CELLS_AND_LAYERS)
def test_outputs_above_1_agree_in_proportion(cell, layers, dtype):
    for activation, init in itertools.product(("tanh", "relu", "sin"), ("orthogonal", "torch")):
        words = {"activation": activation, "init": init, "output": "every"}
        model = make_model(cell, layers, dtype=dtype, **words)
        params = model.init(seed=1)
        params["W_hy"] *= 1000
        assert abs(model.forward(params, inputs(model))).max() > 1
        assert_same_outputs(model, params, model.to_torch(params))


@needs_torch
@pytest.mark.parametrize(("cell", "layers"), CELLS_AND_LAYERS)
@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_there_and_back(cell, layers, activation):
    model = make_model(
        cell, layers, activation=activation, output="every", output_activation="sigmoid"
    )
    params = drawn(model)
    again, returned = Model.from_torch(model.to_torch(params))
    for name in ("cell", "sizes", "activation", "output", "output_activation", "dtype"):
        assert getattr(again, name) == getattr(model, name)
    assert returned.keys() == params.keys()
    for name, array in params.items():
        np.testing.assert_array_equal(returned[name], array, strict=True)


@needs_torch
def test_neither_side_sees_what_the_other_does_later():
    model = make_model()
    params = drawn(model)
    module = model.to_torch(params)
    _, returned = Model.from_torch(module)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    for name, array in params.items():
        assert array.any()
        np.testing.assert_array_equal(returned[name], array)


@needs_torch
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
def test_a_module_of_pytorch_s_own_parts(cell, layers, bias, batch_first):
    class Theirs(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = PYTORCH[cell](3, 5, num_layers=layers, bias=bias, batch_first=batch_first)
            self.output = nn.Linear(5, 2, bias=bias)  # `Network` has a setting of this name

        def forward(self, x):
            x = x if batch_first else x.transpose(0, 1)
            states, _ = self.body(x)
            states = states if batch_first else states.transpose(0, 1)
            return torch.sigmoid(self.output(states))

    torch.manual_seed(0)
    module = Theirs().double()
    model, params = Model.from_torch(module, output="every", output_activation="sigmoid")
    assert (model.cell, model.output) == (cell, "every")
    assert_same_outputs(model, params, module)
    assert Model.from_torch(module)[0].output == "last"


@needs_torch
def test_a_module_trained_further_in_pytorch():
    model = make_model("rnn")
    module = model.to_torch(drawn(model))
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    before = copy.deepcopy(module.state_dict())
    module(torch.tensor(inputs(model))).square().mean().backward()
    optimizer.step()
    assert all((before[name] != value).any() for name, value in module.state_dict().items())
    trained, params = Model.from_torch(module)  # with both biases
    assert_same_outputs(trained, params, module)


@needs_torch
@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("activation", ["tanh", "sin"])
def test_lengths(output, activation):
    model = make_model(output=output, activation=activation)
    params, x, lengths = drawn(model), inputs(model), np.array([7, 1, 3, 6])
    module = model.to_torch(params)
    with torch.no_grad():
        outputs = module(torch.tensor(x), torch.tensor(lengths)).numpy()
        for same in (lengths, lengths.tolist()):  # no tensor is needed
            np.testing.assert_array_equal(module(torch.tensor(x), same).numpy(), outputs)
    expected = model.forward(params, x, lengths)
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-12)
    if output == "every":
        assert not outputs[1, 1:].any()
        assert outputs[1, 0].all()


@needs_torch
def test_whole_numbers_are_columns_of_the_identity():
    model = make_model(output="every")
    params = drawn(model)
    tokens = np.random.default_rng(0).integers(3, size=(4, 6))
    module = model.to_torch(params)
    with torch.no_grad():
        outputs = module(torch.tensor(tokens)).numpy()
    np.testing.assert_allclose(
        outputs, model.forward(params, np.eye(3)[tokens]), rtol=0, atol=1e-12
    )


def parts(*modules):
    return nn.ModuleList(modules)


REFUSED = {
    "bidirectional": (lambda: parts(nn.LSTM(2, 3, bidirectional=True), nn.Linear(6, 1)), "bidirec"),
    "projected": (lambda: parts(nn.LSTM(2, 3, proj_size=2), nn.Linear(2, 1)), "proj_size 2"),
    "no readout": (lambda: parts(nn.GRU(2, 3)), r"holds 0 of nn\.Linear; needed: one"),
    "two readouts": (
        lambda: parts(nn.GRU(2, 3), nn.Linear(3, 2), nn.Linear(2, 1)),
        r"holds 2 of nn\.Linear \(1, 2\)",
    ),
    "two cells": (lambda: parts(nn.GRU(2, 3), nn.RNN(3, 3), nn.Linear(3, 1)), r"2 of .* \(0, 1\)"),
    "no values": (lambda: parts(nn.RNN(2, 3), nn.Linear(3, 1)).to("meta"), 'device "meta"'),
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
        Model.from_torch(make())


class Wrapper(nn.Module if torch else object):
    """A recurrent part and a linear one, with whatever else is put upon it."""

    def __init__(self, **more):
        super().__init__()
        self.rnn, self.head = nn.LSTM(3, 5, batch_first=True), nn.Linear(5, 2)
        for name, part in more.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


# Every layer of PyTorch that does something to what passes through it.
LAYERS = {
    "Embedding": (4, 3), "LayerNorm": (5,), "BatchNorm1d": (5,), "Conv1d": (3, 3, 1),
    "GroupNorm": (1, 5), "InstanceNorm1d": (5,), "RMSNorm": (5,), "PReLU": (), "ReLU": (),
    "Tanh": (), "Sigmoid": (), "Softmax": (), "GELU": (), "LogSoftmax": (), "Hardtanh": (),
    "Bilinear": (2, 3, 4), "MultiheadAttention": (4, 2), "Flatten": (), "AvgPool1d": (2,),
    "MaxPool1d": (2,), "ZeroPad1d": (1,), "Softplus": (), "RNNCell": (2, 3), "GRUCell": (2, 3),
    "LSTMCell": (2, 3), "EmbeddingBag": (4, 3), "ConvTranspose1d": (2, 2, 1), "RReLU": (),
    "LocalResponseNorm": (2,), "TransformerEncoderLayer": (4, 2), "Upsample": (), "Unflatten":
    (1, (1, 1)),
}  # fmt: skip


@needs_torch
@pytest.mark.parametrize("layer", LAYERS)
def test_every_other_layer_is_refused_by_its_name(layer):
    makes = [
        lambda part: Wrapper(norm=part),
        lambda part: Wrapper(norm=nn.Sequential(nn.Identity(), part)),
        lambda part: nn.Sequential(part, Wrapper()),
        lambda part: Wrapper(norm=nn.ModuleDict({"a": nn.Dropout(0.5), "b": part})),
    ]
    for make in makes:
        module = make(getattr(nn, layer)(*LAYERS[layer]))
        # A few hold linear layers themselves.
        with pytest.raises(ValueError, match=rf"of type {layer},|holds \d of nn\.Linear"):
            Model.from_torch(module)


class Squares(nn.Module if torch else object):
    def forward(self, x):
        return x * x


class Scaled(nn.LSTM if torch else object):
    def forward(self, x, states=None):
        return super().forward(2 * x, states)


class Same(nn.LSTM if torch else object):
    """A class of the user's that changes nothing."""


def with_parameter(at):
    module = Wrapper()
    module.get_submodule(at).register_parameter("h0", nn.Parameter(torch.zeros(5)))
    return module


def with_buffer(persistent):
    module = Wrapper()
    module.register_buffer("mean", torch.zeros(3), persistent=persistent)
    return module


def with_hook(register, at):
    module = Wrapper()
    getattr(module.get_submodule(at), register)(lambda *arguments: None)
    return module


def parametrized(make, at, name):
    module = Wrapper()
    make(module.get_submodule(at), name)
    return module


def with_forward():
    module = Wrapper()
    module.rnn.forward = lambda x: (x, None)
    return module


def changed():
    """Modules with something put upon them, and what the message names."""
    from torch.nn.utils import parametrizations, prune

    norm = torch.nn.utils.weight_norm
    return {
        "a learned state": (lambda: with_parameter(""), "parameter h0"),
        "a parameter of the cell": (lambda: with_parameter("rnn"), r"parameter rnn\.h0"),
        "a parameter of the readout": (lambda: with_parameter("head"), r"parameter head\.h0"),
        "a buffer": (lambda: with_buffer(True), "buffer mean"),
        "a buffer that is not saved": (lambda: with_buffer(False), "buffer mean"),
        "weight_norm": (
            lambda: parametrized(parametrizations.weight_norm, "rnn", "weight_hh_l0"),
            "its rnn, of type ParametrizedLSTM, computes its weight_hh_l0 by a parametrization",
        ),
        "spectral_norm": (
            lambda: parametrized(parametrizations.spectral_norm, "head", "weight"),
            "its head, .* its weight by a parametrization",
        ),
        "orthogonal": (
            lambda: parametrized(parametrizations.orthogonal, "rnn", "weight_hh_l0"),
            "by a parametrization",
        ),
        "old weight_norm": (lambda: parametrized(norm, "rnn", "weight_ih_l0"), "hook WeightNorm"),
        "pruning": (
            lambda: parametrized(prune.identity, "rnn", "weight_hh_l0"), "its rnn, .* the hook",
        ),
        "pruning of the readout": (
            lambda: parametrized(prune.identity, "head", "weight"), "its head, .* the hook",
        ),
        "a forward of its own": (with_forward, "its rnn, .* has a forward of its own"),
        "a subclass": (lambda: parts(Scaled(2, 3), nn.Linear(3, 1)), "Scaled, has a forward"),
        "a layer of the user's": (lambda: Wrapper(head2=Squares()), "head2, of type Squares"),
        "PyTorch's own wrapper": (lambda: nn.DataParallel(Wrapper()), "a DataParallel"),
    }  # fmt: skip


@needs_torch
@pytest.mark.parametrize("which", changed() if torch else [])
@pytest.mark.filterwarnings("ignore:.*weight_norm. is deprecated:FutureWarning")
def test_what_is_put_upon_a_module_is_refused_by_its_name(which):
    make, match = changed()[which]
    with pytest.raises(ValueError, match=match):
        Model.from_torch(make())


@needs_torch
@pytest.mark.parametrize("at", ["", "rnn", "head"])
@pytest.mark.parametrize(
    "register",
    [
        "register_forward_hook",
        "register_forward_pre_hook",
        "register_full_backward_hook",
        "register_full_backward_pre_hook",
    ],
)
def test_hooks_are_refused(register, at):
    with pytest.raises(ValueError, match=f"{at or 'the module'}, of type .* has the hook"):
        Model.from_torch(with_hook(register, at))


@needs_torch
def test_what_changes_no_output_passes():
    torch.manual_seed(0)
    plain = Wrapper()
    expected = Model.from_torch(plain)[1]
    dropouts = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout)
    for module in (
        Wrapper(drop=nn.Sequential(*[dropout(0.5) for dropout in dropouts], nn.Identity())),
        nn.Sequential(nn.Sequential(plain.rnn), nn.Identity(), nn.Sequential(plain.head)),
        nn.ModuleDict({"a": plain, "b": nn.FeatureAlphaDropout(0.1)}),
        nn.ModuleList([plain.rnn, plain.head]),
        Wrapper(inner=nn.Identity()),
    ):
        module.load_state_dict(plain.state_dict(), strict=False)
        params = Model.from_torch(module)[1]
        for name, array in expected.items():
            np.testing.assert_array_equal(params[name], array)
    same = parts(Same(2, 3, num_layers=2, dropout=0.5), nn.Linear(3, 1))
    assert Model.from_torch(same)[0].cell == "lstm"


@needs_torch
def test_a_sigmoid_behind_the_readout_is_the_output_activation():
    head = nn.Sequential(nn.Linear(5, 2), nn.Dropout(0.1), nn.Sigmoid())
    module = nn.ModuleList([nn.GRU(3, 5), head])
    assert Model.from_torch(module, output_activation="sigmoid")[0].output_activation == ("sigmoid")
    with pytest.raises(ValueError, match=r"holds 1\.2, of type Sigmoid"):
        Model.from_torch(module)
    between = nn.ModuleList([nn.GRU(3, 5), nn.Sigmoid(), nn.Linear(5, 2)])
    with pytest.raises(ValueError, match="Sigmoid"):
        Model.from_torch(between, output_activation="sigmoid")


@needs_torch
def test_parameters_that_are_shared_are_carried_over():
    module = parts(nn.RNN(5, 5, num_layers=2), nn.Linear(5, 5))
    module[0].weight_hh_l1 = module[0].weight_hh_l0
    module[1].weight = module[0].weight_ih_l0
    _, params = Model.from_torch(module)
    np.testing.assert_array_equal(params["W_hh_1"], params["W_hh"])
    np.testing.assert_array_equal(params["W_hy"], params["W_xh"])


@needs_torch
@pytest.mark.parametrize("what", [object(), None, "module"])
def test_what_is_no_module_is_refused(what):
    with pytest.raises(ValueError, match=r"module is of type \w+; needed: an nn\.Module"):
        Model.from_torch(what)


@needs_torch
def test_words_that_are_none_are_refused():
    module = parts(nn.RNN(2, 3), nn.Linear(3, 1))
    with pytest.raises(ValueError, match="output is 'first'"):
        Model.from_torch(module, output="first")


def test_without_pytorch_the_way_to_it_is_told(monkeypatch):
    model = make_model()
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "rnnsweep.network.torch_modules", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'rnnsweep\[torch\]'") as caught:
        model.to_torch(model.init())
    assert isinstance(caught.value, RnnsweepError)
