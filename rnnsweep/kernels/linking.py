"""Words to addresses: the functions that a network, its loss and its training rule name.

Asking for one compiles it, or loads it from the cache, if that was not done yet.
"""

from functools import cache, lru_cache
from typing import Any

import numpy as np
from numba import typeof, types

from . import activations, backward, dropout, layers, losses, notebook, products, single, training
from .apart import array_type
from .block import Sequences, Work
from .cpu import config
from .gru import GruWeights
from .layers import Network, Objective
from .lstm import LstmWeights
from .rnn import RnnWeights
from .training import Learner, Rule
from .weights import Weights

WEIGHTS: dict[str, type[Weights]] = {"rnn": RnnWeights, "lstm": LstmWeights, "gru": GruWeights}


@cache
def network_of(
    cell: str, activation: str, output_activation: str, every: bool, small: bool, dtype: Any
) -> Network:
    """Return the functions of a network; a `small` one is `single`'s where it runs alone."""
    kinds = _Kinds(cell, np.dtype(dtype))
    forward = layers.forward.address(*kinds.forward)
    back = backward.backward.address(*kinds.backward)
    return Network(
        multiply=products.address(dtype),
        activate=activations.address(activation, dtype),
        squash=0 if cell == "rnn" else activations.squash_address(dtype),
        activate_output=activations.address(output_activation, dtype),
        forward=forward,
        backward=back,
        forward_one=single.forward_one.address(*kinds.forward) if small else forward,
        backward_one=single.backward_one.address(*kinds.backward) if small else back,
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
    """Return what is minimised, and how its gradient is taken."""
    kinds = _Kinds("rnn", np.dtype(dtype))
    of_notebook = gradient == "notebook"
    return Objective(
        loss=losses.address(loss, dtype),
        huber_delta=float(huber_delta),
        window=window,
        spread_slope=notebook.spread_slope.address(*kinds.spread_slope) if of_notebook else 0,
        sum_gradient=notebook.sum_gradient.address(*kinds.sum_gradient) if of_notebook else 0,
    )


def flow_address(dtype: Any) -> int:
    """Return the address of `backward.add_flow`, for `Objective.add_flow`."""
    return backward.add_flow.address(*_Kinds("rnn", np.dtype(dtype)).add_flow)


def compile_entries(cell: str, dtype: Any, *, predicts: bool = False, probes: bool = False) -> None:
    """Compile what a trial calls from Python, or load it from the cache.

    Parameters
    ----------
    predicts, probes : bool
        Whether it asks for outputs, and for a look at gradients.
    """
    kinds = _Kinds(cell, np.dtype(dtype))
    _compile(training.evaluate, kinds.evaluate)
    _compile(training.train_epochs, kinds.train_epochs)
    if predicts:
        _compile(training.predict, kinds.predict)
    if probes:
        _compile(training.loss_and_gradients, kinds.loss_and_gradients)


def compile_front_half(cell: str, small: bool, dtype: Any) -> None:
    """Compile the half of a network's functions that runs forward."""
    kinds = _Kinds(cell, np.dtype(dtype))
    layers.forward.address(*kinds.forward)
    if small:
        single.forward_one.address(*kinds.forward)


def compile_back_half(cell: str, small: bool, dtype: Any) -> None:
    """Compile the other half: as much work, for a process beside."""
    kinds = _Kinds(cell, np.dtype(dtype))
    backward.backward.address(*kinds.backward)
    if small:
        single.backward_one.address(*kinds.backward)
    products.address(dtype)


def _compile(kernel: Any, kinds: tuple[Any, ...]) -> None:
    if not config.DISABLE_JIT:
        kernel.compile(kinds)


class _Kinds:
    """The types of arguments, as numba finds them in examples."""

    def __init__(self, cell: str, dtype: np.dtype[np.floating]) -> None:
        n, flag, reals, vector = (
            types.int64,
            types.boolean,
            array_type(dtype, 1),
            array_type(int, 1),
        )
        doubles = array_type(float, 1)
        values, whole, double = np.zeros(1, dtype), np.zeros(1, int), np.zeros(1)
        block = np.zeros((1, 1, 1), dtype)
        weights = typeof(WEIGHTS[cell](values, whole, *[0] * (len(Weights._fields) - 2)))
        work = typeof(Work(values, whole, whole, whole, whole, double, double))
        data = typeof(Sequences(block, np.zeros((1, 1), int), block, whole))
        network = typeof(Network._make([*[0] * (len(Network._fields) - 1), False]))
        objective, drops = typeof(Objective()), typeof(dropout.NONE)
        learner = typeof(Learner(values, values, values, values, values, whole, double))
        rule = typeof(Rule(batch_size=1, update=0))
        start = (weights, network, objective, data, vector)
        self.forward = (*start, drops, flag, flag, work)
        self.evaluate = (*start, n, flag, work, vector)
        self.backward = (weights, weights, network, objective, drops, work)
        self.spread_slope = (network, n, work)
        self.sum_gradient = (network, reals, vector, n, work)
        self.add_flow = (reals, n, n, work)
        self.train_epochs = (
            *(weights, weights, learner, network, objective, rule, data, data),
            *(array_type(int, 2), vector, n, doubles, n, work, array_type(float, 2), vector),
        )
        self.predict = (weights, network, data, vector, work, array_type(dtype, 3))
        self.loss_and_gradients = (
            *(weights, weights, network, objective, data, vector),
            *(n, types.float64, work, array_type(bool, 2)),
        )
