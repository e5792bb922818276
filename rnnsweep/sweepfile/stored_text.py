"""What the text of a sweep file says that is kept with results, where its data files may be absent.

The text was checked when it was run.
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from .keys import any_keys

# How trials are run changes nothing about them.
_NOT_COMPARED = ("run",)
# Where the order of keys is that of the axes.
_SEARCH_FORMS = ("grid", "zip", "random", "when")


def epochs_format(text: str) -> str:
    """Return the format of the table of epochs: "csv" or "parquet"."""
    default: str = any_keys("output")["epochs"].field.default
    return str(tomllib.loads(text).get("output", {}).get("epochs", default))


def difference(text: str, other: str) -> str:
    """Return the first thing in which two files differ; empty if they are one sweep.

    Comments, spaces and the table [run] do not count.
    """
    if text == other:
        return ""
    values, others = (dict(_flat(tomllib.loads(each))) for each in (text, other))
    for key in {**values, **others}:
        one, two = (str(each.get(key, "not there")) for each in (values, others))
        if values.get(key) != others.get(key) or type(values.get(key)) is not type(others.get(key)):
            return f"{key} is {one} and {two}"
    axes, other_axes = (
        [key for key in each if key.startswith(_SEARCH_FORMS)] for each in (values, others)
    )
    return "" if axes == other_axes else "their axes have another order"


def _flat(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each key with its value, as in "grid.train.epochs"."""
    for name, value in table.items():
        if not above and name in _NOT_COMPARED:
            continue
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            for number, each in enumerate(value, start=1):
                yield from _flat(each, f"{above}{name} {number}.")
        else:
            yield f"{above}{name}", value
