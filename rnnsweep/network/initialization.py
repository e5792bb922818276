"""Initial parameters; drawn in float64 from the seed's own stream."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.cells import Cell, Sum
from rnnsweep.random_streams import INITIALIZATION, stream

from .constrained_starts import (
    antisymmetric_start,
    dale_start,
    low_rank_start,
    orthogonal_start,
)
from .layout import Params, Sizes, feeds, layer_end, param_shapes
from .recurrent import Recurrent

Float64 = NDArray[np.float64]


class Initialization(NamedTuple):
    """How the parameters of a network are drawn.

    `input`, `recurrent` and `output` are words of `vocabulary.MATRICES`: for the matrices that
    multiply a layer's input, for those that multiply the hidden state, and for the output layer.
    Only `recurrent` can be "identity". Where the recurrent matrices are constrained, what is
    learned in their place is drawn so that they have the variance of the word; the start of
    "orthogonal" is its own.
    """

    input: str
    recurrent: str
    output: str
    std: float  # of the word "normal"
    spectral_radius: float = 0.0  # of each recurrent matrix after scaling; 0: as drawn
    connections: int = 0  # number of a unit's incoming recurrent weights that are not 0; 0: all
    forget_bias: float = 0.0  # added to the bias of the cell's `forget_sum`, where it has one


class _Draws:
    """Draws of matrices and biases, one after another, for networks of some hidden size."""

    def __init__(self, how: Initialization, sizes: Sizes, rng: np.random.Generator) -> None:
        self.rng = rng
        self.hidden = sizes.hidden
        self.std = how.std

    def matrix(self, word: str, rows: int, columns: int) -> Float64:
        """Draw one sum's matrix."""
        draw: Callable[[int, int], Float64] = getattr(self, f"_{word}")
        return draw(rows, columns)

    def learned(self, word: str, recurrent: Recurrent) -> tuple[Float64, ...]:
        """Draw what is learned in place of one recurrent matrix."""
        if recurrent.kind == "orthogonal":
            return (orthogonal_start(self.rng, self.hidden),)
        if recurrent.kind == "low_rank":
            return low_rank_start(self.rng, self.hidden, recurrent.rank, self._deviation(word))
        return (self.matrix(word, self.hidden, self.hidden),)

    def _deviation(self, word: str) -> float:
        """Return the standard deviation of the elements of a square matrix."""
        variances = {
            "torch": 1 / (3 * self.hidden),
            "glorot": 1 / self.hidden,
            "he": 2 / self.hidden,
            "normal": self.std**2,
            "notebook": 0.01**2 / 12,
        }
        return float(np.sqrt(variances[word]))

    def bias(self, word: str, size: int) -> Float64:
        """Draw a bias: 0, except by PyTorch's rule."""
        return self._torch(1, size)[0] if word == "torch" else np.zeros(size)

    def _torch(self, rows: int, columns: int) -> Float64:
        # nn.RNN, nn.LSTM, nn.GRU and nn.Linear(H, O): everything by the hidden size.
        return self._uniform(self.hidden**-0.5, rows, columns)

    def _glorot(self, rows: int, columns: int) -> Float64:
        # Glorot and Bengio 2010, eq. 16.
        return self._uniform((6 / (rows + columns)) ** 0.5, rows, columns)

    def _he(self, rows: int, columns: int) -> Float64:
        # He et al. 2015, eq. 10.
        return self.rng.normal(0, (2 / rows) ** 0.5, (rows, columns))

    def _orthogonal(self, rows: int, columns: int) -> Float64:
        # The signs make the distribution uniform over orthogonal matrices (Mezzadri 2007).
        tall = (max(rows, columns), min(rows, columns))
        q, r = np.linalg.qr(self.rng.standard_normal(tall))
        q = np.asarray(q * np.sign(np.diag(r)))
        return q if rows >= columns else q.T

    def _identity(self, rows: int, columns: int) -> Float64:
        return np.eye(rows, columns)

    def _normal(self, rows: int, columns: int) -> Float64:
        return self.rng.normal(0, self.std, (rows, columns))

    def _notebook(self, rows: int, columns: int) -> Float64:
        return 0.01 * self.rng.random((rows, columns))

    def uniform(self, low: float, high: float, size: int) -> Float64:
        """Draw a vector; where both ends are equal, nothing is drawn."""
        return np.full(size, low) if low == high else self.rng.uniform(low, high, size)

    def _uniform(self, bound: float, rows: int, columns: int) -> Float64:
        return self.rng.uniform(-bound, bound, (rows, columns))


def draw(how: Initialization, sizes: Sizes, seed: int) -> Params:
    """Return initial parameters by name, float64, each sum's matrix drawn by itself.

    Parameters
    ----------
    how : Initialization
    sizes : Sizes
    seed : int
        The draws depend on `how`, `sizes` and this number alone.

    Raises
    ------
    ValueError
        If a matrix is to be scaled to a spectral radius, and as drawn has a spectral radius of 0.
    """
    draws = _Draws(how, sizes, stream(seed, INITIALIZATION))
    cell, h = sizes.record, sizes.hidden
    ends = [layer_end(layer) for layer in range(sizes.layers)]
    shapes = param_shapes(sizes)
    matrices: dict[str, list[Float64]] = {}  # side by side they are a parameter
    params: Params = {}

    def draw_matrices(name: str, word: str) -> None:
        rows, n = shapes[name][0], shapes[name][1] // h
        matrices[name] = [draws.matrix(word, rows, h) for _ in range(n)]

    for end in ends:
        draw_matrices(f"W_xh{end}", how.input)
        if f"b_h{end}" in shapes:
            added = [_added_bias(each, cell, how) for each in cell.sums]
            drawn = draws.bias(how.input, shapes[f"b_h{end}"][0])
            with_bias = [each.has_input and each.has_bias for each in cell.sums]
            params[f"b_h{end}"] = drawn + np.repeat(np.compress(with_bias, added), h)
    # For each matrix of a feed and a layer what is learned in its place.
    learned = {
        (feed, end): [draws.learned(how.recurrent, sizes.recurrent) for _ in feed.matrices]
        for feed in feeds(cell)
        for end in ends
    }
    for each in cell.sums:
        if not each.has_input and each.has_bias:
            for end in ends:
                drawn = draws.bias(how.recurrent, h)
                params[f"b_{each.name}{end}"] = drawn + _added_bias(each, cell, how)
    for vector in cell.vectors:
        for end in ends:
            params[f"{vector.name}{end}"] = draws.uniform(vector.low, vector.high, h)
    params["W_hy"] = draws.matrix(how.output, h, sizes.output)
    params["b_y"] = draws.bias(how.output, sizes.output)
    # After all draws, so that the same seed gives the same values with and without them.
    for (feed, end), each_drawn in learned.items():
        started = [_start(drawn, how, sizes, draws.rng) for drawn in each_drawn]
        for (letter, _, _), parts in zip(sizes.factors, zip(*started, strict=True), strict=True):
            matrices[f"{feed.learned(letter)}{end}"] = list(parts)
    params |= {name: np.concatenate(columns, axis=1) for name, columns in matrices.items()}
    return {name: params[name] for name in shapes}


def _added_bias(each: Sum, cell: Cell, how: Initialization) -> float:
    """Return what is added to the initial bias of a sum."""
    return each.bias + (how.forget_bias if each.name == cell.forget_sum else 0.0)


def _start(
    drawn: tuple[Float64, ...], how: Initialization, sizes: Sizes, rng: np.random.Generator
) -> tuple[Float64, ...]:
    """Return the start of what is learned in place of one recurrent matrix."""
    if how.connections:
        _keep_connections(drawn[0], how.connections, rng)
    recurrent, radius = sizes.recurrent, how.spectral_radius
    matrix = drawn[0]
    if recurrent.kind == "dale":
        n_excitatory = recurrent.n_excitatory(sizes.hidden)
        v = dale_start(matrix, n_excitatory)
        drawn, matrix = (v,), np.concatenate([v[:n_excitatory], -v[n_excitatory:]])
    elif recurrent.kind == "antisymmetric":
        v = antisymmetric_start(matrix)
        drawn, matrix = (v,), v - v.T
        # The eigenvalues of W are those of V - V^T, which are imaginary, minus gamma.
        radius = max(radius**2 - recurrent.antisymmetric_gamma**2, 0.0) ** 0.5
    elif recurrent.kind == "low_rank":
        matrix = drawn[0] @ drawn[1]
    if not how.spectral_radius:
        return drawn
    factor = _factor_to(matrix, radius, how.spectral_radius) ** (1 / len(drawn))
    return tuple(each * factor for each in drawn)


def _keep_connections(matrix: Float64, n: int, rng: np.random.Generator) -> None:
    """Set all but `n` weights of each column, at random places, to 0."""
    place = rng.random(matrix.shape).argsort(axis=0, kind="stable")
    np.put_along_axis(matrix, place[n:], 0.0, axis=0)


def _factor_to(matrix: Float64, radius: float, asked: float) -> float:
    """Return the factor that gives a matrix a spectral radius; `asked` is that of the setting."""
    drawn = float(np.abs(np.linalg.eigvals(matrix)).max())
    if drawn == 0:
        raise ValueError(
            f"spectral_radius is {asked!r}, but a recurrent matrix as drawn has a spectral "
            "radius of 0, which no factor changes; draw it another way (init_recurrent, or an "
            "init_std above 0), or leave spectral_radius out"
        )
    return radius / drawn
