"""Which combinations exist: those whose conditions hold and that no [[exclude]] leaves out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from rnnsweep.sweepfile.choices import Choices
from rnnsweep.sweepfile.faults import Faults
from rnnsweep.sweepfile.places import Places
from rnnsweep.sweepfile.wording import listed

from .combinations import ABSENT, Column, Combinations, Group
from .conditions import ConditionFaults
from .dimensions import MAX_TRIALS, Condition

Mask = NDArray[np.bool_]


def find_combinations(choices: Choices, places: Places, faults: Faults) -> Combinations:
    """Return the combinations that exist; what is wrong with conditions is added to the faults."""
    search = _Search(choices, places, faults)
    groups = [group for members in search.tied() if (group := search.group(members))]
    search.check_constant_exclusions()
    combinations = Combinations(groups)
    if not faults and combinations.count > MAX_TRIALS:
        faults.add(f"{combinations.count} trials; allowed: at most {MAX_TRIALS}")
    return combinations


class _Rows:
    """Combinations of some dimensions in the making: a column of digits for each."""

    def __init__(self) -> None:
        self.size = 1
        self.columns: dict[int, Column] = {}

    def grown_by(self, active: Mask, n_points: int) -> int:
        """Return the number of rows after a dimension is added."""
        return self.size + int(np.count_nonzero(active)) * (n_points - 1)

    def add(self, dimension: int, active: Mask, n_points: int) -> None:
        """Multiply the rows by a dimension's points where it is active."""
        counts = np.where(active, n_points, 1)
        starts = np.cumsum(counts) - counts
        digits = np.arange(counts.sum()) - np.repeat(starts, counts)
        digits[starts[~active]] = ABSENT
        self.columns = {d: np.repeat(column, counts) for d, column in self.columns.items()}
        self.columns[dimension] = digits.astype(np.int32)
        self.size = len(digits)

    def keep(self, rows: Mask) -> None:
        """Drop all other rows."""
        self.columns = {d: column[rows] for d, column in self.columns.items()}
        self.size = int(np.count_nonzero(rows))


class _Search:
    """Lists the combinations of the dimensions that conditions and exclusions tie together."""

    def __init__(self, choices: Choices, places: Places, faults: Faults) -> None:
        self._choices = choices
        self._wording = ConditionFaults(choices, places)
        self._faults = faults
        # Dimensions whose condition is wrong: nothing can be said of what depends on them.
        self._doubtful: set[int] = set()
        # What each dimension's condition, and each exclusion, depends on.
        self._needs = {
            number: choices.dimensions_of(dimension.condition.values)
            for number, dimension in enumerate(choices.dimensions)
            if dimension.condition is not None
        }
        self._excluded = [
            (condition, choices.dimensions_of(condition.values)) for condition in choices.exclusions
        ]

    def tied(self) -> list[list[int]]:
        """Return the dimensions by group; most groups have one member."""
        dimensions = self._choices.dimensions
        ties = [{number, *needs} for number, needs in self._needs.items()]
        ties += [needs for _, needs in self._excluded]
        for number in self._needs:
            for axis in dimensions[number].axes:
                ties.append({other for other, _ in self._choices.axes_of(axis.key)})
        groups = [{number} for number in range(len(dimensions))]
        for tie in filter(None, ties):
            apart = [group for group in groups if not group & tie]
            groups = [*apart, set().union(*(group for group in groups if group & tie))]
        return sorted(map(sorted, groups))

    def group(self, members: list[int]) -> Group | None:
        """List the combinations of tied dimensions; None if something is wrong."""
        dimensions = self._choices.dimensions
        excluded = [(c, needs) for c, needs in self._excluded if needs and needs <= {*members}]
        if len(members) == 1 and members[0] not in self._needs and not excluded:
            return Group(tuple(members), len(dimensions[members[0]]))
        order = self._in_dependency_order(members)
        rows = _Rows()
        for number in order:
            active: Mask | None = np.ones(rows.size, np.bool_)
            if (condition := dimensions[number].condition) is not None:
                active = self._holding(condition, rows)
            if active is None:
                self._doubtful.add(number)
                active = np.zeros(rows.size, np.bool_)
            size = rows.grown_by(active, len(dimensions[number]))
            if size > MAX_TRIALS:
                keys = listed(axis.key for d in members for axis in dimensions[d].axes)
                self._faults.at(keys).add(
                    f"{size} combinations of these, which [[when]] and [[exclude]] tie "
                    f"together, before any is left out; allowed: at most {MAX_TRIALS}"
                )
                return None
            rows.add(number, active, len(dimensions[number]))
        if not order:
            return None
        self._check_axes_of_one_key(members, rows)
        self._exclude([condition for condition, _ in excluded], rows)
        if rows.size == 0:
            return None
        columns = {d: rows.columns[d] for d in members}
        ascending = np.lexsort([columns[d] for d in reversed(members)])
        return Group(tuple(members), rows.size, {d: c[ascending] for d, c in columns.items()})

    def check_constant_exclusions(self) -> None:
        """Check the exclusions of what does not vary."""
        self._exclude([condition for condition, needs in self._excluded if not needs], _Rows())

    def _in_dependency_order(self, members: Sequence[int]) -> list[int]:
        """Return dimensions with each after those that its condition depends on.

        The list is empty if they depend on one another in a circle.
        """
        order: list[int] = []
        remaining = list(members)
        while remaining:
            ready = [d for d in remaining if self._needs.get(d, set()) <= {*order}]
            if not ready:
                heads = {c.place for d in remaining if (c := self._choices.dimensions[d].condition)}
                self._faults.at(listed(sorted(heads))).add(
                    "these conditions depend on their own axes; "
                    "a condition needs keys that are there before"
                )
                return []
            order += ready
            remaining = [d for d in remaining if d not in ready]
        return order

    def _holding(self, condition: Condition, rows: _Rows) -> Mask | None:
        """Return where all of a condition holds; None if it is wrong or depends on a wrong one."""
        if self._choices.dimensions_of(condition.values) & self._doubtful:
            return None
        faults = self._faults.at("")
        holding = np.ones(rows.size, np.bool_)
        for key, values in condition.values.items():
            masks = [self._where_equal(key, value, rows) for value in values]
            met = np.logical_or.reduce(masks)
            constant = condition.is_when and not self._choices.axes_of(key)
            if constant and met.all() == met.any():
                faults.add(self._wording.constant(condition, key, bool(met.all())))
            else:
                for value, where in zip(values, masks, strict=True):
                    if not where.any():
                        faults.add(self._wording.never_taken(condition, key, value))
            holding &= met
        if not faults and not holding.any():
            faults.add(f"{condition.place}: these values never come together")
        return None if faults else holding

    def _where_equal(self, key: str, value: Any, rows: _Rows) -> Mask:
        """Return where a key has a value."""
        equal = np.zeros(rows.size, np.bool_)
        present = np.zeros(rows.size, np.bool_)
        for number, axis in self._choices.axes_of(key):
            if number in rows.columns:
                digits = rows.columns[number]
                # The last is that of ABSENT.
                equal |= np.array([*(v == value for v in axis.values), False])[digits]
                present |= digits != ABSENT
        if not present.all():
            equal |= ~present & self._where_default_is(key, value, rows)
        return equal

    def _where_default_is(self, key: str, value: Any, rows: _Rows) -> Mask:
        """Return where the default of a key, or its value in its table, is a value."""
        depends = self._choices.dimensions_of([key]) & {*rows.columns}
        own = {number for number, _ in self._choices.axes_of(key)}
        others = sorted(depends - own)
        if not others:
            return np.full(rows.size, self._default_is(key, value, {}))
        digits = np.stack([rows.columns[d] for d in others])
        different, places = np.unique(digits, axis=1, return_inverse=True)
        equal = [
            self._default_is(key, value, dict(zip(others, column, strict=True)))
            for column in different.T.tolist()
        ]
        return np.array(equal)[places.reshape(-1)]

    def _default_is(self, key: str, value: Any, digits: Mapping[int, int]) -> bool:
        try:
            return bool(self._choices.value(key, self._choices.picked(digits)) == value)
        except (KeyError, ValidationError):
            return False

    def _check_axes_of_one_key(self, members: Sequence[int], rows: _Rows) -> None:
        """Check that of several axes of a key at most one exists at a time."""
        keys = dict.fromkeys(a.key for d in members for a in self._choices.dimensions[d].axes)
        for key in keys:
            numbers = [number for number, _ in self._choices.axes_of(key)]
            n_axes = sum((rows.columns[d] != ABSENT).astype(np.int8) for d in numbers)
            if np.any(n_axes > 1):
                heads = [c.place for d in numbers if (c := self._choices.dimensions[d].condition)]
                self._faults.at(listed(heads)).add(
                    f"{key} has an axis in each, and their conditions are true together; "
                    "they have to exclude each other"
                )

    def _exclude(self, conditions: Sequence[Condition], rows: _Rows) -> None:
        excluded = np.zeros(rows.size, np.bool_)
        for condition in conditions:
            matching = self._holding(condition, rows)
            if matching is None:
                continue
            if matching.all():
                self._faults.add(self._wording.leaves_none(condition))
            excluded |= matching
        if len(conditions) > 1 and excluded.all() and not self._faults:
            heads = listed(condition.place for condition in conditions)
            self._faults.at(heads).add("together these leave no trial")
        rows.keep(~excluded)
