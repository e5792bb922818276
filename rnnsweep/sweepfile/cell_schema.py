"""The JSON Schema of [cells.NAME], which describes a cell by its equations."""

from typing import Any

Schema = dict[str, Any]

_NUMBER: Schema = {"type": "number"}
_NAMES: Schema = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
_FED: Schema = {
    "anyOf": [_NAMES, {"type": "object", "additionalProperties": _NAMES}],
}
_ENDS: Schema = {
    "type": "object",
    "properties": {
        "uniform": {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
    },
    "required": ["uniform"],
    "additionalProperties": False,
}
# What each key takes, and what it means.
_KEYS: dict[str, tuple[Schema, str]] = {
    "sums": (
        _FED,
        "the names of sums x W + h_prev U + b, or a table that says what feeds each of them",
    ),
    "inputs": (_NAMES, "the names of sums of the input alone, x W + b"),
    "recurrents": (_FED, "the names of sums of the state alone, h_prev U + b"),
    "states": (_NAMES | {"minItems": 1}, "what is carried over time; the first is read out"),
    "equations": ({"type": "string"}, "the equations of one time step, a line each"),
    "vectors": (
        {"type": "object", "additionalProperties": {"anyOf": [_NUMBER, _ENDS]}},
        "learned values, one a hidden unit, with their start: a number, or uniform = [low, high]",
    ),
    "biases": (
        {"type": "object", "additionalProperties": {"anyOf": [_NUMBER, {"const": False}]}},
        "added to the initial biases of sums; false for a sum without a bias",
    ),
    "constants": (
        {"type": "object", "additionalProperties": _NUMBER},
        "numbers in the equations, which [cell] may set",
    ),
    "source": ({"type": "string"}, "the publication"),
    "line": ({"type": "string"}, "a line about the cell"),
    "year": ({"type": "integer", "minimum": 0, "maximum": 9999}, "that of the publication"),
}


def cells_schema() -> Schema:
    """Return the schema of the table that has a cell under each name."""
    properties = {name: {"description": line, **form} for name, (form, line) in _KEYS.items()}
    cell = {
        "description": "a cell by its equations",
        "type": "object",
        "properties": properties,
        "required": ["states", "equations"],
        "additionalProperties": False,
    }
    return {"type": "object", "additionalProperties": cell}
