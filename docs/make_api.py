"""Write docs/api.md, every public name of the package, from the docstrings: `make docs`."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rnnsweep
from rnnsweep import sweepfile
from rnnsweep.plots.kinds import KINDS
from rnnsweep.tables.plotting import Plots

PAGE = Path(__file__).parent / "api.md"

# What the page shows, in the order of use, with the methods that are for users.
FUNCTIONS = ("run", "load", "merge", "verify", "load_sweep", "load_model")
CLASSES = {
    "Results": (
        *("trials", "epochs", "summary", "best", "curves", "plot"),
        *("compare", "compare_values", "chosen", "aggregates", "profile", "budget", "tunability"),
        *("over_baseline", "baselines", "baselines_by_problem", "errors"),
    ),
    "Model": ("init", "forward", "loss_and_gradients", "n_params", "to_torch", "from_torch"),
}
# Classes that a user gets from `load_sweep`, and does not make.
RETURNED = (sweepfile.Sweep, sweepfile.Trial, sweepfile.Config)
ERRORS = ("RnnsweepError", "SweepError", "ResultsError")

# Sections of a docstring whose entries are "name : type" with a description below, or the
# type alone.
_NAMED = ("Parameters", "Attributes")
_TYPED = ("Returns", "Raises", "Yields")
_TITLE = re.compile(r"^([A-Z][a-z]+)\n-+\n", re.MULTILINE)


def api() -> str:
    """Return the page."""
    parts = [
        "# Every public name",
        "Made from the docstrings by `make docs`; [Using rnnsweep from Python](python.md) has the "
        "examples. All are names of the package, as in `rnnsweep.run`. Nothing else is public.",
    ]
    for name in FUNCTIONS:
        parts += _entry("##", name, getattr(rnnsweep, name))
    for name, members in CLASSES.items():
        cls = getattr(rnnsweep, name)
        parts += _entry("##", name, cls)
        for member in members:
            parts += _entry("###", f"{name}.{member}", inspect.getattr_static(cls, member))
        if name == "Results":
            for kind in KINDS:
                parts += _entry("###", f"Results.plot.{kind}", getattr(Plots, kind))
    for cls in RETURNED:
        parts += [f"## {cls.__name__}", "Made by `load_sweep`.", _as_markdown(_doc(cls))]
    parts.append("## Errors")
    rows = ["| error | base | exit code of the command | when |", "|---|---|---|---|"]
    for name in ERRORS:
        error = getattr(rnnsweep, name)
        line = _text(_doc(error))
        rows.append(f"| `{name}` | `{error.__base__.__name__}` | {error.exit_code} | {line} |")
    parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def _entry(level: str, name: str, thing: Any) -> Iterator[str]:
    """Yield heading, signature and docstring of a function, a class, a method or a property."""
    yield f"{level} {name}"
    if isinstance(thing, classmethod):
        thing = thing.__func__
    if inspect.isfunction(thing) or inspect.isclass(thing):
        yield f"```python\n{_signature(name, thing)}\n```"
    yield _as_markdown(_doc(thing))


def _doc(thing: Any) -> str:
    """Return a docstring, which everything public has to have."""
    doc = inspect.getdoc(thing)
    if doc is None:
        raise ValueError(f"{thing} has no docstring")
    return doc


def _signature(name: str, thing: Any) -> str:
    """Return how it is called, without types, which the list of parameters has."""
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(thing).parameters.values()
        if parameter.name not in ("self", "cls")
    ]
    # As the formatter, which formats the code on pages, too, writes it.
    texts = [str(parameter).replace("'", '"') for parameter in parameters]
    first = next((i for i, p in enumerate(parameters) if p.kind is p.KEYWORD_ONLY), None)
    if first is not None:
        texts.insert(first, "*")
    line = f"{name}({', '.join(texts)})"
    if len(line) <= 88:
        return line
    return f"{name}(\n" + "".join(f"    {text},\n" for text in texts) + ")"


def _as_markdown(doc: str) -> str:
    """Return a numpydoc docstring as Markdown."""
    head, *sections = _TITLE.split(doc)
    parts = [_text(head)]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        parts.append(f"**{title}**")
        if title in _NAMED + _TYPED:
            parts.append("\n".join(_items(title, body)))
        elif title == "Examples":
            parts.append(f"```pycon\n{body.strip()}\n```")
        else:
            parts.append(_text(body))
    return "\n\n".join(part for part in parts if part)


def _items(title: str, body: str) -> Iterator[str]:
    """Yield the entries of a section as a list."""
    for entry in re.split(r"\n(?=\S)", body.strip("\n")):
        head, _, text = entry.partition("\n")
        name, _, kind = head.partition(" : ")
        if title in _NAMED:
            line = f"- `{name}`" + (f" ({_text(kind)})" if kind else "")
        else:
            line = f"- {_text(name)}" if " " in name else f"- `{name}`"
            line += f" ({_text(kind)})" if kind else ""
        text = _text(inspect.cleandoc(text))
        yield f"{line}: {text}" if text else line


def _text(text: str) -> str:
    """Return running text in Markdown: a paragraph a line, code in single backticks."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(part.split()).replace("``", "`") for part in paragraphs)


if __name__ == "__main__":
    PAGE.write_text(api(), encoding="utf-8")
