"""The tables that a sweep file may have."""

from collections.abc import Mapping
from typing import Any

# Their keys may be axes and decide a trial's result; in the order of trials.
TABLES = ("task", "model", "cell", "train", "stop")
# They say what is recorded of the trials, and how they are run: alike for all of them, and no part
# of their results.
RECORD_TABLES = ("metrics", "output", "run")
# Its tables define the cells of a file by their names.
CELLS_TABLE = "cells"
# A table within [cell]: its keys are those of [cell] as well, with dotted names.
BIAS = "bias"
# The search forms: what varies.
FORMS = ("grid", "zip", "random", "exclude", "when")
AXIS_FORMS = tuple(form for form in FORMS if form != "exclude")
# The forms of which a file may have several blocks, each as in [[zip]].
REPEATED = ("zip", "exclude", "when")
# What a form has in addition to axes.
OWN_KEYS: dict[str, tuple[str, ...]] = {"random": ("trials", "seed"), "when": ("if",)}


def split_key(dotted: str) -> tuple[str, str]:
    """Return the table and the name of a key; a seed has the table "".

    That of "cell.bias.zf" is "cell", and its name is "bias.zf".
    """
    table, dot, name = dotted.partition(".")
    return (table, name) if dot else ("", dotted)


def join_key(table: str, name: str) -> str:
    """Return a key as in "model.hidden_size", or "seed"."""
    return f"{table}.{name}" if table else name


def path_of(dotted: str) -> list[str]:
    """Return the names that lead to a key in a document: those of its tables, and its own."""
    table, name = split_key(dotted)
    first, dot, rest = name.partition(".")
    if table == "cell" and dot and first == BIAS:
        return [table, first, rest]
    return [table, name] if table else [name]


def flat_table(table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a document gives in a table, by the names of its keys."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if table == "cell" and name == BIAS and isinstance(value, Mapping):
            flat |= {f"{BIAS}.{inner}": content for inner, content in value.items()}
        else:
            flat[name] = value
    return flat


def head(table: str) -> str:
    """Return how a file begins a table: "[grid]", "[[zip]]"."""
    return f"[[{table}]]" if table in REPEATED else f"[{table}]"
