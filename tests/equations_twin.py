"""The naive twin of any cell: its equations, in values that have a reverse mode of their own."""

import numpy as np
from naive import Value

from benchmarks.formulas import FORMULAS
from rnnsweep.cells.evaluate import advance


class EquationsTwin:
    """A cell for `naive.Network`, with the `STATES` and the `step` that the files of cells have.

    Attributes
    ----------
    nearest : float
        How near any argument has come to where a slope jumps. One that is exactly there, as a
        first state of 0 is, is there in the kernels, too.
    """

    def __init__(self, cell):
        self.cell = cell
        self.STATES = cell.states
        self.nearest = np.inf
        self.functions = {
            **{name: self._activation(name) for name in FORMULAS},
            "exp": lambda a: a.mapped(np.exp, np.exp),
            "log": lambda a: a.mapped(np.log, lambda z: 1 / z),
            "sqrt": lambda a: a.mapped(np.sqrt, lambda z: 0.5 / np.sqrt(z)),
            "abs": self._abs,
            "max": lambda a, b: self._choice(a, b, a.data >= b.data),
            "min": lambda a, b: self._choice(a, b, a.data <= b.data),
        }

    def step(self, p, activation, x, state):
        """Run one time step; `activation` is that of the cell."""
        n_hidden = len(state[0].data)

        def full(value):
            return Value(np.full(n_hidden, value))

        states = advance(
            self.cell,
            state,
            lambda each, feeds: self._sum(each, p, x, feeds, full(0.0)),
            {vector.name: p[vector.name] for vector in self.cell.vectors},
            self.functions | {"noise": lambda: full(0.0)},
            full,
        )
        return states, []

    def _sum(self, each, p, x, feeds, total):
        """Return x W + the products with its feeds + its bias, from columns of the params."""

        def columns(name, sums):
            return p[name].parts(len(sums))[sums.index(each)]

        sums = self.cell.sums
        if each.has_input:
            total = total + x @ columns("W_xh", [other for other in sums if other.has_input])
        if each.has_input and each.has_bias:
            biased = [other for other in sums if other.has_input and other.has_bias]
            total = total + columns("b_h", biased)
        elif each.has_bias:
            total = total + p[f"b_{each.name}"]
        for feed, value in zip(each.feeds, feeds, strict=True):
            is_first = feed == f"{self.STATES[0]}_prev"
            fed = [other for other in sums if feed in other.feeds]
            total = total + value @ columns("W_hh" if is_first else f"W_{feed}_h", fed)
        return total

    def _see(self, distance):
        gaps = np.abs(distance)
        self.nearest = min(self.nearest, gaps[gaps > 0].min(initial=np.inf))

    def _activation(self, name):
        def function(a):
            for kink in FORMULAS[name].kinks:
                self._see(a.data - kink)
            return a.through(name)

        return function

    def _abs(self, a):
        self._see(a.data)
        return a.mapped(np.abs, np.sign)

    def _choice(self, a, b, is_first):
        """Return a where it is chosen, else b; NaN where one of them is."""
        self._see(a.data - b.data)
        chosen = np.where(is_first, a.data, b.data) + 0 * (a.data + b.data)
        return Value(chosen, [(a, lambda g: g * is_first), (b, lambda g: g * ~is_first)])
