"""The tiles of `kernels.products` compared with BLAS: python -m benchmarks.products.

GFLOP/s of a time step's product (32, H) by (H, H) and of a weight gradient's (1024, H).T by
(1024, H), one thread. BLAS is the one that numba's np.dot calls; OPENBLAS_CORETYPE picks its core.
"""

from collections.abc import Callable

import numpy as np
import scipy.linalg  # noqa: F401 - the BLAS of numba's np.dot, loaded before its threads are limited
from numba import njit
from threadpoolctl import threadpool_info, threadpool_limits

from rnnsweep.execution.bench import take_turns
from rnnsweep.kernels.products import address, product, transposed_product

HIDDEN_SIZES = (8, 16, 32, 64, 128, 256)
N_ROUNDS = 9
FLOPS_A_CALL = 1e7


@njit
def _tiles_step(multiply, a, b, out, n):  # noqa: ANN001, ANN202
    for _ in range(n):
        product(multiply, a, b, out)


@njit
def _blas_step(multiply, a, b, out, n):  # noqa: ANN001, ANN202
    for _ in range(n):
        np.dot(a, b, out)


@njit
def _tiles_gradient(multiply, a, b, out, n):  # noqa: ANN001, ANN202
    for _ in range(n):
        transposed_product(multiply, a, b, out)


@njit
def _blas_gradient(multiply, a, b, out, n):  # noqa: ANN001, ANN202
    for _ in range(n):
        np.dot(a.T, b, out)


def main() -> None:
    """Print a table for each dtype."""
    rng = np.random.default_rng(0)
    with threadpool_limits(1, user_api="blas"):
        for dtype in (np.float32, np.float64):
            multiply = address(dtype)
            print(f"{dtype.__name__:8} {'step':>7} {'BLAS':>6} {'gradient':>9} {'BLAS':>6}")
            for h in HIDDEN_SIZES:
                step = (rng.random((32, h)).astype(dtype), rng.random((h, h)).astype(dtype))
                tall = tuple(rng.random((1024, h)).astype(dtype) for _ in range(2))

                def call(kernel, pair, rows, flops, multiply=multiply) -> Callable[[], int]:  # noqa: ANN001
                    out = np.empty((rows, pair[1].shape[1]), pair[0].dtype)
                    n = max(1, int(FLOPS_A_CALL / flops))
                    return lambda: (kernel(multiply, *pair, out, n), n)[1]

                step_flops, tall_flops = 2 * 32 * h * h, 2 * 1024 * h * h
                times = take_turns(
                    {
                        "step": call(_tiles_step, step, 32, step_flops),
                        "blas": call(_blas_step, step, 32, step_flops),
                        "gradient": call(_tiles_gradient, tall, h, tall_flops),
                        "blas gradient": call(_blas_gradient, tall, h, tall_flops),
                    },
                    0.0,
                    N_ROUNDS,
                )
                print(
                    f"H = {h:4d} {step_flops / times['step'] / 1e9:7.0f}"
                    f" {step_flops / times['blas'] / 1e9:6.0f}"
                    f" {tall_flops / times['gradient'] / 1e9:9.0f}"
                    f" {tall_flops / times['blas gradient'] / 1e9:6.0f}"
                )
        for info in threadpool_info():
            print(f"BLAS: {info['prefix']}, core {info.get('architecture')}")


if __name__ == "__main__":
    main()
