"""The words that one sweep file may use for its task, and the keys that each word brings.

The built-in words are the same in all files. What a file defines itself is added in `read_words`,
so that the check asks a `FileWords` wherever a key depends on the word of another one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rnnsweep.tasks import TASKS, Sources, Task

from .key import Key, WordKey
from .registry import TASK_NAME, any_keys, static_keys, task_keys


@dataclass(frozen=True)
class Owners:
    """The words of one key that have keys of their own, in a table of these: the tasks in [task].

    Attributes
    ----------
    by : Key
        The key that takes the words: task.name.
    noun : str
        What such a word is: "task".
    keys : dict of dict of Key
        The keys of each word by their bare names.
    named : sequence of str
        The words that the file names, without those that do not exist.
    """

    by: Key
    noun: str
    keys: Mapping[str, Mapping[str, Key]]
    named: Sequence[str]

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
    tasks : dict of Task classes
        By their words: the built-in tasks, then the file's own.
    named_tasks : sequence of str
        Those that the file names.
    refused : dict of str
        Why a word that has the form of an own task is none.

    Attributes
    ----------
    tasks : dict of Task classes
    """

    def __init__(
        self,
        tasks: Mapping[str, type[Task]],
        named_tasks: Sequence[str],
        refused: Mapping[str, str],
    ) -> None:
        self.tasks = tasks
        name = WordKey(TASK_NAME, tuple(tasks), refused)
        keys = {word: task_keys(word, task) | {"name": name} for word, task in tasks.items()}
        self._owners = {"task": Owners(name, "task", keys, named_tasks)}

    def owners(self, table: str) -> Owners | None:
        """Return the words that decide which keys a table has; None for a table of all files."""
        return self._owners.get(table)

    def keys(self, table: str) -> Mapping[str, Key]:
        """Return all keys of a table; those of every word for a table that words decide."""
        return self._own_keys.get(table) or any_keys(table)

    @cached_property
    def _own_keys(self) -> dict[str, dict[str, Key]]:
        return {table: owners.any_keys() for table, owners in self._owners.items()}

    def all_keys(self) -> list[Key]:
        """Return every key of the file; those that words bring as each word declares them."""
        owned = (keys for owners in self._owners.values() for keys in owners.keys.values())
        return [*(key for keys in owned for key in keys.values()), *static_keys()]


def read_words(named: Mapping[str, Sequence[str]], sources: Sources) -> FileWords:
    """Return the words of a file.

    Parameters
    ----------
    named : dict of sequences of str
        The texts that the file gives for "task.name", right or wrong.
    sources : Sources
        Reads the files beside the sweep file.
    """
    tasks = dict(TASKS)
    refused: dict[str, str] = {}
    return FileWords(tasks, [word for word in named["task.name"] if word in tasks], refused)
