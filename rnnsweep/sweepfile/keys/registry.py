"""The keys of a sweep file: what each takes, and the check of one value."""

from functools import cached_property
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from rnnsweep.sweepfile.faults import did_you_mean, listed, short, shown
from rnnsweep.tasks import TASKS

from .implied import IMPLIED
from .tables import (
    MetricsConfig,
    ModelConfig,
    OneOf,
    OutputConfig,
    SeedConfig,
    StopConfig,
    TrainConfig,
)

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)


class Refused(ValueError):
    """A value is not what its key takes; the text says what was given and what is allowed."""


class Key:
    """One key of the file.

    Attributes
    ----------
    dotted : str
        Its table and name, as in "model.hidden_size"; "seed" stands alone.
    table, name : str
        `table` is "" for the seed.
    description : str
    required : bool
        False where it has a default, its own or the task's.
    """

    def __init__(self, table: str, name: str, field: FieldInfo) -> None:
        self.table = table
        self.name = name
        self.dotted = f"{table}.{name}" if table else name
        self.description = field.description or ""
        self.required = field.is_required() and self.dotted not in IMPLIED
        self.field = field

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        annotated: Any = Annotated[self.field.annotation, Field(), *self.field.metadata]
        return TypeAdapter(annotated, config=_STRICT)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of one value."""
        return self._adapter.json_schema()

    @property
    def kind(self) -> str:
        """The JSON type of a value: integer, number, boolean, string or array."""
        kind: str = self.schema["type"]
        return kind

    @property
    def words(self) -> list[str]:
        """The words it takes; empty where it takes something else."""
        if "const" in self.schema:
            return [self.schema["const"]]
        return list(self.schema.get("enum", []))

    @property
    def allowed(self) -> str:
        """What it takes, in words."""
        if self.words:
            return listed(shown(word) for word in self.words)
        if self.kind == "integer":
            return f"a whole number from {self.schema['minimum']} to {self.schema['maximum']}"
        if self.kind == "number":
            return f"a number {_bounds(self.schema)}"
        if self.kind == "boolean":
            return "true, false"
        if self.kind == "array":
            return "a list of texts, none of them empty"
        return "a text that is not empty"

    def check(self, value: Any) -> Any:
        """Return the value in the key's own type.

        Raises
        ------
        Refused
        """
        try:
            checked = self._adapter.validate_python(value)
        except ValidationError:
            text = f"{shown(value)} given; allowed: {self.allowed}"
            if isinstance(value, str):
                text += did_you_mean(value, self.words, '"{}"')
            raise Refused(text) from None
        # A zero has no sign: -0.0 is the same setting as 0.0.
        return checked + 0.0 if isinstance(checked, float) else checked


def _bounds(schema: dict[str, Any]) -> str:
    words = {
        "exclusiveMinimum": "above",
        "minimum": "of at least",
        "exclusiveMaximum": "below",
        "maximum": "at most",
    }
    return " and ".join(
        f"{word} {short(schema[bound])}" for bound, word in words.items() if bound in schema
    )


def _keys(table: str, owner: type[BaseModel]) -> dict[str, Key]:
    return {name: Key(table, name, field) for name, field in owner.model_fields.items()}


class _TaskName(BaseModel):
    name: Annotated[str, OneOf(TASKS)] = Field(description="the sequence problem")


SEED = Key("", "seed", SeedConfig.model_fields["seed"])
TASK_NAME = Key("task", "name", _TaskName.model_fields["name"])
TASK_KEYS: dict[str, dict[str, Key]] = {
    name: _keys("task", cls) | {"name": TASK_NAME} for name, cls in TASKS.items()
}
MODEL_KEYS = _keys("model", ModelConfig)
TRAIN_KEYS = _keys("train", TrainConfig)
STOP_KEYS = _keys("stop", StopConfig)
METRICS_KEYS = _keys("metrics", MetricsConfig)
OUTPUT_KEYS = _keys("output", OutputConfig)
# The tables whose keys may be axes, in the order of trials; they decide a trial's result.
TABLES = ("task", "model", "train", "stop")
# The tables that say what is recorded beside it, alike for all trials.
RECORD_TABLES = ("metrics", "output")

_KEYS = {
    "model": MODEL_KEYS,
    "train": TRAIN_KEYS,
    "stop": STOP_KEYS,
    "metrics": METRICS_KEYS,
    "output": OUTPUT_KEYS,
    "": {"seed": SEED},
}


def any_keys(table: str) -> dict[str, Key]:
    """Return all keys of a table; for [task] those of every task, for "" the seed."""
    if table == "task":
        return {name: key for keys in TASK_KEYS.values() for name, key in keys.items()}
    return _KEYS[table]


def all_keys() -> list[Key]:
    """Return every key of a file."""
    tables = (*TABLES, *RECORD_TABLES)
    return [key for table in tables for key in any_keys(table).values()] + [SEED]
