"""The user's arrays from an npz file."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from .arrays_task import ArraysTask, Form, at_ends, numbers_of
from .base import Fault, Topic
from .npz_parts import Arrays, read_arrays
from .part_arrays import are_whole, is_one_hot
from .parts import Part, Parts, Shape
from .predictors import counted
from .reading.files import Sources
from .reading.numbers import Numbers

_PARTS = {"train": "training", "val": "validation", "test": "test"}


class Npz(ArraysTask):
    """Sequences from a file with the arrays x and y, lengths if they differ in length, and mask.

    A part that the file does not have (x_val and y_val, x_test and y_test) is taken from the end
    of x and y: the first sequences are for training, the next ones for validation, the last ones
    for the test. They are not shuffled: neighbours in a file often belong together (one speaker,
    one recording), and a shuffle would put them into different parts. To have one, shuffle the
    file. The seed changes no data.

    If there are targets at every time step, output "last" takes those of each sequence's last
    time step. An array mask (N, T) of 0 and 1, with mask_val and mask_test for parts of their own,
    says at which time steps they count in the loss, the accuracy and the baselines; then the
    output is "every".
    """

    line: ClassVar[str] = "your own arrays from an npz file"
    topic: ClassVar[Topic] = "your data"
    outputs: ClassVar[tuple[str, ...]] = ("last", "every")
    seeded: ClassVar[bool] = False
    file_key: ClassVar[str] = "path"

    name: Literal["npz"] = "npz"
    path: str = Field(min_length=1, description="the npz file, relative to the sweep file")
    val_fraction: float = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="share of the sequences of x for validation; for files without x_val",
    )
    test_fraction: float = Field(
        default=0.2,
        gt=0,
        lt=1,
        description="share of the sequences of x, the last ones, for the test; for files "
        "without x_test",
    )

    _arrays: Arrays = PrivateAttr()

    @property
    def _form(self) -> Form:
        return self._arrays.form

    @property
    def way_to_classes(self) -> str:
        """How y could be saved as classes, if its numbers are classes in another form."""
        y = self._counted_targets()
        if is_one_hot(y):
            return "for classes save y.argmax(axis=-1)"
        if not are_whole(y):
            return ""
        if y.shape[-1] == 1:
            return "for classes save y[..., 0].astype(int)"
        if y.ndim == 2 and y.shape[1] == self._arrays.parts["train"].x.shape[1]:
            return "for a class at every time step save y.astype(int)"
        return ""

    def identity(self) -> dict[str, Any]:
        """Return the keys, with the file's content in place of its path."""
        return super().identity() | {"path": self._arrays.digest}

    def shape(self, output: str = "last") -> Shape:
        """Return the sizes; symbols count as inputs, classes as outputs."""
        form = self._form
        return Shape(
            form.seq_len,
            form.n_symbols or form.n_inputs,
            form.n_classes or form.n_outputs,
            *(stop - start for _, start, stop in self._rows()),
        )

    def target_range(self) -> tuple[float, float]:
        """Return the lowest and the highest target."""
        # Zeros past the ends may widen the range, which no rule minds.
        targets = [part.y for part in self._arrays.parts.values()]
        return float(min(y.min() for y in targets)), float(max(y.max() for y in targets))

    def data(self, seed: int, output: str = "last") -> Parts:
        """Return the file's parts; the seed has no effect."""
        return Parts(*(self._part(*rows, output) for rows in self._rows()))

    def numbers(self, output: str = "last") -> Iterator[Numbers]:
        """Yield the inputs and targets of each array that are neither symbols nor classes."""
        n_train = self._rows()[0][2]
        for name, part in self._arrays.parts.items():
            suffix, n = ("", n_train) if name == "train" else (f"_{name}", 0)
            yield from numbers_of(part, self._form, suffix, n, output, "scale the array")

    def notes(self, loss: str, output: str) -> Iterator[str]:
        """Yield how y is understood if it looks like classes in another form."""
        y = self._counted_targets()
        if self.n_classes:
            if y.ndim == 2 and is_one_hot(y):
                yield (
                    "each row of y has a single 1; its numbers are taken as a class at every time "
                    "step; for one class a sequence save y.argmax(axis=1)"
                )
        elif is_one_hot(y):
            yield (
                f'y is one-hot, and the loss "{loss}" takes its {y.shape[-1]} columns as numbers; '
                f"{self.way_to_classes}"
            )

    def _counted_targets(self) -> NDArray[Any]:
        """Return the training targets that count: (M, O), or of classes (N,) or (N, T)."""
        part = self._arrays.parts["train"]
        return part.y if self.n_classes else counted(part)

    def _read(self, sources: Sources) -> None:
        self._arrays = sources.read(self.path, read_arrays)

    def faults(self) -> Iterator[Fault]:
        """Yield where the fractions do not fit the file."""
        split = []
        for part in ("val", "test"):
            key = f"{part}_fraction"
            if part not in self._arrays.parts:
                split.append(key)
            elif key in self.model_fields_set:
                yield Fault(("path", key), f"the file has its own x_{part}; leave {key} out")
        if len(split) == 2 and self.val_fraction + self.test_fraction >= 1:
            yield Fault(
                tuple(split), "they leave nothing for training; their sum has to be below 1"
            )
            return
        n = len(self._arrays.parts["train"].x)
        for part, (_, start, stop) in zip(_PARTS, self._rows(), strict=True):
            if stop <= start:
                keys = split if part == "train" else [f"{part}_fraction"]
                yield Fault(
                    ("path", *keys),
                    f"this leaves none of the file's {n} sequences for the {_PARTS[part]} part",
                )

    def _rows(self) -> list[tuple[str, int, int]]:
        """Return for each part which part of the file it is, its first sequence and its end."""
        parts = self._arrays.parts
        n = len(parts["train"].x)
        n_val = 0 if "val" in parts else round(n * self.val_fraction)
        n_test = 0 if "test" in parts else round(n * self.test_fraction)
        rows = [("train", 0, n - n_val - n_test)]
        for part, start, stop in (("val", n - n_val - n_test, n - n_test), ("test", n - n_test, n)):
            rows.append((part, 0, len(parts[part].x)) if part in parts else ("train", start, stop))
        return rows

    def _part(self, name: str, start: int, stop: int, output: str) -> Part:
        x, y, _, lengths, mask, _ = self._arrays.parts[name]

        def rows(array: NDArray[Any]) -> NDArray[Any]:
            return np.ascontiguousarray(array[start:stop])

        part = Part(
            rows(x),
            rows(y),
            lengths=None if lengths is None else rows(lengths),
            mask=None if mask is None else rows(mask),
        )
        return at_ends(part) if self._form.every and output == "last" else part
