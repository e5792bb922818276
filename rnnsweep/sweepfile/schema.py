"""The JSON Schema of a sweep file, so that editors complete and check it."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import PydanticUndefined

from rnnsweep.tasks import TASKS, GeneratedTask
from rnnsweep.vocabulary import OWN_TASK, OWN_TASK_LINE

from .cell_schema import cells_schema
from .keys import (
    CELLS_TABLE,
    RECORD_TABLES,
    REPEATED,
    SEED_KEYS,
    TABLES,
    TASK_KEYS,
    TASK_NAME,
    Key,
    any_keys,
)
from .keys.file_cells import CONSTANT, SUM_BIAS
from .keys.file_tasks import OWN_TASK_PATTERN
from .keys.layout import AXIS_FORMS, BIAS
from .search.dimensions import MAX_TRIALS
from .search.values import SCALES

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_LINES = {
    "task": "the sequence problem; which further keys it takes depends on its name",
    "model": "the network",
    "cell": "the constants of the cell's equations, and the initial biases of its sums",
    "train": "how it is trained",
    "cells": "cells by their equations, each under a name that model.cell takes",
    "stop": "when a trial ends before its last epoch",
    "metrics": "what else is recorded of every epoch",
    "output": "what else is kept, and in which form",
    "run": "how the trials are run; it changes no result",
    "grid": "axes: every combination of their values is a trial",
    "zip": "axes that advance together: lists of one length",
    "random": "draws at random: trials says how many, in each of which every key has a value",
    "exclude": "combinations that are left out: all of these settings together",
    "when": "axes that exist only where a condition holds",
}

Schema = dict[str, Any]
Form = Callable[[Key], Schema]


def json_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a sweep file.

    It has what can be said of single keys and of required ones; rules between keys, data files and
    the number of trials are checked when a file is loaded.
    """
    always = [any_keys(table).values() for table in TABLES[1:]]
    required = [TASK_NAME, *(key for keys in always for key in keys if key.required)]
    tables = {table: _LINES[table] for table in (*TABLES, *RECORD_TABLES)}
    return {
        "$schema": _DRAFT,
        "title": "sweep file of rnnsweep",
        **_object(
            {
                **{name: _value(key) for name, key in SEED_KEYS.items()},
                **{
                    name: {"description": line} | _table(name, _value)
                    for name, line in tables.items()
                },
                CELLS_TABLE: {"description": _LINES[CELLS_TABLE], **cells_schema()},
                **_search_forms(),
            }
        ),
        "allOf": [_present(key) for key in required],
    }


def _search_forms() -> dict[str, Schema]:
    condition = {
        "description": "a value, or a list of values, of each key; all of them must be so",
        **_object(_keyed(_condition)),
        "minProperties": 1,
    }
    whole = {"type": "integer", "minimum": 1, "maximum": MAX_TRIALS}
    draws = {
        "trials": {"description": "the number of draws", **whole},
        "seed": {"description": "of the draws", **SEED_KEYS["seed"].schema, "default": 0},
    }
    zipped = _object(_keyed(lambda key: _axis(key, repeats=True)))
    forms = {
        "grid": _object(_keyed(_axis)),
        "zip": zipped | {"minProperties": 1},
        "random": _object({**_keyed(_draws), **draws}) | {"required": ["trials"]},
        "exclude": _object(_keyed(_condition)) | {"minProperties": 1},
        "when": _object({"if": condition, **_keyed(_axis)})
        | {"required": ["if"], "minProperties": 2},
    }
    return {
        name: {"description": _LINES[name]}
        | ({"type": "array", "items": form} if name in REPEATED else form)
        for name, form in forms.items()
    }


def _keyed(form: Form) -> dict[str, Schema]:
    """Return the keys that may vary, each in one form."""
    tables = {table: {"description": _LINES[table]} | _table(table, form) for table in TABLES}
    return tables | {name: form(key) for name, key in SEED_KEYS.items()}


def _table(table: str, form: Form) -> Schema:
    """Return the schema of a table with each key in one form: as a value, or as an axis."""
    if table == "cell":
        # Their names depend on the cell.
        biases = {"type": "object", "additionalProperties": form(SUM_BIAS)}
        described = {"description": SUM_BIAS.description} | biases
        names = {"type": "object", "properties": {BIAS: described}}
        return names | {"additionalProperties": form(CONSTANT)}
    if table != "task":
        return _object({key.name: form(key) for key in any_keys(table).values()})
    of_tasks = []
    for name, keys in TASK_KEYS.items():
        schema = _object({key.name: form(key) for key in keys.values()})
        if form is _value:
            # In the table the name decides which task it is; an axis may name several.
            schema["properties"]["name"] = {"const": name, "description": TASKS[name].line}
        of_tasks.append({"title": name, **schema})
    return {"anyOf": [*of_tasks, _own_task(form)]}


def _own_task(form: Form) -> Schema:
    """Return the schema of a task of one's own, whose other keys its function alone knows."""
    schema = _object(
        {name: form(Key("task", name, field)) for name, field in GeneratedTask.model_fields.items()}
    )
    schema["properties"]["name"] = form(TASK_NAME)
    if form is _value:
        schema["properties"]["name"] = {"pattern": OWN_TASK_PATTERN, "description": OWN_TASK_LINE}
    more: Schema = {"type": ["boolean", "number", "string"]} if form is _value else {}
    more["description"] = "a parameter of the function"
    return {"title": OWN_TASK, **schema, "additionalProperties": more}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _value(key: Key) -> Schema:
    default = key.field.default
    described = {"description": key.description, **key.schema}
    return described if default is PydanticUndefined else described | {"default": default}


def _values(key: Key, least: int = 1, repeats: bool = False) -> Schema:
    values = {"type": "array", "items": key.schema, "minItems": least}
    return values if repeats else values | {"uniqueItems": True}


def _axis(key: Key, repeats: bool = False) -> Schema:
    num = {"type": "integer", "minimum": 1, "maximum": MAX_TRIALS}
    return _numbers_or(key, _values(key, repeats=repeats), {"num": num})


def _draws(key: Key) -> Schema:
    return _numbers_or(key, _values(key, least=2), {})


def _numbers_or(key: Key, values: Schema, more: Mapping[str, Schema]) -> Schema:
    """Return a list of values or, of numbers, what lies between two ends."""
    if not key.is_number:
        return {"description": key.description, **values}
    ends = {"from": key.schema, "to": key.schema}
    scale = {"enum": list(SCALES), "default": SCALES[0]}
    between = _object({**ends, **more, "scale": scale}) | {"required": [*ends, *more]}
    return {"description": key.description, "anyOf": [values, between]}


def _condition(key: Key) -> Schema:
    return {"description": key.description, "anyOf": [key.schema, _values(key)]}


def _present(key: Key) -> Schema:
    """Return the schema that requires a key in its table or in a search form."""

    def within(table: str, inner: Schema) -> Schema:
        return {"properties": {table: inner}, "required": [table]}

    in_table = within(key.table, {"required": [key.name]})
    in_forms = [
        within(form, {"contains": in_table} if form in REPEATED else in_table)
        for form in AXIS_FORMS
    ]
    return {"anyOf": [in_table, *in_forms]}
