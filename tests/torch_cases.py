"""Networks for the tests of the way to PyTorch and back, and what "the same outputs" means."""

import numpy as np

from rnnsweep import Model

try:
    import torch
except ImportError:
    torch = None

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


def assert_same_outputs(model, params, module, lengths=None):
    x = inputs(model)
    arguments = (torch.tensor(x),) if lengths is None else (torch.tensor(x), lengths)
    with torch.no_grad():
        outputs = module(*arguments).numpy()
    assert outputs.dtype == model.dtype
    expected = model.forward(params, x, lengths)
    tolerance = TOLERANCE[model.dtype.name] * abs(expected).max()
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=tolerance)
