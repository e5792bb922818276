"""Training steps in JAX: jit, `lax.scan` over time and steps, `vmap` over networks, clipped SGD.

A time step is that of the cell's equations, with JAX's functions.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax, nn, random

from rnnsweep.cells import Cell, Sum, evaluate
from rnnsweep.execution.bench import Shape
from rnnsweep.network.cost import update_flops
from rnnsweep.network.layout import Sizes, feeds, param_shapes

N_NETWORKS = 16
# Steps of a call, fewer for large networks.
MOST_STEPS, FLOPS_A_CALL = 8, 2e9
# Time steps of one turn of the loop over time, what is quickest: at H = 32, 1 -> 8 takes
# 189 -> 165 us for rnn, but 1290 -> 3710 for lstm and 840 -> 1370 for gru.
UNROLL = {"rnn": 8}
Params = dict[str, Array]
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sigmoid": nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": nn.relu,
    "leaky_relu": nn.leaky_relu,
    "elu": nn.elu,
    "softplus": nn.softplus,
    "exp": jnp.exp,
    "log": jnp.log,
    "sqrt": jnp.sqrt,
    "abs": jnp.abs,
    "min": jnp.minimum,
    "max": jnp.maximum,
}


def outputs_of(cell: Cell, params: Params, x: Array, key: Array | None) -> Array:
    """Return the outputs (B, O) after the last of x (T, B, I); noise is 0 without a key."""
    with_input = [each for each in cell.sums if each.has_input]
    zeros = jnp.zeros((x.shape[1], params["W_hy"].shape[0]))
    biased = [each.name for each in with_input if each.has_bias]
    biases = dict(zip(biased, jnp.split(params["b_h"], len(biased)), strict=True)) if biased else {}
    from_x = {
        each.name: part + biases.get(each.name, 0.0)
        for each, part in zip(
            with_input, jnp.split(x @ params["W_xh"], len(with_input), axis=2), strict=True
        )
    }
    fed = {each.value: (params[each.name], each.sums) for each in feeds(cell)}
    vectors = {vector.name: params[vector.name] for vector in cell.vectors}

    def advance(states: tuple[Array, ...], at_t: tuple[Params, Array | None]) -> tuple[Any, None]:
        starts, key_t = at_t
        products: dict[str, Params] = {}
        n_draws = 0

        def noise() -> Array:
            nonlocal n_draws
            if key_t is None:
                return zeros
            n_draws += 1
            return random.normal(random.fold_in(key_t, n_draws), zeros.shape)

        def compute_sum(each: Sum, values: Sequence[Array]) -> Array:
            total = starts.get(each.name)
            if total is None:
                total = params[f"b_{each.name}"] if each.has_bias else zeros
            for feed, value in zip(each.feeds, values, strict=True):
                if feed not in products:  # one product for all the sums that it feeds
                    matrix, names = fed[feed]
                    parts = jnp.split(value @ matrix, len(names), axis=1)
                    products[feed] = dict(zip(names, parts, strict=True))
                total = total + products[feed][each.name]
            return total

        functions = FUNCTIONS | {"noise": noise}
        return evaluate.advance(cell, states, compute_sum, vectors, functions, float), None

    states, _ = lax.scan(
        advance,
        (zeros,) * len(cell.states),
        (from_x, None if key is None else random.split(key, x.shape[0])),
        unroll=UNROLL.get(cell.name, 1),
    )
    return states[0] @ params["W_hy"] + params["b_y"]


def steps_call(
    cell: Cell,
    n_hidden: int,
    shape: Shape,
    learning_rate: float,
    clip_norm: float,
    n_networks: int = N_NETWORKS,
) -> Callable[[], int]:
    """Return a call that makes some steps and returns how many, over all networks."""
    batch, seq_len, n_input, n_output = shape
    sizes = Sizes(n_input, n_hidden, n_output, cell)
    flops = update_flops(sizes, seq_len, batch, 1) * n_networks
    n_steps = max(1, min(MOST_STEPS, int(FLOPS_A_CALL / flops)))
    rng = np.random.default_rng(0)
    bound = n_hidden**-0.5
    params = {
        name: jnp.asarray(rng.uniform(-bound, bound, (n_networks, *size)), jnp.float32)
        for name, size in param_shapes(sizes).items()
    }
    x = jnp.asarray(rng.random((n_steps, seq_len, batch, n_input), np.float32))
    y = jnp.asarray(rng.random((n_steps, batch, n_output), np.float32))
    keys = random.split(random.key(0), n_steps)

    def loss_of(params: Params, x: Array, y: Array, key: Array) -> Array:
        return jnp.mean((outputs_of(cell, params, x, key) - y) ** 2)

    def step(params: Params, batch: tuple[Array, Array, Array]) -> tuple[Params, None]:
        grads = jax.grad(loss_of)(params, *batch)
        norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(grads)))
        rate = learning_rate * jnp.minimum(1.0, clip_norm / (norm + 1e-6))
        return jax.tree.map(lambda p, g: p - rate * g, params, grads), None

    def steps(params: Params) -> Params:
        return lax.scan(step, params, (x, y, keys))[0]

    all_steps = jax.jit(jax.vmap(steps))

    def call() -> int:
        jax.block_until_ready(all_steps(params))
        return n_steps * n_networks

    return call
