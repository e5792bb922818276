"""The values of an axis as the file gives them: a list, or a range {from, to, num, scale}."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.keys import Key
from rnnsweep.sweepfile.wording import shown

from .dimensions import MAX_TRIALS, Axis
from .values import DIGITS, Interval, read_values, rounded

_FORMS = "a list of values, or a range {from, to, num, scale}"
_RANGE = Interval(
    "a range",
    ("from", "to", "num"),
    '{from = ..., to = ..., num = ..., scale = "linear" or "log"}',
)


@dataclass(frozen=True)
class Range:
    """Evenly spaced values from `start` to `stop`, both included.

    Values of a key that takes whole numbers are rounded to the nearest one, halves up, and come
    once each; others are rounded to 12 significant digits.
    """

    start: float
    stop: float
    num: int
    log: bool
    whole: bool

    @property
    def count(self) -> int:
        """The number of values, without making them where that could be many."""
        if not self.whole or (self.log and self.num > MAX_TRIALS):
            return self.num
        if not self.log:
            return min(self.num, abs(int(self.stop) - int(self.start)) + 1)
        return len(self.values)

    @cached_property
    def values(self) -> tuple[Any, ...]:
        """The values."""
        if self.num == 1:
            return (self.start if self.whole else rounded(self.start),)
        if not self.whole:
            spaced = self._logarithmic() if self.log else self._linear()
            return tuple(rounded(value) for value in spaced)
        if self.log:
            return tuple(dict.fromkeys(int(np.floor(v + 0.5)) for v in self._logarithmic()))
        return tuple(self._whole())

    def _linear(self) -> Iterator[float]:
        last = self.num - 1
        return ((self.start * (last - i) + self.stop * i) / last for i in range(self.num))

    def _logarithmic(self) -> Iterator[float]:
        low, high = np.log(self.start), np.log(self.stop)
        last = self.num - 1
        yield self.start
        for i in range(1, last):
            yield float(np.exp((low * (last - i) + high * i) / last))
        yield self.stop

    def _whole(self) -> Iterator[int]:
        # In whole numbers throughout: large seeds are equal as floats.
        start, span = int(self.start), int(self.stop) - int(self.start)
        if self.num > abs(span):
            step = 1 if span >= 0 else -1
            return iter(range(start, start + span + step, step))
        last = self.num - 1
        return (start + (2 * span * i + last) // (2 * last) for i in range(self.num))


def read_axis(
    key: Key, value: Any, faults: Faults, repeats: bool = False, in_table: bool = True
) -> Sequence[Any] | Range | None:
    """Check what the file gives an axis; None if something is wrong with it.

    A range comes back unexpanded, so that the trials can be counted first.

    Parameters
    ----------
    repeats : bool
        Whether a list may have a value twice.
    in_table : bool
        Whether the key's table may have a single value of it.
    """
    axis: Sequence[Any] | Range | None = None
    if isinstance(value, list):
        axis = read_values(key, value, faults, repeats)
    elif isinstance(value, dict):
        ends = _RANGE.read(key, value, faults)
        num = ends.get("num", 1)
        if isinstance(num, bool) or not isinstance(num, int) or num < 1:
            faults.part("num").add(f"{shown(num)} given; allowed: a whole number of at least 1")
        if not faults:
            log = ends.get("scale") == "log"
            axis = Range(ends["from"], ends["to"], num, log, key.type == "integer")
    else:
        way_out = f"write [{shown(value)}]"
        if in_table:
            way_out += f", or put the single value {key.home}"
        faults.add(f"{shown(value)} given; an axis is {_FORMS}; {way_out}")
    return None if faults else axis


def expand(key: Key, axis: Sequence[Any] | Range, faults: Faults) -> Axis | None:
    """Return the axis with all its values; None if a range's values cannot be used."""
    if not isinstance(axis, Range):
        return Axis(key.dotted, tuple(axis))
    values = axis.values
    # They rise or fall throughout, so equal ones are neighbours; a set of millions is large.
    if any(value == after for value, after in pairwise(values)):
        faults.add(
            f"values repeat when rounded to {DIGITS} significant digits; "
            "take a wider range or a smaller num"
        )
    with faults.part(f"rounded to {DIGITS} significant digits"):
        for value in (values[0], values[-1]):
            key.check(value)
    return None if faults else Axis(key.dotted, values)
