"""A swept setting as the pictures see it: a label for each of its values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.value_text import distinct_texts, is_none

from .lettering import value_labels, words

# Settings whose values say what they are.
TELLING = frozenset(
    {"task", "cell", "activation", "init", "loss", "optimizer", "schedule", "gradient"}
)
MANY_VALUES = 24  # of more, those that are hardly tried again are shown in ranges
FEWEST_TRIALS = 5  # a value: quartiles of fewer are the values themselves
MAX_RANGES = 8


@dataclass(frozen=True)
class Setting:
    """A swept setting that takes more than one value.

    Attributes
    ----------
    name : str
        The column's name.
    labels : tuple of str
        One short, distinct label a value: numbers ascending, words in the order of the trials,
        and last the trials to which it does not apply.
    codes : (n_trials,) array of int
        The place in `labels` of each trial's value.
    numeric : bool
        Whether the values are numbers.
    partial : bool
        Whether there are trials to which it does not apply.
    share : float
        Share of the variance of the trials' ranks that this setting explains alone, of those to
        which it applies; NaN where no value was tried twice.
    title : str
        The name in words.
    binned : bool
        Whether the labels are ranges of values.
    values : tuple
        The values, one a label but for the last where there are trials without one; those of
        which the ranges were made.
    """

    name: str
    labels: tuple[str, ...]
    codes: NDArray[np.intp]
    numeric: bool
    partial: bool = False
    share: float = np.nan
    title: str = ""
    binned: bool = False
    values: tuple[Any, ...] = ()

    def applies(self, codes: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell for each of these codes whether it stands for a value."""
        return codes < len(self.labels) - self.partial

    def phrase(self, code: int) -> str:
        """Say that the setting has this value: "learning rate 0.1", "relu"."""
        if not self.applies(np.array(code)):
            return f"no {self.title}"
        label = self.labels[code]
        return label if self.name in TELLING else f"{self.title} {label}"


def setting_of(columns: Mapping[str, Sequence[Any]], name: str) -> Setting:
    """Return a setting of the trials.

    Parameters
    ----------
    columns : mapping
        The trials' settings by name, as `rnnsweep.analysis.outcomes` has them.
    name : str
    """
    cells = [_spelt(value) for value in columns[name]]
    different = [value for value in dict.fromkeys(cells) if value is not None]
    numeric = all(isinstance(value, int | float) for value in different)
    if numeric:
        different.sort()
    place = {value: code for code, value in enumerate(different)}
    partial = None in cells
    codes = np.array([place.get(value, len(different)) for value in cells], np.intp)
    labels = value_labels([*different, None] if partial else different)
    # A task's own key is known by its own name, where no other setting has that.
    own = name.removeprefix("task_")
    title = words(name if own in columns else own)
    return Setting(name, labels, codes, numeric, partial, title=title, values=tuple(different))


def determines(one: NDArray[np.intp], other: NDArray[np.intp]) -> bool:
    """Tell whether equal codes of the one setting come with equal codes of the other.

    Parameters
    ----------
    one, other : (n_trials,) arrays of int
        The codes of two settings.
    """
    pairs = np.unique(np.stack([one, other], axis=1), axis=0)
    return len(pairs) == len(np.unique(one))


def is_scattered(setting: Setting, others: Sequence[Setting]) -> bool:
    """Tell whether the values are many and hardly tried again, as random draws are.

    All keys of a draw come together, so each value settles the draw's other keys; the value of a
    grid settles nothing. A key that is drawn alone is told by the few trials a value.

    Parameters
    ----------
    setting : Setting
    others : sequence of Setting
        All that vary; the setting itself may be among them.
    """
    if not setting.numeric or len(setting.labels) - setting.partial <= MANY_VALUES:
        return False
    applies = setting.applies(setting.codes)
    codes = setting.codes[applies]
    if len(codes) < FEWEST_TRIALS * len(np.unique(codes)):
        return True
    return any(
        determines(codes, other.codes[applies]) for other in others if other.name != setting.name
    )


def in_ranges(setting: Setting) -> Setting:
    """Return a numeric setting, as `setting_of` made it, with ranges of as many values each."""
    values = np.array(setting.values, np.float64)
    ranges = np.array_split(values, min(MAX_RANGES, len(values)))
    labels = ["\u2013".join(distinct_texts([float(r[0]), float(r[-1])], fewest=2)) for r in ranges]
    place = np.repeat(np.arange(len(ranges)), [len(r) for r in ranges])
    # The code of a setting that does not apply is the last one.
    place = np.append(place, len(ranges))
    names = (*labels, *setting.labels[len(values) :])
    return replace(setting, labels=names, codes=place[setting.codes], binned=True)


def _spelt(value: object) -> object:
    """Return a value that can be hashed, with true apart from 1 and one kind of missing value."""
    if is_none(value):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str | int | float) else str(value)
