"""The exclusive or of bits: of all bits, or of two that are a lag apart."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .base import MAX_SEQ_LEN, Fault, Topic
from .generated import SequenceTask
from .parts import Part, Shape


class _Bits(SequenceTask):
    """The inputs are bits, 0.0 or 1.0 with equal chances; a target is one bit."""

    loss: ClassVar[str] = "bce"
    output_activation: ClassVar[str] = "sigmoid"

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes: one bit in, one out."""
        return Shape(self.seq_len, 1, 1, self.n_train, self.n_val, self.n_test)

    def target_range(self) -> tuple[float, float]:
        """Return (0, 1)."""
        return 0.0, 1.0


class Parity(_Bits):
    """Whether the number of ones is odd: in all bits, or at every time step in the bits so far.

    References
    ----------
    Bengio, Simard and Frasconi 1994, section 5; Hochreiter and Schmidhuber 1997, section 5.
    """

    line: ClassVar[str] = "whether a sequence of bits has an odd number of ones"
    topic: ClassVar[Topic] = "memory"
    outputs: ClassVar[tuple[str, ...]] = ("last", "every")

    name: Literal["parity"] = "parity"

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        bits = rng.integers(2, size=(n, self.seq_len))
        # With "last" only the sum of all bits, which is cheaper than every partial sum.
        odd = bits.sum(axis=1, keepdims=True) % 2
        if output == "every":
            odd = (bits.cumsum(axis=1) % 2)[:, :, np.newaxis]
        yield Part(bits[:, :, np.newaxis].astype(np.float64), odd.astype(np.float64))


class DelayedXor(_Bits):
    """The exclusive or of the last bit and the one `lag` time steps before it.

    With T = seq_len the target is bit T - 1 xor bit T - 1 - lag; all other bits distract.
    """

    line: ClassVar[str] = "the xor of the last bit and the one a lag before it"
    topic: ClassVar[Topic] = "memory"

    name: Literal["delayed_xor"] = "delayed_xor"
    seq_len: int = Field(ge=2, le=MAX_SEQ_LEN, description="time steps of a sequence")
    lag: int = Field(
        ge=1, le=MAX_SEQ_LEN - 1, description="time steps from the other bit to the last one"
    )

    def faults(self) -> Iterator[Fault]:
        """Yield a fault if the other bit would be before the sequence."""
        if self.lag >= self.seq_len:
            yield Fault(
                ("seq_len", "lag"),
                "the other bit would be before the first time step; "
                "take a lag below seq_len, or longer sequences",
            )

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        bits = rng.integers(2, size=(n, self.seq_len))
        xor = bits[:, -1:] ^ bits[:, -1 - self.lag, np.newaxis]
        yield Part(bits[:, :, np.newaxis].astype(np.float64), xor.astype(np.float64))
