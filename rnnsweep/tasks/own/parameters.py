"""The keys of a function: what its parameters say of their types and defaults."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import Field

from rnnsweep.suggestions import did_you_mean, nearest

from ..reading.files import SourceError
from ..reading.quoting import quoted

GIVEN = ("rng", "n")
"""The parameters that every function has, which are no keys."""

_TYPES: dict[str, type] = {"bool": bool, "int": int, "float": float, "str": str}
_ALLOWED = "bool, int, float or str"


class FunctionKey(NamedTuple):
    """A key that a parameter makes: its name, its type and its declaration."""

    name: str
    type: type
    field: Any


def keys_of(
    parameters: Sequence[Mapping[str, Any]], function: str, reserved: Collection[str]
) -> list[FunctionKey]:
    """Return the keys of a function, in the order of its parameters.

    Parameters
    ----------
    parameters : sequence of dict
        As `worker` describes them.
    function : str
        Its name.
    reserved : collection of str
        The names that no key may have.

    Raises
    ------
    SourceError
        A parameter can be no key, or the function lacks one of `GIVEN`.
    """
    for parameter in parameters:
        if fault := _kind_fault(parameter):
            raise SourceError(fault)
    names = [parameter["name"] for parameter in parameters]
    for name, meaning in zip(GIVEN, ("a generator", "the number of sequences"), strict=True):
        if name not in names:
            near = did_you_mean(nearest(name, names)) if len(name) > 1 else ""
            raise SourceError(
                f"it has no parameter {name}, {meaning}; needed: def {function}(rng, n, ...){near}"
            )
    return [_key(parameter, reserved) for parameter in parameters if parameter["name"] not in GIVEN]


def _kind_fault(parameter: Mapping[str, Any]) -> str | None:
    name = parameter["name"]
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter["kind"])
    if stars:
        return (
            f"its parameter {stars}{name} has no name for a key; name each parameter (a decorator "
            "shows those of its function with functools.wraps)"
        )
    if parameter["kind"] == "POSITIONAL_ONLY":
        return f"its parameter {name} is for calls by position alone; take the / away"
    return None


def _key(parameter: Mapping[str, Any], reserved: Collection[str]) -> FunctionKey:
    name = parameter["name"]
    if name in reserved or name.startswith(("_", "model_")):
        raise SourceError(f"its parameter {name} has a name that tasks use themselves; rename it")
    kind = _TYPES[_type_word(parameter)]
    description = "a parameter of the function"
    if "default" not in parameter:
        return FunctionKey(name, kind, Field(description=description))
    return FunctionKey(
        name, kind, Field(default=kind(parameter["default"]), description=description)
    )


def _type_word(parameter: Mapping[str, Any]) -> str:
    """Return the word of `_TYPES` that a parameter's annotation or default says."""
    name = parameter["name"]
    word: str | None = parameter.get("annotation")
    if word is not None and word not in _TYPES:
        raise SourceError(f"its parameter {name} is of type {word}; allowed: {_ALLOWED}")
    if "default" not in parameter:
        if word is None:
            raise SourceError(
                f"its parameter {name} has no type; give it a default, or an annotation, as in "
                f"{name}: int; allowed: {_ALLOWED}"
            )
        return word
    default, of_default = parameter["default"], parameter["default_type"]
    if of_default not in _TYPES:
        raise SourceError(
            f"its parameter {name} has the default {default}, of type {of_default}; "
            f"allowed: {_ALLOWED}"
        )
    if of_default == "float" and not abs(default) < float("inf"):
        raise SourceError(f"its parameter {name} has the default {default}; allowed: a number")
    if word is None or word == of_default or (word, of_default) == ("float", "int"):
        return word or of_default
    shown = quoted(default) if of_default == "str" else default
    raise SourceError(
        f"its parameter {name} is of type {word} and has the default {shown}, of type "
        f"{of_default}; both have to be the same"
    )
