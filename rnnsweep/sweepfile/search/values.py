"""What the file gives an axis, a draw or a condition: a list of values, or two ends and a scale."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rnnsweep.suggestions import allowed
from rnnsweep.sweepfile.faults import Faults, Refused
from rnnsweep.sweepfile.keys import Key
from rnnsweep.sweepfile.wording import listed, shown

DIGITS = 12
SCALES = ("linear", "log")


def rounded(value: float) -> float:
    """Return a number rounded to 12 significant digits."""
    return float(f"{value:.{DIGITS}g}")


def read_values(
    key: Key, items: Sequence[Any], faults: Faults, repeats: bool = False
) -> tuple[Any, ...]:
    """Check a list of values of a key; return those that are right.

    Parameters
    ----------
    repeats : bool
        Whether the list may have a value twice.
    """
    if not items:
        faults.add("an empty list given; it needs at least one value")
    values: list[Any] = []
    first: dict[Any, int] = {}
    for number, item in enumerate(items, start=1):
        with faults.part(f"value {number}"):
            value = key.check(item)
            if value in first and not repeats:
                raise Refused(
                    f"{shown(item)} given, which is value {first[value]} already; "
                    "give each value once"
                )
            first.setdefault(value, number)
            values.append(value)
    return tuple(values)


class Interval(NamedTuple):
    """A form of a table with two ends: a range or a distribution.

    Attributes
    ----------
    name : str
        With its article, for messages.
    needed : tuple of str
        The keys that it must have; "scale" may be added.
    example : str
        How it is written.
    """

    name: str
    needed: tuple[str, ...]
    example: str

    def read(self, key: Key, table: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
        """Check such a table; return what it gives, its ends in the key's type.

        Its own keys apart from the ends and the scale are left to the caller.
        """
        if not key.is_number:
            faults.add(
                f"{shown(table)} given; {self.name} is for numbers; "
                f"allowed here: a list of values, each {key.allowed}"
            )
            return {}
        names = (*self.needed, "scale")
        for name in table:
            if name not in names:
                faults.part(name).add(f"no such key in {self.name}; {allowed(name, names)}")
        if missing := [name for name in self.needed if name not in table]:
            faults.add(f"{listed(missing)} missing; {self.name} is {self.example}")
        read = dict(table)
        for name in [name for name in ("from", "to") if name in table]:
            with faults.part(name):
                read[name] = key.check(table[name])
                if table.get("scale") == "log" and read[name] <= 0:
                    raise Refused(
                        f'{shown(table[name])} given; allowed with scale = "log": a number above 0'
                    )
        if (scale := table.get("scale", SCALES[0])) not in SCALES:
            faults.part("scale").add(f"{shown(scale)} given; {allowed(scale, SCALES, shown)}")
        return read
