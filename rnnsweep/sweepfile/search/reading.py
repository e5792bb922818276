"""Checks the search forms key by key, and reads the values of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.keys import SEED_KEYS, Key
from rnnsweep.sweepfile.keys.file_words import FileWords
from rnnsweep.sweepfile.keys.unknown import keys_named
from rnnsweep.sweepfile.places import Places
from rnnsweep.sweepfile.wording import listed, shown

from .blocks import CONDITION, Block, Entry
from .dimensions import MAX_TRIALS
from .draws import read_draws
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
    """An axis, or the draws of a key, without faults of its own.

    Attributes
    ----------
    key : Key
    values : sequence, Range or Draws
        A range is not expanded yet; [random] has draws.
    place : str
    """

    key: Key
    values: Any
    place: str

    @property
    def n_values(self) -> int:
        """How many values an axis will have."""
        return self.values.count if isinstance(self.values, Range) else len(self.values)


@dataclass(frozen=True)
class ReadBlock:
    """What one block of a search form says.

    Attributes
    ----------
    form, head : str
        As in `Block`.
    axes : list of ReadAxis
    condition : dict
        The values that its condition asks for, by key.
    n_draws, draws_seed : int
        Of [random].
    """

    form: str
    head: str
    axes: list[ReadAxis] = field(default_factory=list)
    condition: ConditionValues = field(default_factory=dict)
    n_draws: int = 0
    draws_seed: int = 0


def read_search(
    blocks: Sequence[Block], words: FileWords, places: Places, faults: Faults
) -> list[ReadBlock]:
    """Check the blocks of a file's search forms and read what can be read.

    Parameters
    ----------
    words : FileWords
        The words that decide which keys there are.
    """
    _check_one_axis_each(blocks, faults)
    reader = _Reader(words, places, faults)
    return [reader.read(block) for block in blocks]


def _check_one_axis_each(blocks: Sequence[Block], faults: Faults) -> None:
    """Check that a key has one axis, or axes in several [[when]]."""
    blocks_of: dict[str, list[Block]] = {}
    for block in blocks:
        for entry in block.axes:
            blocks_of.setdefault(entry.key, []).append(block)
    for key, several in blocks_of.items():
        if len(several) > 1 and any(block.form != "when" for block in several):
            faults.at(listed(block.head for block in several)).add(
                f"each of these has an axis of {key}; give it once, "
                "or in several [[when]] that exclude each other"
            )


class _Reader:
    """Checks one block at a time and reads what can be read of it."""

    def __init__(self, words: FileWords, places: Places, faults: Faults) -> None:
        self._words = words
        self._places = places
        self._faults = faults

    def read(self, block: Block) -> ReadBlock:
        """Check a block and read what can be read of it."""
        entries = block.condition if block.form == "exclude" else block.axes
        if not entries and block.form in _EMPTY:
            self._faults.at(block.head).add(_EMPTY[block.form])
        if block.form == "random":
            return self._random(block)
        if block.form == "when" and not block.condition and not block.own.get("if"):
            self._faults.at(f"{block.head} if").add(f"a condition is missing; allowed: {CONDITION}")
        condition = self._condition(block.condition)
        if block.form == "when":
            # Its axes are for the tasks and cells that its condition names, if it names some.
            axes = self._axes(block, self._read_conditional, condition)
        else:
            axes = self._axes(block, partial(read_axis, repeats=block.form == "zip"))
        if block.form == "zip" and len({axis.n_values for axis in axes}) > 1:
            counts = listed(f"{axis.n_values} of {axis.key.dotted}" for axis in axes)
            self._faults.at(block.head).add(
                f"lists that advance together need one length; values given: {counts}"
            )
        return ReadBlock(block.form, block.head, axes, condition)

    def _random(self, block: Block) -> ReadBlock:
        n_draws, seed = block.own.get("trials", 0), 0
        if "trials" not in block.own:
            self._faults.at(f"{block.head} trials").add(f"this key is missing; allowed: {_N_DRAWS}")
        elif not isinstance(n_draws, int) or n_draws is True or not 1 <= n_draws <= MAX_TRIALS:
            self._faults.at(self._places.in_table("random.trials")).add(
                f"{shown(n_draws)} given; allowed: {_N_DRAWS}"
            )
        with self._faults.at(self._places.in_table("random.seed")) as faults:
            given = block.own.get("seed", 0)
            if isinstance(given, list):
                faults.add(
                    f"{shown(given)} given; this is the one seed of the draws; the trials have "
                    "several seeds by an axis in [grid], as seed = [0, 1, 2]"
                )
            else:
                seed = SEED_KEYS["seed"].check(given)
        draws = self._axes(block, read_draws)
        return ReadBlock(block.form, block.head, draws, n_draws=n_draws, draws_seed=seed)

    def _read_conditional(self, key: Key, value: Any, faults: Faults) -> Any:
        # A single value in a table would be one of all tasks or cells, also of those that lack it.
        owners = self._words.owners(key.table)
        shared = not owners or owners.having(key.name, owners.named) == [*owners.named]
        return read_axis(key, value, faults, in_table=shared)

    def _axes(
        self, block: Block, reader: Reader, condition: ConditionValues | None = None
    ) -> list[ReadAxis]:
        """Return what a reader makes of the values of a block's keys."""
        read = {}
        for entry in block.axes:
            place = self._places.in_block(entry.key, block.head)
            owners = self._words.owners(entry.table)
            words = None
            if owners and condition and owners.by.dotted in condition:
                words = [word for word in condition[owners.by.dotted] if word in owners.keys]
            for key in self._keys_of(entry, place, words):
                values = reader(key, entry.value, self._faults.at(place))
                if values is not None:
                    read[entry.key] = ReadAxis(key, values, place)
        return list(read.values())

    def _keys_of(self, entry: Entry, place: str, words: Sequence[str] | None) -> list[Key]:
        return keys_named(entry.table, entry.name, self._faults.at(place), self._words, words)

    def _condition(self, entries: Sequence[Entry]) -> ConditionValues:
        """Read a condition; a task's key is that of one of the tasks that have it."""
        values = {}
        for entry in entries:
            place = self._places.in_block(entry.key, entry.head)
            owners = self._words.owners(entry.table)
            words = (
                (owners.having(entry.name, owners.named) or owners.named[:1]) if owners else None
            )
            readings: list[tuple[Faults, tuple[Any, ...]]] = []
            for key in self._keys_of(entry, place, words):
                faults = Faults(place)
                readings.append((faults, _read_condition(key, entry.value, faults)))
            # What one task takes is right, though another has other bounds.
            if readings:
                faults, values[entry.key] = min(readings, key=lambda reading: len(reading[0]))
                self._faults.join(faults)
        return values


def _read_condition(key: Key, value: Any, faults: Faults) -> tuple[Any, ...]:
    """Read the values that a condition asks for; a single one needs no list."""
    if isinstance(value, list) and (key.type != "array" or (value and isinstance(value[0], list))):
        return read_values(key, value, faults)
    with faults:
        return (key.check(value),)
    return ()
