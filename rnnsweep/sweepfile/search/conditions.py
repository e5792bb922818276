"""The wording of what is wrong with a condition, of [[when]] or of [[exclude]]."""

from itertools import chain
from typing import Any

from pydantic import ValidationError

from rnnsweep.sweepfile.choices import Choices
from rnnsweep.sweepfile.keys import TASK_KEYS, TASK_NAME
from rnnsweep.sweepfile.keys.implied import IMPLIED
from rnnsweep.sweepfile.places import Places
from rnnsweep.sweepfile.wording import listed, shown

from .dimensions import Condition

_SHOWN_VALUES = 8


class ConditionFaults:
    """Says what is wrong with conditions, a line each."""

    def __init__(self, choices: Choices, places: Places) -> None:
        self._choices = choices
        self._places = places

    def constant(self, condition: Condition, key: str, holds: bool) -> str:
        """Return the fault of a condition on a key without an axis: it says always or never."""
        wanted = condition.values[key]
        values = self._without_axis(key)
        value = values[0] if len(values) == 1 else None
        trials = "all trials" if self._has_everywhere(key) else "all trials that have it"
        in_file = "" if value is None else f", which is {self._value(key, value)} in {trials}"
        fault = (
            f"{self._place(condition, key)}: {_given(wanted)} given, and no axis varies this key"
            f"{in_file}, so that the condition {'always' if holds else 'never'} holds; "
        )
        if self._places.is_overridden(key):
            if holds:
                return f"{fault}{self._places.as_axis(key, value)} gives it an axis of one value"
            return fault + self._places.taken_away(key)
        if not holds:
            return f"{fault}put {key} into [grid], or take the block out"
        alone = len(condition.values) == 1
        return fault + ("put the block's axes into [grid]" if alone else "leave it out")

    def never_taken(self, condition: Condition, key: str, value: Any) -> str:
        """Return the fault of a value that a key never takes."""
        place = self._place(condition, key)
        fault = f"{place}: {shown(value)} given, which it never takes here{self._taken(key)}"
        if self._places.is_overridden(key):
            fault += f"; {self._places.taken_away(key)}"
        return fault

    def leaves_none(self, condition: Condition) -> str:
        """Return the fault of an exclusion that holds everywhere."""
        keys = list(condition.values)
        if any(self._choices.dimensions_of([key]) for key in keys):
            given = listed(f"{key} = {_given(condition.values[key])}" for key in keys)
            return (
                f"{condition.place} {given}: this leaves no trial, as every one has it; take the "
                "block or a value out"
            )
        (key, wanted), *_ = condition.values.items()
        value = self._value(key, self._choices.value(key, {}))
        return (
            f"{self._place(condition, key)}: {_given(wanted)} given, and no axis varies this key, "
            f"which is {value} in all trials, so that this leaves no trial; take the block out"
        )

    def _place(self, condition: Condition, key: str) -> str:
        return self._places.in_block(key, condition.place + (" if" if condition.is_when else ""))

    def _value(self, key: str, value: Any) -> str:
        return shown(value) + ("" if self._choices.given(key) else " (the default)")

    def _taken(self, key: str) -> str:
        """Return what a key takes, for a message."""
        values = [v for _, axis in self._choices.axes_of(key) for v in axis.values[:_SHOWN_VALUES]]
        if not self._choices.always_given(key) and key in IMPLIED:
            return ""
        if not values or not self._choices.always_given(key):
            values += self._without_axis(key)
        if not values:
            return ""
        texts = list(dict.fromkeys(shown(value) for value in values))
        more = ", ..." if len(texts) > _SHOWN_VALUES else ""
        if not self._choices.axes_of(key) and len(texts) == 1:
            return f"; no axis varies it, and it is {self._value(key, values[0])}"
        return f"; it takes {listed(texts[:_SHOWN_VALUES])}{more}"

    def _without_axis(self, key: str) -> list[Any]:
        """Return the different values of a key where no axis gives it, empty if one is unknown.

        Each task may have another one.
        """
        choices = self._choices
        if choices.varying([key]) - {key, TASK_NAME.dotted}:
            return []
        values: dict[Any, None] = {}
        for name in self._task_names():
            try:
                values[choices.value(key, {TASK_NAME.dotted: name})] = None
            except KeyError:
                continue  # this task has no such key, or its axes under conditions give it
            except ValidationError:
                return []
        return list(values)

    def _task_names(self) -> list[str]:
        """Return the tasks of all trials."""
        axes = [axis.values for _, axis in self._choices.axes_of(TASK_NAME.dotted)]
        fixed = [name] if (name := self._choices.fixed["task"].get("name")) else []
        return list(dict.fromkeys(chain(*axes, fixed)))

    def _has_everywhere(self, key: str) -> bool:
        table, _, name = key.rpartition(".")
        return table != "task" or all(name in TASK_KEYS[task] for task in self._task_names())


def _given(wanted: tuple[Any, ...]) -> str:
    return shown(wanted[0]) if len(wanted) == 1 else shown(wanted)
