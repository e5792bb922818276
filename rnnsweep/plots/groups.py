"""Groups of rows of a table, each with a name and a colour: the lines of a picture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnsweep.array_types import Floats

from .lettering import value_labels, words
from .setting import SELF_EXPLANATORY
from .style import OKABE_ITO, colours

if TYPE_CHECKING:
    import pandas as pd

MAX_GROUPS = len(OKABE_ITO)


@dataclass(frozen=True)
class Group:
    """The rows of a table that belong to one combination of settings.

    Attributes
    ----------
    name : str
        The values of the settings; empty where the table has no settings.
    phrase : str
        The settings in words with their values.
    colour : Any
    columns : dict of (n_rows,) array
        The columns of numbers by name.
    """

    name: str
    phrase: str
    colour: Any
    columns: dict[str, Floats]


@dataclass(frozen=True)
class Groups:
    """The groups of a table that are drawn.

    Attributes
    ----------
    title : str
        The names of the settings in words; empty without any.
    shown : list of Group
    n_left_out : int
        How many more there are.
    """

    title: str
    shown: list[Group]
    n_left_out: int

    def notes(self) -> list[str]:
        """Return a note on the groups that are not drawn."""
        n = len(self.shown) + self.n_left_out
        return [f"{len(self.shown)} of {n} values shown"] if self.n_left_out else []


def groups_of(table: "pd.DataFrame", first: str) -> Groups:
    """Return the groups of a table, at most `MAX_GROUPS`, evenly from the first to the last.

    Parameters
    ----------
    table : DataFrame
        The columns of settings, then those of numbers; the rows of a group are neighbours.
    first : str
        Name of the first column of numbers.
    """
    names = list(table.columns)
    by, numbers = names[: names.index(first)], names[names.index(first) :]
    columns = {name: table[name].to_numpy(float, na_value=np.nan) for name in numbers}
    values = [table[name].tolist() for name in by]
    rows = list(zip(*values, strict=True)) if by else [()] * len(table)
    starts = np.array([row for row in range(len(rows)) if not row or rows[row] != rows[row - 1]])
    ends = [*starts[1:], len(rows)]
    places = np.unique(np.linspace(0, len(starts) - 1, min(len(starts), MAX_GROUPS)).round())
    chosen = places.astype(int).tolist()
    heads = [rows[starts[place]] for place in chosen]
    labels = [value_labels(column) for column in zip(*heads, strict=True)]
    texts = list(zip(*labels, strict=True)) if by else [()]
    ordered = len(by) == 1 and all(isinstance(head[0], int | float) for head in heads)
    groups = [
        Group(
            ", ".join(text),
            ", ".join(map(_phrase, by, text)),
            colour,
            {name: column[starts[place] : ends[place]] for name, column in columns.items()},
        )
        for text, colour, place in zip(texts, colours(len(heads), ordered), chosen, strict=True)
    ]
    return Groups(", ".join(map(words, by)), groups, len(starts) - len(groups))


def _phrase(name: str, label: str) -> str:
    return label if name in SELF_EXPLANATORY else f"{words(name)} {label}"
