"""Write docs/reference.md, every key of a sweep file, from the code: `make docs`."""

import inspect
from pathlib import Path

from rnnsweep.cli.word_lists import word_lists
from rnnsweep.recipes import RECIPES
from rnnsweep.sweepfile.keys import RECORD_TABLES, SEED_KEYS, TABLES, TASK_KEYS, Key, any_keys
from rnnsweep.sweepfile.keys.file_cells import CONSTANT, SUM_BIAS
from rnnsweep.tasks import TASKS, GeneratedTask, Task
from rnnsweep.tasks.own.task import OwnTask
from rnnsweep.vocabulary import OWN_TASK

# Their names are those of the cell's equations.
OF_A_CELL = (CONSTANT, SUM_BIAS)
PAGE = Path(__file__).parent / "reference.md"


def reference() -> str:
    """Return the page."""
    parts = [
        "# Every key of a sweep file",
        "Made from the code by `make docs`; `python -m rnnsweep schema` says the same to editors.",
        "Above all tables:",
        _table(SEED_KEYS),
    ]
    for table in (*TABLES[1:], *RECORD_TABLES):
        keys = any_keys(table) if table != "cell" else {key.name: key for key in OF_A_CELL}
        parts += [f"## [{table}]", _table(keys)]
        if table == "model":
            parts += ["What each word of `init` sets in the four keys after it:", _recipes()]
    for name, keys in TASK_KEYS.items():
        own = {key: entry for key, entry in keys.items() if key != "name"}
        line = TASKS[name].line
        parts += [f'## [task] name = "{name}"', f"{line[0].upper()}{line[1:]}."]
        parts.append(_prose(TASKS[name]))
        if own:
            parts.append(_table(own))
    keys = {name: Key("task", name, field) for name, field in GeneratedTask.model_fields.items()}
    del keys["name"]
    parts += [f'## [task] name = "{OWN_TASK}"', _prose(OwnTask), _table(keys)]
    parts.append("# Words")
    for kind, words in word_lists().items():
        rows = "\n".join(f"| `{word}` | {_escaped(line)} |" for word, line in words.items())
        parts += [f"## {kind}", f"| word | meaning |\n|---|---|\n{rows}"]
    return "\n\n".join(parts) + "\n"


def _table(keys: dict[str, Key]) -> str:
    rows = []
    for name, key in keys.items():
        meaning, _, default = key.description.partition("; default: ")
        cells = (f"`{name}`", key.allowed, default or _default(key), meaning)
        rows.append(f"| {' | '.join(map(_escaped, cells))} |")
    return "\n".join(["| key | takes | default | meaning |", "|---|---|---|---|", *rows])


def _prose(task: type[Task]) -> str:
    """Return a task's docstring as Markdown: its paragraphs, and its sources in a line."""
    text = inspect.cleandoc(task.__doc__ or "").replace("*", "\\*")
    return text.replace("References\n----------\n", "Source: ")


def _recipes() -> str:
    rows = ["| init | " + " | ".join(next(iter(RECIPES.values()))._fields) + " |"]
    rows.append("|---" * 5 + "|")
    for name, recipe in RECIPES.items():
        std = f"`{recipe.init_std}`" if recipe.has_normal else ""
        words = " | ".join(f"`{word}`" for word in recipe[:3])
        rows.append(f"| `{name}` | {words} | {std} |")
    return "\n".join(rows)


def _default(key: Key) -> str:
    if key in OF_A_CELL:
        return "the cell's"
    if key.required:
        return "required"
    value = key.field.default
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
