"""Messages on what is wrong with a condition, of [[when]] or of [[exclude]]."""

from contextlib import suppress
from itertools import chain
from typing import Any

from pydantic import ValidationError

from rnnsweep.sweepfile.choices import Choices
from rnnsweep.sweepfile.keys import TASK_NAME, split_key
from rnnsweep.sweepfile.keys.implied import IMPLIED
from rnnsweep.sweepfile.places import Places
from rnnsweep.sweepfile.wording import listed, shown

from .dimensions import Condition

_SHOWN_VALUES = 8


class ConditionFaults:
    """Writes what is wrong with conditions, a line each."""

    def __init__(self, choices: Choices, places: Places) -> None:
        self._choices = choices
        self._places = places

    def constant(self, condition: Condition, key: str, holds: bool) -> str:
        """Return the fault of a condition on a key without an axis: it holds always or never."""
        values = self._without_axis(key)
        in_file = ""
        if len(values) == 1:
            table, name = split_key(key)
            owners = self._choices.words.owners(table)
            words = self._words_of_trials(owners.by.dotted) if owners else []
            in_all = not owners or owners.having(name, words) == words
            trials = "all trials" if in_all else "all trials that have it"
            in_file = f", which is {self._value(key, values[0])} in {trials}"
        if self._places.is_overridden(key) and holds:
            way_out = f"{self._places.as_axis(key, values[0])} gives it an axis of one value"
        elif self._places.is_overridden(key):
            way_out = self._places.taken_away(key)
        elif not holds:
            way_out = f"put {key} into [grid], or take the block out"
        elif len(condition.values) == 1:
            way_out = "put the block's axes into [grid]"
        else:
            way_out = "leave it out"
        return (
            f"{self._given(condition, key)}, and no axis varies this key{in_file}, "
            f"so that the condition {'always' if holds else 'never'} holds; {way_out}"
        )

    def never_taken(self, condition: Condition, key: str, value: Any) -> str:
        """Return the fault of a value that a key never takes."""
        way_out = f"; {self._places.taken_away(key)}" if self._places.is_overridden(key) else ""
        place = self._place(condition, key)
        return (
            f"{place}: {shown(value)} given, which it never takes here{self._taken(key)}{way_out}"
        )

    def leaves_none(self, condition: Condition) -> str:
        """Return the fault of an exclusion that holds everywhere."""
        if self._choices.dimensions_of(condition.values):
            pairs = listed(f"{key} = {_shown(values)}" for key, values in condition.values.items())
            return (
                f"{condition.place} {pairs}: this leaves no trial, as every one has it; take the "
                "block or a value out"
            )
        key = next(iter(condition.values))
        value = self._value(key, self._choices.value(key, {}))
        return (
            f"{self._given(condition, key)}, and no axis varies this key, which is {value} in all "
            "trials, so that this leaves no trial; take the block out"
        )

    def _place(self, condition: Condition, key: str) -> str:
        return self._places.in_block(key, condition.place + (" if" if condition.is_when else ""))

    def _given(self, condition: Condition, key: str) -> str:
        return f"{self._place(condition, key)}: {_shown(condition.values[key])} given"

    def _value(self, key: str, value: Any) -> str:
        return shown(value) + ("" if self._choices.in_file(key) else " (the default)")

    def _taken(self, key: str) -> str:
        """Return what values a key takes, for the end of a message."""
        always_in_file = self._choices.always_in_file(key)
        if not always_in_file and key in IMPLIED:
            return ""
        values = [v for _, axis in self._choices.axes_of(key) for v in axis.values[:_SHOWN_VALUES]]
        if not values or not always_in_file:
            values += self._without_axis(key)
        if not values:
            return ""
        texts = list(dict.fromkeys(map(shown, values)))
        if not self._choices.axes_of(key) and len(texts) == 1:
            return f"; no axis varies it, and it is {self._value(key, values[0])}"
        more = ", ..." if len(texts) > _SHOWN_VALUES else ""
        return f"; it takes {listed(texts[:_SHOWN_VALUES])}{more}"

    def _without_axis(self, key: str) -> list[Any]:
        """Return the different values of a key where no axis gives it, empty if one is unknown.

        Each task may have another one.
        """
        choices = self._choices
        owners = choices.words.owners(split_key(key)[0])
        by = (owners.by if owners else TASK_NAME).dotted
        if choices.varying([key]) - {key, by}:
            return []
        values: dict[Any, None] = {}
        for word in self._words_of_trials(by):
            try:
                values[choices.value(key, {by: word})] = None
            except KeyError:
                continue  # this word has no such key, or its axes under conditions give it
            except ValidationError:
                return []
        return list(values)

    def _words_of_trials(self, key: str) -> list[str]:
        """Return the values of a key in all trials, such as their tasks."""
        values = [axis.values for _, axis in self._choices.axes_of(key)]
        if not self._choices.always_in_file(key) or not values:
            with suppress(KeyError):  # a task's name has no default
                values.append((self._choices.value(key, {}),))
        return list(dict.fromkeys(chain(*values)))


def _shown(values: tuple[Any, ...]) -> str:
    return shown(values[0]) if len(values) == 1 else shown(values)
