"""The adding problem of Hochreiter and Schmidhuber, with sequences of different length."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .base import MAX_SEQ_LEN, Topic
from .generated import SequenceTask, row_chunks
from .parts import Part, Shape, within

_FIRST = 10  # X1 is one of the first ten pairs
_CLOSE = 0.04  # a smaller error is right


class AddingHs(SequenceTask):
    """Each time step is a value from U[-1, 1) and a marker; the target is 0.5 + (X1 + X2) / 4.

    A sequence has L time steps, L uniform over the whole numbers from T = seq_len to T + T / 10.
    X1 is the value of one of the first ten pairs, X2 that of one of the first T / 2 - 1 pairs
    that are left; both are marked by 1. The first and the last pair have the marker -1, all
    others 0. Where a mark falls on the very first pair, its marker stays -1 and its value counts
    as 0, so that the target is a function of what the network sees.

    The target's mean is 0.5. X1 is the first pair in 1 of 10 sequences and X2 in 9 of
    10 (T / 2 - 1); otherwise each of them adds the variance of U[-1, 1), 1/3, over 16. A sequence
    is right ("accuracy") where the absolute error is below 0.04.

    References
    ----------
    Hochreiter and Schmidhuber 1997, section 5.4 (experiment 4).
    """

    line: ClassVar[str] = "add two marked values of long sequences (Hochreiter, Schmidhuber 1997)"
    topic: ClassVar[Topic] = "memory"
    scores: ClassVar[tuple[str, ...]] = ("accuracy",)

    name: Literal["adding_hs"] = "adding_hs"
    seq_len: int = Field(
        ge=2 * _FIRST,
        le=MAX_SEQ_LEN,
        description="T, time steps of the shortest sequence; the longest has T + T / 10",
    )

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes: a value and a marker in, a scaled sum out."""
        longest = self.seq_len + self.seq_len // 10
        return Shape(longest, 2, 1, self.n_train, self.n_val, self.n_test)

    def target_range(self) -> tuple[float, float]:
        """Return (0, 1)."""
        return 0.0, 1.0

    def score(self, outputs: NDArray[np.floating[Any]], part: Part) -> dict[str, float]:
        """Return the share of sequences with an absolute error below 0.04."""
        return {"accuracy": float(np.mean(np.abs(outputs - part.y) < _CLOSE))}

    @property
    def _n_second(self) -> int:
        return self.seq_len // 2 - 1

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        T = self.shape().seq_len
        all_lengths = rng.integers(self.seq_len, T, size=n, endpoint=True)
        all_first = rng.integers(_FIRST, size=n)
        all_second = rng.integers(self._n_second, size=n)
        all_second += all_second >= all_first  # counted without the pair of X1
        for rows in row_chunks(n, T):
            lengths, first, second = all_lengths[rows], all_first[rows], all_second[rows]
            values = rng.uniform(-1.0, 1.0, (len(lengths), T))
            values[~within(lengths, T)] = 0.0
            every = np.arange(len(lengths))
            x = np.zeros((len(lengths), T, 2))
            x[:, :, 0] = values
            x[every, first, 1] = x[every, second, 1] = 1.0
            x[:, 0, 1] = x[every, lengths - 1, 1] = -1.0
            total = np.where(x[:, :, 1] == 1.0, values, 0.0).sum(axis=1, keepdims=True)
            yield Part(x, 0.5 + total / 4, lengths=lengths)
