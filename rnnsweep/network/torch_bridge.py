"""Converts networks to and from PyTorch, which is imported when one of these functions is called.

The matrices are PyTorch's, transposed: `W_xh` is ``weight_ih.T``, its columns are the gates in
PyTorch's order. PyTorch adds two biases where one is enough. They are summed here, except for a
gate whose recurrent sum has its own bias: ``bias_hh`` of the gate n of a GRU is `b_hn`.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.errors import RnnsweepError
from rnnsweep.handwritten_cells import CELLS

from .layout import Params, Sizes

if TYPE_CHECKING:
    from torch import nn


class NoTorchError(RnnsweepError, ImportError):
    """PyTorch is not installed."""


def to_torch(settings: Mapping[str, Any], params: Params) -> "nn.Module":
    """Return a PyTorch module with these params, which gives the same outputs.

    Parameters
    ----------
    settings : mapping
        Keyword arguments of `Model`, as `Model.words` returns them.
    params : dict
        Arrays by name, in the shapes that `Model.init` returns.

    Returns
    -------
    torch_modules.Network
        With ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU`` inside where PyTorch has the cell with the
        activation, in the dtype of the model, on the CPU; every parameter can be trained further.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    """
    torch, modules = _torch()
    sizes = Sizes(
        settings["input_size"],
        settings["hidden_size"],
        settings["output_size"],
        settings["cell"],
        settings["num_layers"],
    )
    module: nn.Module = modules.Network(
        sizes.cell,
        sizes.input,
        sizes.hidden,
        sizes.output,
        sizes.layers,
        settings["activation"],
        settings["output_activation"],
        settings["output"],
    ).to(getattr(torch, settings["dtype"]))
    arrays = {"readout.weight": params["W_hy"].T, "readout.bias": params["b_y"]}
    for layer in range(sizes.layers):
        end = _suffix(layer)
        b_x = params[f"b_h{end}"]
        b_h = np.zeros_like(b_x)
        if bias := CELLS[sizes.record.name].recurrent_bias_name:
            columns = CELLS[sizes.record.name].columns(
                CELLS[sizes.record.name].recurrent_bias, sizes.hidden
            )
            b_h[columns] = params[f"{bias}{end}"]
        tensors = {
            "weight_ih": params[f"W_xh{end}"].T,
            "weight_hh": params[f"W_hh{end}"].T,
            "bias_ih": b_x,
            "bias_hh": b_h,
        }
        arrays |= {f"{sizes.cell}.{name}_l{layer}": array for name, array in tensors.items()}
    # Copies: the module must share no memory with the params.
    module.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    return module


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
    if isinstance(recurrent, modules.Recurrence):
        cell, activation = recurrent.cell, recurrent.activation
    else:
        cell, activation = _cell(recurrent)
    settings = {
        "cell": cell,
        "input_size": recurrent.input_size,
        "hidden_size": recurrent.hidden_size,
        "output_size": linear.out_features,
        "num_layers": recurrent.num_layers,
        "activation": activation,
        "output": output or "last",
        "output_activation": output_activation or "identity",
        "dtype": parts.DTYPES[str(linear.weight.dtype)],
    }
    tensors = {
        name: tensor.detach().cpu().numpy()
        for name, tensor in parts.parameters_of(recurrent).items()
    }
    params: Params = {}
    for layer in range(recurrent.num_layers):
        params |= _layer(tensors, layer, cell, recurrent.hidden_size)
    params["W_hy"] = linear.weight.detach().cpu().numpy().T.copy()
    params["b_y"] = np.zeros(linear.out_features, settings["dtype"])
    if linear.bias is not None:
        params["b_y"] += linear.bias.detach().cpu().numpy()
    return settings, params


def _layer(
    tensors: Mapping[str, NDArray[np.floating]], layer: int, cell: str, hidden_size: int
) -> Params:
    """Return the params of one layer by our names."""
    end = _suffix(layer)
    w_x, w_h = tensors[f"weight_ih_l{layer}"], tensors[f"weight_hh_l{layer}"]
    none = np.zeros(len(w_x), w_x.dtype)  # a module made with bias=False
    b_x, b_h = (tensors.get(f"bias_{side}_l{layer}", none) for side in ("ih", "hh"))
    params = {f"W_xh{end}": w_x.T.copy(), f"W_hh{end}": w_h.T.copy(), f"b_h{end}": b_x + b_h}
    facts = CELLS[cell]
    if facts.recurrent_bias:
        columns = facts.columns(facts.recurrent_bias, hidden_size)
        params[f"b_h{end}"][columns] = b_x[columns]
        params[f"{facts.recurrent_bias_name}{end}"] = b_h[columns].copy()
    return params


def _cell(recurrent: Any) -> tuple[str, str]:
    """Return our words for the cell and the activation of one of PyTorch's modules."""
    if recurrent.mode.startswith("RNN_"):  # RNN_TANH, RNN_RELU
        return "rnn", recurrent.mode.removeprefix("RNN_").lower()
    return recurrent.mode.lower(), "tanh"


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
