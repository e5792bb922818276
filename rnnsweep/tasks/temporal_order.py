"""The temporal order problem: which two symbols came, and in which order."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from .base import Fault, Topic
from .generated import SequenceTask
from .parts import Part, Shape

_N_RELEVANT = 2
_N_DISTRACTORS = 4


class TemporalOrder(SequenceTask):
    """Two relevant symbols among distractors; the target says which they were, in their order.

    With L = seq_len and k = L // 10, one relevant symbol, 0 or 1, is at a time step drawn from
    [k, 2 k), another at one drawn from [L // 2, L // 2 + k): these are [0.1 L, 0.2 L) and
    [0.5 L, 0.6 L) if L is a multiple of ten. All other symbols are distractors, 2 to 5. The class
    is the first relevant symbol plus twice the second.

    References
    ----------
    Pascanu, Mikolov and Bengio 2013, section 4.1, with the ranges of the authors' code;
    Hochreiter and Schmidhuber 1997, experiment 6a.
    """

    line: ClassVar[str] = "the order of two symbols among distractors (Pascanu et al. 2013)"
    topic: ClassVar[Topic] = "memory"
    loss: ClassVar[str] = "cross_entropy"

    name: Literal["temporal_order"] = "temporal_order"

    @property
    def has_symbols(self) -> bool:
        """True."""
        return True

    @property
    def n_classes(self) -> int:
        """Four: two symbols, twice."""
        return _N_RELEVANT**2

    def faults(self) -> Iterator[Fault]:
        """Yield a fault if the ranges of the relevant symbols are empty."""
        if self.seq_len < 10:
            yield Fault(
                ("seq_len",),
                "the relevant symbols are at time steps from [0.1 L, 0.2 L) and [0.5 L, 0.6 L), "
                "which are empty for so short a sequence; take seq_len of 10 or more",
            )

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes: six symbols in, four classes out."""
        n_symbols = _N_RELEVANT + _N_DISTRACTORS
        return Shape(self.seq_len, n_symbols, self.n_classes, self.n_train, self.n_val, self.n_test)

    def target_range(self) -> tuple[float, float]:
        """Return the lowest and the highest class."""
        return 0.0, float(self.n_classes - 1)

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        T, width = self.seq_len, self.seq_len // 10
        x = _N_RELEVANT + rng.integers(_N_DISTRACTORS, size=(n, T))
        ranges = [width, T // 2], [2 * width, T // 2 + width]
        places = rng.integers(*ranges, size=(n, 2))
        relevant = rng.integers(_N_RELEVANT, size=(n, 2))
        np.put_along_axis(x, places, relevant, axis=1)
        yield Part(x, relevant @ [1, _N_RELEVANT])
