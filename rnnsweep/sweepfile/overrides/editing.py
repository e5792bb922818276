"""A key of a parsed file replaced wherever it stands; for plain dicts and the editor's alike."""

from collections.abc import MutableMapping, MutableSequence, Sequence
from typing import Any, NamedTuple

Document = MutableMapping[str, Any]

# What a block holds beside its axes; without axes it says nothing.
_OWN_KEYS: dict[str, tuple[str, ...]] = {
    "zip": (),
    "random": ("trials", "seed"),
    "when": ("if",),
}


class EditError(ValueError):
    """A key cannot be replaced; the text says why, and what can be done.

    Attributes
    ----------
    key : str
    """

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


class Edit(NamedTuple):
    """Which key, and where it is to stand.

    Attributes
    ----------
    table, name : str
        `table` is "" for the seed.
    form : str
        As that of an `Override`.
    """

    table: str
    name: str
    form: str


def edit(document: Document, change: Edit, value: Any) -> None:
    """Put a value or an axis in the place of a key and all its axes.

    What stands in a table's place and is none is left alone, for the check to report.

    Raises
    ------
    EditError
        The axis stands in several blocks, so that there is no telling where the new one goes.
    """
    if change.table == "random":
        _check_drawing(document, change)
        _put(document, ["random"], change.name, value)
        return
    blocks = _blocks_with(document, change)
    target = change.form
    if target == "axis":
        if len(blocks) > 1:
            key = _key(change)
            raise EditError(
                key,
                f"it has axes in {len(blocks)} [[when]]; give a single value, or grid.{key} for "
                "one axis in place of them, or change the file",
            )
        target = blocks[0].form if blocks else "grid"
    if target == "random":
        _check_drawing(document, change)
    for place in reversed(blocks):
        if place.form == target:
            _put(place.block, _path(change), change.name, value)
        else:
            _drop_from(document, place, change)
    # Beside [[when]] the table's value stays: it holds where the condition does not.
    if target in ("grid", "random", "zip"):
        _drop(document, change)
    if target not in [place.form for place in blocks]:
        _put(document, [target, *_path(change)] if target else _path(change), change.name, value)


def _key(change: Edit) -> str:
    return f"{change.table}.{change.name}" if change.table else change.name


def _path(change: Edit) -> list[str]:
    return [change.table] if change.table else []


def _check_drawing(document: Document, change: Edit) -> None:
    if "random" not in document:
        key = _key(change).removeprefix("random.")
        raise EditError(f"random.{key}", "the file has no [random]; write one there")


class _Place(NamedTuple):
    """A block that holds an axis, with its number among those of its form."""

    form: str
    number: int
    block: Document


def _blocks_with(document: Document, change: Edit) -> list[_Place]:
    """Return the blocks that hold an axis of a key."""
    return [
        _Place(form, number, block)
        for form in ("grid", *_OWN_KEYS)
        for number, block in enumerate(_tables(document.get(form)))
        if _holds(form, block, change)
    ]


def _tables(found: Any) -> Sequence[Any]:
    if isinstance(found, MutableMapping):
        return [found]
    return found if isinstance(found, MutableSequence) else []


def _holds(form: str, block: Any, change: Edit) -> bool:
    if not isinstance(block, MutableMapping):
        return False
    if not change.table:
        # The seed that stands in [random] is that of the draws.
        return change.name in block and form != "random"
    table = block.get(change.table)
    return isinstance(table, MutableMapping) and change.name in table


def _put(document: Document, path: Sequence[str], name: str, value: Any) -> None:
    found: Any = document
    for part in path:
        found = found.setdefault(part, {})
        if not isinstance(found, MutableMapping):
            return
    found[name] = value


def _drop(document: Document, change: Edit) -> None:
    found: Any = document.get(change.table) if change.table else document
    if isinstance(found, MutableMapping):
        found.pop(change.name, None)


def _drop_from(document: Document, place: _Place, change: Edit) -> None:
    """Take an axis out of a block, and the block with it where it has no other."""
    _drop(place.block, change)
    if place.form == "grid" or _has_axes(place.block, _OWN_KEYS[place.form]):
        return
    found = document[place.form]
    if isinstance(found, MutableSequence):
        del found[place.number]
    if not found or isinstance(found, MutableMapping):
        del document[place.form]


def _has_axes(block: Document, own: Sequence[str]) -> bool:
    return any(value != {} for name, value in block.items() if name not in own)
