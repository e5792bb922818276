"""Converts networks to and from PyTorch, which is imported when one of these functions is called.

A cell that PyTorch lacks becomes a loop over time whose parameters are ours. The matrices of
PyTorch's own modules are transposes of ours: `W_xh` is ``weight_ih.T``, its columns are the gates
in PyTorch's order. PyTorch adds two biases where one is enough. They are summed here, except where
a product with h has a bias of its own: ``bias_hh`` of the gate n of a GRU is `b_hn`.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnsweep.cells import CELLS, Cell
from rnnsweep.errors import RnnsweepError

from .layout import Params

if TYPE_CHECKING:
    from torch import nn


class NoTorchError(RnnsweepError, ImportError):
    """PyTorch is not installed."""


def to_torch(cell: Cell, settings: Mapping[str, Any], params: Params) -> "nn.Module":
    """Return a PyTorch module with these params, which gives the same outputs.

    Parameters
    ----------
    cell : Cell
        With the activation and the constants of the model.
    settings : mapping
        Keyword arguments of `Model`, as `Model.words` returns them.
    params : dict
        Arrays by name, in the shapes that `Model.init` returns.

    Returns
    -------
    torch_modules.Network
        With ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU`` inside where PyTorch has the cell with the
        activation, else with a loop over time, `torch_recurrence.Recurrence`; in the dtype of the
        model, on the CPU. Every parameter can be trained further. The module is in evaluation
        mode, in which `noise()` is 0; its ``train()`` turns the noise on.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    """
    torch, modules = _torch()
    module: nn.Module = modules.Network(
        cell,
        settings["input_size"],
        settings["hidden_size"],
        settings["output_size"],
        settings["num_layers"],
        settings["output_activation"],
        settings["output"],
    ).to(getattr(torch, settings["dtype"]))
    readout = {"weight": params["W_hy"].T, "bias": params["b_y"]}
    recurrent = {name: array for name, array in params.items() if name not in ("W_hy", "b_y")}
    if isinstance(module.recurrent, modules.Recurrence):
        names = module.recurrent.names_by_ours
        recurrent = {names[name]: array for name, array in recurrent.items()}
    else:
        recurrent = _to_pytorch(recurrent, cell, settings["num_layers"])
    arrays = {f"readout.{name}": array for name, array in readout.items()}
    arrays |= {f"{module.recurrent_name}.{name}": array for name, array in recurrent.items()}
    # Copies: the module must share no memory with the params.
    module.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    return module.eval()


def from_torch(
    module: "nn.Module", *, output: str | None = None, output_activation: str | None = None
) -> tuple[dict[str, Any], Params]:
    """Return the settings of the network that a PyTorch module is, and its params.

    Parameters
    ----------
    module : nn.Module
        What `to_torch` returns, or any module that holds one ``nn.RNN``, ``nn.LSTM`` or
        ``nn.GRU`` and one ``nn.Linear`` that reads its hidden states, in containers and next to
        ``nn.Identity`` and dropout, which has no effect after training. What the module's own
        ``forward`` computes between or after them cannot be checked.
    output : {"last", "every"}, optional
        The time steps that are read; as the module says if it is one of `to_torch`, else "last".
    output_activation : {"identity", "sigmoid"}, optional
        Of what is read; as the module says if it is one of `to_torch`, else "identity". With
        "sigmoid" the module may have an ``nn.Sigmoid`` right behind its ``nn.Linear``.

    Returns
    -------
    settings : dict
        Keyword arguments of `Model`.
    params : dict
        Copies, by name.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    ValueError
        If the module is another network: bidirectional, projected, of another dtype, with several
        recurrent or linear parts or none; if it holds any other part, parameter, buffer, hook or
        parametrization, which is named; or is no module at all.
    """
    torch, modules = _torch()
    parts = import_module("rnnsweep.network.torch_parts")
    if not isinstance(module, torch.nn.Module):
        raise ValueError(f"module is of type {type(module).__name__}; needed: an nn.Module")
    if isinstance(module, modules.Network):
        output = output or module.output
        output_activation = output_activation or module.output_activation
    recurrent, linear = parts.parts_of(module, output_activation)
    tensors = {
        name: tensor.detach().cpu().numpy()
        for name, tensor in parts.parameters_of(recurrent).items()
    }
    if isinstance(recurrent, modules.Recurrence):
        cell = recurrent.cell
        names = recurrent.names_by_ours
        params = {name: tensors[pytorch_name].copy() for name, pytorch_name in names.items()}
    else:
        cell = _cell(recurrent)
        params = _from_pytorch(tensors, cell, recurrent.num_layers)
    settings = {
        "cell": _word(cell),
        "input_size": recurrent.input_size,
        "hidden_size": recurrent.hidden_size,
        "output_size": linear.out_features,
        "num_layers": recurrent.num_layers,
        "activation": cell.activation,
        "output": output or "last",
        "output_activation": output_activation or "identity",
        "dtype": parts.DTYPES[str(linear.weight.dtype)],
    }
    params["W_hy"] = linear.weight.detach().cpu().numpy().T.copy()
    params["b_y"] = np.zeros(linear.out_features, settings["dtype"])
    if linear.bias is not None:
        params["b_y"] += linear.bias.detach().cpu().numpy()
    return settings, params


def _to_pytorch(params: Params, cell: Cell, n_layers: int) -> Params:
    """Return arrays by the names of the parameters of one of PyTorch's recurrent modules."""
    _, own = _sums(cell)
    arrays: Params = {}
    for layer in range(n_layers):
        end = _suffix(layer)
        b_x = params[f"b_h{end}"]
        biases = [params.get(f"b_{name}{end}") for name in own]
        none = np.zeros_like(b_x[: len(b_x) // len(own)])
        arrays |= {
            f"weight_ih_l{layer}": params[f"W_xh{end}"].T,
            f"weight_hh_l{layer}": params[f"W_hh{end}"].T,
            f"bias_ih_l{layer}": b_x,
            f"bias_hh_l{layer}": np.concatenate([none if b is None else b for b in biases]),
        }
    return arrays


def _from_pytorch(arrays: Params, cell: Cell, n_layers: int) -> Params:
    """Return the recurrent layers' params by our names; the inverse of `_to_pytorch`."""
    with_input, with_h = _sums(cell)
    params: Params = {}
    for layer in range(n_layers):
        end = _suffix(layer)
        w_x, w_h = arrays[f"weight_ih_l{layer}"], arrays[f"weight_hh_l{layer}"]
        none = np.zeros(len(w_x), w_x.dtype)  # a module made with bias=False
        b_x, b_h = (
            dict(zip(names, np.split(arrays.get(name, none), len(names)), strict=True))
            for names, name in ((with_input, f"bias_ih_l{layer}"), (with_h, f"bias_hh_l{layer}"))
        )
        params |= {f"W_xh{end}": w_x.T.copy(), f"W_hh{end}": w_h.T.copy()}
        params[f"b_h{end}"] = np.concatenate([b_x[name] + b_h.pop(name, 0) for name in with_input])
        params |= {f"b_{name}{end}": bias.copy() for name, bias in b_h.items()}
    return params


def _sums(cell: Cell) -> tuple[list[str], list[str]]:
    """Return the names of the sums of x, and of those of h; in the order of PyTorch's gates."""
    with_input = [each.name for each in cell.sums if each.has_input]
    return with_input, [each.name for each in cell.sums if each.feeds]


def _cell(recurrent: Any) -> Cell:
    """Return the cell that one of PyTorch's modules is."""
    if recurrent.mode.startswith("RNN_"):  # RNN_TANH, RNN_RELU
        return CELLS["rnn"].with_activation(recurrent.mode.removeprefix("RNN_").lower())
    return CELLS[recurrent.mode.lower()].with_activation("tanh")


def _word(cell: Cell) -> str | Cell:
    """Return the word of a built-in cell, and any other cell itself."""
    builtin = CELLS.get(cell.name)
    is_builtin = builtin is not None and builtin.with_activation(cell.activation) == cell
    return cell.name if is_builtin else cell


def _suffix(layer: int) -> str:
    """Return the suffix of the names of a layer's params."""
    return f"_{layer}" if layer else ""


def _torch() -> tuple[Any, Any]:
    """Return torch, and our modules."""
    try:
        return import_module("torch"), import_module("rnnsweep.network.torch_modules")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise NoTorchError(
            "PyTorch is not installed; pip install 'rnnsweep[torch]', or pip install torch"
        ) from error
