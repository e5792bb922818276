"""The words that one sweep file may use for its tasks and cells, and the keys that each brings.

The built-in words are the same in all files. What a file defines itself is added in `read_words`,
so that the check asks a `FileWords` wherever a key depends on the word of another one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rnnsweep.cells import Cell
from rnnsweep.tasks import TASKS, Sources, Task

from .file_cells import FileCells, cell_keys
from .file_tasks import read_own_tasks
from .key import Key, WordKey
from .registry import TASK_NAME, any_keys, static_keys, task_keys


@dataclass(frozen=True)
class Owners:
    """The words of one key that have keys of their own: the tasks in [task], the cells in [cell].

    Attributes
    ----------
    table : str
        The table of their keys.
    by : Key
        The key that takes the words: task.name, model.cell.
    noun : str
        What such a word is: "task", "cell".
    keys : dict of dict of Key
        The keys of each word by their bare names.
    named : sequence of str
        The words that the file names, without those that do not exist.
    unclear : bool
        Whether there are words whose keys are not known, because something is wrong with them.
    """

    table: str
    by: Key
    noun: str
    keys: Mapping[str, Mapping[str, Key]]
    named: Sequence[str]
    unclear: bool = False

    def having(self, name: str, words: Iterable[str] | None = None) -> list[str]:
        """Return those of some words, by default of all, that have a key."""
        return [word for word in (self.keys if words is None else words) if name in self.keys[word]]

    def any_keys(self) -> dict[str, Key]:
        """Return the keys of all words; one that several words have is that of the last of them."""
        return {name: key for keys in self.keys.values() for name, key in keys.items()}


class FileWords:
    """The words of one file.

    Parameters
    ----------
    tasks : Owners
        With the file's own tasks after the built-in ones.
    classes : dict of Task classes
        By the words of tasks.
    cells : Owners
        Those that the file names or mentions.
    records : dict of Cell
        By the words of cells.

    Attributes
    ----------
    tasks : dict of Task classes
    cells : dict of Cell
    """

    def __init__(
        self,
        tasks: Owners,
        classes: Mapping[str, type[Task]],
        cells: Owners,
        records: Mapping[str, Cell],
    ) -> None:
        self.tasks = classes
        self.cells = records
        self._owners = {"task": tasks, "cell": cells}

    def owners(self, table: str) -> Owners | None:
        """Return the words that decide which keys a table has; None for a table of all files."""
        return self._owners.get(table)

    def keys(self, table: str) -> Mapping[str, Key]:
        """Return all keys of a table; those of every word for a table that words decide."""
        return self._keys[table] if table in self._keys else any_keys(table)

    @cached_property
    def _keys(self) -> dict[str, dict[str, Key]]:
        """The keys of the tables that are not alike in all files."""
        keys = {table: owners.any_keys() for table, owners in self._owners.items()}
        for owners in self._owners.values():
            by = owners.by
            keys[by.table] = {**(keys.get(by.table) or any_keys(by.table)), by.name: by}
        return keys

    def all_keys(self) -> list[Key]:
        """Return every key of the file; those that words bring as each word declares them."""
        owned = (keys for owners in self._owners.values() for keys in owners.keys.values())
        by = {owners.by.dotted: owners.by for owners in self._owners.values()}
        static = (by.get(key.dotted, key) for key in static_keys())
        return [*(key for keys in owned for key in keys.values()), *static]


def read_words(
    tasks: Sequence[str],
    sources: Sources,
    cells: Sequence[str],
    mentioned: Sequence[str],
    own_cells: FileCells,
) -> FileWords:
    """Return the words of a file.

    Parameters
    ----------
    tasks, cells : sequence of str
        The texts that the file gives for task.name and model.cell, right or wrong.
    sources : Sources
        Reads the tasks.
    mentioned : sequence of str
        What its conditions give for model.cell.
    own_cells : FileCells
        Reads the cells.
    """
    of_tasks, classes = _read_tasks(tasks, sources)
    of_cells = _read_cells(cells, mentioned, own_cells)
    return FileWords(of_tasks, classes, of_cells, own_cells.cells)


def _read_tasks(words: Sequence[str], sources: Sources) -> tuple[Owners, Mapping[str, type[Task]]]:
    own, refused = read_own_tasks(words, sources)
    classes = TASKS | own
    name = WordKey(TASK_NAME, tuple(classes), refused)
    keys = {word: task_keys(word, task) | {"name": name} for word, task in classes.items()}
    named = [word for word in words if word in classes]
    # A word with a dot or a colon was meant as an own task, whose keys are not known.
    unclear = bool(refused) or any({".", ":"} & {*word} for word in words if word not in classes)
    return Owners("task", name, "task", keys, named, unclear), classes


def _read_cells(words: Sequence[str], mentioned: Sequence[str], own: FileCells) -> Owners:
    own.read([*words, *mentioned])
    cell = WordKey(any_keys("model")["cell"], own)
    keys = {word: cell_keys(record) for word, record in own.cells.items()}
    named = [word for word in words if word in own.cells]
    return Owners("cell", cell, "cell", keys, named, unclear=bool(own.faulty))
