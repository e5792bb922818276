"""A sweep in JAX, one call a shape: python -m benchmarks.peers.jax_sweep SWEEP RESULTS.json.

As a user would write it who knows JAX: a whole training is one compiled function, `lax.scan` over
time, steps and epochs, `vmap` over learning rates and seeds; one call for each hidden size and
activation, on as many devices as there are cores, for XLA runs such a call on one core. What has
diverged trains on as NaN: a compiled loop cannot leave a batch of networks.
"""

import functools
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from benchmarks.peers.problem import Problem, Result, Trial, result_of, sweep_options, write

ACTIVATIONS = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu}
Params = dict[str, Array]

# Time steps of one turn of the loop over time. On the default grid: 1 -> 10 takes 3.2 -> 2.2 s
# of CPU for 10 epochs, and 20 -> 24 s to compile.
UNROLL = 10
# Networks of one vmap, as far as the learning rates of a seed allow; the seeds follow in turns.
# On the large grid, 8 rates by 32 seeds: 256 at once take 10.3 s of CPU where 16 take 7.7.
NETWORKS_AT_ONCE = 16


def outputs(params: Params, x: Array, activation: str) -> Array:
    """Return the outputs (B, O) for x (T, B, I)."""
    f = ACTIVATIONS[activation]
    from_x = x @ params["W_xh"] + params["b_h"]

    def advance(h: Array, from_x_t: Array) -> tuple[Array, None]:
        return f(from_x_t + h @ params["W_hh"]), None

    h, _ = lax.scan(advance, jnp.zeros_like(from_x[0]), from_x, unroll=UNROLL)
    return h @ params["W_hy"] + params["b_y"]


def train(
    learning_rate: Array,
    params: Params,
    data: dict[str, tuple[Array, Array]],
    orders: Array,
    *,
    activation: str,
    batch_size: int,
    clip_norm: float,
) -> tuple[Array, Array]:
    """Train one network; return the validation loss of each epoch, and the best's test loss.

    Parameters
    ----------
    learning_rate : () array
    params : dict
    data : dict
        x (T, N, I) and y (N, O) of each part.
    orders : (epochs, N) array
    activation : str
    batch_size : int
    clip_norm : float
        0 is off.
    """

    def loss_of(params: Params, x: Array, y: Array) -> Array:
        return jnp.mean((outputs(params, x, activation) - y) ** 2)

    def step(params: Params, batch: Array) -> tuple[Params, None]:
        x, y = data["train"]
        grads = jax.grad(loss_of)(params, x[:, batch], y[batch])
        rate = learning_rate
        if clip_norm:
            norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(grads)))
            rate *= jnp.minimum(1.0, clip_norm / (norm + 1e-6))
        return jax.tree.map(lambda p, g: p - rate * g, params, grads), None

    def epoch(
        carry: tuple[Params, Params, Array], order: Array
    ) -> tuple[tuple[Params, Params, Array], Array]:
        params, best, best_loss = carry
        params, _ = lax.scan(step, params, order.reshape(-1, batch_size))
        val_loss = loss_of(params, *data["val"])
        better = val_loss < best_loss
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), params, best)
        return (params, best, jnp.where(better, val_loss, best_loss)), val_loss

    (_, best, _), val_losses = lax.scan(epoch, (params, params, jnp.inf), orders)
    return val_losses, loss_of(best, *data["test"])


@functools.partial(jax.jit, static_argnames=("activation", "batch_size", "clip_norm"))
def train_all(
    learning_rates: Array,
    params: Params,
    data: dict[str, tuple[Array, Array]],
    orders: Array,
    **settings: str | float,
) -> tuple[Array, Array]:
    """Train a network for each seed and learning rate: all but the rates lead with the seeds."""
    one = functools.partial(train, **settings)

    def over_rates(of_a_seed: tuple) -> tuple[Array, Array]:
        return jax.vmap(one, in_axes=(0, None, None, None))(learning_rates, *of_a_seed)

    seeds_at_once = min(len(orders), max(1, NETWORKS_AT_ONCE // len(learning_rates)))
    return lax.map(over_rates, (params, data, orders), batch_size=seeds_at_once)


def shapes(problem: Problem) -> Iterator[list[list[Trial]]]:
    """Yield the trials of one call, as rows: a row for each seed, a column for each rate."""

    def shape(trial: Trial) -> Trial:
        return trial._replace(trial_id="", learning_rate=0.0, seed=0)

    by_shape = sorted(problem.trials, key=lambda trial: (shape(trial), trial.seed))
    for _, trials in itertools.groupby(by_shape, shape):
        yield [list(row) for _, row in itertools.groupby(trials, lambda trial: trial.seed)]


def run(problem: Problem, rows: list[list[Trial]]) -> list[Result]:
    """Train the trials of one call."""
    rates = [trial.learning_rate for trial in rows[0]]
    if any([trial.learning_rate for trial in row] != rates for row in rows):
        raise ValueError("vmap needs every learning rate with every seed")
    firsts = [row[0] for row in rows]

    def stacked(values: list) -> dict:
        return jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves)), *values)

    data = stacked([problem.data(trial.seed) for trial in firsts])
    val_losses, test_losses = train_all(
        jnp.asarray(rates),
        stacked([problem.initial_params(trial) for trial in firsts]),
        {name: (x.swapaxes(1, 2), y) for name, (x, y) in data.items()},
        jnp.asarray(np.stack([problem.orders(trial) for trial in firsts])),
        activation=firsts[0].activation,
        batch_size=firsts[0].batch_size,
        clip_norm=firsts[0].clip_norm,
    )
    return [
        result_of(trial, np.asarray(val_losses[r, c]), float(test_losses[r, c]))
        for r, row in enumerate(rows)
        for c, trial in enumerate(row)
    ]


def run_all(problem: Problem) -> list[Result]:
    """Train all trials, each device its share of the calls."""
    devices = jax.devices()
    # Networks of all sizes on each device.
    calls = sorted(shapes(problem), key=lambda rows: rows[0][0].hidden_size)

    def share(index: int) -> list[Result]:
        with jax.default_device(devices[index]):
            return [
                result for rows in calls[index :: len(devices)] for result in run(problem, rows)
            ]

    with ThreadPoolExecutor(len(devices)) as pool:
        return list(itertools.chain(*pool.map(share, range(len(devices)))))


def main() -> None:
    """Train the trials of a sweep file and write their results."""
    parser = sweep_options(__doc__)
    parser.add_argument("--cache", help="folder of what was compiled before")
    parser.add_argument("--times", type=int, default=1, help="train it all that often")
    options = parser.parse_args()
    jax.config.update("jax_num_cpu_devices", options.cores)
    if options.cache:
        jax.config.update("jax_compilation_cache_dir", options.cache)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    problem = Problem(options.sweep, options.set)
    seconds = []
    for _ in range(options.times):
        start = time.perf_counter()
        results = run_all(problem)
        seconds.append(time.perf_counter() - start)
    write(options.results, results, seconds)


if __name__ == "__main__":
    main()
