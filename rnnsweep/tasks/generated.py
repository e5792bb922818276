"""Tasks whose sequences are drawn at random: how many there are, and from which streams."""

from abc import abstractmethod

import numpy as np
from pydantic import Field

from rnnsweep.streams import TEST_DATA, TRAIN_DATA, VAL_DATA, stream

from .base import MAX_SEQ_LEN, MAX_SEQUENCES, Task
from .parts import Data, Part


class GeneratedTask(Task):
    """A task whose sequences are drawn at random; a subclass says how, in `_part`."""

    n_train: int = Field(default=1024, ge=1, le=MAX_SEQUENCES, description="training sequences")
    n_val: int = Field(default=512, ge=1, le=MAX_SEQUENCES, description="validation sequences")
    n_test: int = Field(
        default_factory=lambda keys: keys["n_val"],
        ge=1,
        le=MAX_SEQUENCES,
        description="test sequences; default: n_val",
    )
    fresh: bool = Field(default=False, description="new training sequences for every epoch")

    def data(self, seed: int, output: str = "last") -> Data:
        """Make the three parts, each from its own random stream of the seed."""
        return Data(
            self._part(stream(seed, TRAIN_DATA), self.n_train, output),
            self._part(stream(seed, VAL_DATA), self.n_val, output),
            self._part(stream(seed, TEST_DATA), self.n_test, output),
        )

    def train_part(self, seed: int, output: str, epoch: int) -> Part:
        """Return the training part of an epoch, which is the first one's unless `fresh`."""
        name = f"{TRAIN_DATA} {epoch}" if self.fresh and epoch > 0 else TRAIN_DATA
        return self._part(stream(seed, name), self.n_train, output)

    @abstractmethod
    def _part(self, rng: np.random.Generator, n: int, output: str) -> Part:
        """Draw n sequences."""


class _SeqLen(Task):
    seq_len: int = Field(ge=1, le=MAX_SEQ_LEN, description="time steps of a sequence")


# pydantic takes the fields of the last base first, and the length is the first key.
class SequenceTask(GeneratedTask, _SeqLen):
    """A generated task whose sequences have one length, its key."""
