"""Trials that are selected by values of settings, as in "activation=relu,hidden_size=32"."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnsweep.array_types import Flags
from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed
from rnnsweep.toml_reading import read_toml
from rnnsweep.value_text import distinct_texts

from .outcomes import Outcomes

Selection = str | Mapping[str, Any]

FORM = 'the form is SETTING=VALUE, or several of them, as in "activation=relu,hidden_size=32"'
# A comma inside a list or a text is followed by no name and "=".
_BETWEEN = re.compile(r",(?=\s*[\w.]+\s*=)")
_SHOWN_VALUES = 50


def read_selection(selection: Selection) -> dict[str, Any]:
    """Return the settings that a selection names, and what it gives for each.

    A text gives texts, which `value_of` reads; a mapping gives the values themselves.

    Raises
    ------
    SweepError
        If it is neither such a text nor a mapping, or names a setting twice.
    """
    if isinstance(selection, Mapping):
        settings = dict(selection)
        if not settings or not all(isinstance(name, str) for name in settings):
            raise SweepError(f'{selection!r} given; allowed: settings, as {{"activation": "relu"}}')
        return settings
    if not isinstance(selection, str):
        raise SweepError(f"{selection!r} given; {FORM}")
    texts: dict[str, str] = {}
    for part in _BETWEEN.split(selection):
        name, _, text = part.partition("=")
        name, text = name.strip(), text.strip()
        if not name or not text:
            raise SweepError(f"{selection!r}: {FORM}")
        if name in texts:
            raise SweepError(f"{selection!r}: {name} is named twice; name it once")
        texts[name] = text
    return texts


def value_of(name: str, entry: Any, values: Sequence[Any]) -> Any:
    """Return which of a setting's values is meant.

    Parameters
    ----------
    name : str
        The setting.
    entry : object
        One of the values; or a text: the value in TOML, a bare word, or the short text with which
        tables show it ("0.0208" for 0.0208008382305). A list is given as a list or as JSON.
    values : sequence
        The values of the setting in trials, as `setting_cells` returns them; they may repeat.

    Raises
    ------
    SweepError
        If none of the values is meant.
    """
    different = list(dict.fromkeys(values))
    for value in different:
        if _is_same(value, entry):
            return value
    texts = distinct_texts(different)
    if isinstance(entry, str):
        parsed = _toml_value(entry)
        for value, text in zip(different, texts, strict=True):
            if entry == text or (parsed is not None and _is_same(value, parsed)):
                return value
    if len(different) == 1:
        raise SweepError(f"{name} does not vary in these trials: it is {texts[0]} in all of them")
    shown = str(entry) if isinstance(entry, str) else distinct_texts([_cell(entry)])[0]
    if len(texts) > _SHOWN_VALUES:
        numbers = [value for value in different if isinstance(value, int | float)]
        near = _nearest_number(_toml_value(shown), numbers)
        hint = "" if near is None else f"; the nearest is {near!r}"
        raise SweepError(f"no trial has {name} = {shown}; it has {len(texts)} values{hint}")
    raise SweepError(f"no trial has {name} = {shown}; {allowed(shown, texts)}")


def having(outcomes: Outcomes, values: Mapping[str, Any]) -> Flags:
    """Return a boolean for each trial: whether its settings have these values."""
    flags = np.ones(len(outcomes), np.bool_)
    for name, value in values.items():
        column = outcomes.settings[name]
        flags &= np.fromiter((_is_same(cell, value) for cell in column), np.bool_, len(column))
    return flags


def selection_text(values: Mapping[str, Any], columns: Mapping[str, Sequence[Any]]) -> str:
    """Return values of settings as text, "activation=relu,hidden_size=32".

    Parameters
    ----------
    values : mapping
        The settings, with one value each.
    columns : mapping of sequences
        All values of these settings, from which the text has to distinguish the one.
    """
    parts = []
    for name, value in values.items():
        different = list(dict.fromkeys(columns[name]))
        parts.append(f"{name}={distinct_texts(different)[different.index(value)]}")
    return ",".join(parts)


def _is_same(value: Any, other: Any) -> bool:
    """Return whether a cell is a value; True is not 1, and 8.0 is 8."""
    other = _cell(other)
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def _cell(value: Any) -> Any:
    """Return a value as a cell of a table: a list is JSON text."""
    if isinstance(value, np.generic):
        value = value.item()
    is_list = isinstance(value, list | tuple | np.ndarray)
    return json.dumps(list(value), ensure_ascii=False) if is_list else value


def _toml_value(text: str) -> Any:
    """Return the value of a text in TOML, or None where it is not one value."""
    try:
        document = read_toml(f"value = {text}")
    except (ValueError, RecursionError):
        return None
    return document["value"] if list(document) == ["value"] else None


def _nearest_number(value: Any, numbers: Sequence[float]) -> float | None:
    if not isinstance(value, int | float) or not numbers:
        return None
    return min(numbers, key=lambda number: abs(number - value))
