"""The search for combinations of settings that do not go together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from rnnsweep.tasks import Fault, TaskError

from .axes import Axis
from .choices import Choices
from .faults import shown
from .places import Places
from .rules import RULES, Rule

# Lines on one and the same rule; a large grid would break it a thousand times.
_LINES = 3


def broken_rules(choices: Choices, places: Places) -> list[str]:
    """Return a line for each way in which settings do not go together."""
    search = _Search(choices, places)
    lines = search.in_tasks()
    lines += search.in_data()
    for rule in RULES:
        lines += _shortened(search.breaks_of(rule))
    return lines


class _Search:
    def __init__(self, choices: Choices, places: Places) -> None:
        self._choices = choices
        self._places = places

    def in_tasks(self) -> list[str]:
        """Return what the tasks find wrong with their own keys and files."""
        # Different lines by the keys they are on, in the order in which they were found.
        found: dict[tuple[str, ...], dict[str, None]] = {}
        for picked in self._choices.combinations(self._choices.axes_of(["task"])):
            for fault in self._task_faults(picked):
                lines = found.setdefault(fault.keys, {})
                if len(lines) <= _LINES:
                    keys = [f"task.{key}" for key in fault.keys]
                    lines[f"{self._settings(keys, picked)}: {fault.text}"] = None
        return [line for lines in found.values() for line in _shortened(lines)]

    def in_data(self) -> list[str]:
        """Return the axes with two values that give the same data, hence the same trials."""
        lines = []
        axes = self._choices.axes_of(["task"])
        for axis in axes:
            others = {other.key: other.values[0] for other in axes if other is not axis}
            first_with: dict[str, int] = {}
            for i, value in enumerate(axis.values, start=1):
                try:
                    task = self._choices.task(others | {axis.key: value})
                except ValidationError:
                    continue
                same = first_with.setdefault(repr((task.name, task.identity())), i)
                if same != i:
                    lines.append(
                        f"{self._places.on_axis(axis.key)}: value {same}, "
                        f"{shown(axis.values[same - 1])}, and value {i}, {shown(value)}, "
                        "give the same data; leave one out"
                    )
        return lines

    def breaks_of(self, rule: Rule) -> Iterator[str]:
        """Yield a line for each combination that breaks a rule."""
        axes = self._choices.axes_of(rule.keys)
        if rule.grows:
            axes = [_largest(axis) for axis in axes]
        for picked in self._choices.combinations(axes):
            try:
                task = self._choices.task(picked) if "task" in rule.keys else None
            except ValidationError:
                continue  # told by `in_tasks`
            text = rule.check(
                *(task if key == "task" else self._choices.value(key, picked) for key in rule.keys)
            )
            if text is not None:
                keys = tuple("task.name" if key == "task" else key for key in rule.keys)
                yield f"{self._settings(keys, picked)}: {text}"

    def _task_faults(self, picked: Mapping[str, Any]) -> Iterator[Fault]:
        try:
            self._choices.task(picked)
        except ValidationError as error:
            for found in error.errors(include_url=False):
                cause = found.get("ctx", {}).get("error")
                if not isinstance(cause, TaskError):
                    raise
                yield from cause.faults

    def _settings(self, keys: Iterable[str], picked: Mapping[str, Any]) -> str:
        """Return keys with their places and values."""
        return ", ".join(self._setting(key, picked) for key in keys)

    def _setting(self, key: str, picked: Mapping[str, Any]) -> str:
        value = shown(self._choices.value(key, picked))
        if any(axis.key == key for axis in self._choices.axes):
            return f"{self._places.on_axis(key)} = {value}"
        default = "" if self._choices.given(key) else " (the default)"
        return f"{self._places.in_table(key)} = {value}{default}"


def _largest(axis: Axis) -> Axis:
    numbers = all(isinstance(value, int | float) for value in axis.values)
    if numbers and not axis.key.startswith("task."):
        return Axis(axis.key, (max(axis.values),))
    return axis


def _shortened(lines: Iterable[str]) -> list[str]:
    """Return the first few different lines; the search ends with the first one too many."""
    kept: list[str] = []
    for line in lines:
        if line in kept:
            continue
        if len(kept) == _LINES:
            return [*kept, "... and more of this kind"]
        kept.append(line)
    return kept
