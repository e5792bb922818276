"""The base class of tasks whose arrays are a user's: what they are decides loss and output."""

from abc import abstractmethod
from typing import NamedTuple

import numpy as np

from .base import Task
from .parts import Part


class Form(NamedTuple):
    """What the arrays of a task are.

    Attributes
    ----------
    seq_len : int
        T, the time steps of the longest sequence.
    n_symbols : int
        The number of symbols if x (N, T) are symbols, else 0.
    n_inputs : int
        I, the number of inputs; 0 if x are symbols.
    n_classes : int
        The number of classes if y are classes, else 0.
    n_outputs : int
        O, the number of outputs; 0 if y are classes.
    every : bool
        Whether there is a target at every time step.
    has_lengths, has_mask : bool
    """

    seq_len: int
    n_symbols: int
    n_inputs: int
    n_classes: int
    n_outputs: int
    every: bool
    has_lengths: bool
    has_mask: bool


def form_of(part: Part, n_symbols: int, n_classes: int) -> Form:
    """Return what the arrays of a part are; the two numbers count if its arrays are whole."""
    has_symbols, has_classes = (np.issubdtype(array.dtype, np.integer) for array in part[:2])
    return Form(
        part.x.shape[1],
        n_symbols if has_symbols else 0,
        0 if has_symbols else part.x.shape[2],
        n_classes if has_classes else 0,
        0 if has_classes else part.y.shape[-1],
        part.y.ndim == (2 if has_classes else 3),
        part.lengths is not None,
        part.mask is not None,
    )


def at_ends(part: Part) -> Part:
    """Return a part with targets at every time step as one with those of the last time steps."""
    rows = np.arange(len(part.x))
    ends = part.x.shape[1] if part.lengths is None else part.lengths
    return part._replace(y=part.y[rows, ends - 1])


class ArraysTask(Task):
    """A task whose arrays are a user's."""

    @property
    @abstractmethod
    def _form(self) -> Form:
        """What the arrays are."""

    @property
    def loss(self) -> str:  # type: ignore[override]  # other tasks need no instance to know it
        """The loss that fits y: "cross_entropy" for classes, else "mse"."""
        return "cross_entropy" if self.n_classes else "mse"

    @property
    def output(self) -> str:  # type: ignore[override]
        """The output that fits y: "every" if there are targets at every time step."""
        return self.available_outputs[-1]

    @property
    def n_classes(self) -> int:
        """The number of classes if y are classes, else 0."""
        return self._form.n_classes

    @property
    def has_symbols(self) -> bool:
        """Whether x are symbols, whole numbers (N, T)."""
        return self._form.n_symbols > 0

    @property
    def available_outputs(self) -> tuple[str, ...]:
        """Both outputs if there are targets at every time step, "every" alone with a mask."""
        if self._form.has_mask:
            return ("every",)
        return ("last", "every") if self._form.every else ("last",)
