"""The user's text: predict the next character."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from .base import MAX_SEQ_LEN, Fault, Task, Topic
from .parts import Part, Parts, Shape
from .reading.files import SourceError, Sources, as_text, read_bytes

MAX_BYTES = 2**28
_PARTS = ("training", "validation", "test")


@dataclass(frozen=True, eq=False)
class Characters:
    """A text as numbers; two texts are equal if the bytes of their files are.

    Attributes
    ----------
    digest : str
        sha256 of the file's bytes.
    vocabulary : str
        The characters that occur, in the order of their code points.
    symbols : int64 array
        The text, each character by its place in the vocabulary.
    """

    digest: str
    vocabulary: str
    symbols: NDArray[np.int64] = field(repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Characters) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def read_characters(path: Path) -> Characters:
    """Read a text file.

    Raises
    ------
    SourceError
        The file does not exist, is not UTF-8, is empty, or repeats a single character.
    """
    content = read_bytes(path, "a text file", MAX_BYTES)
    text = as_text(content)
    code_points = np.frombuffer(text.encode("utf-32-le"), "<u4")
    # By a table and not by numpy.unique, which takes 40 bytes for each character.
    number = np.zeros(sys.maxunicode + 1, np.int64)
    number[code_points] = 1
    occurring = np.flatnonzero(number)
    number[occurring] = np.arange(len(occurring))
    if len(occurring) < 2:
        what = f"one character over and over, {text[0]!r}" if text else "empty"
        raise SourceError(f"it is {what}; there is nothing to predict")
    vocabulary = "".join(map(chr, occurring))
    return Characters(hashlib.sha256(content).hexdigest(), vocabulary, number[code_points])


class Text(Task):
    """Predict every next character of a text.

    The text is split in its order: training, then validation, then test. The sequences of a
    part are its consecutive windows of seq_len characters; the target at time step t of window
    w is character w * seq_len + t + 1 of the part. The rest at the end of a part, too short for a
    window and the character after it, is not used. The seed changes no data.

    The vocabulary is that of the whole file, so that it has the characters which training lacks.
    It is sorted, so that the number of a character depends on which characters occur and not on
    where. Nothing is normalised: line ends and capitals are characters like all others.
    """

    line: ClassVar[str] = "the next character of your own text"
    topic: ClassVar[Topic] = "your data"
    loss: ClassVar[str] = "cross_entropy"
    output: ClassVar[str] = "every"
    outputs: ClassVar[tuple[str, ...]] = ("every",)
    seeded: ClassVar[bool] = False
    streams: ClassVar[bool] = True
    file_key: ClassVar[str] = "path"

    name: Literal["text"] = "text"
    path: str = Field(min_length=1, description="the text file, relative to the sweep file")
    seq_len: int = Field(ge=1, le=MAX_SEQ_LEN, description="characters of a window")
    val_fraction: float = Field(
        default=0.1, gt=0, lt=1, description="share of the text for validation"
    )
    test_fraction: float = Field(
        default=0.1, gt=0, lt=1, description="share of the text, its end, for the test"
    )

    _characters: Characters = PrivateAttr()

    @property
    def has_symbols(self) -> bool:
        """True."""
        return True

    @property
    def n_classes(self) -> int:
        """The number of different characters."""
        return len(self.vocabulary)

    @property
    def vocabulary(self) -> str:
        """The characters that occur; each is numbered by its place."""
        return self._characters.vocabulary

    def encoding(self) -> dict[str, Any]:
        """Return the vocabulary, by which new text becomes numbers."""
        return {"characters": self.vocabulary}

    def identity(self) -> dict[str, Any]:
        """Return the keys, with the file's content in place of its path."""
        return super().identity() | {"path": self._characters.digest}

    def shape(self, output: str = "every") -> Shape:
        """Return the sizes; an input and an output for each character of the vocabulary."""
        n_train, n_val, n_test = (self._n_windows(part) for part in range(3))
        return Shape(self.seq_len, self.n_classes, self.n_classes, n_train, n_val, n_test)

    def target_range(self) -> tuple[float, float]:
        """Return the lowest and the highest class."""
        return 0.0, float(self.n_classes - 1)

    def data(self, seed: int, output: str = "every") -> Parts:
        """Cut the text into windows; the seed has no effect."""
        return Parts(*(self._part(part) for part in range(3)))

    def _read(self, sources: Sources) -> None:
        self._characters = sources.read(self.path, read_characters)

    def faults(self) -> Iterator[Fault]:
        """Yield a fault for each part without a window."""
        if self.val_fraction + self.test_fraction >= 1:
            yield Fault(
                ("val_fraction", "test_fraction"),
                "they leave no text for training; their sum has to be below 1",
            )
            return
        others = [(), ("val_fraction",), ("test_fraction",)]
        for part, keys in enumerate(others):
            if self._n_windows(part) < 1:
                start, stop = self._bounds(part)
                yield Fault(
                    ("path", "seq_len", *keys),
                    f"a window takes {self.seq_len + 1} characters (seq_len and the one after it), "
                    f"and the {_PARTS[part]} part has {stop - start} of the text's "
                    f"{len(self._characters.symbols)}; take a shorter seq_len or a longer text",
                )

    def _bounds(self, part: int) -> tuple[int, int]:
        """Return the places of a part's first character and of the one after its last."""
        n = len(self._characters.symbols)
        n_val, n_test = round(n * self.val_fraction), round(n * self.test_fraction)
        bounds = (0, n - n_val - n_test, n - n_test, n)
        return bounds[part], bounds[part + 1]

    def _n_windows(self, part: int) -> int:
        start, stop = self._bounds(part)
        return max(stop - start - 1, 0) // self.seq_len

    def _part(self, part: int) -> Part:
        start, _ = self._bounds(part)
        windows = (self._n_windows(part), self.seq_len)
        n_used = windows[0] * windows[1]
        x, y = (
            self._characters.symbols[first : first + n_used].reshape(windows).copy()
            for first in (start, start + 1)
        )
        return Part(x, y)
