"""Which keys a name means, and what to say of a name that a sweep file should not contain."""

from collections.abc import Iterable, Mapping, Sequence

from rnnsweep.suggestions import did_you_mean, nearest
from rnnsweep.sweepfile.faults import Faults, Refused
from rnnsweep.sweepfile.wording import listed, shown

from .key import Key
from .layout import FORMS, RECORD_TABLES, REPEATED, TABLES, head
from .registry import TASK_KEYS, all_keys, any_keys, tasks_with

_NAMES = sorted((*TABLES, *RECORD_TABLES, *FORMS), key=lambda table: table in REPEATED)
_TABLES = listed(map(head, _NAMES))


def unknown_table(name: str) -> Refused:
    """Return the fault of a table that a file does not have."""
    near = nearest(name, _NAMES)
    return Refused(f"no such table; the tables are {_TABLES}{did_you_mean(near, head)}", near)


def unknown_at_top(name: str) -> Refused:
    """Return the fault of a key above the tables that is not the seed."""
    near = probably_meant(name)
    allowed = f"seed is the only key above the tables, which are {_TABLES}"
    return Refused(f"no such key; {allowed}{did_you_mean(near)}", near)


def unknown_in_form(name: str, own: Iterable[str] = ()) -> Refused:
    """Return the fault of a name at the top of a search form's block, such as [grid].

    Parameters
    ----------
    own : iterable of str
        The block's own keys, such as `trials` of [random].
    """
    if name in {key.dotted for key in all_keys()}:
        return Refused(f"no such key; write {name} without the quotes", name)
    near = nearest(name, own) or probably_meant(name, TABLES)
    allowed = "a key is named with its table, as in model.hidden_size; only seed has none"
    return Refused(f"no such key; {allowed}{did_you_mean(near)}", near)


def keys_named(
    table: str,
    name: str,
    faults: Faults,
    *,
    tasks: Sequence[str],
    of_file: Sequence[str],
    in_table: bool = False,
) -> list[Key]:
    """Return the keys that a name in a table means: in [task] a key of each task.

    What has no such key is added to the faults.

    Parameters
    ----------
    tasks : sequence of str
        The tasks whose keys are meant; empty if the file names none that exists.
    of_file : sequence of str
        All tasks that the file names.
    in_table : bool
        Whether the key is given in its table, where it is written without the table's name.
    """
    if table == "task" and (name == "name" or not tasks):
        # Without a task, a key can only be one that no task has.
        keys = any_keys(table)
        if name not in keys:
            near = nearest(name, keys)
            faults.add(
                Refused(f"no task has such a key{did_you_mean(near)}", near and keys[near].dotted)
            )
        return [keys[name]] if name == "name" else []
    meant = []
    for task in tasks if table == "task" else [None]:
        keys = any_keys(table) if task is None else TASK_KEYS[task]
        if name in keys:
            meant.append(keys[name])
        else:
            faults.add(_unknown_key(name, table, keys, task, of_file, in_table))
    return meant


def _unknown_key(
    name: str,
    table: str,
    keys: Mapping[str, Key],
    task: str | None,
    of_file: Sequence[str],
    in_table: bool,
) -> Refused:
    owner = f"the task {shown(task)} has no such key" if task else f"[{table}] has no such key"
    if near := nearest(name, keys):
        meant = keys[near].dotted
        return Refused(f"{owner}{did_you_mean(near if in_table else meant)}", meant)
    if task and (others := tasks_with(name)):
        fault = f"{owner}; it is a key of {listed(map(shown, others))}"
        if having := tasks_with(name, of_file):
            fault += f"; {under_when(f'task.{name}', having)}"
        return Refused(fault)
    elsewhere = probably_meant(name)
    hint = did_you_mean(elsewhere) or f"; allowed: {listed(keys)}"
    return Refused(f"{owner}{hint}", elsewhere)


def under_when(key: str, tasks: Sequence[str]) -> str:
    """Return where a key belongs that some of a file's tasks have and others have not."""
    names = shown(tasks[0]) if len(tasks) == 1 else shown(tasks)
    return f"give {key} as an axis in a [[when]] with if.task.name = {names}"


def probably_meant(name: str, others: Iterable[str] = ()) -> str | None:
    """Return the nearest key, with its table, or other name; None if none is near."""
    names: dict[str, str] = {}
    # A name that several tables have is that of the first of them.
    for key in all_keys():
        names.setdefault(key.name, key.dotted)
    names |= {other: other for other in others}
    near = nearest(name, names)
    return names[near] if near else nearest(name, names.values())
