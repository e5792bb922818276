"""A commented sweep file to start from, made from the declarations of the keys."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed
from rnnsweep.tasks import TASKS, GeneratedTask, Sources
from rnnsweep.vocabulary import OWN_TASK

from .keys import RECORD_TABLES, TASK_KEYS, TASK_NAME, Key, any_keys, head, split_key
from .keys.file_tasks import read_own_tasks
from .keys.registry import task_keys
from .overrides.toml_text import as_toml

_WIDTH = 100  # characters of a line
_COMMENT_AT = 30  # where the comment of a short line begins
_MOST_WORDS = 8  # in a comment
_QUOTED = re.compile(r'"[^"]*"')
_NO_BREAK = "\0"  # in place of a space at which no line may end
_OWN = re.compile(r"(?P<file>[\w./-]+\.py):(?P<function>[A-Za-z_]\w*)")
# The values of keys that have no default; a text is a placeholder, to be replaced.
_STARTS: dict[str, Any] = {
    "seq_len": 20,
    "delay": 10,
    "lag": 2,
    "window": 12,
    "path": "data",
    "target": "value",
}
_ENDINGS = {"csv": ".csv", "npz": ".npz", "text": ".txt"}
# The keys that a first file gives, with a value that is a good start for most tasks.
_GIVEN: dict[str, dict[str, Any]] = {
    "model": {"activation": "tanh"},
    "train": {"optimizer": "adam", "batch_size": 32, "epochs": 30, "clip_norm": 1.0},
}
_GRID = {
    "model.cell": '["rnn", "lstm", "gru"]',
    "model.hidden_size": "[16, 32]",
    "train.learning_rate": '{from = 0.001, to = 0.01, num = 3, scale = "log"}',
    "seed": "[0, 1, 2]",
}
# A function to begin with, as the comment of a file whose own function does not exist yet.
_FUNCTION = '''\
def {function}(rng, n, seq_len=20):
    """Draw n sequences with the generator rng; other parameters are keys of [task]."""
    x = rng.random((n, seq_len, 1))          # sequences, time steps, inputs
    y = x.sum(axis=1)                        # a target for each sequence: n, outputs
    return x, y
'''


def starter(word: str, *, all_keys: bool = False) -> str:
    """Return the text of a sweep file for a task.

    Parameters
    ----------
    word : str
        A task's name, or "FILE.py:FUNCTION"; a file that exists is read.
    all_keys : bool
        Whether to list the keys of all tables that are not needed, as comments with their defaults.

    Raises
    ------
    SweepError
        If there is no such task, or the file is not as it should be.
    """
    own = _OWN.fullmatch(word)
    if word not in TASKS and own is None:
        raise SweepError(f"no task {word!r}; {allowed(word, [*TASKS, OWN_TASK])}")
    keys = _keys_of_own(word, own["file"]) if own else TASK_KEYS[word]
    lines = [*_heading(word, keys)]
    if own and not Path(own["file"]).exists():
        lines += _commented_function(own["file"], own["function"])
    if all_keys:
        lines += ["", *_table("", {}, all_keys)]
    lines += ["", "[task]", *_key(TASK_NAME, word)]
    # Required keys first; the others as comments, with their defaults.
    for key in sorted(keys.values(), key=lambda key: not key.required):
        if key.name != "name":
            lines += _key(key, _start(key, word)) if key.required else _key(key)
    for table, values in _GIVEN.items():
        lines += ["", f"[{table}]", *_table(table, values, all_keys)]
    for table in ("stop", *RECORD_TABLES):
        if all_keys:
            lines += ["", f"[{table}]", *_table(table, {}, all_keys)]
    return "\n".join([*lines, "", *_grid()]) + "\n"


def _keys_of_own(word: str, file: str) -> Mapping[str, Key]:
    """Return the keys of a task of the user's, or those that all of them have."""
    if not Path(file).exists():
        return {
            name: Key("task", name, field) for name, field in GeneratedTask.model_fields.items()
        }
    tasks, refused = read_own_tasks([word], Sources(Path()))
    if refused:
        raise SweepError(f"{word}: {refused[word]}")
    return task_keys(word, tasks[word])


def _heading(word: str, keys: Mapping[str, Key]) -> Iterator[str]:
    line = TASKS[word].line if word in TASKS else "sequences that a function of your own draws"
    yield f"# {line[0].upper()}{line[1:]}."
    yield "#"
    yield "# A line that begins with # is a comment. Keys in comments have the values shown there,"
    yield "# their defaults; to change one, take the # away. Where a value is ..., its comment"
    yield "# says what the default is. Save this as FILE.toml, then:"
    yield "#"
    yield "#     python -m rnnsweep plan FILE.toml      # check it, and see what it takes"
    yield "#     python -m rnnsweep run FILE.toml"
    placeholders = [key.name for key in keys.values() if key.required and key.type == "string"]
    placeholders = [name for name in placeholders if name != "name"]
    if placeholders:
        yield "#"
        yield f"# First replace the placeholder of {' and that of '.join(placeholders)}."


def _commented_function(file: str, function: str) -> Iterator[str]:
    yield "#"
    yield f"# There is no {file} yet. This is one to begin with:"
    yield "#"
    yield from (f"#     {line}" for line in _FUNCTION.format(function=function).splitlines())


def _table(table: str, values: Mapping[str, Any], all_keys: bool) -> Iterator[str]:
    for key in any_keys(table).values():
        if key.name in values:
            yield from _key(key, values[key.name])
        elif all_keys and key.dotted not in _GRID:
            yield from _key(key)


def _key(key: Key, value: Any = None) -> Iterator[str]:
    """Yield a key with a comment that says what it means; all a comment without a value."""
    if value is not None:
        yield from _with_comment(f"{key.name} = {as_toml(value)}", key)
        return
    default = key.field.default
    text = "..." if default is PydanticUndefined else as_toml(default)
    yield from _with_comment(f"# {key.name} = {text}", key)


def _with_comment(line: str, key: Key) -> Iterator[str]:
    """Yield a line and, next to it, what its key means, over as many lines as that takes."""
    # The names of tasks and cells are many; `list` shows them with a line each.
    words = "" if len(key.words) > _MOST_WORDS else f"; one of {key.allowed}" * bool(key.words)
    left = f"{line:<{_COMMENT_AT - 2}}  "
    text = _QUOTED.sub(lambda quoted: quoted[0].replace(" ", _NO_BREAK), key.description + words)
    wrapped = textwrap.wrap(text, max(_WIDTH - len(left) - 2, 30))
    comment = [each.replace(_NO_BREAK, " ") for each in wrapped]
    yield f"{left}# {comment[0]}"
    yield from (f"{'':<{len(left)}}# {more}" for more in comment[1:])


def _start(key: Key, word: str) -> Any:
    """Return the value of a key that has no default."""
    if key.name == "path":
        return f"{_STARTS['path']}{_ENDINGS.get(word, '')}"
    if key.name in _STARTS:
        return _STARTS[key.name]
    if key.type == "string":
        return key.words[0] if key.words else key.name
    if key.type == "boolean":
        return False
    return key.schema.get("minimum", 1)


def _grid() -> Iterator[str]:
    yield "# Every combination of these is a trial. A key here wins over the same key above."
    yield head("grid")
    for dotted, values in _GRID.items():
        table, name = split_key(dotted)
        yield from _with_comment(f"{dotted} = {values}", any_keys(table)[name])
