"""The check of a function before anything is trained: its arrays are always of one form."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.random_streams import TRAIN_DATA, VAL_DATA, stream

from ..arrays_task import Form, form_of
from ..parts import Part
from ..predictors import counted
from ..reading.files import SourceError
from .functions import OwnFunction, OwnPart

# Sequences of a call that only shows what the arrays are, and of one that shows which classes and
# symbols occur.
_FEW = 16
_MANY = 1024


class Checked(NamedTuple):
    """What the check of a function has shown.

    Attributes
    ----------
    form : Form
    inputs : (2, I) array
        The lowest and the highest number of each input; (2, 0) if the inputs are symbols.
    targets : (2, O) array
        The same of the targets that count; (2, 0) if they are classes.
    has_persistence : bool
    """

    form: Form
    inputs: NDArray[np.float64]
    targets: NDArray[np.float64]
    has_persistence: bool


def check(function: OwnFunction, keywords: Mapping[str, Any], n_train: int, seed: int) -> Checked:
    """Call a function some times, and return what its arrays are.

    It is called in two processes, so that what it keeps between calls, or drew when its file was
    loaded, shows as another answer for the same generator.

    Parameters
    ----------
    function : OwnFunction
    keywords : dict
        The values of its keys.
    n_train : int
        Sequences of the training part.
    seed : int
        The first seed of the sweep.

    Raises
    ------
    SourceError
    """
    if function.is_stuck:  # no combination of its keys is worth another wait
        raise SourceError("this is not called any more, since another call did not return")
    few, other = min(n_train, _FEW), function.file.other
    first = function.part(keywords, stream(seed, TRAIN_DATA), few)
    # Another number of sequences, which shows a function that returns 16 whatever n is.
    validation = function.part(keywords, stream(seed, VAL_DATA), max(1, few // 2), other)
    again = function.part(keywords, stream(seed, TRAIN_DATA), few, other)
    with function.placed():
        _check_same(first, again)
    calls = [first, validation]
    if _needs_counts(first):
        calls.append(function.part(keywords, stream(seed, TRAIN_DATA), min(n_train, _MANY)))
    with function.placed():
        form = form_of(first.part, *(_count(name, calls) for name in ("n_symbols", "n_classes")))
        for each in calls:
            check_fits(each.part, form)
            _check_alike(first, each)
    parts = [each.part for each in calls]
    return Checked(
        form,
        _ends([part.x for part in parts]),
        _ends([counted(part) for part in parts]),
        first.part.persistence is not None,
    )


def _ends(arrays: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """Return the lowest and the highest number of each column (2, C) of some arrays (..., C)."""
    if arrays[0].dtype.kind != "f":
        return np.empty((2, 0))
    columns = np.concatenate([array.reshape(-1, array.shape[-1]) for array in arrays])
    return np.stack([columns.min(axis=0), columns.max(axis=0)])


def check_fits(part: Part, form: Form) -> None:
    """Check that a part is of a form that was found before.

    Raises
    ------
    SourceError
    """
    own = form_of(part, form.n_symbols, form.n_classes)
    if own.seq_len != form.seq_len:
        raise SourceError(
            f'"x" has {own.seq_len} time steps in one call and {form.seq_len} in another; pad it '
            "to a number that the keys decide, and return lengths"
        )
    if own != form:
        raise SourceError(
            f"it returns {_described(own)} in one call, and {_described(form)} in another; needed: "
            "arrays of one form"
        )
    for name, values, count, what in (
        ("y", part.y, form.n_classes, "n_classes"),
        ("x", part.x, form.n_symbols, "n_symbols"),
    ):
        if count and values.max() >= count:
            raise SourceError(
                f'"{name}" holds {values.max()}, and the calls that were to show which numbers '
                f'occur went up to {count - 1}; return a dict with "{what}" as well'
            )


def _check_same(first: OwnPart, again: OwnPart) -> None:
    """Check that two calls with generators in the same state returned the same."""
    for name in Part._fields:
        if not np.array_equal(getattr(first.part, name), getattr(again.part, name)):  # or None
            raise SourceError(
                f'"{name}" differs between two calls with the same generator; draw from rng alone, '
                "keep nothing from one call to the next, and ask no clock"
            )
    if first[1:] != again[1:]:
        raise SourceError("its counts differ between two calls with the same generator")


def _needs_counts(own: OwnPart) -> bool:
    """Return whether only the arrays can show how many classes or symbols there are."""
    return any(
        array.dtype.kind == "i" and not count
        for array, count in ((own.part.x, own.n_symbols), (own.part.y, own.n_classes))
    )


def _count(name: str, calls: list[OwnPart]) -> int:
    """Return the number of symbols or of classes, as it is given or as the calls show it."""
    of_y = name == "n_classes"
    if given := getattr(calls[0], name):
        return int(given)
    values = [call.part.y if of_y else call.part.x for call in calls]
    if values[0].dtype.kind != "i":
        return 0
    count = 1 + max(int(array.max()) for array in values)
    if of_y and count == 1:
        raise SourceError(
            '0 is the only class in "y"; there is nothing to distinguish; if another one is rare, '
            'return a dict with "n_classes"'
        )
    return count


def _check_alike(first: OwnPart, other: OwnPart) -> None:
    """Check that two calls give the same numbers, and that both or none has what is optional."""
    if first[1:] != other[1:]:
        raise SourceError(
            f"n_symbols and n_classes are {first[1:]} in one call and {other[1:]} in another"
        )
    for name in ("baseline", "persistence"):
        if (getattr(first.part, name) is None) != (getattr(other.part, name) is None):
            raise SourceError(f'it returns a "{name}" in one call and none in another')


def _described(form: Form) -> str:
    x = "symbols (N, T)" if form.n_symbols else f"x (N, T, {form.n_inputs})"
    steps = ", T" if form.every else ""
    y = f"classes (N{steps})" if form.n_classes else f"y (N{steps}, {form.n_outputs})"
    more = [name for name, has in (("lengths", form.has_lengths), ("mask", form.has_mask)) if has]
    return ", ".join([x, y, *more])
