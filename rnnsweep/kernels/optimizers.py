"""Clipping, and the update rules, as loops over the flat vectors of parameters and gradients."""

import numpy as np
from numba import njit

from ..vocabulary import OPTIMIZERS
from .flags import ELEMENTWISE, REDUCTION

SGD = OPTIMIZERS["sgd"].code
ADAM = OPTIMIZERS["adam"].code
RMSPROP = OPTIMIZERS["rmsprop"].code

_CLIP_EPS = 1e-6  # as PyTorch's clip_grad_norm_
_ADAM_BETA1, _ADAM_BETA2, _ADAM_EPS = 0.9, 0.999, 1e-8
_RMSPROP_ALPHA, _RMSPROP_EPS = 0.99, 1e-8


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
    """Scale `grads` in place by min(1, max_norm / (norm + 1e-6)) (Pascanu et al. 2013)."""
    factor = max_norm / (grad_norm + _CLIP_EPS)
    if factor < 1.0:
        scale = grads.dtype.type(factor)
        for k in range(grads.size):
            grads[k] *= scale


@njit(**ELEMENTWISE)
def update(optimizer, params, grads, first, second, n_updates, learning_rate, momentum):
    """Make one step; `params` and the moments `first` and `second` are modified in place.

    `n_updates` counts this update, from 1. The rules and constants are PyTorch's.
    """
    real = params.dtype.type
    if optimizer == SGD:
        rate, mu = real(learning_rate), real(momentum)
        if momentum == 0.0:
            for k in range(params.size):
                params[k] -= rate * grads[k]
        else:
            for k in range(params.size):
                first[k] = mu * first[k] + grads[k]
                params[k] -= rate * first[k]
    elif optimizer == ADAM:
        # Kingma and Ba 2015, algorithm 1.
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
    elif optimizer == RMSPROP:
        keep, take = real(_RMSPROP_ALPHA), real(1 - _RMSPROP_ALPHA)
        rate, eps = real(learning_rate), real(_RMSPROP_EPS)
        for k in range(params.size):
            grad = grads[k]
            second[k] = keep * second[k] + take * grad * grad
            params[k] -= rate * grad / (np.sqrt(second[k]) + eps)
