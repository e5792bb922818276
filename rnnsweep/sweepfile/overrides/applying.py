"""Overrides written into the text of a sweep file."""

from collections.abc import Collection, MutableMapping, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.places import Wording
from rnnsweep.sweepfile.wording import listed
from rnnsweep.toml_reading import read_toml

from .editing import Override, edit
from .reading import Overrides, parsed, read_overrides
from .unused_cells import drop_unused_cells


def apply_overrides(
    text: str, overrides: Overrides, wording: Wording, faults: Faults
) -> tuple[str, Collection[str]]:
    """Return the text of a file with keys and axes replaced, and the keys.

    The text is as it was if the overrides are wrong.
    """
    correct = read_overrides(overrides, wording, faults)
    expected: dict[str, Any] = read_toml(text)
    faults_of_edits = faults.at("")
    for override in correct:
        name = f"random.{override.key}" if override.form == "random" else override.key
        with faults_of_edits.at(wording.place(name)):
            edit(expected, override, parsed(override.text))
    keys = {override.key: None for override in correct}
    if "model.cell" in keys:
        drop_unused_cells(expected)
    if faults_of_edits or not correct:
        return text, ()
    # The editor misplaces keys in some forms of TOML: never run what was not meant. Such a file
    # is written anew, without its comments.
    edited = _edited_in_place(text, correct)
    if edited is None or not _has_content(edited, expected):
        edited = tomlkit.dumps(expected)
    if _has_content(edited, expected):
        return edited, keys
    faults.at(wording.place(listed(keys))).add(
        "the way in which this file writes its tables cannot be edited; "
        "write them as [grid] and so on, or change the value there"
    )
    return text, ()


def _edited_in_place(text: str, overrides: Sequence[Override]) -> str | None:
    try:
        document: MutableMapping[str, Any] = tomlkit.parse(text)
        for override in overrides:
            # With its line end, which a key that is new in the file brings along.
            edit(document, override, tomlkit.parse(f"value = {override.text}\n")["value"])
        if any(override.key == "model.cell" for override in overrides):
            drop_unused_cells(document)
        return tomlkit.dumps(document)
    except TOMLKitError:
        return None


def _has_content(text: str, expected: dict[str, Any]) -> bool:
    """Return whether a text has the expected values, and its axes in the expected order."""
    try:
        document = read_toml(text)
    except ValueError:
        return False
    # repr, because dicts compare without their order, and NaN equals nothing.
    return repr(_ordered(document)) == repr(_ordered(expected))


def _ordered(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the content of a file, sorted where the order does not count, without empty tables."""
    tables = (
        (name, _ordered_table(name, value) if isinstance(value, dict) else value)
        for name, value in document.items()
    )
    return sorted((name, value) for name, value in tables if value != [])


def _ordered_table(table: str, values: dict[str, Any]) -> list[tuple[str, Any]]:
    if table in ("grid", "random"):
        # Its tables stay as they are: their order is that of the axes.
        return sorted((name, axes) for name, axes in values.items() if axes != {})
    return sorted(values.items())
