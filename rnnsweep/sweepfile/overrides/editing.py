"""Replaces a key wherever a parsed file has it: in plain dicts and in the TOML editor's tables."""

from collections.abc import Iterator, MutableMapping, MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from rnnsweep.sweepfile.faults import Refused
from rnnsweep.sweepfile.keys import OWN_KEYS, path_of
from rnnsweep.sweepfile.keys.layout import AXIS_FORMS

Document = MutableMapping[str, Any]


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
        Where it is put: "" for its table; "grid" or "random"; "axis" for the place of its present
        axis, which is [grid] if it has none.
    """

    key: str
    text: str
    form: str

    @property
    def name(self) -> str:
        """The key without its tables."""
        return path_of(self.key)[-1]

    @property
    def path(self) -> list[str]:
        """The tables that lead to the key; none for a seed."""
        return path_of(self.key)[:-1]


class _Place(NamedTuple):
    """A block that has an axis, with its number among those of its form."""

    form: str
    number: int
    block: Document


def edit(document: Document, override: Override, value: Any) -> None:
    """Put a value or an axis in the place of a key and all its axes.

    Something else in the place of a table is left alone: the check of the file reports it.

    Raises
    ------
    Refused
        There is no [random] to put it into, or several blocks have an axis of the key.
    """
    if override.path == ["random"]:
        _check_drawing(document)
        _put(document, override.path, override.name, value)
        return
    places = list(_places_of(document, override))
    target = override.form
    if target == "axis":
        if len(places) > 1:
            raise Refused(
                f"it has axes in {len(places)} [[when]]; give a single value, or "
                f"grid.{override.key} for one axis in place of them, or change the file"
            )
        target = places[0].form if places else "grid"
    if target == "random":
        _check_drawing(document)
    for place in reversed(places):
        if place.form == target:
            _put(place.block, override.path, override.name, value)
        else:
            _drop_from(document, place, override)
    # Next to [[when]] the value of the table stays, for where the condition is not true.
    if target in ("grid", "random", "zip"):
        _drop(document, override)
    if target not in [place.form for place in places]:
        _put(document, [*filter(None, [target]), *override.path], override.name, value)


def _check_drawing(document: Document) -> None:
    if "random" not in document:
        raise Refused("the file has no [random]; write one there")


def _places_of(document: Document, override: Override) -> Iterator[_Place]:
    """Yield the blocks that have an axis of a key."""
    for form in AXIS_FORMS:
        # The seed in [random] is that of the draws.
        if form == "random" and override.key == "seed":
            continue
        for number, block in enumerate(_tables(document.get(form))):
            table = block
            for part in override.path:
                table = table.get(part) if isinstance(table, MutableMapping) else None
            if isinstance(table, MutableMapping) and override.name in table:
                yield _Place(form, number, block)


def axes_of(document: Document, key: str) -> Iterator[Any]:
    """Yield what the search forms of a document give for a key."""
    override = Override(key, "", "")
    for place in _places_of(document, override):
        table = place.block
        for part in override.path:
            table = table[part]
        yield table[override.name]


def _tables(value: Any) -> Sequence[Any]:
    if isinstance(value, MutableMapping):
        return [value]
    return value if isinstance(value, MutableSequence) else []


def _put(document: Document, path: Sequence[str], name: str, value: Any) -> None:
    table: Any = document
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, MutableMapping):
            return
    table[name] = value


def _drop(document: Document, override: Override) -> None:
    """Take a key out, with the table within its table if that has no other."""
    outer: Any = {}
    table: Any = document
    for part in override.path:
        outer = table
        table = table.get(part) if isinstance(table, MutableMapping) else None
    if isinstance(table, MutableMapping):
        table.pop(override.name, None)
        if not table and len(override.path) > 1:
            outer.pop(override.path[-1])


def _drop_from(document: Document, place: _Place, override: Override) -> None:
    """Take an axis out of a block, and the block as well if it has no other."""
    _drop(place.block, override)
    own = OWN_KEYS.get(place.form, ())
    has_axes = any(value != {} for name, value in place.block.items() if name not in own)
    if place.form == "grid" or has_axes:
        return
    blocks = document[place.form]
    if isinstance(blocks, MutableSequence):
        del blocks[place.number]
    if not blocks or isinstance(blocks, MutableMapping):
        del document[place.form]
