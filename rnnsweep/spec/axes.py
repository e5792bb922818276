"""Axes of a grid: lists of values, and ranges {from, to, num, scale}."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from .faults import did_you_mean, listed, shown
from .keys import Key, Refused

MAX_TRIALS = 10_000_000
DIGITS = 12
_RANGE_KEYS = ("from", "to", "num", "scale")
SCALES = ("linear", "log")
_FORMS = "a list of values, or a range {from, to, num, scale}"


@dataclass(frozen=True)
class Axis:
    """The values that one key takes in turn.

    Attributes
    ----------
    key : str
        As in "model.hidden_size".
    values : tuple
        In their order, no two alike.
    """

    key: str
    values: tuple[Any, ...]

    @property
    def name(self) -> str:
        """The name of the column: bare, but "task_" before a task's own keys."""
        return column(self.key)


def column(key: str) -> str:
    """Return the column in which the tables hold a key."""
    if key == "task.name":
        return "task"
    table, _, name = key.rpartition(".")
    return f"task_{name}" if table == "task" else name


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
            return (self.start if self.whole else _rounded(self.start),)
        if not self.whole:
            spaced = self._logarithmic() if self.log else self._linear()
            return tuple(_rounded(value) for value in spaced)
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


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def read_axis(key: Key, given: Any, place: str, faults: list[str]) -> Sequence[Any] | Range | None:
    """Check one axis as the file gives it; None where something is wrong with it.

    A range comes back unexpanded, so that the trials can be counted first.
    """
    before = len(faults)
    if isinstance(given, list):
        values = _read_list(key, given, place, faults)
        return values if len(faults) == before else None
    if isinstance(given, dict):
        found = _read_range(key, given, place, faults)
        return found if len(faults) == before else None
    way_out = f"write [{shown(given)}], or put the single value "
    way_out += f"into [{key.table}]" if key.table else "above the tables"
    faults.append(f"{place}: {shown(given)} given; an axis is {_FORMS}; {way_out}")
    return None


def _read_list(key: Key, given: list[Any], place: str, faults: list[str]) -> tuple[Any, ...]:
    if not given:
        faults.append(f"{place}: an empty list given; an axis needs at least one value")
    values: dict[Any, int] = {}
    for i, item in enumerate(given, start=1):
        try:
            value = key.check(item)
        except Refused as refused:
            faults.append(f"{place}, value {i}: {refused}")
            continue
        if value in values:
            faults.append(
                f"{place}, value {i}: {shown(item)} given, which is value {values[value]} already; "
                "every value stands once"
            )
        else:
            values[value] = i
    return tuple(values)


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
    missing = [name for name in ("from", "to", "num") if name not in given]
    if missing:
        faults.append(
            f"{place}: {listed(missing)} missing; a range is "
            '{from = ..., to = ..., num = ..., scale = "linear" or "log"}'
        )
    ends: dict[str, Any] = {}
    for name in ("from", "to"):
        if name in given:
            try:
                ends[name] = key.check(given[name])
            except Refused as refused:
                faults.append(f"{place}, {name}: {refused}")
    num = given.get("num", 1)
    if isinstance(num, bool) or not isinstance(num, int) or num < 1:
        faults.append(f"{place}, num: {shown(num)} given; allowed: a whole number of at least 1")
    scale = given.get("scale", "linear")
    if scale not in SCALES:
        hint = did_you_mean(scale, SCALES, '"{}"') if isinstance(scale, str) else ""
        faults.append(f'{place}, scale: {shown(scale)} given; allowed: "linear", "log"{hint}')
    elif scale == "log":
        for name, end in ends.items():
            if end <= 0:
                faults.append(
                    f'{place}, {name}: {shown(given[name])} given; allowed with scale = "log": '
                    "a number above 0"
                )
    if len(faults) > before:
        return None
    return Range(ends["from"], ends["to"], num, scale == "log", key.kind == "integer")


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
