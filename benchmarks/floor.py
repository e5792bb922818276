"""The floor of a training step: the least time of its arithmetic on one thread of this machine.

There are three floors, each the sum of the step's matrix products and of the functions that the
cell's equations call for each unit and time step (1 in rnn, 5 in lstm, 3 in gru):

- `at_dot_rate`: the floating-point operations of the products (`cost.update_flops`) at the rate of
  a 1024 x 1024 `np.dot`, as if every product ran at the rate of a large one;
- `at_blas`: the time of the same products in their own shapes, each by `np.dot` into an existing
  array from compiled code, which is the time that BLAS takes for small matrices;
- `at_tiles`: the same with the tiles of `kernels.products` in place of BLAS.

In the first two a function takes the time of an element of a clamped rational tanh, the cheapest
tanh that vectorises, on an array in the first cache. In the last one it takes its own time, that of
an element of the kernels' sigmoid, exp, noise and so on.

The rest of a step is in none: gathering the batch, sums and products of elements, functions such as
`max` and relu, derivatives, clipping, the update.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import scipy.linalg  # noqa: F401 - the BLAS of numba's np.dot, loaded before its threads are limited
from numba import njit

from rnnsweep.cells import Cell, trees
from rnnsweep.cells.activation import activation_tree
from rnnsweep.cells.functions import FUNCTIONS
from rnnsweep.cells.trees import Tree
from rnnsweep.execution.bench import DOT_FLOPS, Shape, dot_call
from rnnsweep.kernels import activations, draws, elementary, products
from rnnsweep.kernels.apart import call
from rnnsweep.kernels.products import product, transposed_product
from rnnsweep.network.cost import update_flops
from rnnsweep.network.layout import Sizes

N_ELEMENTS = 4096
CALLS_A_TURN = 256
PRODUCT_FLOPS_A_TURN = 1e8


class Floor(NamedTuple):
    """Seconds of a step by each floor, and the rate of the first."""

    at_dot_rate: float
    at_blas: float
    at_tiles: float
    dot_rate: float  # floating-point operations a second


def calls(sizes: Sizes, shape: Shape) -> dict[str, Callable[[], int]]:
    """Return the calls that `floor_of` needs the times of, to be timed on one BLAS thread."""
    return {
        "dot": dot_call("float32"),
        "products": _products_call(_by_blas, sizes, shape),
        "tiles": _products_call(_by_tiles, sizes, shape),
        "activation": _function_call(""),
        **{name: _function_call(name) for name in functions_of(sizes.record)},
    }


def floor_of(sizes: Sizes, shape: Shape, seconds: dict[str, float]) -> Floor:
    """Return the floor from the median seconds of the calls above."""
    rate = DOT_FLOPS / seconds["dot"]
    n_elements = shape.batch_size * shape.seq_len * sizes.hidden
    functions = functions_of(sizes.record)
    activations = n_elements * functions.total() * seconds["activation"]
    own = n_elements * sum(n * seconds[name] for name, n in functions.items())
    flops = update_flops(sizes, shape.seq_len, shape.batch_size, 1)
    return Floor(
        flops / rate + activations, seconds["products"] + activations, seconds["tiles"] + own, rate
    )


def functions_of(cell: Cell) -> Counter[str]:
    """Return how often a time step calls each function that takes time, for a unit."""
    in_equations = _called(tree for _, tree in cell.assignments)
    in_act = _called([activation_tree(cell.activation)])
    counts = Counter[str]()
    for name, n in in_equations.items():
        counts.update({inner: n * m for inner, m in in_act.items()} if name == "act" else {name: n})
    return Counter({name: n for name, n in counts.items() if not FUNCTIONS[name].is_cheap})


def _called(expressions: Iterable[Tree]) -> Counter[str]:
    nodes = (node for tree in expressions for node in trees.nodes(tree))
    return Counter(node[1] for node in nodes if node[0] == "call")


# ---- functions


@njit(fastmath=True, error_model="numpy")
def _tanh(z, out, n):  # noqa: ANN001, ANN202
    # Padé's approximant [7/6] at 0, which is 1 to a part in ten thousand at 4.97.
    for _ in range(n):
        for i in range(z.size):
            x = min(max(z[i], z.dtype.type(-4.97)), z.dtype.type(4.97))
            s = x * x
            above = ((s + z.dtype.type(378)) * s + z.dtype.type(17325)) * s + z.dtype.type(135135)
            below = (z.dtype.type(28) * s + z.dtype.type(3150)) * s + z.dtype.type(62370)
            out[i] = x * above / (below * s + z.dtype.type(135135))


@njit(fastmath={"contract"}, error_model="numpy")
def _values(function, z, out, n):  # noqa: ANN001, ANN202
    for _ in range(n):
        for i in range(z.size):
            out[i] = function(z[i])


@njit
def _values_and_slopes(address, z, out, n):  # noqa: ANN001, ANN202
    for _ in range(n):
        call(address, (z, out))  # z becomes the slopes, which are numbers of the same kind


@njit
def _noise(address, out, n):  # noqa: ANN001, ANN202
    for t in range(n):
        call(address, (out, 0, 0, t, 1, 0))


_VALUES = {name: getattr(elementary, name) for name in ("sigmoid", "tanh", "exp", "log")}


def _function_call(name: str) -> Callable[[], int]:
    """Return a call of one of the kernels' functions; of the clamped tanh for an empty name."""
    z = np.random.default_rng(0).random(N_ELEMENTS, np.float32)
    out = np.empty_like(z)
    run: Callable[..., None]
    if not name:
        run, arguments = _tanh, (z, out)
    elif name in _VALUES:
        run, arguments = _values, (_VALUES[name], z, out)
    elif name == "noise":
        run, arguments = _noise, (draws.fill_noise.address("float32"), out)
    else:
        run, arguments = _values_and_slopes, (activations.address(name, "float32"), z, out)

    def call() -> int:
        run(*arguments, CALLS_A_TURN)
        return N_ELEMENTS * CALLS_A_TURN

    return call


# ---- products


@njit
def _by_blas(multiply, arrays, n_inputs, n_squares, seq_len, batch, n):  # noqa: ANN001, ANN202
    """Make the products of `n` steps; h and dz (T B, H) serve for every array of their shape."""
    x, w_x, h, w_h, w_y, dz, dy, dw_x, dw_h, dw_y = arrays
    for _ in range(n):
        for _ in range(n_inputs):
            np.dot(x, w_x, dz)
        for t in range(seq_len):
            rows = slice(t * batch, (t + 1) * batch)
            for _ in range(n_squares):
                np.dot(h[rows], w_h, dz[rows])
        last = h[(seq_len - 1) * batch :]
        np.dot(last, w_y, dy)
        np.dot(last.T, dy, dw_y)
        np.dot(dy, w_y.T, dz[:batch])
        for t in range(seq_len):
            rows = slice(t * batch, (t + 1) * batch)
            for _ in range(n_squares):
                np.dot(h[rows], w_h, dz[rows])  # by a transpose that was made before
        for _ in range(n_squares):
            np.dot(h.T, dz, dw_h)
        for _ in range(n_inputs):
            np.dot(x.T, dz, dw_x)


@njit
def _by_tiles(multiply, arrays, n_inputs, n_squares, seq_len, batch, n):  # noqa: ANN001, ANN202
    """Make the same products by tiles; `multiply` is the address of `products.multiply`."""
    x, w_x, h, w_h, w_y, dz, dy, dw_x, dw_h, dw_y = arrays
    turned = np.ascontiguousarray(w_y.T)
    for _ in range(n):
        for _ in range(n_inputs):
            product(multiply, x, w_x, dz)
        for _ in range(2):  # forward, and back by transposes
            for t in range(seq_len):
                rows = slice(t * batch, (t + 1) * batch)
                for _ in range(n_squares):
                    product(multiply, h[rows], w_h, dz[rows])
        last = h[(seq_len - 1) * batch :]
        product(multiply, last, w_y, dy)
        transposed_product(multiply, last, dy, dw_y)
        product(multiply, dy, turned, dz[:batch])
        for _ in range(n_squares):
            transposed_product(multiply, h, dz, dw_h)
        for _ in range(n_inputs):
            transposed_product(multiply, x, dz, dw_x)


def _products_call(make: Callable[..., None], sizes: Sizes, shape: Shape) -> Callable[[], int]:
    n_input, n_hidden, n_output = sizes[:3]
    n_squares = len(sizes.program.products)
    batch, seq_len = shape.batch_size, shape.seq_len
    rng = np.random.default_rng(0)

    def array(*size: int) -> np.ndarray:
        return rng.standard_normal(size, np.float32)

    rows = seq_len * batch
    w_x, w_h, w_y = array(n_input, n_hidden), array(n_hidden, n_hidden), array(n_hidden, n_output)
    arrays = (
        *(array(rows, n_input), w_x, array(rows, n_hidden), w_h, w_y),
        *(array(rows, n_hidden), array(batch, n_output)),
        *(np.empty_like(w) for w in (w_x, w_h, w_y)),
    )
    flops = update_flops(sizes, seq_len, batch, 1)
    n_steps = max(1, int(PRODUCT_FLOPS_A_TURN / flops))
    multiply = products.address(np.float32)

    def call() -> int:
        make(multiply, arrays, sizes.n_sums, n_squares, seq_len, batch, n_steps)
        return n_steps

    return call
