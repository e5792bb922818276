"""How the values of options and arguments are read.

These are callbacks of click, which get the text, or the texts, that the user typed.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click import BadParameter, Context, Parameter

from rnnsweep.byte_sizes import read_bytes
from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed, did_you_mean, nearest

if TYPE_CHECKING:
    from rnnsweep.cells import Cell

_AT_LEAST_1 = click.IntRange(min=1)


def names(ctx: Context, parameter: Parameter, value: tuple[str, ...]) -> list[str]:
    """Return the names of an option that takes several, each once.

    The option may be repeated, and names may be separated by commas.
    """
    texts = (text.strip() for part in value for text in part.split(","))
    unique = list(dict.fromkeys(filter(None, texts)))
    if value and not unique:
        raise BadParameter("it is empty; allowed: a name, or several", ctx, parameter)
    return unique


def sizes(ctx: Context, parameter: Parameter, value: tuple[str, ...]) -> list[int]:
    """Return the sizes of an option that takes several, each once."""
    return [_AT_LEAST_1(text, parameter, ctx) for text in names(ctx, parameter, value)]


def cells(ctx: Context, parameter: Parameter, value: tuple[str, ...]) -> list[str]:
    """Return the words of cells that an option takes; three of them without any."""
    from rnnsweep.cells import CELLS

    words = names(ctx, parameter, value)
    return [word("--cell", each, CELLS) for each in words] or ["rnn", "lstm", "gru"]


def cell(ctx: Context, parameter: Parameter, value: str) -> "Cell":
    """Return a cell by its word or by its file."""
    from rnnsweep.cells import CELLS, read_cell_file

    if value in CELLS:
        return CELLS[value]
    if value.endswith(".toml"):
        return read_cell_file(value)
    near = did_you_mean(nearest(value, CELLS))
    raise SweepError(
        f"no cell {value!r}; allowed: the path of a .toml file, or a word that `list cells` "
        f"shows{near}"
    )


def dtype(ctx: Context, parameter: Parameter, value: str) -> str:
    """Return a precision."""
    from rnnsweep.vocabulary import DTYPES

    return word("--dtype", value, DTYPES)


def word(option: str, text: str, words: Iterable[str]) -> str:
    """Return a text that is one of these words."""
    if text not in words:
        raise SweepError(f"{option} {text!r} is not known; {allowed(text, words)}")
    return text


def format_of_file(form: str | None, out: Path | None, endings: Mapping[str, str]) -> str | None:
    """Return the format of the file of --out: that of --format, else as its name ends.

    Parameters
    ----------
    form : str or None
        That of --format; None where it is not given.
    out : Path or None
    endings : mapping
        The formats by the endings of names, such as "tex".

    Raises
    ------
    SweepError
        If the two differ.
    """
    of_name = None if out is None else endings.get(out.suffix[1:].lower())
    if form is not None and of_name is not None and form != of_name:
        ending = next(each for each, format_ in endings.items() if format_ == form)
        raise SweepError(
            f"--format {form} and --out {out} are two formats; name a file that ends in "
            f".{ending}, or leave --format out"
        )
    return form or of_name


def no_nan(ctx: Context, parameter: Parameter, value: float) -> float:
    """Return a number."""
    if math.isnan(value):  # it is in every range
        raise click.BadParameter("nan is no number", ctx, parameter)
    return value


def size_in_bytes(ctx: Context, parameter: Parameter, value: str | None) -> int | None:
    """Return a size in bytes."""
    try:
        return None if value is None else read_bytes(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, parameter) from None
