"""A swept setting as the pictures see it: a label for each of its values."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnsweep.plots.lettering import is_none, value_labels, words

# Settings whose values say what they are.
TELLING = frozenset(
    {"task", "cell", "activation", "init", "loss", "optimizer", "schedule", "gradient"}
)


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
    """

    name: str
    labels: tuple[str, ...]
    codes: NDArray[np.intp]
    numeric: bool
    partial: bool = False
    share: float = np.nan

    @property
    def title(self) -> str:
        """The name in words."""
        return words(self.name)

    def applies(self, codes: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Tell for each of these codes whether it stands for a value."""
        return codes < len(self.labels) - self.partial

    def phrase(self, code: int) -> str:
        """Say that the setting has this value: "learning rate 0.1", "relu"."""
        if not self.applies(np.array(code)):
            return f"no {self.title}"
        label = self.labels[code]
        return label if self.name in TELLING else f"{self.title} {label}"


def setting_of(trials: pd.DataFrame, name: str) -> Setting:
    """Return a column of the trials as a setting."""
    column = trials[name]
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if not numeric:
        column = column.map(_spelt)
    codes, values = pd.factorize(column, sort=numeric)
    partial = bool((codes < 0).any())
    codes = np.where(codes < 0, len(values), codes)
    labels = value_labels([*values, None] if partial else list(values))
    return Setting(name, labels, codes, numeric, partial)


def _spelt(value: object) -> object:
    """Return a value that can be hashed, with true apart from 1 and one kind of missing value."""
    if is_none(value):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str | int | float) else str(value)
