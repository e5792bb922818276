"""The check of what users give a model: each fault is a ValueError that names the argument."""

from collections.abc import Iterable, Mapping
from numbers import Real
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnsweep.cells import CELLS, Cell, read_cell, read_cell_file
from rnnsweep.precision import largest_loss, limits, loss_of, written
from rnnsweep.recipes import RECIPES, Recipe
from rnnsweep.suggestions import did_you_mean, nearest
from rnnsweep.sweepfile.faults import Refused
from rnnsweep.sweepfile.keys import Key
from rnnsweep.sweepfile.keys.file_cells import CONSTANT, SUM_BIAS
from rnnsweep.sweepfile.rules.cell import CELL_RULES
from rnnsweep.sweepfile.rules.network import NETWORK_RULES
from rnnsweep.sweepfile.rules.precision import unheld
from rnnsweep.sweepfile.rules.rule import KEYS, Rule
from rnnsweep.sweepfile.rules.training import GRADIENT_RULES, outputs_are_for_the_loss
from rnnsweep.tasks.parts import within
from rnnsweep.whole_numbers import as_whole, whole


def read_inputs(
    x: ArrayLike, lengths: ArrayLike | None, n_input: int, dtype: np.dtype[np.floating]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return inputs (B, T, I), or whole numbers (B, T) below I, and the lengths (B,).

    Inputs past the ends are 0, whatever they were.
    """
    inputs = real("x", x)
    is_tokens = inputs.ndim == 2 and inputs.dtype.kind in "iu"
    if 0 in inputs.shape or not (is_tokens or (inputs.ndim == 3 and inputs.shape[2] == n_input)):
        raise ValueError(
            f"x has shape {inputs.shape}; needed: (batch, time steps, {n_input}), or whole "
            "numbers (batch, time steps), with no dimension of length 0"
        )
    n_batch, seq_len = inputs.shape[:2]
    counted = np.full(n_batch, seq_len) if lengths is None else _lengths(lengths, n_batch, seq_len)
    if is_tokens:
        tokens = inputs[within(counted, seq_len)]
        if tokens.min() < 0 or tokens.max() >= n_input:
            raise ValueError(
                f"x holds whole numbers from {tokens.min()} to {tokens.max()}; "
                f"allowed: 0 to {n_input - 1}, below input_size"
            )
    else:
        inputs = zero_outside(inputs, within(counted, seq_len))
        check_held("x", inputs, dtype)
    return inputs, counted


def zero_outside(values: NDArray[Any], counts: NDArray[np.bool_]) -> NDArray[Any]:
    """Return values (B, T, ...) with 0 where `counts` (B, T) is False."""
    if counts.all():
        return values
    values = values.copy()
    values[~counts] = 0
    return values


def check_held(name: str, values: NDArray[Any], dtype: np.dtype[np.floating]) -> None:
    """Refuse finite numbers that are infinite in a precision, with the place of the first."""
    if values.dtype.kind != "f" or values.dtype.itemsize <= dtype.itemsize or not values.size:
        return
    largest = limits(dtype.name).largest
    # First without an array of their size; the ends are NaN only where all numbers are.
    ends = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
    if not max(abs(ends[0]), abs(ends[1])) > largest:
        return
    beyond = (abs(values) > largest) & np.isfinite(values)
    if beyond.any():
        at = np.unravel_index(int(beyond.argmax()), beyond.shape)
        raise ValueError(
            f"{name}[{', '.join(str(i) for i in at)}] is {values[at]!s}; allowed in {dtype.name}: "
            f"at most {written(largest, dtype.name)} in size"
        )


def _lengths(lengths: ArrayLike, n_batch: int, seq_len: int) -> NDArray[np.int64]:
    counted = real("lengths", lengths)
    if counted.shape != (n_batch,) or counted.dtype.kind not in "iu":
        raise ValueError(
            f"lengths has shape {counted.shape} and holds {counted.dtype}; "
            f"needed: whole numbers ({n_batch},)"
        )
    if counted.min() < 1 or counted.max() > seq_len:
        raise ValueError(
            f"lengths reach from {counted.min()} to {counted.max()}; "
            f"allowed: 1 to {seq_len}, the time steps of x"
        )
    return counted.astype(np.int64)


def read_targets(
    target: ArrayLike,
    loss: str,
    n_output: int,
    counts: NDArray[np.bool_],
    huber_delta: float,
    dtype: np.dtype[np.floating],
) -> NDArray[Any]:
    """Return targets that fit the outputs and the loss; `counts` (B,) or (B, T) says which count.

    Raises
    ------
    ValueError
        If a shape or a number does not fit, or the loss of a target is infinite in the precision.
    """
    if loss == "cross_entropy":
        targets = _read_classes(target, counts.shape, n_output, counts)
    else:
        targets = _read_numbers(target, (*counts.shape, n_output), counts, dtype)
    if loss == "bce":
        _check_probabilities(targets[counts])
    _check_loss(loss, targets, huber_delta, dtype)
    return targets


def _read_numbers(
    target: ArrayLike,
    shape: tuple[int, ...],
    counts: NDArray[np.bool_],
    dtype: np.dtype[np.floating],
) -> NDArray[Any]:
    """Return targets of the shape that the outputs have, with 0 where `counts` is False."""
    targets = real("target", target)
    if targets.shape != shape:
        raise ValueError(f"target has shape {targets.shape}; needed: {shape}")
    targets = zero_outside(targets, counts)
    check_held("target", targets, dtype)
    return targets


def read_mask(mask: ArrayLike, output: str, counts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where targets count (B, T): where a mask is 1, of the time steps in `counts`."""
    if output != "every":
        raise ValueError('mask is for output="every", and this network has output="last"')
    values = real("mask", mask)
    if values.shape != counts.shape:
        raise ValueError(f"mask has shape {values.shape}; needed: {counts.shape}")
    if not ((values == 0) | (values == 1)).all():
        raise ValueError("mask holds other numbers than 0 and 1")
    counting: NDArray[np.bool_] = counts & (values == 1)
    if not counting.any():
        raise ValueError("mask is 0 at every time step, so that no target counts")
    return counting


def _check_loss(
    loss: str, targets: NDArray[Any], huber_delta: float, dtype: np.dtype[np.floating]
) -> None:
    """Refuse targets whose loss, where the output is 0, is infinite in a precision."""
    losses = loss_of(loss, abs(targets.astype(np.float64)), huber_delta)
    if losses is None:
        return
    most = largest_loss(dtype.name, targets.size)
    beyond = (losses > most) & np.isfinite(targets)
    if beyond.any():
        at = np.unravel_index(int(beyond.argmax()), beyond.shape)
        raise ValueError(
            f"target[{', '.join(str(i) for i in at)}] is {targets[at]}, whose {loss} is infinite "
            f"in {dtype.name}; allowed: targets with losses of at most {most:g}"
        )


def _check_probabilities(targets: NDArray[Any]) -> None:
    """Refuse targets of the loss "bce" that are not probabilities."""
    if targets.size and not (targets.min() >= 0 and targets.max() <= 1):
        raise ValueError('loss "bce" needs targets from 0 to 1')


def _read_classes(
    target: ArrayLike, shape: tuple[int, ...], n_classes: int, counts: NDArray[np.bool_]
) -> NDArray[Any]:
    """Return whole numbers of classes; those that count, where `counts`, are in range."""
    classes = real("target", target)
    if classes.shape != shape or classes.dtype.kind not in "iu":
        raise ValueError(
            f"target has shape {classes.shape} and holds {classes.dtype}; "
            f"needed: whole numbers {shape}, the classes"
        )
    counted = classes[counts]
    if counted.min() < 0 or counted.max() >= n_classes:
        raise ValueError(
            f"target holds classes from {counted.min()} to {counted.max()}; "
            f"allowed: 0 to {n_classes - 1}, below output_size"
        )
    return classes


def read_params(
    params: Mapping[str, ArrayLike],
    shapes: Mapping[str, tuple[int, ...]],
    dtype: np.dtype[np.floating],
) -> dict[str, NDArray[Any]]:
    """Return parameters by name, of these names and shapes."""
    if not isinstance(params, Mapping):
        raise ValueError(f"params is {type(params).__name__}; needed: a dict of arrays by name")
    if set(params) != set(shapes):
        names = sorted(map(str, params))
        raise ValueError(f"params has the names {names}; needed: {sorted(shapes)}")
    named = {name: real(name, params[name]) for name in shapes}
    for name, shape in shapes.items():
        if named[name].shape != shape:
            raise ValueError(f"{name} has shape {named[name].shape}; needed: {shape}")
        check_held(name, named[name], dtype)
    return named


def real(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return numbers as an array; whatever is none is refused."""
    try:
        array = np.asarray(values)
    except ValueError:
        way_out = ", with their lengths in lengths=" if name == "x" else ""
        raise ValueError(f"{name} is ragged; needed: one shape throughout{way_out}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype}; needed: real numbers")
    return array


def read_network(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a network, checked by the rules of the sweep file.

    Parameters
    ----------
    arguments : dict
        The arguments of `Model` by name; None where the recipe `init` decides. `constants` and
        `biases` are those of the cell.

    Raises
    ------
    ValueError
    """
    settings: dict[str, Any] = {}
    arguments = dict(arguments)
    own_values = [_read_named(name, arguments.pop(name, None)) for name in ("constants", "biases")]
    for name, value in arguments.items():
        if name in ("input_size", "output_size"):
            settings[name] = whole(name, value, 1)
        elif value is None and name in Recipe._fields:
            settings[name] = getattr(RECIPES[settings["init"]], name)
        elif name == "cell":
            settings[name] = _read_cell(value).with_values(*own_values)
        else:
            settings[name] = _read_setting(KEYS[name], value)
    _check_rules((*CELL_RULES, *NETWORK_RULES), settings)
    _check_numbers(settings, settings["dtype"])
    _check_values(settings["cell"], settings["dtype"])
    return settings


def _read_named(name: str, values: object) -> Mapping[str, Any]:
    """Return numbers by name; none for None."""
    if values is None:
        return {}
    if not isinstance(values, Mapping):
        raise ValueError(f"{name} is {values!r}; needed: a dict of numbers by name")
    return values


def _check_values(cell: Cell, dtype: str) -> None:
    """Refuse constants and biases of a cell that a precision takes as 0 or as infinite."""
    biases = [(each.name, each.bias) for each in cell.sums]
    for what, key, values in (
        ("constants", CONSTANT, cell.constants),
        ("biases", SUM_BIAS, biases),
    ):
        for name, value in values:
            if fault := unheld(key, value, dtype):
                raise ValueError(f"{what}: {name} is {value!r}: {fault}")


def _read_cell(value: object) -> Cell:
    """Return a cell that is given as a word, a file, a table of its equations, or itself."""
    if isinstance(value, Cell):
        return value
    if isinstance(value, Mapping):
        return read_cell(value)
    if isinstance(value, str) and value in CELLS:
        return CELLS[value]
    if isinstance(value, PathLike) or (isinstance(value, str) and value.endswith(".toml")):
        return read_cell_file(fspath(value))
    near = did_you_mean(nearest(value, CELLS) if isinstance(value, str) else None, repr)
    raise ValueError(
        f"cell is {value!r}; allowed: {', '.join(map(repr, CELLS))}, the path of a .toml file, or "
        f"a dict with what such a file has in [cell]{near}"
    )


def cell_words(cell: Cell) -> dict[str, Any]:
    """Return the arguments of `Model` that make a cell again."""
    if not cell.is_builtin:
        return {"cell": cell.table()}
    own = CELLS[cell.name]
    values = {
        "constants": dict(pair for pair in cell.constants if pair not in own.constants),
        "biases": {each.name: each.bias for each in cell.sums if each not in own.sums},
    }
    return {"cell": cell.name, **{name: changed for name, changed in values.items() if changed}}


def read_objective(network: Mapping[str, Any], **objective: Any) -> dict[str, Any]:
    """Return the settings of a loss and its gradient, checked by the rules of the sweep file.

    Parameters
    ----------
    network : dict
        The settings of the network.
    objective : dict
        Values of keys of [train] by name.

    Raises
    ------
    ValueError
    """
    settings = {name: _read_setting(KEYS[name], value) for name, value in objective.items()}
    _check_rules((*GRADIENT_RULES, outputs_are_for_the_loss), {**network, **settings})
    _check_numbers(settings, network["dtype"])
    return settings


def _read_setting(key: Key, value: Any) -> Any:
    # The check of a key takes Python's own numbers.
    plain: Any = value if isinstance(value, str) else as_whole(value)
    if plain is None and isinstance(value, Real) and not isinstance(value, bool):
        plain = float(value)
    try:
        return key.read(plain)
    except Refused as why:
        raise ValueError(f"{key.name} is {value!r}; {why}") from None


def _check_rules(rules: Iterable[Rule], settings: Mapping[str, Any]) -> None:
    for rule in rules:
        if fault := rule.check(*(settings[name] for name in rule.names)):
            place = ", ".join(f"{name} is {_shown(settings[name])}" for name in rule.names)
            raise ValueError(f"{place}: {fault}")


def _shown(setting: Any) -> str:
    return repr(setting.name if isinstance(setting, Cell) else setting)


def _check_numbers(settings: Mapping[str, Any], dtype: str) -> None:
    """Refuse numbers that a precision takes as 0 or as infinite."""
    for name, value in settings.items():
        if isinstance(value, float) and (fault := unheld(KEYS[name], value, dtype)):
            raise ValueError(f"{name} is {value!r}: {fault}")
