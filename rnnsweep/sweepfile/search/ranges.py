"""The values of an axis as the file gives them: a list, or a range {from, to, num, scale}."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from rnnsweep.sweepfile.faults import did_you_mean, listed, shown
from rnnsweep.sweepfile.keys import Key, Refused

from .axes import MAX_TRIALS, Axis
from .values import DIGITS, read_ends, read_scale, read_values, rounded

_RANGE_KEYS = ("from", "to", "num", "scale")
_FORMS = "a list of values, or a range {from, to, num, scale}"
_RANGE = 'a range is {from = ..., to = ..., num = ..., scale = "linear" or "log"}'


@dataclass(frozen=True)
class Range:
    """Evenly spaced values from `start` to `stop`, both included, in the order given.

    Values of a key that takes whole numbers are rounded to the nearest, halves up, and stand
    once; others are rounded to 12 significant digits.
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
        # In whole numbers throughout: a float could not tell large seeds apart.
        start, span = int(self.start), int(self.stop) - int(self.start)
        if self.num > abs(span):
            step = 1 if span >= 0 else -1
            return iter(range(start, start + span + step, step))
        last = self.num - 1
        return (start + (2 * span * i + last) // (2 * last) for i in range(self.num))


def read_axis(
    key: Key,
    given: Any,
    place: str,
    faults: list[str],
    repeats: bool = False,
    in_table: bool = True,
) -> Sequence[Any] | Range | None:
    """Check one axis as the file gives it; None where something is wrong with it.

    A range comes back unexpanded, so that the trials can be counted first.

    Parameters
    ----------
    repeats : bool
        Whether a value may stand in a list twice.
    in_table : bool
        Whether a single value may stand in the key's table.
    """
    before = len(faults)
    found: Sequence[Any] | Range | None = None
    if isinstance(given, list):
        found = read_values(key, given, place, faults, repeats)
    elif isinstance(given, dict):
        found = _read_range(key, given, place, faults)
    else:
        way_out = f"write [{shown(given)}]"
        if in_table:
            table = f"into [{key.table}]" if key.table else "above the tables"
            way_out += f", or put the single value {table}"
        faults.append(f"{place}: {shown(given)} given; an axis is {_FORMS}; {way_out}")
    return found if len(faults) == before else None


def _read_range(key: Key, given: dict[str, Any], place: str, faults: list[str]) -> Range | None:
    before = len(faults)
    if key.kind not in ("integer", "number"):
        faults.append(
            f"{place}: {shown(given)} given; a range is for numbers; "
            f"allowed here: a list of values, each {key.allowed}"
        )
        return None
    for name in given:
        if name not in _RANGE_KEYS:
            faults.append(
                f"{place}, {name}: no such key in a range; allowed: {listed(_RANGE_KEYS)}"
                + did_you_mean(name, _RANGE_KEYS)
            )
    ends = read_ends(key, given, place, _RANGE, ("from", "to", "num"), faults)
    num = given.get("num", 1)
    if isinstance(num, bool) or not isinstance(num, int) or num < 1:
        faults.append(f"{place}, num: {shown(num)} given; allowed: a whole number of at least 1")
    log = read_scale(given, ends, place, faults)
    if len(faults) > before:
        return None
    return Range(ends["from"], ends["to"], num, log, key.kind == "integer")


def expand(key: Key, found: Sequence[Any] | Range, place: str, faults: list[str]) -> Axis | None:
    """Return the axis with all its values; None where a range's values cannot be used."""
    if not isinstance(found, Range):
        return Axis(key.dotted, tuple(found))
    values = found.values
    # They rise or fall throughout, so equal ones are neighbours; a set of millions is large.
    if any(value == after for value, after in pairwise(values)):
        faults.append(
            f"{place}: values repeat when rounded to {DIGITS} significant digits; "
            "take a wider range or a smaller num"
        )
        return None
    for value in (values[0], values[-1]):
        try:
            key.check(value)
        except Refused as refused:
            faults.append(f"{place}, rounded to {DIGITS} significant digits: {refused}")
            return None
    return Axis(key.dotted, values)
