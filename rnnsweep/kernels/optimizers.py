"""Clipping, penalties and update rules: loops over the flat vectors of parameters and gradients.

Constants are cast to the arrays' precision before a loop: numba makes float64 of a float32 and a
Python float, and such a loop runs at half its speed.
"""

import numpy as np
from numba import njit

from ..vocabulary import OPTIMIZERS
from .flags import ELEMENTWISE, PART, REDUCTION

SGD = OPTIMIZERS["sgd"].code
ADAM = OPTIMIZERS["adam"].code
RMSPROP = OPTIMIZERS["rmsprop"].code
ADAGRAD = OPTIMIZERS["adagrad"].code
ADAMW = OPTIMIZERS["adamw"].code

_CLIP_EPS = 1e-6  # as PyTorch's clip_grad_norm_
_ADAM_BETA1, _ADAM_BETA2, _ADAM_EPS = 0.9, 0.999, 1e-8
_RMSPROP_ALPHA, _RMSPROP_EPS = 0.99, 1e-8
_ADAGRAD_EPS = 1e-10


@njit(**REDUCTION)
def norm(vector):
    """Return the Euclidean norm, accumulated in float64: float32 squares overflow at 1.8e19."""
    total = 0.0
    for k in range(vector.size):
        value = np.float64(vector[k])
        total += value * value
    return np.sqrt(total)


@njit(**ELEMENTWISE)
def clip(grads, grad_norm, max_norm):
    """Scale `grads` in place by min(1, max_norm / (norm + 1e-6)) (Pascanu et al. 2013).

    Returns whether that was below 1.
    """
    factor = max_norm / (grad_norm + _CLIP_EPS)
    if factor < 1.0:
        scale = grads.dtype.type(factor)
        for k in range(grads.size):
            grads[k] *= scale
    return factor < 1.0


@njit(**ELEMENTWISE)
def clip_by_value(grads, limit):
    """Limit every element of `grads` to [-limit, limit], in place; NaN stays NaN.

    Returns whether any element lay outside.
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


@njit(**PART)
def add_penalties(params, grads, l1, l2):
    """Add ``l1 * sign(w) + l2 * w`` to the gradient of every param w: of l1 |w| + l2 w**2 / 2."""
    real = params.dtype.type
    zero, push, pull = real(0.0), real(l1), real(l2)
    for k in range(params.size):
        value = params[k]
        grad = grads[k] + pull * value
        grad += push if value > zero else zero
        grads[k] = grad - (push if value < zero else zero)


@njit(**PART)
def sgd(params, grads, first, rate, momentum, nesterov):
    """Gradient descent; momentum and Nesterov's (Sutskever et al. 2013) in PyTorch's form."""
    if momentum == 0:
        for k in range(params.size):
            params[k] -= rate * grads[k]
    elif nesterov:
        for k in range(params.size):
            first[k] = momentum * first[k] + grads[k]
            params[k] -= rate * (grads[k] + momentum * first[k])
    else:
        for k in range(params.size):
            first[k] = momentum * first[k] + grads[k]
            params[k] -= rate * first[k]


@njit(**PART)
def adam(params, grads, first, second, n_updates, learning_rate):
    """Kingma and Ba 2015, algorithm 1."""
    real = params.dtype.type
    keep1, keep2 = real(_ADAM_BETA1), real(_ADAM_BETA2)
    take1, take2 = real(1 - _ADAM_BETA1), real(1 - _ADAM_BETA2)
    rate = real(learning_rate / (1 - _ADAM_BETA1**n_updates))
    root = real(1 / np.sqrt(1 - _ADAM_BETA2**n_updates))
    eps = real(_ADAM_EPS)
    for k in range(params.size):
        grad = grads[k]
        first[k] = keep1 * first[k] + take1 * grad
        second[k] = keep2 * second[k] + take2 * grad * grad
        params[k] -= rate * first[k] / (np.sqrt(second[k]) * root + eps)


@njit(**PART)
def scaled_by_root(params, grads, second, keep, take, rate, eps):
    """Step by the gradient over the root of its squares' sum (Adagrad) or mean (RMSprop)."""
    for k in range(params.size):
        grad = grads[k]
        second[k] = keep * second[k] + take * grad * grad
        params[k] -= rate * grad / (np.sqrt(second[k]) + eps)


@njit(**ELEMENTWISE)
def update(rule, params, grads, first, second, n_updates, learning_rate):
    """Make one step; `params` and the moments `first` and `second` are modified in place.

    `n_updates` counts this update, from 1; `learning_rate` is this update's. The rules and
    constants are PyTorch's. `rule` has the fields `optimizer` (a code; an unknown one fills
    `params` with NaN), `momentum`, `nesterov`, `weight_decay` (of adamw), `l1` and `l2`; with
    a penalty, `grads` is modified too.
    """
    real = params.dtype.type
    rate = real(learning_rate)
    if rule.l1 != 0.0 or rule.l2 != 0.0:
        add_penalties(params, grads, rule.l1, rule.l2)
    if rule.optimizer == SGD:
        sgd(params, grads, first, rate, real(rule.momentum), rule.nesterov)
    elif rule.optimizer == ADAM or rule.optimizer == ADAMW:
        if rule.optimizer == ADAMW:
            keep = real(1 - learning_rate * rule.weight_decay)
            for k in range(params.size):
                params[k] *= keep
        adam(params, grads, first, second, n_updates, learning_rate)
    elif rule.optimizer == RMSPROP:
        keep, take = real(_RMSPROP_ALPHA), real(1 - _RMSPROP_ALPHA)
        scaled_by_root(params, grads, second, keep, take, rate, real(_RMSPROP_EPS))
    elif rule.optimizer == ADAGRAD:
        one = real(1.0)
        scaled_by_root(params, grads, second, one, one, rate, real(_ADAGRAD_EPS))
    else:
        for k in range(params.size):
            params[k] = np.nan
