"""Keys that replace those of a sweep file, from `--set` or from Python, written into its text."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from rnnsweep.sweepfile.faults import listed, nearest, shown
from rnnsweep.sweepfile.keys import RECORD_TABLES, TABLES, any_keys
from rnnsweep.sweepfile.keys.unknown import meant
from rnnsweep.sweepfile.places import COMMAND_LINE, Wording
from rnnsweep.sweepfile.search.blocks import BLOCKS

from .editing import Edit, EditError, edit
from .toml_text import as_toml

Overrides = Mapping[str, Any] | str | Iterable[str]

FORM = 'the form is TABLE.KEY=VALUE, as in "train.epochs=5"'
_ALLOWED = 'allowed: a dict, as {"train.epochs": 5}, or texts, as "train.epochs=5"'
_NAMED = 'a key is named with its table, as in "train.epochs"'
_DRAWING = ("random.trials", "random.seed")
# No key of a range, and no word of TOML's own.
_BARE_WORD = re.compile(r"(?<![\w.\"'+-])(?!(?:true|false|inf|nan)\b)[A-Za-z]\w*(?![\w\"'.]|\s*=)")


class BadOverride(ValueError):
    """An override cannot be understood; the text is the whole fault."""


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


def read_overrides(given: Overrides, wording: Wording, faults: list[str]) -> list[Override]:
    """Take apart all overrides; what is wrong with them goes to `faults`."""
    readers: Iterable[Callable[[], Override]] = ()
    if isinstance(given, Mapping):
        readers = [partial(_of_python, name, value, wording) for name, value in _flat(given)]
    elif isinstance(given, Iterable) and not isinstance(given, bytes):
        texts = [given] if isinstance(given, str) else given
        readers = [partial(read_override, text, wording) for text in texts]
    else:
        faults.append(f"{wording.argument} is {given!r}; {_ALLOWED}")
    read = []
    for reader in readers:
        try:
            read.append(reader())
        except BadOverride as bad:
            faults.append(str(bad))
    return read


def read_override(given: str, wording: Wording = COMMAND_LINE) -> Override:
    """Take apart one text "KEY=VALUE"; a value that is no TOML is a bare word.

    Raises
    ------
    BadOverride
    """
    if not isinstance(given, str):
        raise BadOverride(f"{wording.argument}: {given!r} given; {_ALLOWED}")
    if not _is_text(given):
        raise BadOverride(f"{wording.argument} {given!a}: this is not UTF-8 text")
    name, _, raw = given.partition("=")
    name, raw = name.strip(), raw.strip()
    if not name or not raw:
        raise BadOverride(f"{wording.argument} {shown(given)}: {FORM}")
    key, form = _split(name, FORM, wording)
    try:
        text, value = raw, _parsed(raw)
    except (ValueError, RecursionError):
        if raw[0] in "[{\"'" or not raw.isprintable():
            hint = _quotes_missing(key, raw, wording)
            place = wording.place(key)
            raise BadOverride(f"{place}: {raw[:60]} is no TOML value{hint}") from None
        text, value = tomlkit.string(raw).as_string(), raw
    return _override(key, form, text, value)


def _flat(given: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield dotted keys and values; a table may be a dict of its own, as in a parsed file."""
    for name, value in given.items():
        if name in (*TABLES, *RECORD_TABLES) and isinstance(value, Mapping):
            yield from ((f"{name}.{bare}", inner) for bare, inner in value.items())
        else:
            yield name, value


def _of_python(name: Any, value: Any, wording: Wording) -> Override:
    """Return a key of a dict with its value."""
    if not isinstance(name, str) or not _is_text(name):
        raise BadOverride(f"{wording.argument}: the key {name!a} given; {_NAMED}")
    key, form = _split(name.strip(), _NAMED, wording)
    place = wording.place(key)
    try:
        text = as_toml(value)
        parsed = _parsed(text)
    except TypeError as error:
        raise BadOverride(f"{place}: {error}") from None
    except (ValueError, RecursionError):
        raise BadOverride(f"{place}: this value is no TOML value") from None
    if not _is_text(text):
        raise BadOverride(f"{place}: {value!a} is not UTF-8 text")
    return _override(key, form, text, parsed)


def _split(name: str, needed: str, wording: Wording) -> tuple[str, str]:
    """Return a key, and the form that it asks for outright, as "grid.model.hidden_size" does."""
    key, form = name, ""
    first, _, inner = name.partition(".")
    if first in ("grid", "random") and inner and name not in _DRAWING:
        key, form = inner, first
    table, _, bare = key.rpartition(".")
    if key not in ("seed", *_DRAWING) and (table not in (*TABLES, *RECORD_TABLES) or not bare):
        raise BadOverride(f"{wording.place(name)}: {_no_such_key(key, form, needed)}")
    return key, form


def _override(key: str, form: str, text: str, value: Any) -> Override:
    table = key.rpartition(".")[0]
    is_axis = not form and table in ("", *TABLES) and _is_axis(key, value)
    return Override(key, text, "axis" if is_axis else form)


def _no_such_key(key: str, form: str, needed: str) -> str:
    if key.partition(".")[0] in BLOCKS:
        return "the blocks of a file cannot be given here; change them there"
    own = {drawing.removeprefix("random."): drawing for drawing in _DRAWING}
    near = nearest(key, own) if form == "random" else None
    near = own[near] if near else meant(key)
    return f"no such key; {needed}" + (f"; did you mean {near}?" if near else "")


def _quotes_missing(key: str, raw: str, wording: Wording) -> str:
    """Return the value with its bare words in quotes, where these are all that it lacks."""
    quoted = _BARE_WORD.sub(r'"\g<0>"', raw)
    try:
        _parsed(quoted)
    except (ValueError, RecursionError):
        return ""
    # A shell takes quotes away that stand outside of others.
    return f"; texts in it stand in quotes, and all of it in others: {wording.example(key, quoted)}"


def apply_overrides(text: str, overrides: Sequence[Override], wording: Wording) -> str:
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
        raise BadOverride(f"{wording.place(error.key)}: {error}") from None
    # The editor misplaces keys in some forms of TOML: never run what was not meant. Such a file
    # is written anew, without its comments.
    edited = _edited(text, edits, overrides)
    if edited is None or not _says(edited, expected):
        edited = tomlkit.dumps(expected)
    if not _says(edited, expected):
        keys = listed(override.key for override in overrides)
        raise BadOverride(
            f"{wording.place(keys)}: the way in which this file writes its tables cannot be "
            "edited; write them as [grid] and so on, or change the value there"
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
