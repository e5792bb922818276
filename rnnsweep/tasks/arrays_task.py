"""The base class of tasks whose arrays are a user's: what they are decides loss and output."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .base import Task
from .parts import Part, counting, within
from .reading.numbers import Numbers


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
    persistence = None if part.persistence is None else part.persistence[rows, ends - 1]
    return part._replace(y=part.y[rows, ends - 1], persistence=persistence)


def numbers_of(
    part: Part, form: Form, suffix: str, n_train: int, output: str, way_out: str
) -> Iterator[Numbers]:
    """Yield the inputs and the targets of a part that are neither symbols nor classes.

    Parameters
    ----------
    part : Part
    form : Form
    suffix : str
        What follows the names of its arrays.
    n_train : int
        How many of its first sequences are for training.
    output : str
        Which targets a network is trained on.
    way_out : str
        As in `Numbers`.
    """
    x, y, lengths = part.x, part.y, part.lengths
    seq_len = x.shape[1]
    if not form.n_symbols:
        before_ends = None if lengths is None else within(lengths, seq_len)
        yield _numbers(f"x{suffix}", x, before_ends, n_train, False, way_out)
    if form.n_classes:
        return
    counts = counting(part) if form.every else None
    if form.every and output == "last":
        counts = np.zeros((len(x), seq_len), np.bool_)
        counts[np.arange(len(x)), (seq_len if lengths is None else lengths) - 1] = True
    yield _numbers(f"y{suffix}", y, counts, n_train, True, way_out)


def _numbers(
    name: str,
    array: NDArray[np.float64],
    counted: NDArray[np.bool_] | None,
    n_train: int,
    are_targets: bool,
    way_out: str,
) -> Numbers:
    """Return an array (..., C) as columns of the time steps that count; None: all count."""

    def in_columns(n: int) -> NDArray[np.float64]:
        rows = array[:n] if counted is None else array[:n][counted[:n]]
        return rows.reshape(-1, array.shape[-1])

    def place(m: int, c: int) -> str:
        every = np.ones(array.shape[:-1], np.bool_) if counted is None else counted
        at = np.argwhere(every)[m]
        return f'"{name}"[{", ".join(str(i) for i in (*at, c))}]'

    def column(c: int) -> str:
        return f'"{name}"[..., {c}]'

    return Numbers(in_columns(len(array)), in_columns(n_train), are_targets, column, place, way_out)


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
