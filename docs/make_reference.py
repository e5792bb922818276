"""Write docs/reference.md, every key of a sweep file, from the code: `make docs`."""

from pathlib import Path

from rnnsweep.kinds import kinds
from rnnsweep.spec.keys import MODEL_KEYS, SEED, TASK_KEYS, TRAIN_KEYS, Key
from rnnsweep.tasks import TASKS

PAGE = Path(__file__).parent / "reference.md"


def reference() -> str:
    """Return the page."""
    parts = [
        "# Every key of a sweep file",
        "Made from the code by `make docs`; `python -m rnnsweep schema` says the same to editors.",
        "Above all tables:",
        _table({"seed": SEED}),
        "## [model]",
        _table(MODEL_KEYS),
        "## [train]",
        _table(TRAIN_KEYS),
    ]
    for name, keys in TASK_KEYS.items():
        own = {key: entry for key, entry in keys.items() if key != "name"}
        line = TASKS[name].line
        parts += [f'## [task] name = "{name}"', f"{line[0].upper()}{line[1:]}."]
        if own:
            parts.append(_table(own))
    parts.append("# Words")
    for kind, words in kinds().items():
        rows = "\n".join(f"| `{word}` | {_escaped(line)} |" for word, line in words.items())
        parts += [f"## {kind}", f"| word | meaning |\n|---|---|\n{rows}"]
    return "\n\n".join(parts) + "\n"


def _table(keys: dict[str, Key]) -> str:
    rows = [
        f"| `{name}` | {_escaped(key.allowed)} | {_default(key)} | {_escaped(key.description)} |"
        for name, key in keys.items()
    ]
    return "\n".join(["| key | takes | default | meaning |", "|---|---|---|---|", *rows])


def _default(key: Key) -> str:
    if key.required:
        return "required"
    if key.field.is_required() or key.field.default_factory is not None:
        return "see meaning"
    value = key.field.default
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
