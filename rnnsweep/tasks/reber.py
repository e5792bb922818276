"""Strings of the embedded Reber grammar: predict the next symbol."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .base import MAX_SEQUENCES, Topic
from .generated import GeneratedTask
from .parts import Part, Shape, within

SYMBOLS = "BTPSXVE"
_SHORTEST = 9  # symbols of the shortest string: B T, BTXSE, T E

# The Reber grammar (Reber 1967; Hochreiter and Schmidhuber 1997, figure 3): the edges from each
# node, a symbol and the node that it leads to. Of two edges each is taken with probability 1/2.
_INNER = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
)


def _embedded() -> list[dict[str, int]]:
    """Return the edges from each node of the embedded grammar (figure 4).

    A string is B, then T or P, a Reber string, the same T or P again, and E. Each of the two
    branches has its own copy of the Reber grammar. The last node, without edges, is the end.
    """
    upper, lower = 2, 2 + len(_INNER) + 1
    last = lower + len(_INNER) + 1
    nodes = [{"B": 1}, {"T": upper, "P": lower}]
    for first, outer in ((upper, "T"), (lower, "P")):
        nodes += [{symbol: first + to for symbol, to in edges.items()} for edges in _INNER]
        nodes.append({outer: last})
    return [*nodes, {"E": last + 1}, {}]


def _tables() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the grammar as tables with a row for each node.

    Returns
    -------
    symbols, following : (n_nodes, 2) arrays
        The symbol of each of two edges, and the node that it leads to; a single edge is repeated.
    allowed : (n_nodes, 7) array
        Which symbols an edge has.
    """
    nodes = _embedded()
    symbols, following = np.zeros((2, len(nodes), 2), np.int64)
    allowed = np.zeros((len(nodes), len(SYMBOLS)), np.bool_)
    following[-1] = len(nodes) - 1  # the end leads to itself
    for node, edges in enumerate(nodes[:-1]):
        pairs = [(SYMBOLS.index(symbol), to) for symbol, to in edges.items()]
        symbols[node], following[node] = zip(pairs[0], pairs[-1], strict=True)
        allowed[node, symbols[node]] = True
    return symbols, following, allowed


_SYMBOL, _NODE, _ALLOWED = _tables()
_END = len(_NODE) - 1


class Reber(GeneratedTask):
    """Strings of the embedded Reber grammar; the target at every time step is the next symbol.

    A string is B, then T or P, a string of the Reber grammar, the same T or P again, and E:
    9 symbols or more, 12 in the mean. The inputs are the string without its last symbol, the
    targets the string without its first. Strings of more than `max_len` symbols are drawn again
    (5 of a million at 50).

    A string is right ("accuracy") if at every time step the k symbols that the grammar allows are
    the k most active outputs. The second T or P, the last symbol but one, is what needs memory:
    `outer_accuracy` is the share of strings for which it is the most active output.

    References
    ----------
    Hochreiter and Schmidhuber 1997, section 5.1 (experiment 1), figures 3 and 4; Cleeremans,
    Servan-Schreiber and McClelland 1989.
    """

    line: ClassVar[str] = "next symbol of the embedded Reber grammar (Hochreiter, Schmidhuber 1997)"
    topic: ClassVar[Topic] = "next symbol"
    loss: ClassVar[str] = "cross_entropy"
    output: ClassVar[str] = "every"
    outputs: ClassVar[tuple[str, ...]] = ("every",)
    scores: ClassVar[tuple[str, ...]] = ("accuracy", "outer_accuracy")

    name: Literal["reber"] = "reber"
    n_train: int = Field(default=256, ge=1, le=MAX_SEQUENCES, description="training strings")
    n_val: int = Field(default=256, ge=1, le=MAX_SEQUENCES, description="validation strings")
    max_len: int = Field(
        default=50, ge=_SHORTEST, le=1000, description="symbols of the longest string"
    )

    @property
    def has_symbols(self) -> bool:
        """True."""
        return True

    @property
    def n_classes(self) -> int:
        """Seven: the symbols."""
        return len(SYMBOLS)

    def shape(self, output: str = "every") -> Shape:
        """Return the sizes: seven symbols in and out; one time step fewer than symbols."""
        n_symbols = len(SYMBOLS)
        T = self.max_len - 1
        return Shape(T, n_symbols, n_symbols, self.n_train, self.n_val, self.n_test)

    def target_range(self) -> tuple[float, float]:
        """Return the lowest and the highest class."""
        return 0.0, float(self.n_classes - 1)

    def score(self, outputs: NDArray[np.floating[Any]], part: Part) -> dict[str, float]:
        """Return the share of strings that are right, and of those whose second T or P is."""
        assert part.lengths is not None
        allowed = _ALLOWED[_nodes_after(part.x)]
        least_allowed = np.where(allowed, outputs, np.inf).min(axis=2)
        most_forbidden = np.where(allowed, -np.inf, outputs).max(axis=2)
        past = ~within(part.lengths, part.x.shape[1])
        right = ((least_allowed > most_forbidden) | past).all(axis=1)
        last_but_one = (np.arange(len(part.x)), part.lengths - 2)
        outer = outputs[last_but_one].argmax(axis=1) == part.y[last_but_one]
        return {"accuracy": float(right.mean()), "outer_accuracy": float(outer.mean())}

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        strings, lengths = _strings(rng, n, self.max_len)
        while (missing := np.flatnonzero(lengths == 0)).size:
            strings[missing], lengths[missing] = _strings(rng, missing.size, self.max_len)
        y = strings[:, 1:].copy()
        strings[np.arange(n), lengths - 1] = 0  # the last symbol is a target only
        yield Part(strings[:, :-1].copy(), y, lengths=lengths - 1)


def _strings(
    rng: np.random.Generator, n: int, max_len: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return strings (n, max_len), 0 past their ends, and their lengths (n,), 0 if too long."""
    choices = rng.integers(2, size=(max_len, n))
    strings = np.zeros((max_len, n), np.int64)
    node = np.zeros(n, np.int64)
    lengths = np.zeros(n, np.int64)
    for t, choice in enumerate(choices):
        strings[t] = _SYMBOL[node, choice]
        node_before, node = node, _NODE[node, choice]
        lengths[(node == _END) & (node_before != _END)] = t + 1
    return np.ascontiguousarray(strings.T), lengths


def _nodes_after(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the node (N, T) at which each string x (N, T) is after each of its symbols."""
    nodes = np.zeros((x.shape[1], len(x)), np.int64)
    node = np.zeros(len(x), np.int64)
    for t, symbol in enumerate(x.T):
        node = np.where(_SYMBOL[node, 0] == symbol, _NODE[node, 0], _NODE[node, 1])
        nodes[t] = node
    return nodes.T
