"""What to say of a name that the file should not hold: the name that was probably meant."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rnnsweep.sweepfile.faults import as_key, listed, nearest, shown

from .registry import RECORD_TABLES, TABLES, TASK_KEYS, Key, all_keys, any_keys

_SINGLE = (*TABLES, *RECORD_TABLES, "grid", "random")
_REPEATED = ("zip", "exclude", "when")


class Unknown(NamedTuple):
    """A name that the file should not hold: the fault, and the key or table that was meant."""

    fault: str
    meant: str | None


def unknown_at_top(name: str, value: Any) -> Unknown:
    """Return the fault of a name that stands outside the known tables."""
    written = {table: f"[{table}]" for table in _SINGLE} | {
        table: f"[[{table}]]" for table in _REPEATED
    }
    tables = listed(written.values())
    if isinstance(value, dict | list):
        near = nearest(name, written)
        hint = f"; did you mean {written[near]}?" if near else ""
        return Unknown(f"[{as_key(name)}]: no such table; the tables are {tables}{hint}", near)
    near = meant(name)
    allowed = f"above the tables stands seed alone, all else in {tables}"
    return Unknown(f"{as_key(name)}: no such key; {allowed}{_hint(near)}", near)


def unknown_in_form(head: str, name: str, own: Iterable[str] = ()) -> Unknown:
    """Return the fault of a name at the top of a search form's block, as of "[grid]".

    Parameters
    ----------
    own : iterable of str
        The block's own keys, as `trials` of [random].
    """
    if name in {key.dotted for key in all_keys()}:
        fault = f"{head} {as_key(name)}: no such key; write {name} without the quotes"
        return Unknown(fault, name)
    near = nearest(name, own) or meant(name, TABLES)
    allowed = "a key is named with its table, as in model.hidden_size; seed stands alone"
    return Unknown(f"{head} {as_key(name)}: no such key; {allowed}{_hint(near)}", near)


def unknown_key(
    name: str,
    table: str,
    keys: Mapping[str, Key],
    place: str,
    task: str | None,
    tasks: Sequence[str] = (),
) -> Unknown:
    """Return the fault of a key that its table does not have.

    Parameters
    ----------
    task : str or None
        The task whose keys these are, for [task].
    tasks : sequence of str
        All that the file names.
    """
    owner = f"the task {shown(task)} has no such key" if task else f"[{table}] has no such key"
    if near := nearest(name, keys):
        # In [grid] and after --set a key is written with its table.
        written = near if place.startswith(f"[{table}]") else keys[near].dotted
        return Unknown(f"{place}: {owner}; did you mean {written}?", keys[near].dotted)
    if others := [
        shown(other) for other, its_keys in TASK_KEYS.items() if task and name in its_keys
    ]:
        fault = f"{place}: {owner}; it is a key of {listed(others)}"
        if having := [other for other in tasks if name in TASK_KEYS[other]]:
            fault += f"; {under_when(f'task.{name}', having)}"
        return Unknown(fault, None)
    elsewhere = meant(name)
    hint = _hint(elsewhere) or f"; allowed: {listed(keys)}"
    return Unknown(f"{place}: {owner}{hint}", elsewhere)


def under_when(key: str, tasks: Sequence[str]) -> str:
    """Return where a key belongs that some of a file's tasks have alone."""
    wanted = shown(tasks[0]) if len(tasks) == 1 else shown(tasks)
    return f"give {key} as an axis in a [[when]] with if.task.name = {wanted}"


def unknown_task_key(name: str, place: str) -> Unknown | None:
    """Return the fault of a key that no task has, or None where one has it."""
    keys = any_keys("task")
    if name in keys:
        return None
    near = nearest(name, keys)
    hint = f"; did you mean {near}?" if near else ""
    return Unknown(f"{place}: no task has such a key{hint}", near and keys[near].dotted)


def meant(name: str, others: Iterable[str] = ()) -> str | None:
    """Return the nearest key, with its table, or other name; None where nothing is near."""
    found: dict[str, str] = {}
    # A name that stands in several tables is that of the first of them.
    for key in all_keys():
        found.setdefault(key.name, key.dotted)
    found |= {other: other for other in others}
    near = nearest(name, found)
    return found[near] if near else nearest(name, found.values())


def _hint(near: str | None) -> str:
    return f"; did you mean {near}?" if near else ""
