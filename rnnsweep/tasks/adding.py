"""The adding problem: remember two marked values and add them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .base import MAX_SEQ_LEN, Topic
from .generated import SequenceTask, row_chunks
from .parts import Part, Shape


class Adding(SequenceTask):
    """Each time step is a value from U[0, 1) and a marker; two markers are 1, one in each half.

    The target is the sum of the two marked values. Its mean, 1, has a squared error of 1/6, the
    variance of the sum; a network that knows one of the two values reaches 1/12.

    References
    ----------
    Arjovsky, Shah and Bengio 2016, section 4.3; Le, Jaitly and Hinton 2015, section 4.1.
    """

    line: ClassVar[str] = "add the two marked values of a sequence (Arjovsky et al. 2016)"
    topic: ClassVar[Topic] = "memory"

    name: Literal["adding"] = "adding"
    seq_len: int = Field(ge=2, le=MAX_SEQ_LEN, description="time steps of a sequence")

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes: a value and a marker in, a sum out."""
        return Shape(self.seq_len, 2, 1, self.n_train, self.n_val, self.n_test)

    def target_range(self) -> tuple[float, float]:
        """Return (0, 2), the bounds of a sum of two values from U[0, 1)."""
        return 0.0, 2.0

    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        T = self.seq_len
        # In the stream the marks of all sequences come after the values of all sequences.
        ahead = deepcopy(rng)
        for rows in row_chunks(n, T):
            ahead.random((rows.stop - rows.start, T))
        all_marks = ahead.integers([0, T // 2], [T // 2, T], size=(n, 2))
        for rows in row_chunks(n, T):
            marks = all_marks[rows]
            values = rng.random((len(marks), T))
            x = np.zeros((len(marks), T, 2))
            x[:, :, 0] = values
            np.put_along_axis(x[:, :, 1], marks, 1.0, axis=1)
            y = np.take_along_axis(values, marks, axis=1).sum(axis=1, keepdims=True)
            yield Part(x, y)
