"""From the words of a sweep file to addresses of compiled functions.

The first request for an address compiles the function, or loads it from the cache.
"""

from functools import cache, lru_cache
from typing import Any

from . import activations, backward, layers, losses, notebook, products, single, training
from .dispatch import WEIGHTS, has_sigmoid
from .entries import compile_entry
from .layers import Network, Objective


@cache
def network_of(
    cell: str, activation: str, output_activation: str, every: bool, small: bool, dtype: Any
) -> Network:
    """Return the functions of a network.

    Where it is `small`, batches of one sequence run in the plain loops of `single`.
    """
    weights = WEIGHTS[cell]
    forward = layers.forward.address(dtype, weights)
    back = backward.backward.address(dtype, weights)
    return Network(
        multiply=products.address(dtype),
        activate=activations.address(activation, dtype),
        squash=activations.squash.address(dtype) if has_sigmoid(cell) else 0,
        activate_output=activations.address(output_activation, dtype),
        forward=forward,
        backward=back,
        forward_one=single.forward_one.address(dtype, weights) if small else forward,
        backward_one=single.backward_one.address(dtype, weights) if small else back,
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
) -> Objective:
    """Return the loss to minimise, and the way its gradient is taken."""
    of_notebook = gradient == "notebook"
    return Objective(
        loss=losses.address(loss, dtype),
        huber_delta=float(huber_delta),
        window=window,
        spread_slope=notebook.spread_slope.address(dtype) if of_notebook else 0,
        sum_gradient=notebook.sum_gradient.address(dtype) if of_notebook else 0,
    )


def flow_address(dtype: Any) -> int:
    """Return the address of `backward.add_flow`, for `Objective.add_flow`."""
    return backward.add_flow.address(dtype)


def compile_entries(cell: str, dtype: Any, *, predicts: bool = False, probes: bool = False) -> None:
    """Compile the kernels that a trial calls from Python, or load them from the cache.

    Parameters
    ----------
    predicts, probes : bool
        Whether the trial needs outputs, and a probe of gradients and activations.
    """
    weights = WEIGHTS[cell]
    compile_entry(training.evaluate, dtype, weights)
    compile_entry(training.train_epochs, dtype, weights)
    if predicts:
        compile_entry(training.predict, dtype, weights)
    if probes:
        compile_entry(training.loss_and_gradients, dtype, weights)


def compile_front_half(cell: str, small: bool, dtype: Any) -> None:
    """Compile the half of a network's functions that is for the forward pass."""
    weights = WEIGHTS[cell]
    layers.forward.address(dtype, weights)
    if small:
        single.forward_one.address(dtype, weights)


def compile_back_half(cell: str, small: bool, dtype: Any) -> None:
    """Compile the other half, which is as much work: a second process does it at the same time."""
    weights = WEIGHTS[cell]
    backward.backward.address(dtype, weights)
    if small:
        single.backward_one.address(dtype, weights)
    products.address(dtype)
