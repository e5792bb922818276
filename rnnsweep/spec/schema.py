"""The JSON Schema of a sweep file, so that editors complete and check it."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import PydanticUndefined

from rnnsweep.tasks import TASKS

from .axes import MAX_TRIALS, SCALES
from .keys import MODEL_KEYS, SEED, TABLES, TASK_KEYS, TASK_NAME, TRAIN_KEYS, Key

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_LINES = {
    "task": "the sequence problem; which further keys it takes depends on its name",
    "model": "the network",
    "train": "how it is trained",
    "grid": "axes: every combination of their values is a trial",
}

Schema = dict[str, Any]


def json_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a sweep file.

    It holds what can be said of single keys and of what must not be missing; rules between
    keys, data files and the number of trials are checked when a file is loaded.
    """
    required = [
        key for key in (TASK_NAME, *MODEL_KEYS.values(), *TRAIN_KEYS.values()) if key.required
    ]
    return {
        "$schema": _DRAFT,
        "title": "sweep file of rnnsweep",
        **_object({"seed": _value(SEED), **_tables(_value), "grid": _grid()}),
        "allOf": [_present(key) for key in required],
    }


def _grid() -> Schema:
    axes = {**_tables(_axis), "seed": _axis(SEED)}
    return {"description": _LINES["grid"], **_object(axes)}


def _tables(form: Callable[[Key], Schema]) -> dict[str, Schema]:
    """Return the schemas of the tables, each key in one form: as a value, or as an axis."""
    of_tasks = []
    for name, keys in TASK_KEYS.items():
        schema = _object({key.name: form(key) for key in keys.values()})
        if form is _value:
            # In the table the name tells the tasks apart; an axis may name several.
            schema["properties"]["name"] = {"const": name, "description": TASKS[name].line}
        of_tasks.append({"title": name, **schema})
    tables = {
        "task": {"anyOf": of_tasks},
        "model": _object({key.name: form(key) for key in MODEL_KEYS.values()}),
        "train": _object({key.name: form(key) for key in TRAIN_KEYS.values()}),
    }
    return {table: {"description": _LINES[table], **tables[table]} for table in TABLES}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _value(key: Key) -> Schema:
    default = key.field.default
    described = {"description": key.description, **key.schema}
    return described if default is PydanticUndefined else described | {"default": default}


def _axis(key: Key) -> Schema:
    values = {"type": "array", "items": key.schema, "minItems": 1, "uniqueItems": True}
    if key.kind not in ("integer", "number"):
        return {"description": key.description, **values}
    ends = {"from": key.schema, "to": key.schema}
    num = {"type": "integer", "minimum": 1, "maximum": MAX_TRIALS}
    scale = {"enum": list(SCALES), "default": SCALES[0]}
    evenly_spaced = _object({**ends, "num": num, "scale": scale}) | {
        "required": ["from", "to", "num"]
    }
    return {"description": key.description, "anyOf": [values, evenly_spaced]}


def _present(key: Key) -> Schema:
    """Return the demand that a key stands in its table or on an axis."""

    def within(table: str, inner: Schema) -> Schema:
        return {"properties": {table: inner}, "required": [table]}

    in_table = within(key.table, {"required": [key.name]})
    return {"anyOf": [in_table, within("grid", in_table)]}
