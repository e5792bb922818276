"""One key of a sweep file: what it takes, in words and as JSON Schema, and the check of a value."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from rnnsweep.suggestions import did_you_mean, nearest
from rnnsweep.sweepfile.faults import Refused
from rnnsweep.sweepfile.wording import listed, short, shown

from .implied import IMPLIED
from .layout import join_key

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)
_BOUNDS = {
    "exclusiveMinimum": "above",
    "minimum": "of at least",
    "exclusiveMaximum": "below",
    "maximum": "at most",
}


class Key:
    """One key of the file.

    Attributes
    ----------
    dotted : str
        Its table and name, as in "model.hidden_size"; a seed has no table.
    table, name : str
        `table` is "" for a seed.
    description : str
    required : bool
        False if it has a default, from its declaration or implied by other keys.
    field : FieldInfo
        Its declaration.
    """

    def __init__(self, table: str, name: str, field: FieldInfo) -> None:
        self.table = table
        self.name = name
        self.dotted = join_key(table, name)
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
    def type(self) -> str:
        """The JSON type of a value: integer, number, boolean, string or array."""
        name: str = self.schema["type"]
        return name

    @property
    def is_number(self) -> bool:
        """Whether it takes numbers, whole or real."""
        return self.type in ("integer", "number")

    @property
    def words(self) -> list[str]:
        """The words it takes; empty if it takes something else."""
        if "const" in self.schema:
            return [self.schema["const"]]
        words, *_ = self.schema.get("anyOf", [self.schema])
        return list(words.get("enum", []))

    @property
    def other(self) -> str:
        """What it takes in addition to its words, in words; empty if nothing."""
        return "".join(getattr(mark, "other", "") for mark in self.field.metadata)

    @property
    def allowed(self) -> str:
        """What it takes, in words."""
        if self.words:
            other = [f"or {self.other}"] if self.other else []
            return listed([*map(shown, self.words), *other])
        if self.type == "integer" and "minimum" not in self.schema:
            return "a whole number"
        if self.type == "integer":
            return f"a whole number from {self.schema['minimum']} to {self.schema['maximum']}"
        if self.type == "number":
            bounds = (
                f"{word} {short(self.schema[bound])}"
                for bound, word in _BOUNDS.items()
                if bound in self.schema
            )
            return f"a number {' and '.join(bounds)}".rstrip()
        if self.type == "boolean":
            return "true, false"
        if self.type == "array":
            return "a list of texts, none of them empty"
        return "a text that is not empty" if "minLength" in self.schema else "a text"

    @property
    def home(self) -> str:
        """Where a file gives its single value, in words: "into [train]"."""
        return f"into [{self.table}]" if self.table else "above the tables"

    def advice(self, value: Any) -> str:
        """Return "allowed: ..." for a value that it does not take, with the nearest word if any."""
        near = nearest(value, self.words) if isinstance(value, str) else None
        return f"allowed: {self.allowed}{did_you_mean(near, shown)}"

    def check(self, value: Any) -> Any:
        """Return the value in the key's own type.

        Raises
        ------
        Refused
            The text says what was given, and what `read` says.
        """
        try:
            return self.read(value)
        except Refused as why:
            raise Refused(f"{shown(value)} given; {why}") from None

    def read(self, value: Any) -> Any:
        """Return the value in the key's own type.

        Raises
        ------
        Refused
            The text says what is wrong with it, or what is allowed.
        """
        try:
            checked = self._adapter.validate_python(value)
        except ValidationError as error:
            cause = error.errors(include_url=False)[0].get("ctx", {}).get("error")
            why = cause if isinstance(cause, Refused) else Refused(self.advice(value))
            raise why from None
        # A zero has no sign: -0.0 is the same setting as 0.0.
        return checked + 0.0 if isinstance(checked, float) else checked


class WordKey(Key):
    """A key whose words depend on the file.

    Parameters
    ----------
    key : Key
        The key as it is without a file.
    words : collection of str
        All words that it takes in this file.
    refused : dict of str, optional
        What is wrong with a text that looks like a word of the file's own.
    """

    def __init__(
        self, key: Key, words: Collection[str], refused: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(key.table, key.name, key.field)
        self._words = words
        self._refused = refused or {}

    @property
    def words(self) -> list[str]:
        """The words it takes in this file."""
        return list(self._words)

    @property
    def type(self) -> str:
        """The JSON type of a value."""
        return "string"

    def read(self, value: Any) -> Any:
        """Return the value, which is one of the words.

        Raises
        ------
        Refused
        """
        if isinstance(value, str) and value in self._words:
            return value
        why = self._refused.get(value) if isinstance(value, str) else None
        raise Refused(why or self.advice(value))
