"""The arguments and options of the verbs, and how their values are read."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click import Context, Parameter

from rnnsweep.byte_sizes import read_bytes
from rnnsweep.errors import SweepError, nearest

_Verb = TypeVar("_Verb", bound=Callable[..., Any])

_AT_LEAST_1 = click.IntRange(min=1)
_PATH = click.Path(path_type=Path)


def _names(ctx: Context, parameter: Parameter, value: tuple[str, ...]) -> list[str]:
    """Return the names of an option that takes them by commas or by turns, each once."""
    names = (name.strip() for part in value for name in part.split(","))
    return list(dict.fromkeys(name for name in names if name))


def _sizes(ctx: Context, parameter: Parameter, value: tuple[str, ...]) -> list[int]:
    return [_AT_LEAST_1(name, parameter, ctx) for name in _names(ctx, parameter, value)]


def _cells(ctx: Context, parameter: Parameter, value: tuple[str, ...]) -> list[str]:
    from rnnsweep.vocabulary import CELLS

    return [_word("--cell", name, CELLS) for name in _names(ctx, parameter, value)]


def _dtype(ctx: Context, parameter: Parameter, value: str) -> str:
    from rnnsweep.vocabulary import DTYPES

    return _word("--dtype", value, DTYPES)


def _word(option: str, word: str, allowed: Iterable[str]) -> str:
    if word not in allowed:
        raise SweepError(f"{option} {word!r} is not known; {nearest(word, allowed)}")
    return word


def _bytes(ctx: Context, parameter: Parameter, value: str | None) -> int | None:
    try:
        return None if value is None else read_bytes(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, parameter) from None


# What several verbs take

sweep = click.argument("sweep", type=_PATH)
results = click.argument("results", type=_PATH)
overrides = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Replace a key or an axis of the file, as train.epochs=5; repeatable.",
)
folder = click.option(
    "--results",
    type=_PATH,
    metavar="DIR",
    help="The sweep's own results folder.  [default: results/<stem of the file>]",
)
jobs = click.option(
    "--jobs", type=_AT_LEAST_1, metavar="N", help="Trials at once.  [default: cores]"
)

# run

data_memory = click.option(
    "--data-memory",
    callback=_bytes,
    metavar="SIZE",
    help="What data sets kept for further trials may take, as 512MB or 2GB.  [default: 512MiB]",
)

# summary

by = click.option(
    "--by",
    multiple=True,
    callback=_names,
    metavar="SETTING,...",
    help="The settings to tell apart.  [default: what the sweep varies]",
)

# bench

cells = click.option(
    "--cell",
    "cells",
    multiple=True,
    callback=_cells,
    default=["rnn,lstm,gru"],
    metavar="CELL,...",
    help="rnn, lstm or gru; repeatable.  [default: all]",
)
hidden_sizes = click.option(
    "--hidden-size",
    "hidden_sizes",
    multiple=True,
    callback=_sizes,
    default=["8,16,32,64,128,256"],
    show_default=True,
    metavar="N,...",
    help="Hidden units; repeatable.",
)
dtype = click.option(
    "--dtype", callback=_dtype, default="float32", show_default=True, help="float32 | float64"
)
_SHAPE = (
    ("--batch-size", 32, "Sequences of a step."),
    ("--seq-len", 32, "Time steps of a sequence."),
    ("--input-size", 2, "Inputs of a time step."),
    ("--output-size", 1, "Outputs of a sequence."),
)


def shape(verb: _Verb) -> _Verb:
    """Add an option for each size of a training step."""
    for name, default, line in reversed(_SHAPE):  # the last that is added is shown first
        option = click.option(
            name, type=_AT_LEAST_1, default=default, show_default=True, metavar="N", help=line
        )
        verb = option(verb)
    return verb
