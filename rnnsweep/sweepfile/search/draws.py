"""Random draws: the values that the keys of [random] take, each key from its own stream."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnsweep.random_streams import stream
from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.keys import Key
from rnnsweep.sweepfile.wording import shown

from .values import Interval, read_values, rounded

_FORMS = "a list of values, or a distribution {from, to, scale}"
_DISTRIBUTION = Interval(
    "a distribution", ("from", "to"), '{from = ..., to = ..., scale = "linear" or "log"}'
)


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
            # In whole numbers throughout: large seeds are equal as floats.
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


def read_draws(key: Key, value: Any, faults: Faults) -> Draws | None:
    """Check what the file gives a key of [random]; None if something is wrong with it."""
    draws: Draws | None = None
    way_out = f"put the single value {key.home}"
    if isinstance(value, list):
        draws = OneOfValues(read_values(key, value, faults))
        if len(value) == 1 and draws.values:
            faults.add(f"{shown(value)} given; one value is no draw; {way_out}")
    elif isinstance(value, dict):
        draws = _read_distribution(key, value, faults)
    else:
        faults.add(f"{shown(value)} given; allowed: {_FORMS}; {way_out}")
    return None if faults else draws


def _read_distribution(key: Key, table: dict[str, Any], faults: Faults) -> Distribution | None:
    if "num" in table and key.is_number:
        faults.part("num").add(
            "no such key in a distribution; [random] trials says how many are drawn, and a range "
            "with num is an axis of [grid]"
        )
        table = {name: value for name, value in table.items() if name != "num"}
    ends = _DISTRIBUTION.read(key, table, faults)
    if faults:
        return None
    if ends["to"] <= ends["from"]:
        faults.part("to").add(
            f"{shown(table['to'])} given, which is not above from, {shown(table['from'])}; "
            "exchange the two, or take a wider range"
        )
    log = ends.get("scale") == "log"
    return Distribution(ends["from"], ends["to"], log, key.type == "integer")
