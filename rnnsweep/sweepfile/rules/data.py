"""The rule that a precision can represent the user's data, and the losses on them."""

from itertools import islice

import numpy as np

from rnnsweep.array_types import Floats
from rnnsweep.precision import largest_loss, limits, loss_of, written
from rnnsweep.tasks import Task
from rnnsweep.tasks.reading.numbers import Numbers

from .precision import way_out
from .rule import Rule

# Numbers that are taken at once in the search for the ends of columns.
_SIDE = 1024
# Differences in a column that are no more than this, relative to its numbers, are rounding.
_ROUNDING = 8 * float(np.finfo(np.float64).eps)


class _Extremes:
    """The lowest and highest number of each column, of all its numbers and of training.

    The numbers themselves are made again where something is wrong with them.
    """

    def __init__(self, numbers: Numbers, task: Task, output: str, index: int) -> None:
        self.are_targets = numbers.are_targets
        self.count = numbers.values.size
        self.low, self.high = _ends(numbers.values)
        self.low_in_training, self.high_in_training = _ends(numbers.training)
        self._source = (task, output, index)

    @property
    def numbers(self) -> Numbers:
        task, output, index = self._source
        return next(islice(task.numbers(output), index, None))


def _ends(values: Floats) -> tuple[Floats, Floats]:
    """Return the lowest and the highest number of each column; 0 where there are no rows."""
    n_rows, n_columns = values.shape
    if n_rows == 0:
        return np.zeros(n_columns), np.zeros(n_columns)
    # Many rows side by side: 20 million rows of 2 take 0.03 s so, and 2.7 s a row at a time.
    side = min(n_rows, max(1, _SIDE // n_columns))
    whole = n_rows // side * side
    ends = []
    for take in (np.fmin, np.fmax):
        most = take.reduce(values[:whole].reshape(-1, side * n_columns), axis=0)
        ends.append(take.reduce(np.vstack([most.reshape(side, -1), values[whole:]]), axis=0))
    return ends[0], ends[1]


def data_rules() -> list[Rule]:
    """Return the rules that a precision can represent the user's numbers and the losses on them.

    There is one for each key that may name the file in messages.
    """
    return [_data_rule(key) for key in ("path", "name")]


def _data_rule(file_key: str) -> Rule:
    """Return the rule for tasks with this `file_key`; it looks through their numbers once."""
    extremes: dict[tuple[int, str], list[_Extremes]] = {}

    def check(dtype: str, loss: str, huber_delta: float, output: str, task: Task) -> str | None:
        if task.file_key != file_key or output not in task.available_outputs:
            return None
        place = (id(task), output)
        if place not in extremes:
            extremes[place] = [
                _Extremes(numbers, task, output, index)
                for index, numbers in enumerate(task.numbers(output))
            ]
        for columns in extremes[place]:
            if fault := _fault(columns, dtype, loss, huber_delta):
                in_double = not any(
                    _fault(each, "float64", loss, huber_delta) for each in extremes[place]
                )
                return f"{fault}; {columns.numbers.way_out}{way_out(dtype, in_double)}"
        return None

    return Rule.of(check, named=(f"task.{file_key}", "train.dtype"))


def _fault(columns: _Extremes, dtype: str, loss: str, delta: float) -> str | None:
    """Return what a precision cannot represent of some columns, else None."""
    if fault := _too_large(columns, dtype, loss, delta):
        return fault
    smallest = limits(dtype).smallest
    low, high = columns.low_in_training, columns.high_in_training
    size = np.maximum(abs(low), abs(high))
    if (small := (size > 0) & (size < smallest)).any():
        name = columns.numbers.column(int(small.argmax()))
        return f"all of {name} is 0 in {dtype}, as anything below {_smallest(dtype)}"
    real = np.dtype(dtype).type
    lost = (high / 2 - low / 2 > _ROUNDING * size) & (real(low) == real(high))
    if lost.any():
        c = int(lost.argmax())
        ends = f"from {low[c]!s} to {high[c]!s}"
        return f"{columns.numbers.column(c)} reaches {ends}, which are one number in {dtype}"
    if not columns.are_targets:
        return None
    # The error of the best constant or, where all targets are alike, of an output of 0.
    error = np.where(high > low, high / 2 - low / 2, size)
    losses = loss_of(loss, error, delta)
    if losses is None or not (flushed := (error > 0) & (losses < smallest)).any():
        return None
    c = int(flushed.argmax())
    what = "the best constant" if high[c] > low[c] else "an output of 0"
    return (
        f"on {columns.numbers.column(c)} {what} is wrong by {error[c]:g} at most, and the {loss} "
        f"of that is 0 in {dtype}, as anything below {_smallest(dtype)}"
    )


def _smallest(dtype: str) -> str:
    return written(limits(dtype).smallest, dtype)


def _too_large(columns: _Extremes, dtype: str, loss: str, delta: float) -> str | None:
    """Return the place of the first number that is infinite in a precision, or whose loss is."""
    largest = limits(dtype).largest
    size = np.maximum(abs(columns.low), abs(columns.high))
    if (size > largest).any():
        numbers = columns.numbers
        m, c = np.argwhere(abs(numbers.values) > largest)[0]
        what = f"infinite in {dtype}, which reaches to {written(largest, dtype)}"
    else:
        most = largest_loss(dtype, columns.count)
        losses = loss_of(loss, size, delta) if columns.are_targets else None
        if losses is None or not (losses > most).any():
            return None
        numbers = columns.numbers
        every = loss_of(loss, abs(numbers.values), delta)
        assert every is not None
        m, c = np.argwhere(every > most)[0]
        what = f"a target whose {loss} is infinite in {dtype}"
    return f"{numbers.place(int(m), int(c))} is {numbers.values[m, c]!s}, {what}"
