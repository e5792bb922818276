"""Gradients of any cell, as they are derived, compared with PyTorch's own reverse mode.

Both take the exact derivative, so they agree to rounding, at ties and kinks, too.
"""

import drawn_cells
import numpy as np
import pytest
from hypothesis import assume, given, settings
from torch_cases import drawn, inputs, make_model

from rnnsweep.cells import CELLS
from rnnsweep.cells.emit import emit
from rnnsweep.cells.gradcheck import N_HIDDEN, N_IN, SCALES, Network, Numbers
from rnnsweep.cells.python_source import numpy_functions
from rnnsweep.network.layout import feeds

torch = pytest.importorskip("torch")

from rnnsweep.network.torch_recurrence import Recurrence  # noqa: E402

LENGTHS = np.array([7, 1, 3, 6])


@pytest.mark.parametrize("name", CELLS)
def test_gradients_of_the_built_in_cells(name):
    activation = "gelu" if name in ("rnn", "lstm", "gru") else "tanh"  # what PyTorch lacks
    model = make_model(name, 2, activation=activation, output="every")
    params, x = drawn(model), inputs(model)
    target = np.random.default_rng(2).normal(size=(*x.shape[:2], 2))
    counted = np.arange(x.shape[1]) < LENGTHS[:, np.newaxis]
    module = model.to_torch(params)
    errors = module(torch.tensor(x), LENGTHS) - torch.tensor(target)
    value = errors[torch.tensor(counted)].square().mean()
    value.backward()
    loss, grads = model.loss_and_gradients(params, x, target, lengths=LENGTHS)
    assert loss == pytest.approx(value.item(), rel=1e-12)
    for ours, name_there in module.recurrent.names_by_ours.items():
        want = getattr(module.recurrent, name_there).grad.numpy()
        allowed = 1e-9 * np.abs(want).max()
        np.testing.assert_allclose(grads[ours], want, rtol=0, atol=allowed, err_msg=ours)


def parts_by_name(cell, tensors):
    """Return arrays by the names of `gradcheck`, one for each sum, from those of a layer."""
    with_input = [each.name for each in cell.sums if each.has_input]
    with_bias = [each.name for each in cell.sums if each.has_input and each.has_bias]
    columns = {"W_xh": [f"W_x_{name}" for name in with_input]}
    columns["b_h"] = [f"b_{name}" for name in with_bias]
    for feed in feeds(cell):
        columns[feed.name] = [f"W_{feed.value}_{name}" for name in feed.sums]
    parts = {}
    for name, tensor in tensors.items():
        names = columns.get(name, [name])
        parts |= zip(names, tensor.chunk(len(names), dim=-1), strict=True)
    return parts


@settings(max_examples=100, deadline=None)
@given(drawn_cells.cells())
def test_gradients_of_drawn_cells(cell):
    # What `read_cell` refuses: no input at all, and a bias of the name b_h.
    assume(any(each.has_input for each in cell.sums))
    assume(all(each.has_input or each.name != "h" for each in cell.sums))
    program = cell.program
    numbers = Numbers(np.random.default_rng(0))
    network = Network(cell, program, numpy_functions(emit(program)), numbers, SCALES[0])
    for number in range(len(cell.states)):
        network.view(len(program.kept) + number)[:] = 0.0  # the states before the first time step
    network.noise[:] = 0.0
    with np.errstate(all="ignore"):
        loss = network.forward()[0]
        gradients = network.backward()
    assume(np.isfinite(loss) and all(np.isfinite(each).all() for each in gradients.values()))

    recurrence = Recurrence(cell, N_IN, N_HIDDEN, 1).double().eval()
    tensors = {name.removesuffix("_l0"): each for name, each in recurrence.named_parameters()}
    with torch.no_grad():
        for name, part in parts_by_name(cell, tensors).items():
            part.copy_(torch.tensor(network.params[name][0]))
    x, weights = (torch.tensor(each.swapaxes(0, 1)) for each in (network.x, network.loss_weights))
    value = (recurrence(x)[0] * weights).sum()
    if value.requires_grad:  # the states may depend on no param
        value.backward()
    size = np.abs(network.loss_weights).sum()
    assert value.item() == pytest.approx(loss, rel=1e-10, abs=1e-12 * size)
    largest = max(np.abs(each).max() for each in gradients.values())
    # A param without effect has no gradient there.
    there = {
        name: torch.zeros_like(each) if each.grad is None else each.grad
        for name, each in tensors.items()
    }
    for name, want in parts_by_name(cell, there).items():
        allowed = 1e-9 * (largest + 1e-3)
        np.testing.assert_allclose(
            gradients[name], want.numpy(), rtol=1e-9, atol=allowed, err_msg=name
        )
