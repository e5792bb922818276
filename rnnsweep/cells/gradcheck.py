"""The derivative of a cell, checked: the emitted source against central differences.

The source that kernels are compiled from runs here as NumPy: a loop over elements becomes one
operation on all of them. A tiny network in float64 is run at once with each param a little larger
and a little smaller; the differences of the loss are compared with what the way back computes.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .cell import Cell
from .emit import emit
from .program import Product, Program
from .python_source import numpy_functions

N_TIME, N_BATCH, N_IN, N_HIDDEN = 3, 2, 2, 3
STEPS = (6e-6, 1e-7)
"""The cube root of float64's precision: what rounding and what the curvature cost is the same.
Then, where that is too large, one for steep functions."""

GOOD = 1e-7
"""A smaller error is one of the differences."""

TOLERANCE = 1e-4
"""A larger error is one of the derivative: a wrong term makes more, differences make less."""

SCALES = (0.6, 0.3, 0.1)
"""Standard deviations of the params and the first states of the networks that are tried."""

Array = NDArray[np.float64]


class GradientError(NamedTuple):
    """The largest error of a gradient, relative to the largest gradient by the same param."""

    error: float
    """NaN where the loss or a gradient is not finite."""
    param: str
    """A sum's `W_x_<sum>`, `W_<feed>_<sum>` or `b_<sum>`, or a vector; empty if all are 0."""

    @property
    def is_finite(self) -> bool:
        """Whether the loss and the gradients are finite."""
        return math.isfinite(self.error)


def check_gradient(cell: Cell, seed: int = 0) -> GradientError:
    """Return the largest relative error of the gradients of a tiny random network of a cell."""
    program = cell.program
    functions = numpy_functions(emit(program))

    def compare(numbers: Numbers, scale: float, step: float) -> GradientError:
        return Network(cell, program, functions, numbers, scale, step).compare()

    return smallest_error(compare, seed)


def smallest_error(
    compare: Callable[["Numbers", float, float], GradientError], seed: int
) -> GradientError:
    """Return the smallest error of a few random networks.

    A difference across a kink, a loss that is curved too much, or a root of a negative number is no
    wrong derivative. So each network has smaller params than the one before, the next ones have
    positive numbers alone, and if none of them agrees all are tried with a smaller step. A network
    whose gradients are all 0 says little, and others are tried, too.

    Parameters
    ----------
    compare : callable
        Takes random numbers, the standard deviation of the params, and the step of differences;
        returns the error.
    seed : int
    """
    results = []
    ways = itertools.product(STEPS, (False, True), SCALES)
    for draw, (step, is_positive, scale) in enumerate(ways):
        numbers = Numbers(np.random.default_rng([seed, draw]), is_positive)
        with np.errstate(all="ignore"):
            results.append(compare(numbers, scale, step))
        if results[-1].error < GOOD and results[-1].param:
            break
    return min(results, key=_rank)


def _rank(result: GradientError) -> tuple[bool, bool, bool, float]:
    """Return what is small for the result that counts: one within the tolerance, not of zeros."""
    error = result.error
    return math.isnan(error), error > TOLERANCE, not result.param, error


def largest_error(
    gradients: Mapping[str, NDArray[np.floating]], differences: Mapping[str, Array]
) -> GradientError:
    """Return the largest error of gradients by their params' names."""
    largest = max(np.abs(each).max(initial=0.0) for each in differences.values())
    worst = GradientError(0.0, "")
    for name, expected in differences.items():
        scale = max(np.abs(expected).max(), 1e-3 * largest, 1e-6)
        error = float(np.abs(gradients[name] - expected).max() / scale)
        if not error <= worst.error and not math.isnan(worst.error):
            worst = GradientError(error, name)
    return worst


class Numbers(NamedTuple):
    """Normal random numbers, or their sizes alone."""

    random: np.random.Generator
    is_positive: bool = False

    def draw(self, *shape: int) -> Array:
        """Return numbers with a standard deviation of 1."""
        numbers = self.random.normal(size=shape)
        return np.abs(numbers) if self.is_positive else numbers


class Network:
    """One layer, in copies that differ from the first one in one number of their params each."""

    def __init__(
        self,
        cell: Cell,
        program: Program,
        functions: dict[str, Callable[..., None]],
        numbers: Numbers,
        scale: float,
        step: float = STEPS[0],
    ) -> None:
        self.program, self.functions, self.step = program, functions, step
        self.sums = cell.sums
        self.shapes = _shapes(cell, program)
        sizes = [math.prod(shape) for shape in self.shapes.values()]
        n_params = sum(sizes)
        self.n_copies = 1 + 2 * n_params
        values = np.tile(scale * numbers.draw(n_params), (self.n_copies, 1))
        values[1::2][np.diag_indices(n_params)] += step
        values[2::2][np.diag_indices(n_params)] -= step
        parts = np.split(values, np.cumsum(sizes)[:-1], axis=1)
        self.params = {
            name: part.reshape(-1, *shape)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }
        # The arrays of the program lie one after another, as in a layer of the kernels.
        self.shape = (self.n_copies, N_BATCH, N_HIDDEN)
        self.rows = math.prod(self.shape)
        n_kept, n_states, n_scratch = map(len, (program.kept, program.states, program.scratch))
        times = [N_TIME] * n_kept + [N_TIME + 1] * n_states + [1] * n_scratch
        starts = self.rows * np.cumsum([0, *times])
        self.memory = np.zeros(starts[-1])
        before, scratch = np.split(starts[n_kept:-1], [n_states])
        self.at = np.concatenate([starts[:n_kept], before, before + self.rows, scratch])
        self.now, self.scratch = n_kept + n_states, n_kept + 2 * n_states
        self.constants = np.array([value for _, value in cell.constants])
        # What goes in is the same in all copies.
        self.x = numbers.draw(N_TIME, N_BATCH, N_IN)
        self.noise = numbers.draw(N_TIME, len(program.noises), *self.shape[1:])
        self.loss_weights = numbers.draw(N_TIME, *self.shape[1:])
        for number in range(n_states):
            self.view(n_kept + number)[:] = scale * numbers.draw(*self.shape[1:])
        for number, vector in enumerate(cell.vectors):
            self.view(self.scratch + n_states + number)[:] = self.params[vector.name][:, None]

    def view(self, array: int, t: int = 0) -> Array:
        """Return the rows (copies, B, H) of a time step; t is 0 for arrays without time."""
        start = self.at[array] + t * self.rows
        return self.memory[start : start + self.rows].reshape(self.shape)

    def call(self, name: str, t: int, stage: int) -> None:
        """Run the elementwise part of a stage, forward or back."""
        here = t * self.rows
        function = self.functions[name]
        function(self.memory, self.at, self.constants, here, here, self.rows, stage)

    def matrix(self, product: Product, feed: str) -> Array:
        """Return the matrices (copies, H, H) of a product."""
        return self.params[f"W_{feed}_{self.sums[product.sum].name}"]

    def feed(self, product: Product, t: int) -> Array:
        """Return what a product multiplies."""
        is_before = product.feed_state >= 0
        number = len(self.program.kept) + product.feed_state if is_before else product.feed_kept
        return self.view(number, t)

    def products(self, stage: int, is_before: bool | None = None) -> list[tuple[Product, str]]:
        """Return the products of a stage, with their feeds."""
        pairs = zip(self.program.products, self.program.matrices, strict=True)
        return [
            (product, feed)
            for product, (feed, _) in pairs
            if product.stage == stage and is_before in (None, product.feed_state >= 0)
        ]

    def forward(self) -> Array:
        """Return the loss (copies,): a fixed random sum of the first state's values."""
        loss = np.zeros(self.n_copies)
        for t in range(N_TIME):
            for number, each in enumerate(self.sums):
                z = self.view(number, t)
                if each.has_bias:
                    z += self.params[f"b_{each.name}"][:, None]
                if each.has_input:
                    z += self.x[t] @ self.params[f"W_x_{each.name}"]
            for number, array in enumerate(self.program.noises):
                has_time = array < len(self.program.kept)
                self.view(array, t if has_time else 0)[:] = self.noise[t, number]
            for stage in range(self.program.n_stages):
                for product, feed in self.products(stage):
                    z = self.view(product.sum, t)
                    z += self.feed(product, t) @ self.matrix(product, feed)
                self.call("advance", t, stage)
            loss += (self.view(self.now, t) * self.loss_weights[t]).sum(axis=(1, 2))
        return loss

    def backward(self) -> dict[str, Array]:
        """Return the gradients by the params of the first copy, after `forward`."""
        gradients = {name: np.zeros(shape) for name, shape in self.shapes.items()}
        for t in reversed(range(N_TIME)):
            from_above = self.view(self.scratch)
            from_above += self.loss_weights[t]
            for stage in reversed(range(self.program.n_stages)):
                self.call("retreat", t, stage)
                self.carry_back(stage, t, gradients, is_before=False)
            self.carry_back(0, t, gradients, is_before=True)
            for number, each in enumerate(self.sums):
                dz = self.view(number, t)[0]
                if each.has_bias:
                    gradients[f"b_{each.name}"] += dz.sum(axis=0)
                if each.has_input:
                    gradients[f"W_x_{each.name}"] += self.x[t].T @ dz
        n_vectors = sum(len(shape) == 1 for shape in self.shapes.values())
        n_vectors -= sum(each.has_bias for each in self.sums)
        first = self.scratch + len(self.program.states) + n_vectors
        for number, name in enumerate([*self.shapes][len(self.shapes) - n_vectors :]):
            gradients[name] += self.view(first + number)[0].sum(axis=0)
        return gradients

    def carry_back(
        self, stage: int, t: int, gradients: dict[str, Array], *, is_before: bool
    ) -> None:
        """Multiply the gradients by sums with the matrices of their products."""
        for product, feed in self.products(stage, is_before):
            dz = self.view(product.sum, t)
            name = f"W_{feed}_{self.sums[product.sum].name}"
            gradients[name] += self.feed(product, t)[0].T @ dz[0]
            adjoint = self.view(self.scratch + product.adjoint)
            if product.fresh:
                adjoint[:] = 0.0
            adjoint += dz @ self.matrix(product, feed).swapaxes(1, 2)

    def compare(self) -> GradientError:
        """Return the error of the params' gradients."""
        loss = self.forward()
        flat = (loss[1::2] - loss[2::2]) / (2 * self.step)
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()])
        differences = {
            name: part.reshape(shape)
            for (name, shape), part in zip(
                self.shapes.items(), np.split(flat, ends[:-1]), strict=True
            )
        }
        return largest_error(self.backward(), differences)


def _shapes(cell: Cell, program: Program) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the params; the vectors come last."""
    shapes: dict[str, tuple[int, ...]] = {}
    for each in cell.sums:
        if each.has_input:
            shapes[f"W_x_{each.name}"] = (N_IN, N_HIDDEN)
        if each.has_bias:
            shapes[f"b_{each.name}"] = (N_HIDDEN,)
    shapes |= {f"W_{feed}_{name}": (N_HIDDEN, N_HIDDEN) for feed, name in program.matrices}
    return shapes | {vector.name: (N_HIDDEN,) for vector in cell.vectors}
