"""Clipping, penalties and update rules: loops over the flat vectors of parameters and gradients.

To add an update rule, write a function with the arguments of `update_rule` and declare it with
`optimizer`; all of the package finds it by its name. The rules and constants are PyTorch's.

Constants are cast to the arrays' precision before a loop: the product of a float32 and a Python
float is float64 to numba, and such a loop runs at half the speed.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from .apart import Apart
from .arrays import RealVector
from .flags import UNCACHED, UNCACHED_REDUCTION

_CLIP_EPS = 1e-6  # as PyTorch's clip_grad_norm_
_ADAM_BETA1, _ADAM_BETA2, _ADAM_EPS = 0.9, 0.999, 1e-8
_RMSPROP_ALPHA, _RMSPROP_EPS = 0.99, 1e-8
_ADAGRAD_EPS = 1e-10

OPTIMIZERS: dict[str, Apart] = {}


def update_rule(
    params: RealVector,
    grads: RealVector,
    first: RealVector,
    second: RealVector,
    number: int,
    rate: float,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
) -> None:
    """Have the arguments of every update rule; no other use.

    Parameters
    ----------
    params : (P,)
        Modified in place.
    grads : (P,)
    first, second : (P,)
        Two moments, 0 before the first update and the rule's own to modify.
    number : int
        Counts this update, from 1.
    rate : float
        The learning rate of this update.
    momentum, nesterov, weight_decay
        As in the sweep file.
    """


def optimizer(line: str) -> Callable[[Callable[..., None]], Apart]:
    """Declare an update rule; its name is its word in the sweep file.

    The line is for people, a literal: `rnnsweep.vocabulary` reads it from this source.
    """

    def declare(function: Callable[..., None]) -> Apart:
        OPTIMIZERS[function.__name__] = rule = Apart(function, UNCACHED, update_rule)
        return rule

    return declare


@njit(**UNCACHED_REDUCTION)
def norm(vector):
    """Return the Euclidean norm, accumulated in float64: float32 squares overflow at 1.8e19."""
    total = 0.0
    for k in range(vector.size):
        value = np.float64(vector[k])
        total += value * value
    return np.sqrt(total)


@njit(**UNCACHED)
def clip(grads, grad_norm, max_norm):
    """Scale `grads` in place by min(1, max_norm / (norm + 1e-6)) (Pascanu et al. 2013).

    Returns whether the factor was below 1.
    """
    factor = max_norm / (grad_norm + _CLIP_EPS)
    if factor < 1.0:
        scale = grads.dtype.type(factor)
        for k in range(grads.size):
            grads[k] *= scale
    return factor < 1.0


@njit(**UNCACHED)
def clip_by_value(grads, limit):
    """Limit every element of `grads` to [-limit, limit], in place; NaN stays NaN.

    Returns whether any element was outside.
    """
    high = grads.dtype.type(limit)
    low = -high
    was_outside = False
    for k in range(grads.size):
        grad = grads[k]
        was_outside |= abs(grad) > high
        grad = high if grad > high else grad
        grads[k] = low if grad < low else grad
    return was_outside


@njit(**UNCACHED)
def add_penalties(params, grads, l1, l2):
    """Add ``l1 * sign(w) + l2 * w`` to the gradient of every param w: of l1 |w| + l2 w**2 / 2."""
    real = params.dtype.type
    zero, push, pull = real(0.0), real(l1), real(l2)
    for k in range(params.size):
        value = params[k]
        grad = grads[k] + pull * value
        grad += push if value > zero else zero
        grads[k] = grad - (push if value < zero else zero)


@optimizer("gradient descent, with momentum as PyTorch defines it")
def sgd(params, grads, first, second, number, rate, momentum, nesterov, weight_decay):
    """Gradient descent; momentum and Nesterov's (Sutskever et al. 2013) in PyTorch's form."""
    step, keep = params.dtype.type(rate), params.dtype.type(momentum)
    if momentum == 0:
        for k in range(params.size):
            params[k] -= step * grads[k]
    elif nesterov:
        for k in range(params.size):
            first[k] = keep * first[k] + grads[k]
            params[k] -= step * (grads[k] + keep * first[k])
    else:
        for k in range(params.size):
            first[k] = keep * first[k] + grads[k]
            params[k] -= step * first[k]


@njit(**UNCACHED)
def move_by_moments(params, grads, first, second, number, rate):
    """Make Adam's step (Kingma and Ba 2015, algorithm 1)."""
    real = params.dtype.type
    keep1, keep2 = real(_ADAM_BETA1), real(_ADAM_BETA2)
    take1, take2 = real(1 - _ADAM_BETA1), real(1 - _ADAM_BETA2)
    step = real(rate / (1 - _ADAM_BETA1**number))
    root = real(1 / np.sqrt(1 - _ADAM_BETA2**number))
    eps = real(_ADAM_EPS)
    for k in range(params.size):
        grad = grads[k]
        first[k] = keep1 * first[k] + take1 * grad
        second[k] = keep2 * second[k] + take2 * grad * grad
        params[k] -= step * first[k] / (np.sqrt(second[k]) * root + eps)


@optimizer("Adam with betas 0.9 and 0.999, eps 1e-8 (Kingma and Ba 2015)")
def adam(params, grads, first, second, number, rate, momentum, nesterov, weight_decay):
    """Kingma and Ba 2015."""
    move_by_moments(params, grads, first, second, number, rate)


@njit(**UNCACHED)
def move_by_root(params, grads, second, keep, take, rate, eps):
    """Step by the gradient over the root of its squares' sum (Adagrad) or mean (RMSprop)."""
    real = params.dtype.type
    decay, share, step, offset = real(keep), real(take), real(rate), real(eps)
    for k in range(params.size):
        grad = grads[k]
        second[k] = decay * second[k] + share * grad * grad
        params[k] -= step * grad / (np.sqrt(second[k]) + offset)


@optimizer("RMSprop with alpha 0.99, eps 1e-8 outside the root, as PyTorch")
def rmsprop(params, grads, first, second, number, rate, momentum, nesterov, weight_decay):
    """Tieleman and Hinton's RMSprop."""
    move_by_root(params, grads, second, _RMSPROP_ALPHA, 1 - _RMSPROP_ALPHA, rate, _RMSPROP_EPS)


@optimizer("Adagrad with eps 1e-10 outside the root, as PyTorch (Duchi et al. 2011)")
def adagrad(params, grads, first, second, number, rate, momentum, nesterov, weight_decay):
    """Duchi et al. 2011."""
    move_by_root(params, grads, second, 1.0, 1.0, rate, _ADAGRAD_EPS)


@optimizer("Adam with decoupled weight_decay (Loshchilov and Hutter 2019)")
def adamw(params, grads, first, second, number, rate, momentum, nesterov, weight_decay):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""
    keep = params.dtype.type(1 - rate * weight_decay)
    for k in range(params.size):
        params[k] *= keep
    move_by_moments(params, grads, first, second, number, rate)


def address(name: str, dtype: Any) -> int:
    """Return the address of an update rule for params of a dtype."""
    return OPTIMIZERS[name].address(dtype)
