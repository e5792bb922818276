"""Training steps in JAX: jit, `lax.scan` over time and steps, `vmap` over networks, clipped SGD."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from rnnsweep import handwritten_cells as cells
from rnnsweep.execution.bench import Shape

N_NETWORKS = 16
# Steps of a call, fewer for large networks.
MOST_STEPS, FLOPS_A_CALL = 8, 2e9
# Time steps of one turn of the loop over time, what is quickest: at H = 32, 1 -> 8 takes
# 189 -> 165 us for rnn, but 1290 -> 3710 for lstm and 840 -> 1370 for gru.
UNROLL = {"rnn": 8, "lstm": 1, "gru": 1}
Params = dict[str, Array]


def rnn(params: Params, state: tuple[Array, ...], from_x: Array) -> tuple[Array, ...]:
    """Return the state (h,) after a time step."""
    (h,) = state
    return (jnp.tanh(from_x + h @ params["W_hh"]),)


def lstm(params: Params, state: tuple[Array, ...], from_x: Array) -> tuple[Array, ...]:
    """Return the state (h, c) after a time step."""
    h, c = state
    i, f, g, o = jnp.split(from_x + h @ params["W_hh"], 4, axis=1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def gru(params: Params, state: tuple[Array, ...], from_x: Array) -> tuple[Array, ...]:
    """Return the state (h,) after a time step."""
    (h,) = state
    x_r, x_z, x_n = jnp.split(from_x, 3, axis=1)
    h_r, h_z, h_n = jnp.split(h @ params["W_hh"], 3, axis=1)
    z = jax.nn.sigmoid(x_z + h_z)
    n = jnp.tanh(x_n + jax.nn.sigmoid(x_r + h_r) * (h_n + params["b_hn"]))
    return ((1 - z) * n + z * h,)


CELL_STEPS = {"rnn": rnn, "lstm": lstm, "gru": gru}


def steps_call(
    cell: str, n_hidden: int, shape: Shape, learning_rate: float, clip_norm: float
) -> Callable[[], int]:
    """Return a call that makes some steps and returns how many, over all networks."""
    batch, seq_len, n_input, n_output = shape
    facts = cells.CELLS[cell]
    gates = facts.n_gates
    flops = 6 * batch * seq_len * gates * n_hidden**2 * N_NETWORKS
    n_steps = max(1, min(MOST_STEPS, int(FLOPS_A_CALL / flops)))
    rng = np.random.default_rng(0)

    def draw(*size: int) -> Array:
        bound = n_hidden**-0.5
        return jnp.asarray(rng.uniform(-bound, bound, (N_NETWORKS, *size)), jnp.float32)

    params = {
        "W_xh": draw(n_input, gates * n_hidden),
        "b_h": draw(gates * n_hidden),
        "W_hh": draw(n_hidden, gates * n_hidden),
        "W_hy": draw(n_hidden, n_output),
        "b_y": draw(n_output),
    }
    if facts.recurrent_bias:
        params[facts.recurrent_bias_name] = draw(n_hidden)
    x = jnp.asarray(rng.random((n_steps, seq_len, batch, n_input), np.float32))
    y = jnp.asarray(rng.random((n_steps, batch, n_output), np.float32))
    advance = CELL_STEPS[cell]

    def loss_of(params: Params, x: Array, y: Array) -> Array:
        zeros = jnp.zeros((batch, n_hidden))
        state = (zeros,) * facts.n_states
        from_x = x @ params["W_xh"] + params["b_h"]
        state, _ = lax.scan(
            lambda state, from_x_t: (advance(params, state, from_x_t), None),
            state,
            from_x,
            unroll=UNROLL[cell],
        )
        return jnp.mean((state[0] @ params["W_hy"] + params["b_y"] - y) ** 2)

    def step(params: Params, xy: tuple[Array, Array]) -> tuple[Params, None]:
        grads = jax.grad(loss_of)(params, *xy)
        norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(grads)))
        rate = learning_rate * jnp.minimum(1.0, clip_norm / (norm + 1e-6))
        return jax.tree.map(lambda p, g: p - rate * g, params, grads), None

    def steps(params: Params) -> Params:
        return lax.scan(step, params, (x, y))[0]

    all_steps = jax.jit(jax.vmap(steps))

    def call() -> int:
        jax.block_until_ready(all_steps(params))
        return n_steps * N_NETWORKS

    return call
