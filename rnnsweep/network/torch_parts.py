"""The parts of a PyTorch module that make a network here, and a refusal of every other part.

Imports torch, so it is imported only when asked for.
"""

from collections.abc import Iterator
from typing import Any

from torch import nn

from rnnsweep import vocabulary

from .torch_recurrence import Recurrence

DTYPES = {f"torch.{name}": name for name in vocabulary.DTYPES}

_RECURRENT = (nn.RNN, nn.LSTM, nn.GRU, Recurrence)
_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
# Modules that are the identity after training.
_IDENTITIES = (
    nn.Identity,
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
)
_HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
_WAY_OUT = (
    "a network here is one recurrent part and one nn.Linear on its states; "
    "nn.ModuleList([recurrent, linear]) holds these two alone"
)


def parts_of(module: nn.Module, output_activation: str | None) -> tuple[Any, nn.Linear]:
    """Return the recurrent part and the linear one.

    Parameters
    ----------
    module : nn.Module
    output_activation : str or None
        With "sigmoid" an ``nn.Sigmoid`` directly after the linear part is accepted.

    Raises
    ------
    ValueError
        If the module has another number of these, or any other part that its outputs depend on.
    """
    recurrent = _only(module, (nn.RNNBase, Recurrence), "nn.RNN, nn.LSTM or nn.GRU")
    linear = _only(module, nn.Linear, "nn.Linear")
    if getattr(recurrent, "bidirectional", False):
        raise ValueError("the module is bidirectional; networks here read forwards alone")
    if getattr(recurrent, "proj_size", 0):
        raise ValueError(f"the module has proj_size {recurrent.proj_size}; needed: 0")
    for fault in _faults(module, recurrent, linear, output_activation == "sigmoid"):
        raise ValueError(f"{fault}, which cannot be carried over; {_WAY_OUT}")
    if linear.in_features != recurrent.hidden_size:
        raise ValueError(
            f"the nn.Linear takes {linear.in_features} features; needed: the "
            f"{recurrent.hidden_size} hidden units of the last recurrent layer"
        )
    dtypes = {str(parameter.dtype) for parameter in module.parameters()}
    if len(dtypes) != 1 or not dtypes <= set(DTYPES):
        raise ValueError(
            f"its parameters are {', '.join(sorted(dtypes))}; needed: all torch.float32 or all "
            "torch.float64, as module.float() and module.double() make them"
        )
    if any(parameter.is_meta for parameter in module.parameters()):
        raise ValueError('its parameters are on the device "meta", which holds no values')
    return recurrent, linear


def parameters_of(part: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters by name that the recurrent or the linear part itself has."""
    if isinstance(part, Recurrence):
        return {name: getattr(part, name) for name in part.names_by_ours.values()}
    names = ["weight", "bias"]
    if not isinstance(part, nn.Linear):
        stems = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        names = [f"{stem}_l{layer}" for stem in stems for layer in range(part.num_layers)]
    parameters = {name: getattr(part, name, None) for name in names}  # None with bias=False
    return {name: value for name, value in parameters.items() if value is not None}


def _only(module: nn.Module, part_type: Any, name: str) -> Any:
    parts = {at: part for at, part in module.named_modules() if isinstance(part, part_type)}
    if len(parts) != 1:
        names = f" ({', '.join(parts)})" if parts else ""
        raise ValueError(f"the module holds {len(parts)} of {name}{names}; needed: one")
    return next(iter(parts.values()))


def _faults(
    module: nn.Module, recurrent: nn.Module, linear: nn.Linear, has_sigmoid: bool
) -> Iterator[str]:
    """Yield a description of everything but the two parts that the outputs depend on."""
    before: nn.Module | None = None
    for at, part in module.named_modules():
        type_name = type(part).__name__
        name = f"its {at}, of type {type_name}," if at else f"the module, of type {type_name},"
        yield from _changes(part, name)
        if part in (recurrent, linear):
            if _forward_of(part) is not _forward_of_pytorch(part):
                yield f"{name} has a forward of its own"
        elif has_sigmoid and type(part) is nn.Sigmoid and before is linear:
            pass  # the output activation
        elif type(part) is nn.Sigmoid:
            yield (
                f'the module holds {at}, of type Sigmoid, without output_activation="sigmoid" or '
                "not right behind the nn.Linear"
            )
        elif not _passes(part, is_root=not at):
            yield (
                f"the module holds {at}, of type {type_name}"
                if at
                else f"the module is a {type_name}"
            )
        if type(part) not in _IDENTITIES:
            before = part
    known = {id(p) for part in (recurrent, linear) for p in parameters_of(part).values()}
    for at, parameter in module.named_parameters():
        if id(parameter) not in known:
            yield f"the module holds the parameter {at}"
    for at, _ in module.named_buffers():
        yield f"the module holds the buffer {at}"


def _changes(part: nn.Module, name: str) -> Iterator[str]:
    """Yield a description of each parametrization and hook of a part, pruning included."""
    for changed in getattr(part, "parametrizations", ()):
        yield f"{name} computes its {changed} by a parametrization"
    for hooks in _HOOKS:
        for hook in getattr(part, hooks).values():
            hook_name = getattr(hook, "__name__", type(hook).__name__)
            yield f"{name} has the hook {hook_name} in {hooks}"


def _passes(part: nn.Module, is_root: bool) -> bool:
    """Return whether a part is a container, or the identity once a training has ended."""
    if type(part) in (*_CONTAINERS, *_IDENTITIES):
        return True
    # What the forward of a class of the user's does between its parts cannot be seen.
    is_users = type(part).__module__.partition(".")[0] != "torch"
    return is_users and (is_root or any(True for _ in part.children()))


def _forward_of(part: Any) -> Any:
    """Return the function that a part runs; one that was set on the object itself wins."""
    return vars(part).get("forward", type(part).forward)


def _forward_of_pytorch(part: nn.Module) -> Any:
    """Return the function that a part runs where it is as PyTorch or this package made it."""
    return next((base.forward for base in (*_RECURRENT, nn.Linear) if isinstance(part, base)), None)
