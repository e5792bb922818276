"""From the words of a sweep file to addresses of compiled functions.

The first request for an address compiles the function, or loads it from the cache.
"""

from functools import cache, lru_cache
from typing import Any

from . import (
    activations,
    backward,
    constraints,
    layers,
    losses,
    notebook,
    products,
    single,
    training,
    written,
)
from .entries import compile_entry
from .layers import Network, Objective


@cache
def network_of(
    source: str, probes: bool, activate: str, output_activation: str, every: bool, dtype: Any
) -> Network:
    """Return the functions of a network.

    Parameters
    ----------
    source : str
        The elementwise parts of the cell, as `rnnsweep.cells.emit` writes them.
    probes : bool
        Whether the slopes of pre-activations are asked for.
    activate : str
        The activation with which batches of one sequence run in the plain loops of `single`;
        empty where they run as all others.
    """
    parts = written.parts(source)
    forward = layers.forward.address(dtype)
    back = backward.backward.address(dtype)
    return Network(
        multiply=products.address(dtype),
        advance=parts.advance.address(dtype),
        retreat=parts.retreat.address(dtype),
        slopes=parts.slopes.address(dtype) if probes else 0,
        activate=activations.address(activate, dtype) if activate else 0,
        activate_output=activations.address(output_activation, dtype),
        forward=forward,
        backward=back,
        forward_one=single.forward_one.address(dtype) if activate else forward,
        backward_one=single.backward_one.address(dtype) if activate else back,
        every=every,
    )


@lru_cache(maxsize=256)
def objective_of(
    loss: str,
    dtype: Any,
    *,
    huber_delta: float = 1.0,
    gradient: str = "bptt",
    window: int = 0,
    activation: str = "",
) -> Objective:
    """Return the loss to minimise, and the way its gradient is taken.

    `activation` is the network's, for the notebook's gradient alone.
    """
    objective = Objective(losses.address(loss, dtype), float(huber_delta), window)
    if gradient != "notebook":
        return objective
    return objective._replace(
        spread_slope=notebook.spread_slope.address(dtype),
        retreat=notebook.retreat.address(dtype),
        sum_gradient=notebook.sum_gradient.address(dtype),
        activate=activations.address(activation, dtype),
    )


@cache
def constraint_of(kind: str, dtype: Any) -> tuple[int, int, int]:
    """Return the first three fields of `constraints.Constraint`; zeros for the kind "free"."""
    if kind == "free":
        return 0, 0, 0
    functions = constraints.CONSTRAINTS[kind]
    return (
        functions.constrain.address(dtype),
        functions.pull_back.address(dtype),
        products.address(dtype),
    )


def flow_address(dtype: Any) -> int:
    """Return the address of `backward.add_flow`, for `Objective.add_flow`."""
    return backward.add_flow.address(dtype)


def compile_entries(
    dtype: Any, *, predicts: bool = False, probes: bool = False, constrains: bool = False
) -> None:
    """Compile the kernels that a trial calls from Python, or load them from the cache.

    Parameters
    ----------
    predicts, probes : bool
        Whether the trial needs outputs, and a probe of gradients and activations.
    constrains : bool
        Whether a constraint is on the recurrent matrices.
    """
    compile_entry(training.evaluate, dtype)
    compile_entry(training.train_epochs, dtype)
    if predicts:
        compile_entry(training.predict, dtype)
    if probes:
        compile_entry(training.loss_and_gradients, dtype)
    if constrains:
        compile_entry(constraints.make_effective, dtype)
        compile_entry(constraints.take_gradient_back, dtype)


def compile_front_half(source: str, small: bool, dtype: Any) -> None:
    """Compile the half of a network's functions that is for the forward pass."""
    layers.forward.address(dtype)
    written.parts(source).advance.address(dtype)
    if small:
        single.forward_one.address(dtype)


def compile_back_half(source: str, small: bool, dtype: Any) -> None:
    """Compile the other half, which is as much work: a second process does it at the same time."""
    backward.backward.address(dtype)
    written.parts(source).retreat.address(dtype)
    if small:
        single.backward_one.address(dtype)
    products.address(dtype)
