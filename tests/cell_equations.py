"""A cell's file evaluated as it reads: NumPy runs the equations; a sum is made when it is read.

Nothing here comes from the package: Python itself reads the equations.
"""

import tomllib

import numpy as np

from benchmarks.formulas import FORMULAS

FUNCTIONS = {
    **{name: formula.value for name, formula in FORMULAS.items()},
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
    "noise": lambda: 0.0,
}


class File:
    """What a cell's file says: `sums` by name, each with what it is fed with."""

    def __init__(self, path):
        self.cell = tomllib.loads(path.read_text("utf-8"))["cell"]
        self.states = self.cell["states"]
        self.constants = self.cell.get("constants", {})
        self.vectors = self.cell.get("vectors", {})
        self.with_input = self._fed("sums") | {key: [] for key in self.cell.get("inputs", [])}
        self.recurrents = self._fed("recurrents")
        self.sums = self.with_input | self.recurrents
        self.columns = {}  # by the value that is multiplied: the sums that it feeds
        for name, feeds in self.sums.items():
            for feed in feeds:
                self.columns.setdefault(feed, []).append(name)

    def _fed(self, key):
        sums = self.cell.get(key, [])
        usual = [f"{self.states[0]}_prev"]
        return sums if isinstance(sums, dict) else dict.fromkeys(sums, usual)

    def matrix(self, feed):
        """Return the name of the matrix that multiplies a value."""
        return "W_hh" if feed == f"{self.states[0]}_prev" else f"W_{feed}_h"

    def has_bias(self, name):
        return self.cell.get("biases", {}).get(name, 0.0) is not False

    def with_bias(self):
        """Return the sums whose biases `b_h` has."""
        return [name for name in self.with_input if self.has_bias(name)]

    def shapes(self, n_input, n_hidden):
        """Return the shapes of a layer's params by name."""
        n_biased = len(self.with_bias())
        return {
            "W_xh": (n_input, len(self.with_input) * n_hidden),
            **({"b_h": (n_biased * n_hidden,)} if n_biased else {}),
            **{
                self.matrix(feed): (n_hidden, len(sums) * n_hidden)
                for feed, sums in self.columns.items()
            },
            **{f"b_{name}": (n_hidden,) for name in self.recurrents if self.has_bias(name)},
            **{name: (n_hidden,) for name in self.vectors},
        }

    def sum(self, name, params, x, feeds):
        """Return a sum (H,) of the input (I,) and of what feeds it, arrays (H,)."""
        total = 0.0
        if name in self.with_input:
            place = list(self.with_input).index(name), len(self.with_input)
            total = total + x @ _part(params["W_xh"], *place)
        if name in self.with_bias():
            place = self.with_bias().index(name), len(self.with_bias())
            total = total + _part(params["b_h"], *place)
        elif self.has_bias(name):
            total = total + params[f"b_{name}"]
        for feed, value in zip(self.sums[name], feeds, strict=True):
            fed = self.columns[feed]
            total = total + value @ _part(params[self.matrix(feed)], fed.index(name), len(fed))
        return total

    def advance(self, params, activation, x, states):
        """Return the states (H,) after a time step with the input (I,)."""
        values = _TimeStep(self, params, x, states)
        functions = FUNCTIONS | {"act": FUNCTIONS[activation]}
        exec(self.cell["equations"], functions, values)
        return [values[name] for name in self.states]


class _TimeStep(dict):
    """The values of a time step by name; one that is missing is a sum, or not there yet."""

    def __init__(self, file, params, x, states):
        before = {f"{name}_prev": h for name, h in zip(file.states, states, strict=True)}
        super().__init__(before | file.constants | {name: params[name] for name in file.vectors})
        self.file, self.params, self.x = file, params, x

    def __missing__(self, name):
        if name not in self.file.sums:
            raise KeyError(name)
        feeds = [self[feed] for feed in self.file.sums[name]]
        return self.file.sum(name, self.params, self.x, feeds)


def _part(array, place, n):
    return np.split(array, n, axis=-1)[place]
