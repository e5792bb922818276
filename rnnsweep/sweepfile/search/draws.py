"""Random draws: the values that the keys of [random] take, each key from its own stream."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.random_streams import stream
from rnnsweep.sweepfile.faults import did_you_mean, listed, shown
from rnnsweep.sweepfile.keys import Key

from .values import read_ends, read_scale, read_values, rounded

_DISTRIBUTION_KEYS = ("from", "to", "scale")
_DISTRIBUTION = 'a distribution is {from = ..., to = ..., scale = "linear" or "log"}'
_FORMS = "a list of values, or a distribution {from, to, scale}"


@dataclass(frozen=True)
class Distribution:
    """Numbers between `low` and `high`, uniform or, with `log`, uniform in their logarithm.

    Whole numbers reach both ends: with `log` they are the whole part of log-uniform numbers up
    to `high` + 1. Others are rounded to 12 significant digits.
    """

    low: float
    high: float
    log: bool
    whole: bool

    def drawn(self, rng: np.random.Generator, n: int) -> list[Any]:
        """Return `n` draws; the first of them do not depend on `n`."""
        if self.whole and not self.log:
            # In whole numbers throughout: a float could not tell large seeds apart.
            whole = rng.integers(int(self.low), int(self.high), n, dtype=np.int64, endpoint=True)
            return list(whole.tolist())
        shares = rng.random(n)
        if not self.log:
            return self._limited(rounded(v) for v in self.low + (self.high - self.low) * shares)
        low, high = np.log(self.low), np.log(self.high + 1 if self.whole else self.high)
        values = np.exp(low + (high - low) * shares)
        return self._limited(int(v) if self.whole else rounded(v) for v in values)

    def _limited(self, values: Iterable[float]) -> list[Any]:
        # Rounding may lead past an end.
        return [min(max(value, self.low), self.high) for value in values]


@dataclass(frozen=True)
class OneOfValues:
    """Values that are drawn with equal chances."""

    values: tuple[Any, ...]

    def drawn(self, rng: np.random.Generator, n: int) -> list[Any]:
        """Return `n` draws; the first of them do not depend on `n`."""
        return [self.values[i] for i in (len(self.values) * rng.random(n)).astype(np.int64)]


Draws = Distribution | OneOfValues


def draw(key: str, draws: Draws, seed: int, n: int) -> tuple[Any, ...]:
    """Return `n` draws of a key; draw i depends on the seed, the key and its draws alone."""
    return tuple(draws.drawn(stream(seed, f"random {key}"), n))


def read_draws(key: Key, given: Any, place: str, faults: list[str]) -> Draws | None:
    """Check the draws of one key as the file gives them; None where something is wrong."""
    before = len(faults)
    found: Draws | None = None
    if isinstance(given, list):
        values = read_values(key, given, place, faults)
        if len(given) == 1 and values:
            faults.append(f"{place}: {shown(given)} given; one value is no draw; {_way_out(key)}")
        found = OneOfValues(values)
    elif isinstance(given, dict):
        found = _read_distribution(key, given, place, faults)
    else:
        faults.append(f"{place}: {shown(given)} given; allowed: {_FORMS}; {_way_out(key)}")
    return found if len(faults) == before else None


def _way_out(key: Key) -> str:
    return f"put the single value into [{key.table}]"


def _read_distribution(
    key: Key, given: dict[str, Any], place: str, faults: list[str]
) -> Distribution | None:
    before = len(faults)
    if key.kind not in ("integer", "number"):
        faults.append(
            f"{place}: {shown(given)} given; a distribution is for numbers; "
            f"allowed here: a list of values, each {key.allowed}"
        )
        return None
    for name in given:
        if name == "num":
            faults.append(
                f"{place}, num: no such key in a distribution; [random] trials says how many are "
                "drawn, and a range with num is an axis of [grid]"
            )
        elif name not in _DISTRIBUTION_KEYS:
            faults.append(
                f"{place}, {name}: no such key in a distribution; allowed: "
                f"{listed(_DISTRIBUTION_KEYS)}" + did_you_mean(name, _DISTRIBUTION_KEYS)
            )
    ends = read_ends(key, given, place, _DISTRIBUTION, ("from", "to"), faults)
    log = read_scale(given, ends, place, faults)
    if len(faults) == before and ends["to"] <= ends["from"]:
        faults.append(
            f"{place}, to: {shown(given['to'])} given, which is not above from, "
            f"{shown(given['from'])}; exchange the two, or take a wider range"
        )
    if len(faults) > before:
        return None
    return Distribution(ends["from"], ends["to"], log, key.kind == "integer")
