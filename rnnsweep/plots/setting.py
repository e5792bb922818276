"""A swept setting in a plot: a label for each of its values, and the value of each trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnsweep.array_types import Codes, Flags
from rnnsweep.value_text import distinct_texts, is_none

from .lettering import value_labels, words

# Settings whose values need no name: "relu" is an activation.
SELF_EXPLANATORY = frozenset(
    {"task", "cell", "activation", "init", "loss", "optimizer", "schedule", "gradient"}
)
MANY_VALUES = 24  # a number with more values, each in few trials, is shown in ranges
FEWEST_TRIALS = 5  # of a value: the quartiles of fewer are nearly the trials themselves
MAX_RANGES = 8


@dataclass(frozen=True)
class Setting:
    """A swept setting that takes more than one value.

    Attributes
    ----------
    name : str
        The column's name.
    labels : tuple of str
        A short label for each value, all different: numbers ascending, words in the order of the
        trials. If `partial`, the last label is that of the trials without a value.
    codes : (n_trials,) array of int
        For each trial, the place of its value in `labels`.
    numeric : bool
        Whether the values are numbers.
    partial : bool
        Whether there are trials to which the setting does not apply.
    effect : float
        How much this setting matters, 0 to 1, by which settings are ordered: `share`, or where that
        is not known `rnnsweep.plots.study.explained`, over the trials to which it applies; NaN
        where no value has two trials.
    share : float
        The setting's exact share of the variance of the trials' ranks
        (`rnnsweep.analysis.importance`); NaN where there is none, as without a full grid.
    may_be_luck : bool
        Whether the luck of the seeds may be all of the share.
    title : str
        The name in words.
    binned : bool
        Whether the labels are ranges of values.
    values : tuple
        The values in the order of their labels; if `binned`, the values that the ranges contain.
    """

    name: str
    labels: tuple[str, ...]
    codes: Codes
    numeric: bool
    partial: bool = False
    effect: float = np.nan
    share: float = np.nan
    may_be_luck: bool = False
    title: str = ""
    binned: bool = False
    values: tuple[Any, ...] = ()

    def applies(self, codes: Codes) -> Flags:
        """Return a boolean for each code: whether it is the code of a value."""
        return codes < len(self.labels) - self.partial

    def phrase(self, code: int) -> str:
        """Return words for the setting with this value, as "learning rate 0.1" or "relu"."""
        if not self.applies(np.array(code)):
            return f"no {self.title}"
        label = self.labels[code]
        return label if self.name in SELF_EXPLANATORY else f"{self.title} {label}"


def setting_of(columns: Mapping[str, Sequence[Any]], name: str) -> Setting:
    """Return a setting of these trials.

    Parameters
    ----------
    columns : mapping
        The columns of settings by name, as in `Outcomes.settings`.
    name : str
    """
    cells = [_hashable(cell) for cell in columns[name]]
    different = [value for value in dict.fromkeys(cells) if value is not None]
    numeric = all(isinstance(value, int | float) for value in different)
    if numeric:
        different.sort()
    place = {value: code for code, value in enumerate(different)}
    partial = None in cells
    codes = np.array([place.get(value, len(different)) for value in cells], np.intp)
    labels = value_labels([*different, None] if partial else different)
    # The title of a task's setting is its own key, unless another setting has that name.
    key = name.removeprefix("task_")
    title = words(name if key in columns else key)
    return Setting(name, labels, codes, numeric, partial, title=title, values=tuple(different))


def determines(codes: Codes, other_codes: Codes) -> bool:
    """Return whether trials with equal codes also have equal other codes.

    Parameters
    ----------
    codes, other_codes : (n_trials,) arrays of int
        The codes of two settings.
    """
    pairs = np.unique(np.stack([codes, other_codes], axis=1), axis=0)
    return len(pairs) == len(np.unique(codes))


def is_scattered(setting: Setting, others: Sequence[Setting]) -> bool:
    """Return whether a setting has many values with few trials each, as random draws do.

    The keys of a random draw are drawn together, so the value of one determines the others, which
    the value of a grid does not. A key that is drawn alone has few trials for each value. Lists
    that advance together determine each other, too, but are shorter, or rise together.

    Parameters
    ----------
    setting : Setting
    others : sequence of Setting
        All settings that vary; the setting itself may be among them.
    """
    n_values = len(setting.labels) - setting.partial
    if not setting.numeric or n_values <= MAX_RANGES:
        return False
    applies = setting.applies(setting.codes)
    codes = setting.codes[applies]
    few = len(codes) < FEWEST_TRIALS * len(np.unique(codes))
    rest = [other for other in others if other.name != setting.name]
    if n_values > MANY_VALUES:
        return few or any(determines(codes, other.codes[applies]) for other in rest)
    return few and any(
        other.numeric
        and len(other.labels) - other.partial > MAX_RANGES
        and _drawn_together(codes, other.codes[applies])
        for other in rest
    )


def _drawn_together(codes: Codes, other_codes: Codes) -> bool:
    """Return whether one of two codes determines the other, and they do not rise or fall together.

    Lists that advance together usually do.
    """
    if not (determines(codes, other_codes) or determines(other_codes, codes)):
        return False
    rise, fall = (
        np.diff((sign * codes)[np.lexsort((sign * codes, other_codes))]) for sign in (1, -1)
    )
    return bool((rise < 0).any() and (fall < 0).any())


def in_ranges(setting: Setting) -> Setting:
    """Return a numeric setting with ranges as labels, each of the same number of values.

    The setting is one that `setting_of` returned.
    """
    values = np.array(setting.values, np.float64)
    ranges = np.array_split(values, min(MAX_RANGES, len(values)))
    labels = ["\u2013".join(distinct_texts([float(r[0]), float(r[-1])], fewest=2)) for r in ranges]
    place = np.repeat(np.arange(len(ranges)), [len(r) for r in ranges])
    # The last code is that of the trials to which the setting does not apply.
    place = np.append(place, len(ranges))
    all_labels = (*labels, *setting.labels[len(values) :])
    return replace(setting, labels=all_labels, codes=place[setting.codes], binned=True)


def _hashable(cell: object) -> object:
    """Return a cell as a hashable value: None if it is empty, and "true" and not 1 for True."""
    if is_none(cell):
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell if isinstance(cell, str | int | float) else str(cell)
