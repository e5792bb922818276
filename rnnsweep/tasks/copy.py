"""The copying problem: repeat ten symbols after a delay."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .base import MAX_SEQ_LEN, Topic
from .generated import GeneratedTask
from .parts import Part, Parts, Shape
from .predictors import PredictorLosses

_N_COPIED = 10
_N_SYMBOLS = 8
_BLANK = 8
_MARKER = 9


class Copy(GeneratedTask):
    """Ten symbols, T - 1 blanks, a marker and ten blanks; the ten are to be repeated at the end.

    With T = delay, a sequence has T + 20 time steps from t = 0. The inputs are symbols drawn from
    0 to 7 for t < 10, then the blank 8, and the marker 9 at t = T + 9. The target is the blank up
    to t = T + 9, and from t = T + 10 on the symbol of time step t - (T + 10).

    A network without memory predicts the blank and then any of the eight symbols, which costs
    10 ln 8 / (T + 20) in the mean over all time steps. This is the baseline ("memoryless"),
    whatever the data.

    References
    ----------
    Arjovsky, Shah and Bengio 2016, section 4.1.
    """

    line: ClassVar[str] = "repeat ten symbols after a delay (Arjovsky et al. 2016)"
    topic: ClassVar[Topic] = "memory"
    loss: ClassVar[str] = "cross_entropy"
    output: ClassVar[str] = "every"
    outputs: ClassVar[tuple[str, ...]] = ("every",)

    name: Literal["copy"] = "copy"
    delay: int = Field(
        ge=1,
        le=MAX_SEQ_LEN - 2 * _N_COPIED,
        description="T: T - 1 blanks and the marker between the symbols and their repetition",
    )

    @property
    def has_symbols(self) -> bool:
        """True."""
        return True

    @property
    def n_classes(self) -> int:
        """Nine: the eight symbols and the blank; the marker is never a target."""
        return _N_SYMBOLS + 1

    def shape(self, output: str = "every") -> Shape:
        """Return the sizes: ten input symbols, T + 20 time steps."""
        T = self.delay + 2 * _N_COPIED
        return Shape(T, _MARKER + 1, self.n_classes, self.n_train, self.n_val, self.n_test)

    def target_range(self) -> tuple[float, float]:
        """Return the lowest and the highest class."""
        return 0.0, float(_BLANK)

    def predictor_losses(
        self, parts: Parts, loss: str, huber_delta: float = 1.0
    ) -> list[PredictorLosses]:
        """Return "memoryless" before the class frequencies, which ignore the time step."""
        # ln 8 for each of the ten symbols, whichever they are, and 0 for the blanks.
        mean = float(_N_COPIED * np.log(_N_SYMBOLS) / (self.delay + 2 * _N_COPIED))
        memoryless = PredictorLosses("memoryless", val=mean, test=mean)
        return [memoryless, *super().predictor_losses(parts, loss, huber_delta)]

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        T = self.shape().seq_len
        x = np.full((n, T), _BLANK)
        y = x.copy()
        x[:, :_N_COPIED] = y[:, -_N_COPIED:] = rng.integers(_N_SYMBOLS, size=(n, _N_COPIED))
        x[:, -_N_COPIED - 1] = _MARKER
        yield Part(x, y)
