"""Elman's stream of bits: two random bits, their exclusive or, and again."""

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .base import MAX_SEQ_LEN, MAX_SEQUENCES, Topic
from .generated import SequenceTask
from .parts import Part, Shape


class XorStream(SequenceTask):
    """Predict every next bit of a stream a, b, a xor b, c, d, c xor d, ...

    Each part is one stream of n * seq_len + 1 bits, which begins with a random pair. Its
    sequences are the consecutive windows of seq_len bits, in order, and the target at time step
    t of window w is bit w * seq_len + t + 1. Two bits of three cannot be predicted, so that the
    least possible loss is (2/3) ln 2. To reach it, a network has to know where a triple begins:
    windows of a multiple of three bits all begin with a pair, others need the state of the window
    before (`train.stateful`). The defaults are Elman's 3000 bits for training.

    References
    ----------
    Elman 1990, "Exclusive-OR".
    """

    line: ClassVar[str] = "the next bit of a stream of two bits and their xor (Elman 1990)"
    topic: ClassVar[Topic] = "next symbol"
    loss: ClassVar[str] = "bce"
    output: ClassVar[str] = "every"
    outputs: ClassVar[tuple[str, ...]] = ("every",)
    output_activation: ClassVar[str] = "sigmoid"
    streams: ClassVar[bool] = True

    name: Literal["xor_stream"] = "xor_stream"
    seq_len: int = Field(default=30, ge=1, le=MAX_SEQ_LEN, description="bits of a window")
    n_train: int = Field(default=100, ge=1, le=MAX_SEQUENCES, description="training windows")
    n_val: int = Field(default=100, ge=1, le=MAX_SEQUENCES, description="validation windows")

    def shape(self, output: str = "every") -> Shape:
        """Return the sizes: one bit in, one out."""
        return Shape(self.seq_len, 1, 1, self.n_train, self.n_val, self.n_test)

    def target_range(self) -> tuple[float, float]:
        """Return (0, 1)."""
        return 0.0, 1.0

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        n_bits = n * self.seq_len + 1
        triples = rng.integers(2, size=(-(-n_bits // 3), 3))
        triples[:, 2] = triples[:, 0] ^ triples[:, 1]
        bits = triples.astype(np.float64).ravel()[:n_bits]
        windows = (n, self.seq_len, 1)
        yield Part(bits[:-1].reshape(windows).copy(), bits[1:].reshape(windows).copy())
