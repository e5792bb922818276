"""Base classes of tasks that draw their sequences at random."""

from abc import abstractmethod
from collections.abc import Iterator

import numpy as np
from pydantic import Field

from rnnsweep.random_streams import TEST_DATA, TRAIN_DATA, VAL_DATA, stream

from .base import MAX_SEQ_LEN, MAX_SEQUENCES, PartChunks, Task
from .parts import Part, Parts, joined

_CHUNK_TIME_STEPS = 2**20


class GeneratedTask(Task):
    """A task whose sequences are drawn at random; a subclass draws them in `_draw`."""

    n_train: int = Field(default=1024, ge=1, le=MAX_SEQUENCES, description="training sequences")
    n_val: int = Field(default=512, ge=1, le=MAX_SEQUENCES, description="validation sequences")
    n_test: int = Field(
        default_factory=lambda keys: keys["n_val"],
        ge=1,
        le=MAX_SEQUENCES,
        description="test sequences; default: n_val",
    )
    fresh: bool = Field(default=False, description="new training sequences for every epoch")

    def data(self, seed: int, output: str = "last") -> Parts:
        """Make the three parts, each from its own random stream of the seed."""
        train, val, test = (joined(chunks) for chunks in self.chunks(seed, output))
        return Parts(train, val, test)

    def chunks(self, seed: int, output: str = "last") -> PartChunks:
        """Make the three parts, each in the chunks that `_draw` yields."""
        return (
            self.train_chunks(seed, output, 0),
            self._draw(stream(seed, VAL_DATA), self.n_val, output),
            self._draw(stream(seed, TEST_DATA), self.n_test, output),
        )

    def train_chunks(self, seed: int, output: str, epoch: int) -> Iterator[Part]:
        """Make the training part of an epoch in chunks.

        Without `fresh` it is the same part in every epoch.
        """
        name = f"{TRAIN_DATA} {epoch}" if self.fresh and epoch > 0 else TRAIN_DATA
        return self._draw(stream(seed, name), self.n_train, output)

    @abstractmethod
    def _draw(self, rng: np.random.Generator, n: int, output: str) -> Iterator[Part]:
        """Draw n sequences.

        Parameters
        ----------
        rng : Generator
            That of one part of one seed; every draw has to come from it.
        n : int
        output : str
            "last" or "every": which targets the sequences get.

        Yields
        ------
        Part
            Consecutive sequences, n in all: in one part, or in several, each with its `row_chunks`,
            where all at once would take several times the memory of the result.
        """


def row_chunks(n: int, seq_len: int) -> Iterator[slice]:
    """Yield slices of the rows of n sequences, each of about a million time steps."""
    size = max(1, _CHUNK_TIME_STEPS // seq_len)
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


class _SeqLen(Task):
    seq_len: int = Field(ge=1, le=MAX_SEQ_LEN, description="time steps of a sequence")


# pydantic puts the fields of the last base class first, so that seq_len is the first key.
class SequenceTask(GeneratedTask, _SeqLen):
    """A generated task with the key `seq_len`, the time steps of all its sequences."""
