"""The check of the search forms, key by key."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.keys import SEED, TASK_KEYS, TASK_NAME, Key, any_keys, tasks_with
from rnnsweep.sweepfile.keys.unknown import check_some_task_has, unknown_key
from rnnsweep.sweepfile.places import Places
from rnnsweep.sweepfile.wording import listed, shown

from .blocks import CONDITION, Block, Entry
from .dimensions import MAX_TRIALS
from .draws import Draws, read_draws
from .ranges import Range, read_axis
from .values import read_values

ConditionValues = dict[str, tuple[Any, ...]]
Reader = Callable[[Key, Any, Faults], Any]

_N_DRAWS = f"a whole number from 1 to {MAX_TRIALS}, the number of draws"
# What a block without entries lacks.
_EMPTY = {
    "zip": "this block is empty; it needs keys with lists of values",
    "random": "no key to draw; give one, or take the table out",
    "exclude": "this block is empty; it needs keys with values",
    "when": "this block has no axis; it needs keys with lists of values",
}


class ReadAxis(NamedTuple):
    """An axis without faults of its own; a range is not expanded yet."""

    key: Key
    values: Sequence[Any] | Range
    place: str

    @property
    def n_values(self) -> int:
        """How many values it will have."""
        return self.values.count if isinstance(self.values, Range) else len(self.values)


@dataclass
class ReadBlock:
    """What one block of a search form says.

    Attributes
    ----------
    form, head : str
        As in `Block`.
    axes : list of ReadAxis
    draws : dict of Draws
        By key, of [random].
    n_draws, draws_seed : int
    condition : dict
        The values that its condition asks for, by key.
    """

    form: str
    head: str
    axes: list[ReadAxis] = field(default_factory=list)
    draws: dict[str, Draws] = field(default_factory=dict)
    n_draws: int = 0
    draws_seed: int = 0
    condition: ConditionValues = field(default_factory=dict)


class SearchCheck:
    """Reads the blocks of a file's search forms.

    Parameters
    ----------
    blocks : sequence of Block
    places : Places
    faults : Faults
    """

    def __init__(self, blocks: Sequence[Block], places: Places, faults: Faults) -> None:
        self._blocks = blocks
        self._places = places
        self._faults = faults
        self._tasks: Sequence[str] = ()
        for block in self._with_axes():
            for entry in block.entries:
                places.put_axis(entry.key, block.head)

    def swept(self, always: bool = False) -> set[str]:
        """Return the keys that have an axis or draws; `always` leaves out those of [[when]]."""
        blocks = (b for b in self._with_axes() if not (always and b.form == "when"))
        return {entry.key for block in blocks for entry in block.entries}

    def task_names(self) -> list[str]:
        """Return the tasks that axes and draws name, without those that do not exist."""
        names: dict[str, None] = {}
        for block in self._with_axes():
            for entry in block.entries:
                if entry.key == TASK_NAME.dotted and isinstance(entry.value, list):
                    words = (name for name in entry.value if isinstance(name, str))
                    names |= dict.fromkeys(name for name in words if name in TASK_KEYS)
        return list(names)

    def read(self, tasks: Sequence[str]) -> list[ReadBlock]:
        """Check every block and read what can be read.

        Parameters
        ----------
        tasks : sequence of str
            The tasks that the file names; empty if it names none that exists.
        """
        self._tasks = tasks
        self._check_one_axis_each()
        return [self._read_block(block) for block in self._blocks]

    def _read_block(self, block: Block) -> ReadBlock:
        if not block.entries and block.form in _EMPTY:
            self._faults.at(block.head).add(_EMPTY[block.form])
        read = ReadBlock(block.form, block.head)
        if block.form == "random":
            self._read_random(block, read)
        elif block.form == "exclude":
            read.condition = self._condition(block.entries)
        elif block.form == "when":
            self._read_when(block, read)
        else:
            read.axes = self._axes(block, partial(read_axis, repeats=block.form == "zip"))
        if block.form == "zip":
            self._check_lengths(read)
        return read

    def _check_lengths(self, read: ReadBlock) -> None:
        if len({axis.n_values for axis in read.axes}) > 1:
            counts = listed(f"{axis.n_values} of {axis.key.dotted}" for axis in read.axes)
            self._faults.at(read.head).add(
                f"lists that advance together need one length; values given: {counts}"
            )

    def _read_random(self, block: Block, read: ReadBlock) -> None:
        n_draws = block.own.get("trials", 0)
        if "trials" not in block.own:
            self._faults.at(f"{block.head} trials").add(f"this key is missing; allowed: {_N_DRAWS}")
        elif not isinstance(n_draws, int) or n_draws is True or not 1 <= n_draws <= MAX_TRIALS:
            self._faults.at(self._places.in_table("random.trials")).add(
                f"{shown(n_draws)} given; allowed: {_N_DRAWS}"
            )
        read.n_draws = n_draws
        with self._faults.at(self._places.in_table("random.seed")):
            read.draws_seed = SEED.check(block.own.get("seed", 0))
        entries = self._read_entries(block, self._tasks, read_draws)
        read.draws = {key.dotted: draws for key, draws, _ in entries}

    def _read_when(self, block: Block, read: ReadBlock) -> None:
        if not block.conditions and not block.own.get("if"):
            self._faults.at(f"{block.head} if").add(f"a condition is missing; allowed: {CONDITION}")
        read.condition = self._condition(block.conditions)
        # Its axes are for the tasks that its condition names, if it names some.
        tasks = read.condition.get(TASK_NAME.dotted) or self._tasks
        read.axes = self._axes(block, self._read_conditional, tasks)

    def _read_conditional(self, key: Key, value: Any, faults: Faults) -> Any:
        # A single value in [task] would be one of all tasks, also of those that lack the key.
        shared = key.table != "task" or tasks_with(key.name, self._tasks) == [*self._tasks]
        return read_axis(key, value, faults, in_table=shared)

    def _axes(
        self, block: Block, reader: Reader, tasks: Sequence[str] | None = None
    ) -> list[ReadAxis]:
        entries = self._read_entries(block, self._tasks if tasks is None else tasks, reader)
        return [ReadAxis(*entry) for entry in entries]

    def _read_entries(
        self, block: Block, tasks: Sequence[str], reader: Reader
    ) -> list[tuple[Key, Any, str]]:
        """Return the keys of a block with what a reader makes of their values, and their places."""
        read = {}
        for entry in block.entries:
            place = self._places.in_block(entry.key, block.head)
            for key in self._keys_of(entry, tasks, place):
                value = reader(key, entry.value, self._faults.at(place))
                if value is not None:
                    read[entry.key] = (key, value, place)
        return list(read.values())

    def _keys_of(self, entry: Entry, tasks: Sequence[str], place: str) -> Iterator[Key]:
        """Yield the keys that an entry's name means: with several tasks a key of each."""
        if entry.key == TASK_NAME.dotted:
            yield TASK_NAME
        elif entry.table != "task":
            yield from self._key_in(entry, any_keys(entry.table), place)
        elif not tasks:
            with self._faults.at(place):
                check_some_task_has(entry.name)
        else:
            for task in tasks:
                yield from self._key_in(entry, TASK_KEYS[task], place, task)

    def _key_in(
        self, entry: Entry, keys: dict[str, Key], place: str, task: str | None = None
    ) -> Iterator[Key]:
        if entry.name in keys:
            yield keys[entry.name]
        else:
            self._faults.at(place).add(
                unknown_key(
                    entry.name, entry.table, keys, in_table=False, task=task, tasks=self._tasks
                )
            )

    def _condition(self, entries: Sequence[Entry]) -> ConditionValues:
        """Read a condition; a task's key is that of one of the tasks that have it."""
        values = {}
        for entry in entries:
            place = self._places.in_block(entry.key, entry.head)
            having = tasks_with(entry.name, self._tasks)
            readings: list[tuple[Faults, tuple[Any, ...]]] = []
            for key in self._keys_of(entry, having or self._tasks[:1], place):
                faults = Faults(place)
                readings.append((faults, _read_condition(key, entry.value, faults)))
            # What one task takes is right, though another has other bounds.
            if readings:
                faults, values[entry.key] = min(readings, key=lambda reading: len(reading[0]))
                self._faults.join(faults)
        return values

    def _check_one_axis_each(self) -> None:
        """Check that a key has one axis, or axes in several [[when]]."""
        heads: dict[str, list[str]] = {}
        for block in self._with_axes():
            for entry in block.entries:
                heads.setdefault(entry.key, []).append(block.head)
        for key, where in heads.items():
            if len(where) > 1 and not all(head.startswith("[[when]]") for head in where):
                self._faults.at(listed(where)).add(
                    f"each of these has an axis of {key}; give it once, "
                    "or in several [[when]] that exclude each other"
                )

    def _with_axes(self) -> list[Block]:
        return [block for block in self._blocks if block.form != "exclude"]


def _read_condition(key: Key, value: Any, faults: Faults) -> tuple[Any, ...]:
    """Read the values that a condition asks for; a single one needs no list."""
    if isinstance(value, list) and (key.type != "array" or (value and isinstance(value[0], list))):
        return read_values(key, value, faults)
    with faults:
        return (key.check(value),)
    return ()
