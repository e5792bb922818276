"""`--set`: a key of the sweep file given on the command line, written into the file's text."""

import re
import tomllib
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from .edits import Edit, EditError, edit
from .faults import listed, nearest, shown
from .forms import BLOCKS
from .keys import RECORD_TABLES, TABLES, any_keys
from .unknown import meant

FORM = 'the form is TABLE.KEY=VALUE, as in "train.epochs=5"'
_DRAWING = ("random.trials", "random.seed")
# No key of a range, and no word of TOML's own.
_BARE_WORD = re.compile(r"(?<![\w.\"'+-])(?!(?:true|false|inf|nan)\b)[A-Za-z]\w*(?![\w\"'.]|\s*=)")


class BadOverride(ValueError):
    """A `--set` cannot be understood; the text is the whole fault."""


@dataclass(frozen=True)
class Override:
    """One key with its new value.

    Attributes
    ----------
    key : str
        As in "model.hidden_size".
    text : str
        The value in TOML.
    form : str
        Where it is to stand: "" for its table; "grid" or "random"; "axis" for where its axis
        stands, in [grid] if it has none.
    """

    key: str
    text: str
    form: str


def read_override(given: str) -> Override:
    """Take apart one `--set`; a value that is no TOML is a bare word.

    Raises
    ------
    BadOverride
    """
    if not _is_text(given):
        raise BadOverride(f"--set {given!a}: this is not UTF-8 text")
    name, _, raw = given.partition("=")
    key, raw = name.strip(), raw.strip()
    if not key or not raw:
        raise BadOverride(f"--set {shown(given)}: {FORM}")
    # "grid.model.hidden_size" says outright that an axis is meant.
    form, _, inner = key.partition(".")
    if form in ("grid", "random") and inner and key not in _DRAWING:
        key = inner
    else:
        form = ""
    table, _, bare = key.rpartition(".")
    if key not in ("seed", *_DRAWING) and (table not in (*TABLES, *RECORD_TABLES) or not bare):
        raise BadOverride(f"--set {name.strip()}: {_no_such_key(key, form)}")
    try:
        text, value = raw, _parsed(raw)
    except (ValueError, RecursionError):
        if raw[0] in "[{\"'" or not raw.isprintable():
            hint = _quotes_missing(key, raw)
            raise BadOverride(f"--set {key}: {raw[:60]} is no TOML value{hint}") from None
        text, value = tomlkit.string(raw).as_string(), raw
    if not form and table in ("", *TABLES) and _is_axis(key, value):
        form = "axis"
    return Override(key, text, form)


def _no_such_key(key: str, form: str) -> str:
    if key.partition(".")[0] in BLOCKS:
        return "the blocks of a file cannot be given here; change them there"
    own = {drawing.removeprefix("random."): drawing for drawing in _DRAWING}
    near = nearest(key, own) if form == "random" else None
    near = own[near] if near else meant(key)
    return f"no such key; {FORM}" + (f"; did you mean {near}?" if near else "")


def _quotes_missing(key: str, raw: str) -> str:
    """Return the value with its bare words in quotes, where these are all that it lacks."""
    quoted = _BARE_WORD.sub(r'"\g<0>"', raw)
    try:
        _parsed(quoted)
    except (ValueError, RecursionError):
        return ""
    # A shell takes quotes away that stand outside of others.
    return f"; texts in it stand in quotes, and all of it in others: --set '{key}={quoted}'"


def apply_overrides(text: str, overrides: Sequence[Override]) -> str:
    """Return the text of a file with keys and axes replaced; its comments stay if they can.

    Raises
    ------
    BadOverride
        The text is TOML that cannot be edited in place.
    """
    expected: dict[str, Any] = tomllib.loads(text)
    edits = [_as_edit(override) for override in overrides]
    try:
        for each, override in zip(edits, overrides, strict=True):
            edit(expected, each, _parsed(override.text))
    except EditError as error:
        raise BadOverride(str(error)) from None
    # The editor misplaces keys in some forms of TOML: never run what was not meant. Such a file
    # is written anew, without its comments.
    edited = _edited(text, edits, overrides)
    if edited is None or not _says(edited, expected):
        edited = tomlkit.dumps(expected)
    if not _says(edited, expected):
        keys = listed(override.key for override in overrides)
        raise BadOverride(
            f"--set {keys}: the way in which this file writes its tables cannot be edited; "
            "write them as [grid] and so on, or change the value there"
        )
    return edited


def _as_edit(override: Override) -> Edit:
    table, _, name = override.key.rpartition(".")
    return Edit(table, name, override.form)


def _edited(text: str, edits: Sequence[Edit], overrides: Sequence[Override]) -> str | None:
    try:
        document: MutableMapping[str, Any] = tomlkit.parse(text)
        for each, override in zip(edits, overrides, strict=True):
            # With its line end, which a key that is new in the file brings along.
            edit(document, each, tomlkit.parse(f"value = {override.text}\n")["value"])
        return tomlkit.dumps(document)
    except TOMLKitError:
        return None


def _is_text(given: str) -> bool:
    """Return False for what the shell passed on as bytes that are no UTF-8."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def _says(text: str, expected: dict[str, Any]) -> bool:
    """Return whether a text holds the expected values, and its axes in the expected order."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    # repr, because dicts compare without their order, and NaN equals nothing.
    return repr(_ordered(found)) == repr(_ordered(expected))


def _ordered(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return what a file holds, sorted where the order does not count, without empty tables."""
    tables = (
        (name, _ordered_table(name, value) if isinstance(value, dict) else value)
        for name, value in document.items()
    )
    return sorted((name, held) for name, held in tables if held != [])


def _ordered_table(table: str, values: dict[str, Any]) -> list[tuple[str, Any]]:
    if table in ("grid", "random"):
        # Its own tables stay as they are: their order is that of the axes.
        return sorted((name, axes) for name, axes in values.items() if axes != {})
    return sorted(values.items())


def _parsed(text: str) -> Any:
    document = tomllib.loads(f"value = {text}")
    if list(document) != ["value"]:
        raise ValueError("more than one value")
    return document["value"]


def _is_axis(key: str, value: Any) -> bool:
    """Return whether a value is an axis; a key that takes a list needs a list of lists."""
    if not isinstance(value, list):
        return isinstance(value, dict)
    table, _, name = key.rpartition(".")
    takes_list = table and name in any_keys(table) and any_keys(table)[name].kind == "array"
    return not takes_list or (bool(value) and isinstance(value[0], list))
