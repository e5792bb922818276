"""From a file of a cell to the cell."""

import tomllib
from pathlib import Path
from typing import Any

from rnnsweep.suggestions import did_you_mean, nearest
from rnnsweep.toml_reading import TomlBound, read_toml

from .cell import Cell
from .faults import CellError, Fault
from .reading import read_cell
from .values import short

MOST_BYTES = 100_000

_OF_SWEEPS = {"task", "model"}
"""Tables that together make a file one of a sweep, whose [cell] has values for a cell."""


def read_cell_file(path: str | Path, name: str = "", *, is_builtin: bool = False) -> Cell:
    """Return the cell of a file, which has one table, ``[cell]``.

    Parameters
    ----------
    path : str or Path
    name : str
        The word by which sweep files name the cell; empty for the file's name.
    is_builtin : bool
        Whether it is one of the package's.

    Raises
    ------
    CellError
        The file cannot be read, or something in it is wrong; every fault names the file.
    """
    path = Path(path)
    document = _document(path)
    if document.keys() >= _OF_SWEEPS:
        message = "this is a sweep file; the file of a cell has the table [cell] alone"
        raise CellError([Fault("", message)], str(path))
    if "cell" not in document:
        near = nearest("cell", document)
        instead = f"; the file has [{near}] instead" if near else ""
        message = f"the table [cell] is missing, with the keys sums, states and equations{instead}"
        raise CellError([Fault("", message)], str(path))
    faults = [
        Fault(short(key), f"the file of a cell has the table [cell] alone{_near(key)}")
        for key in document
        if key != "cell"
    ]
    try:
        cell = read_cell(document["cell"], name or path.name, is_builtin=is_builtin)
    except CellError as error:
        raise CellError([*faults, *error.faults], str(path)) from None
    if faults:
        raise CellError(faults, str(path))
    return cell


def _near(key: str) -> str:
    return did_you_mean(nearest(key, ["cell"]))


def _document(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        return read_toml(text)
    except tomllib.TOMLDecodeError as error:
        message = f"this is no TOML: {error}"
    except TomlBound as bound:
        message = f"this is no cell: {bound}"
    raise CellError([Fault("", message)], str(path))


def _text(path: Path) -> str:
    message = ""
    try:
        if path.is_dir():
            message = "this is a folder; name the file of a cell in it"
        elif path.exists() and not path.is_file():
            message = "this is no regular file"
        elif path.exists() and path.stat().st_size > MOST_BYTES:
            message = f"the file of a cell has up to {MOST_BYTES} bytes; this one has more"
        else:
            content = path.read_bytes()
            return content.decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        near = nearest(path.name, [file.name for file in path.parent.glob("*.toml")])
        message = f"there is no such file{did_you_mean(near)}"
    except OSError as error:
        message = f"this cannot be read: {error.strerror or error}"
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"line {line} is not UTF-8 text; save the file as UTF-8"
    except ValueError as error:  # a NUL in the path
        message = f"this cannot be read: {error}"
    raise CellError([Fault("", message)], str(path))
