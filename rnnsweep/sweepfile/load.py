"""From a sweep file to its trials, or to one error that names everything that is wrong with it."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnsweep.errors import SweepError
from rnnsweep.suggestions import did_you_mean, nearest
from rnnsweep.tasks import Sources
from rnnsweep.toml_reading import MOST_BYTES, TomlBound, read_toml

from .check import DocumentCheck
from .faults import Faults, ManyFaults
from .places import COMMAND_LINE, PYTHON, Places, Wording
from .rules.checking import check_rules, task_notes
from .search.existing import find_combinations
from .sweep import Sweep

if TYPE_CHECKING:
    from .overrides.reading import Overrides

_LONGEST = 200  # characters of a line that a message shows


def load_sweep(path: str | Path, overrides: "Overrides" = ()) -> Sweep:
    """Read and check a sweep file; return its trials, without training any.

    Parameters
    ----------
    path : str or Path
        The sweep file, in TOML.
    overrides : dict, str or sequence of str
        Keys that replace those of the file: ``{"train.epochs": 5, "seed": [0, 1]}``, where a list
        or a range is an axis; or texts as the command line takes them, ``"train.epochs=5"``.

    Returns
    -------
    Sweep
        A sequence of trials: ``len(sweep)``, ``sweep[0].trial_id``, ``sweep[0].config``.

    Raises
    ------
    SweepError
        The file cannot be read, or something in it is wrong. The message names everything that is
        wrong with single keys at once, then everything that is wrong between keys.

    Examples
    --------
    >>> sweep = rnnsweep.load_sweep("sweeps/grid.toml", {"seed": 0})
    >>> data = sweep[0].config.task.data(seed=0)
    """
    return load(path, overrides, PYTHON)


def load(path: str | Path, overrides: "Overrides" = (), wording: Wording = COMMAND_LINE) -> Sweep:
    """Do what `load_sweep` does, with faults in overrides named in the caller's words."""
    path = Path(path)
    text = _read(path)
    document = _parse(path, text)
    faults = Faults()
    overridden: Collection[str] = ()
    with _refusing(path, faults):
        # An iterator of overrides is true before anything is read from it.
        if overrides or not isinstance(overrides, Sequence | Mapping):
            # Only here: the TOML editor takes as long to import as a small file to be checked.
            from .overrides.applying import apply_overrides

            text, overridden = apply_overrides(text, overrides, wording, faults)
            document = read_toml(text)
        places, sources = Places(overridden, wording), Sources(path.parent)
        return _checked(path, text, document, places, faults, sources)


def load_text(path: Path, text: str, copies: Mapping[str, Path] | None = None) -> Sweep:
    """Return the sweep of a text as if it were that of the file at `path`, which is not read.

    The files that it names are looked for relative to that path, but for those of which `copies`
    has a copy, by the paths in the text.
    """
    document, faults = _parse(path, text), Faults()
    with _refusing(path, faults):
        places, sources = Places((), COMMAND_LINE), Sources(path.parent, copies)
        return _checked(path, text, document, places, faults, sources)


@contextmanager
def _refusing(path: Path, faults: Faults) -> Iterator[None]:
    """Raise the one error with all faults where the search for them ended, as they are many."""
    try:
        yield
    except ManyFaults:
        faults.refuse(path)
        raise


def _checked(
    path: Path,
    text: str,
    document: dict[str, Any],
    places: Places,
    faults: Faults,
    sources: Sources,
) -> Sweep:
    """Return the sweep of a document, or raise one error with all of its faults."""
    check = DocumentCheck(document, places, faults, sources)
    faults.refuse(path)
    choices = check.choices()
    faults.refuse(path)
    combinations = find_combinations(choices, places, faults)
    faults.refuse(path)
    check_rules(choices, combinations, places, faults)
    faults.refuse(path)
    return Sweep(path, text, choices, combinations, task_notes(choices, combinations, places))


def _read(path: Path) -> str:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise SweepError(f"{str(path)!r}: this name is not UTF-8 text; rename the file") from None
    try:
        if path.is_dir():
            raise SweepError(f"{path}: this is a folder; name the sweep file in it")
        if path.exists() and not path.is_file():
            raise SweepError(f"{path}: this is no regular file")
        if path.stat().st_size > MOST_BYTES:
            raise SweepError(f"{path}: this is no sweep: it has more than {MOST_BYTES} bytes")
        content = path.read_bytes()
    except FileNotFoundError:
        raise SweepError(f"{path}: there is no such file{_similar_file(path)}") from None
    except OSError as error:
        raise SweepError(f"{path}: this cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a NUL in the path
        raise SweepError(f"{str(path)!r}: this cannot be read: {error}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SweepError(f"{path}, line {line}: this is not UTF-8 text; save it as UTF-8") from None


def _similar_file(path: Path) -> str:
    near = nearest(path.stem, [file.stem for file in path.parent.glob("*.toml")])
    return did_you_mean(near, lambda stem: f"{path.with_name(stem)}.toml")


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return read_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise SweepError(_syntax_message(path, text, str(error))) from None
    except TomlBound as bound:
        raise SweepError(f"{path}: this is no sweep: {bound}") from None


def _syntax_message(path: Path, text: str, message: str) -> str:
    """Return the parser's message after its place, and the line of the file that it is about."""
    what, _, place = message.rpartition(" (at ")
    lines = text.splitlines()
    if match := re.fullmatch(r"line (\d+), column (\d+)\)", place):
        line, at_column = int(match[1]), int(match[2])
    else:
        line = max((i for i, content in enumerate(lines, start=1) if content.strip()), default=1)
        at_column = len(lines[line - 1]) + 1
    if what == "Cannot overwrite a value":
        what = "this key is given twice"
    content = lines[line - 1].strip() if line <= len(lines) else ""
    if len(content) > _LONGEST:
        content = f"{content[: _LONGEST - 3]}..."
    return f"{path}, line {line}, column {at_column}: this is not TOML: {what}\n  {content}"
