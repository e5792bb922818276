"""The reading of what axes, draws and conditions are made of: lists of values, ends, scales."""

from collections.abc import Mapping, Sequence
from typing import Any

from rnnsweep.sweepfile.faults import did_you_mean, listed, shown
from rnnsweep.sweepfile.keys import Key, Refused

DIGITS = 12
SCALES = ("linear", "log")


def rounded(value: float) -> float:
    """Return a number rounded to 12 significant digits."""
    return float(f"{value:.{DIGITS}g}")


def read_values(
    key: Key, given: Sequence[Any], place: str, faults: list[str], repeats: bool = False
) -> tuple[Any, ...]:
    """Check a list of values of a key; return those that are right.

    Parameters
    ----------
    repeats : bool
        Whether a value may stand there twice.
    """
    if not given:
        faults.append(f"{place}: an empty list given; it needs at least one value")
    values: list[Any] = []
    first: dict[Any, int] = {}
    for i, item in enumerate(given, start=1):
        try:
            value = key.check(item)
        except Refused as refused:
            faults.append(f"{place}, value {i}: {refused}")
            continue
        if value in first and not repeats:
            faults.append(
                f"{place}, value {i}: {shown(item)} given, which is value {first[value]} already; "
                "every value stands once"
            )
        first.setdefault(value, i)
        values.append(value)
    return tuple(values)


def read_ends(
    key: Key,
    given: Mapping[str, Any],
    place: str,
    form: str,
    needed: Sequence[str],
    faults: list[str],
) -> dict[str, Any]:
    """Check the ends "from" and "to" of a range or a distribution; return those that are right.

    Parameters
    ----------
    form : str
        How such a thing is written, for the message.
    needed : sequence of str
        The keys that have to be there.
    """
    missing = [name for name in needed if name not in given]
    if missing:
        faults.append(f"{place}: {listed(missing)} missing; {form}")
    ends: dict[str, Any] = {}
    for name in ("from", "to"):
        if name in given:
            try:
                ends[name] = key.check(given[name])
            except Refused as refused:
                faults.append(f"{place}, {name}: {refused}")
    return ends


def read_scale(
    given: Mapping[str, Any], ends: Mapping[str, Any], place: str, faults: list[str]
) -> bool:
    """Check a scale and that the ends lie on it; return whether it is logarithmic."""
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
    return bool(scale == "log")
