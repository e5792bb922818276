"""The search for combinations of settings that break a rule."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from pydantic import ValidationError

from rnnsweep.sweepfile.choices import Choices, Picked
from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.keys import TASK_NAME, split_key
from rnnsweep.sweepfile.places import Places
from rnnsweep.sweepfile.search.combinations import Column, Combinations
from rnnsweep.sweepfile.search.dimensions import Axis, point_numbers
from rnnsweep.sweepfile.wording import listed, shown
from rnnsweep.tasks import TASKS, Fault, TaskError
from rnnsweep.vocabulary import SEEDS

from .cell import CELL_RULES, rules_of_biases
from .data import data_rules
from .memory import MEMORY_RULES
from .network import NETWORK_RULES, UNUSED_RULES
from .precision import PRECISION_RULES, rules_of_numbers
from .recording import check_recording, recording_rules
from .rule import RECORDS, Rule
from .task import TASK_RULES
from .training import GRADIENT_RULES, TRAINING_RULES

RULES = (
    *CELL_RULES,
    *NETWORK_RULES,
    *UNUSED_RULES,
    *GRADIENT_RULES,
    *TRAINING_RULES,
    *TASK_RULES,
    *MEMORY_RULES,
    *PRECISION_RULES,
)

# Lines on one and the same rule; a large grid would break it a thousand times.
_LINES = 3


def check_rules(
    choices: Choices, combinations: Combinations, places: Places, faults: Faults
) -> None:
    """Add a fault for each way in which settings of one trial do not go together."""
    search = _Search(choices, combinations, places)
    for line in search.missing_keys():
        faults.add(line)
    if faults:
        return
    for line in (*search.faults_of_tasks(), *search.equal_data(), *search.equal_cells()):
        faults.add(line)
    for line in (*_shortened(search.unused_seed()), *_shortened(search.unused_seed_data())):
        faults.add(line)
    further = (
        *rules_of_biases(choices),
        *rules_of_numbers(choices),
        *data_rules(),
        *recording_rules(choices),
    )
    for rule in (*RULES, *further):
        for line in _shortened(search.breaks_of(rule)):
            faults.add(line)
    check_recording(choices, places, faults)


def task_notes(choices: Choices, combinations: Combinations, places: Places) -> list[str]:
    """Return what the tasks have to say on data that are right, a line each."""
    return _Search(choices, combinations, places).notes()


class _Search:
    """Looks through the combinations of a sweep for what some settings have to say."""

    def __init__(self, choices: Choices, combinations: Combinations, places: Places) -> None:
        self._choices = choices
        self._combinations = combinations
        self._places = places

    def missing_keys(self) -> Iterator[str]:
        """Yield the keys without a default that have no value in some combinations."""
        required = {key.dotted for key in self._choices.words.all_keys() if key.required}
        axes = {axis.key for dimension in self._choices.dimensions for axis in dimension.axes}
        for key in sorted(axes & required):
            if self._choices.always_in_file(key):
                continue
            conditions = {
                other
                for number, _ in self._choices.axes_of(key)
                if (condition := self._choices.dimensions[number].condition)
                for other in condition.values
            }
            table, name = split_key(key)
            owners = self._choices.words.owners(table)
            by = [owners.by.dotted] if owners else []
            for picked in self._picked([key, *by, *conditions]):
                if key not in picked and self._is_required(key, picked):
                    yield (
                        f"[{table}] {name}: this key is missing where "
                        f"{self._settings(conditions, picked)}; give it here, "
                        "or in a [[when]] for these"
                    )
                    break

    def _is_required(self, key: str, picked: Picked) -> bool:
        """Return whether a combination needs a key that some tasks, or all, require."""
        table, name = split_key(key)
        owners = self._choices.words.owners(table)
        if owners is None or key == owners.by.dotted:
            return True
        keys = owners.keys[self._choices.value(owners.by.dotted, picked)]
        return name in keys and keys[name].required

    def faults_of_tasks(self) -> list[str]:
        """Return what the tasks find wrong with their own keys and files."""
        # Different lines by the keys that they are about, in the order in which they came.
        by_keys: dict[tuple[str, ...], dict[str, None]] = {}
        for picked in self._picked(["task"]):
            for fault in self._task_faults(picked):
                lines = by_keys.setdefault(fault.keys, {})
                if len(lines) <= _LINES:
                    keys = [f"task.{key}" for key in fault.keys]
                    lines[f"{self._settings(keys, picked)}: {fault.text}"] = None
        return [line for lines in by_keys.values() for line in _shortened(lines)]

    def notes(self) -> list[str]:
        """Return the notes of tasks, the first few of many."""
        lines: dict[str, None] = {}
        keys = ("train.loss", "model.output", "task")
        for picked in self._picked(keys):
            task = self._choices.task(picked)
            loss, output = (self._choices.value(key, picked) for key in keys[:2])
            for note in task.notes(loss, output):
                lines[f"{self._setting(f'task.{task.file_key}', picked)}: {note}"] = None
        return _shortened(lines)

    def equal_data(self) -> list[str]:
        """Return the axes with two values that give the same data, and so the same trials.

        Only what names a file, or describes the data, may do so: any other key is part of what
        decides the data.
        """
        lines: dict[str, None] = {}
        dimensions = self._choices.dimensions_of(["task"])
        swept = [axis.key for d in dimensions for axis in self._choices.dimensions[d].axes]
        for key in filter(self._may_keep_data, dict.fromkeys(swept)):
            first_with: dict[str, Any] = {}
            for picked in self._picked(["task", *swept]):
                try:
                    task = self._choices.task(picked)
                except ValidationError:
                    continue
                others = {other: value for other, value in picked.items() if other != key}
                value = picked.get(key)
                data = repr((task.word_for_id, task.identity(), others))
                same = first_with.setdefault(data, value)
                if same != value:
                    place = self._places.on_axis(key)
                    text = f"{shown(same)} and {shown(value)} give the same data; leave one out"
                    lines[f"{place}: {text}"] = None
        return list(lines)

    def equal_cells(self) -> Iterator[str]:
        """Yield a line for each two words of one cell, whose trials would be the same."""
        owners = self._choices.words.owners("cell")
        words: dict[str, str] = {}
        for word in owners.named if owners else ():
            cell = self._choices.words.cells[word]
            same = words.setdefault(repr((cell.is_builtin and word, cell.identity())), word)
            if same != word:
                place = self._places.on_axis("model.cell")
                yield f"{place}: {shown(same)} and {shown(word)} are the same cell; leave one out"

    def unused_seed(self) -> Iterator[str]:
        """Yield a line where `seed` varies although the other seeds decide everything."""
        others = SEEDS[1:]
        for picked in self._picked(SEEDS):
            if "seed" in picked and all(self._is_given(name, picked) for name in others):
                yield (
                    f"{self._places.on_axis('seed')}: {listed(others)} decide all random draws "
                    "here, so that trials of different seed would be the same; take the axis of "
                    "seed out, or one of the others"
                )

    def unused_seed_data(self) -> Iterator[str]:
        """Yield a line for each value of `seed_data` with a task that draws no data."""
        if not self._choices.in_file("seed_data"):
            return
        for picked in self._picked(["seed_data", "task"]):
            if not self._is_given("seed_data", picked):
                continue
            with suppress(ValidationError):  # `faults_of_tasks` has it
                if not self._choices.task(picked).seeded:
                    yield (
                        f"{self._settings(['seed_data', 'task.name'], picked)}: no seed changes "
                        "the data of this task; leave seed_data out, or give it as an axis in a "
                        "[[when]] with if.task.name for tasks that draw their data"
                    )

    def _is_given(self, seed: str, picked: Picked) -> bool:
        """Return whether the file gives a seed in a combination."""
        return seed in picked or seed in self._choices.fixed[""]

    def _may_keep_data(self, dotted: str) -> bool:
        """Return whether a key is one of [task] that takes any text, or is descriptive."""
        if dotted == TASK_NAME.dotted:
            return self._choices.words.tasks.keys() != TASKS.keys()
        table, name = split_key(dotted)
        key = self._choices.words.keys(table)[name]
        if table != "task":
            return False
        tasks = self._choices.words.tasks.values()
        is_text = key.type == "string" and not key.words
        return is_text or any(name in task.descriptive_keys for task in tasks)

    def breaks_of(self, rule: Rule) -> Iterator[str]:
        """Yield a line for each combination that breaks a rule."""
        for picked in self._picked(rule.keys, rule.grows):
            try:
                values = [self._value(key, picked) for key in rule.keys]
            except ValidationError:
                continue  # `faults_of_tasks` has it
            except KeyError:
                continue  # a task without this key
            text = rule.check(*values)
            if text is not None:
                keys = (RECORDS.get(key, key) for key in rule.named or rule.keys)
                yield f"{self._settings(keys, picked)}: {text}"

    def _value(self, key: str, picked: Picked) -> Any:
        if key == "task":
            return self._choices.task(picked)
        return self._choices.cell(picked) if key == "cell" else self._choices.value(key, picked)

    def _picked(self, keys: Iterable[str], grows: bool = False) -> Iterator[dict[str, Any]]:
        """Yield what differs among the combinations in the axes that some keys depend on."""
        varying = self._choices.varying(keys)
        numbers: dict[int, Column] = {}
        largest: dict[int, Sequence[int]] = {}
        for number in self._choices.dimensions_of(keys):
            axes = [a for a in self._choices.dimensions[number].axes if a.key in varying]
            numbers[number] = point_numbers(axes)
            if grows and any(map(_is_ordered_setting, axes)):
                largest[number] = _largest(axes)
        for digits, _ in self._combinations.projected(numbers, largest):
            picked = self._choices.picked({d: digits[d] for d in numbers})
            yield {key: value for key, value in picked.items() if key in varying}

    def _task_faults(self, picked: Mapping[str, Any]) -> Iterator[Fault]:
        try:
            self._choices.task(picked)
        except ValidationError as error:
            for entry in error.errors(include_url=False):
                cause = entry.get("ctx", {}).get("error")
                if not isinstance(cause, TaskError):
                    raise
                yield from cause.faults

    def _settings(self, keys: Iterable[str], picked: Picked) -> str:
        """Return keys with their places and values."""
        return ", ".join(self._setting(key, picked) for key in keys)

    def _setting(self, key: str, picked: Picked) -> str:
        value = shown(self._choices.value(key, picked))
        if key in picked:
            return f"{self._places.on_axis(key)} = {value}"
        default = "" if self._choices.in_file(key) else " (the default)"
        return f"{self._places.in_table(key)} = {value}{default}"


def _is_ordered_setting(axis: Axis) -> bool:
    """Return whether checking the largest value of an axis is enough: see `Rule.grows`."""
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in axis.values
    )
    return numbers and not axis.key.startswith("task.")


def _largest(axes: Sequence[Axis]) -> list[int]:
    """Return the points whose value on the longest ordered axis is the largest.

    There is one for each combination of values on the other axes.
    """
    longest = max(filter(_is_ordered_setting, axes), key=lambda axis: len(set(axis.values)))
    others = [axis for axis in axes if axis is not longest]
    alike = point_numbers(others) if others else np.zeros(len(longest.values), np.int32)
    order = np.lexsort((np.array(longest.values), alike))
    ends = np.append(np.diff(alike[order]) != 0, True)
    points: list[int] = np.sort(order[ends]).tolist()
    return points


def _shortened(lines: Iterable[str]) -> list[str]:
    """Return the first few different lines; the search ends with the first one too many."""
    first: dict[str, None] = {}
    for line in lines:
        if line not in first and len(first) == _LINES:
            *others, last = first
            return [*others, f"{last} (and more of this kind)"]
        first[line] = None
    return list(first)
