"""Overrides taken apart: texts "TABLE.KEY=VALUE" as of `--set`, or a dict of Python."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import tomlkit

from rnnsweep.suggestions import did_you_mean, nearest
from rnnsweep.sweepfile.faults import Faults, Refused
from rnnsweep.sweepfile.keys import (
    RECORD_TABLES,
    REPEATED,
    TABLES,
    any_keys,
    flat_table,
    split_key,
)
from rnnsweep.sweepfile.keys.unknown import probably_meant
from rnnsweep.sweepfile.places import Wording
from rnnsweep.sweepfile.wording import shown
from rnnsweep.toml_reading import TomlBound, read_toml
from rnnsweep.vocabulary import SEEDS

from .editing import Override
from .toml_text import as_toml

Overrides = Mapping[str, Any] | str | Iterable[str]

FORM = 'the form is TABLE.KEY=VALUE, as in "train.epochs=5"'
_ALLOWED = 'allowed: a dict, as {"train.epochs": 5}, or texts, as "train.epochs=5"'
_NAMED = 'a key is named with its table, as in "train.epochs"'
_DRAWING = ("random.trials", "random.seed")
# No key of a range, and no word of TOML itself.
_BARE_WORD = re.compile(r"(?<![\w.\"'+-])(?!(?:true|false|inf|nan)\b)[A-Za-z]\w*(?![\w\"'.]|\s*=)")


def read_overrides(overrides: Overrides, wording: Wording, faults: Faults) -> list[Override]:
    """Return the overrides that are correct; the faults of the others are added."""
    readers: Iterable[Callable[[], Override]] = ()
    if isinstance(overrides, Mapping):
        readers = [partial(_of_python, name, value, wording) for name, value in _flat(overrides)]
    elif isinstance(overrides, Iterable) and not isinstance(overrides, bytes):
        texts = [overrides] if isinstance(overrides, str) else overrides
        readers = [partial(_of_text, text, wording) for text in texts]
    else:
        faults.add(f"{wording.argument} is {overrides!r}; {_ALLOWED}")
    correct = []
    for reader in readers:
        with faults:
            correct.append(reader())
    return correct


def _of_text(text: str, wording: Wording) -> Override:
    """Return the override of a text "KEY=VALUE"; a value that is not TOML is a bare word."""
    argument = wording.argument
    if not isinstance(text, str):
        raise Refused(f"{argument}: {text!r} given; {_ALLOWED}")
    if not _is_text(text):
        raise Refused(f"{argument} {text!a}: this is not UTF-8 text")
    name, _, raw = text.partition("=")
    name, raw = name.strip(), raw.strip()
    if not name or not raw:
        raise Refused(f"{argument} {shown(text)}: {FORM}")
    key, form = _split(name, FORM, wording)
    try:
        return _override(key, form, raw, parsed(raw))
    except (ValueError, RecursionError):
        if raw[0] in "[{\"'" or not raw.isprintable():
            hint = _quotes_missing(key, raw, wording)
            raise Refused(f"{wording.place(key)}: {raw[:60]} is no TOML value{hint}") from None
    quoted = tomlkit.string(raw).as_string()
    try:
        parsed(quoted)
    except TomlBound as bound:
        raise Refused(f"{wording.place(key)}: {shown(raw)} given; {bound}") from None
    return _override(key, form, quoted, raw)


def _flat(overrides: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield dotted keys and values; a table may be a dict of its keys, as in a parsed file."""
    for name, value in overrides.items():
        if name in (*TABLES, *RECORD_TABLES) and isinstance(value, Mapping):
            yield from (
                (f"{name}.{bare}", inner) for bare, inner in flat_table(name, value).items()
            )
        else:
            yield name, value


def _of_python(name: Any, value: Any, wording: Wording) -> Override:
    """Return the override of a key of a dict and its value."""
    if not isinstance(name, str) or not _is_text(name):
        raise Refused(f"{wording.argument}: the key {name!a} given; {_NAMED}")
    key, form = _split(name.strip(), _NAMED, wording)
    place = wording.place(key)
    try:
        text = as_toml(value)
        read = parsed(text)
    except TypeError as error:
        raise Refused(f"{place}: {error}") from None
    except (ValueError, RecursionError):
        raise Refused(f"{place}: this value is no TOML value") from None
    if not _is_text(text):
        raise Refused(f"{place}: {value!a} is not UTF-8 text")
    return _override(key, form, text, read)


def _split(name: str, needed: str, wording: Wording) -> tuple[str, str]:
    """Return a key, and the form that its name begins with: grid.model.hidden_size has "grid"."""
    key, form = name, ""
    first, _, inner = name.partition(".")
    if first in ("grid", "random") and inner and name not in _DRAWING:
        key, form = inner, first
    table, bare = split_key(key)
    if key not in (*SEEDS, *_DRAWING) and (table not in (*TABLES, *RECORD_TABLES) or not bare):
        raise Refused(f"{wording.place(name)}: {_no_such_key(key, form, needed)}")
    return key, form


def _override(key: str, form: str, text: str, value: Any) -> Override:
    table, _ = split_key(key)
    is_axis = not form and table in ("", *TABLES) and _is_axis(key, value)
    return Override(key, text, "axis" if is_axis else form)


def _is_axis(key: str, value: Any) -> bool:
    """Return whether a value is an axis; that of a key which takes a list is a list of lists."""
    if not isinstance(value, list):
        return isinstance(value, dict)
    table, name = split_key(key)
    takes_list = name in any_keys(table) and any_keys(table)[name].type == "array"
    return not takes_list or (bool(value) and isinstance(value[0], list))


def _no_such_key(key: str, form: str, needed: str) -> str:
    if key.partition(".")[0] in REPEATED:
        return "the blocks of a file cannot be given here; change them there"
    drawing = {dotted.removeprefix("random."): dotted for dotted in _DRAWING}
    near = nearest(key, drawing) if form == "random" else None
    return f"no such key; {needed}" + did_you_mean(drawing[near] if near else probably_meant(key))


def _quotes_missing(key: str, raw: str, wording: Wording) -> str:
    """Return the value with its bare words in quotes, if nothing else is wrong with it."""
    quoted = _BARE_WORD.sub(r'"\g<0>"', raw)
    try:
        parsed(quoted)
    except (ValueError, RecursionError):
        return ""
    # A shell takes quotes away that are not inside others.
    return f"; texts in it need quotes, and all of it needs others: {wording.example(key, quoted)}"


def parsed(text: str) -> Any:
    """Return the value of a text in TOML.

    Raises
    ------
    ValueError
        It is not TOML, more than one value, or beyond the bounds of `read_toml`.
    """
    document = read_toml(f"value = {text}")
    if list(document) != ["value"]:
        raise ValueError("more than one value")
    return document["value"]


def _is_text(text: str) -> bool:
    """Return whether a text is UTF-8; a shell may pass on bytes that are not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
