"""Strings a^n b^n: predict the next symbol, which takes counting the a."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .base import MAX_SEQ_LEN, Topic
from .generated import GeneratedTask
from .parts import Part, Shape, within

_BOUNDARY, _A, _B = range(3)


class Anbn(GeneratedTask):
    """A boundary, n times a, n times b, a boundary; the target is the next symbol.

    n is drawn from a geometric distribution, P(n) = p (1 - p)^(n - 1), and drawn again if it is
    above `max_n`. Boundary, a and b are the symbols 0, 1 and 2. The inputs are the string without
    the boundary at its end, 2 n + 1 time steps; the targets are the string without the one at its
    start. How many a follow is open; from the first b on every symbol is determined, and a string
    is right ("accuracy") if all of these are the most active outputs.

    References
    ----------
    Gers and Schmidhuber 2001; p = 0.3 as Lan, Geyer, Chemla and Katzir 2022.
    """

    line: ClassVar[str] = "next symbol of strings a^n b^n (Gers and Schmidhuber 2001)"
    topic: ClassVar[Topic] = "next symbol"
    loss: ClassVar[str] = "cross_entropy"
    output: ClassVar[str] = "every"
    outputs: ClassVar[tuple[str, ...]] = ("every",)
    scores: ClassVar[tuple[str, ...]] = ("accuracy",)

    name: Literal["anbn"] = "anbn"
    p: float = Field(default=0.3, gt=0, lt=1, description="chance that one a is the last a")
    max_n: int = Field(
        default=30, ge=1, le=(MAX_SEQ_LEN - 1) // 2, description="largest n; above it n is redrawn"
    )

    @property
    def has_symbols(self) -> bool:
        """True."""
        return True

    @property
    def n_classes(self) -> int:
        """Three: the boundary, a and b."""
        return 3

    def shape(self, output: str = "every") -> Shape:
        """Return the sizes: three symbols in and out."""
        return Shape(2 * self.max_n + 1, 3, 3, self.n_train, self.n_val, self.n_test)

    def target_range(self) -> tuple[float, float]:
        """Return the lowest and the highest class."""
        return 0.0, 2.0

    def score(self, outputs: NDArray[np.floating[Any]], part: Part) -> dict[str, float]:
        """Return the share of strings whose determined symbols are all predicted."""
        right = (outputs.argmax(axis=2) == part.y) | (part.x != _B)
        return {"accuracy": float(right.all(axis=1).mean())}

    def _chances(self) -> NDArray[np.float64]:
        """Return the probabilities of n = 1 to max_n."""
        weights = (1.0 - self.p) ** np.arange(self.max_n)
        chances: NDArray[np.float64] = weights / weights.sum()
        return chances

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        T = self.shape().seq_len
        # Inverse transform sampling; the cumulated chances may end below 1 by rounding.
        draws = np.searchsorted(self._chances().cumsum(), rng.random(n), side="right")
        n_each = np.minimum(draws, self.max_n - 1)[:, np.newaxis] + 1
        t = np.arange(T)
        x = np.where(t <= n_each, _A, _B)
        x[:, 0] = _BOUNDARY
        y = np.where(t < n_each, _A, _B)
        lengths = 2 * n_each[:, 0] + 1
        y[np.arange(n), lengths - 1] = _BOUNDARY
        past = ~within(lengths, T)
        x[past] = y[past] = 0
        yield Part(x, y, lengths=lengths)
