"""The check of the search forms, key by key."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rnnsweep.sweepfile.faults import listed, shown
from rnnsweep.sweepfile.keys import SEED, TASK_KEYS, TASK_NAME, Key, Refused, any_keys
from rnnsweep.sweepfile.keys.unknown import Unknown, unknown_key, unknown_task_key
from rnnsweep.sweepfile.places import Places

from .axes import MAX_TRIALS
from .blocks import Block, Entry
from .draws import Draws, read_draws
from .ranges import Range, read_axis
from .values import read_values

Wanted = dict[str, tuple[Any, ...]]
Report = Callable[[Unknown], None]
Reader = Callable[[Key, Any, str, list[str]], Any]

_N_DRAWS = f"a whole number from 1 to {MAX_TRIALS}, the number of draws"


class ReadAxis(NamedTuple):
    """An axis whose own faults were ruled out; a range is not expanded yet."""

    key: Key
    found: Sequence[Any] | Range
    place: str

    @property
    def n_values(self) -> int:
        """How many values it will have."""
        return self.found.count if isinstance(self.found, Range) else len(self.found)


@dataclass
class ReadBlock:
    """What one block of a search form says.

    Attributes
    ----------
    form, head : str
        As of `Block`.
    axes : list of ReadAxis
    draws : dict of Draws
        By key, of [random].
    n_draws, draws_seed : int
    wanted : dict
        The values that its conditions ask for, by key.
    """

    form: str
    head: str
    axes: list[ReadAxis] = field(default_factory=list)
    draws: dict[str, Draws] = field(default_factory=dict)
    n_draws: int = 0
    draws_seed: int = 0
    wanted: Wanted = field(default_factory=dict)


class SearchCheck:
    """Reads the blocks of a file's search forms.

    Parameters
    ----------
    blocks : sequence of Block
    places : Places
    report : callable
        Takes every fault, with the key that was meant where one was.
    """

    def __init__(self, blocks: Sequence[Block], places: Places, report: Report) -> None:
        self._blocks = blocks
        self._places = places
        self._report_unknown = report
        self._names: Sequence[str] = ()
        for block in self._with_axes():
            for entry in block.entries:
                places.put_axis(entry.key, block.head)

    def swept(self, always: bool = False) -> set[str]:
        """Return the keys that have an axis or draws; `always` leaves out those of [[when]]."""
        blocks = (b for b in self._with_axes() if not (always and b.form == "when"))
        return {entry.key for block in blocks for entry in block.entries}

    def task_names(self) -> list[str]:
        """Return the tasks that axes and draws name; what is wrong with them is told later."""
        names: list[str] = []
        for block in self._with_axes():
            for entry in block.entries:
                if entry.key == TASK_NAME.dotted and isinstance(entry.given, list):
                    names += [n for n in entry.given if isinstance(n, str) and n in TASK_KEYS]
        return list(dict.fromkeys(names))

    def read(self, task_names: Sequence[str]) -> list[ReadBlock]:
        """Check every block and read what can be read.

        Parameters
        ----------
        task_names : sequence of str
            The tasks that the file names; empty where there is no telling.
        """
        self._names = task_names
        self._check_standing_once()
        readers = {
            "grid": self._read_grid,
            "zip": self._read_zip,
            "random": self._read_random,
            "exclude": self._read_exclude,
            "when": self._read_when,
        }
        return [readers[block.form](block, task_names) for block in self._blocks]

    def _read_grid(self, block: Block, names: Sequence[str]) -> ReadBlock:
        return ReadBlock(block.form, block.head, self._axes(block, names))

    def _read_zip(self, block: Block, names: Sequence[str]) -> ReadBlock:
        if not block.entries:
            self._report(f"{block.head}: this block is empty; it needs keys with lists of values")
        axes = self._axes(block, names, _read_repeating)
        counts = {axis.key.dotted: axis.n_values for axis in axes}
        if len(set(counts.values())) > 1:
            told = listed(f"{count} of {key}" for key, count in counts.items())
            self._report(
                f"{block.head}: lists that advance together need one length; values given: {told}"
            )
        return ReadBlock(block.form, block.head, axes)

    def _read_random(self, block: Block, names: Sequence[str]) -> ReadBlock:
        if not block.entries:
            self._report(f"{block.head}: no key to draw; give one, or take the table out")
        n_draws, seed = block.own.get("trials", 0), block.own.get("seed", 0)
        if "trials" not in block.own:
            self._report(f"{block.head} trials: this key is missing; allowed: {_N_DRAWS}")
        elif not isinstance(n_draws, int) or n_draws is True or not 1 <= n_draws <= MAX_TRIALS:
            place = self._places.in_table("random.trials")
            self._report(f"{place}: {shown(n_draws)} given; allowed: {_N_DRAWS}")
        try:
            SEED.check(seed)
        except Refused as refused:
            self._report(f"{self._places.in_table('random.seed')}: {refused}")
        draws = {key.dotted: found for key, found, _ in self._read(block, names, read_draws)}
        return ReadBlock(block.form, block.head, [], draws, n_draws, seed)

    def _read_exclude(self, block: Block, names: Sequence[str]) -> ReadBlock:
        if not block.entries:
            self._report(f"{block.head}: this block is empty; it needs keys with values")
        return ReadBlock(block.form, block.head, wanted=self._wanted(block.entries, names))

    def _read_when(self, block: Block, names: Sequence[str]) -> ReadBlock:
        if not block.entries:
            self._report(
                f"{block.head}: this block has no axis; it needs keys with lists of values"
            )
        if not block.conditions and not block.own.get("if"):
            self._report(
                f"{block.head} if: a condition is missing; allowed: keys with their values, as in "
                'if.train.optimizer = "sgd"'
            )
        wanted = self._wanted(block.conditions, names)
        # Its axes are for the tasks that its condition names, if it names some.
        there = wanted.get(TASK_NAME.dotted) or names
        axes = self._axes(block, there, self._read_conditional)
        return ReadBlock(block.form, block.head, axes, wanted=wanted)

    def _read_conditional(self, key: Key, given: Any, place: str, faults: list[str]) -> Any:
        # A single value of a key that another task of the file lacks can stand here alone.
        shared = key.table != "task" or all(key.name in TASK_KEYS[name] for name in self._names)
        return read_axis(key, given, place, faults, in_table=shared)

    def _axes(
        self, block: Block, names: Sequence[str], reader: Reader = read_axis
    ) -> list[ReadAxis]:
        return [ReadAxis(*read) for read in self._read(block, names, reader)]

    def _read(
        self, block: Block, names: Sequence[str], reader: Reader
    ) -> Iterable[tuple[Key, Any, str]]:
        """Return the keys of a block with what a reader makes of them, and their places."""
        read = {}
        for entry in block.entries:
            place = self._places.in_block(entry.key, block.head)
            for key in self._keys_of(entry, names, place):
                faults: list[str] = []
                found = reader(key, entry.given, place, faults)
                for fault in faults:
                    self._report(fault)
                if found is not None:
                    read[entry.key] = (key, found, place)
        return read.values()

    def _keys_of(self, entry: Entry, names: Sequence[str], place: str) -> list[Key]:
        """Return what an entry's name stands for: with several tasks a key of each."""
        if entry.key == TASK_NAME.dotted:
            return [TASK_NAME]
        if entry.table != "task":
            keys = any_keys(entry.table)
            if entry.name in keys:
                return [keys[entry.name]]
            self._report_unknown(unknown_key(entry.name, entry.table, keys, place, None))
            return []
        if not names and (unknown := unknown_task_key(entry.name, place)):
            self._report_unknown(unknown)
        found = []
        for name in names:
            if entry.name in TASK_KEYS[name]:
                found.append(TASK_KEYS[name][entry.name])
            else:
                keys = TASK_KEYS[name]
                unknown = unknown_key(entry.name, "task", keys, place, name, self._names)
                self._report_unknown(unknown)
        return found

    def _wanted(self, entries: Sequence[Entry], names: Sequence[str]) -> Wanted:
        """Read conditions; a task's key is one of those tasks that have it."""
        wanted = {}
        for entry in entries:
            place = self._places.in_block(entry.key, entry.head)
            having = [name for name in names if entry.name in TASK_KEYS[name]]
            found = self._keys_of(entry, having or names[:1], place)
            readings: list[tuple[list[str], tuple[Any, ...]]] = []
            for key in found:
                faults: list[str] = []
                values = _read_wanted(key, entry.given, place, faults)
                readings.append((faults, values))
            # What one task takes is right, though another has other bounds.
            for faults, values in sorted(readings, key=lambda reading: len(reading[0]))[:1]:
                for fault in faults:
                    self._report(fault)
                wanted[entry.key] = values
        return wanted

    def _check_standing_once(self) -> None:
        """Hold that a key has one axis, or axes of several [[when]]."""
        heads: dict[str, list[str]] = {}
        for block in self._with_axes():
            for entry in block.entries:
                heads.setdefault(entry.key, []).append(block.head)
        for key, where in heads.items():
            if len(where) > 1 and not all(head.startswith("[[when]]") for head in where):
                self._report(
                    f"{listed(where)}: {key} stands in each of these; an axis stands once, "
                    "or in several [[when]] that exclude each other"
                )

    def _with_axes(self) -> list[Block]:
        return [block for block in self._blocks if block.form != "exclude"]

    def _report(self, fault: str) -> None:
        self._report_unknown(Unknown(fault, None))


def _read_repeating(key: Key, given: Any, place: str, faults: list[str]) -> Any:
    return read_axis(key, given, place, faults, repeats=True)


def _read_wanted(key: Key, given: Any, place: str, faults: list[str]) -> tuple[Any, ...]:
    """Read the values that a condition asks for; one alone need not stand in a list."""
    if isinstance(given, list) and (key.kind != "array" or (given and isinstance(given[0], list))):
        return read_values(key, given, place, faults)
    try:
        return (key.check(given),)
    except Refused as refused:
        faults.append(f"{place}: {refused}")
        return ()
