"""The results folder of a sweep file, and how a folder remembers whose it is."""

import json
import os
import shlex
import stat
from itertools import count
from pathlib import Path

from .environment import environment
from .errors import SweepError
from .folder import Folder
from .spec import Sweep

# In environment.json; older versions of rnnsweep did not write it.
_KEY = "sweep_file"


def folder_of(sweep: Sweep, results: str | Path | None) -> Path:
    """Return where a sweep's results lie: ``results/<stem of the file>`` unless that is given.

    Raises
    ------
    SweepError
        If none is given, and the folder holds the results of another file, which still exists: a
        run would replace their tables and their saved network.
    """
    if results is not None:
        return Path(results)
    folder = Path("results", sweep.stem)
    if (owner := _owner(folder)) is not None and _is_there(owner) and not _same(owner, sweep.path):
        free = _free(folder, sweep)
        raise SweepError(
            f"{folder} holds the results of {owner}, another file than {sweep.path}; give this "
            f'sweep a folder of its own: --results {shlex.quote(str(free))} (results="{free}" '
            "in Python)"
        )
    return folder


def write_environment(place: Folder, sweep: Sweep, jobs: int) -> None:
    """Write down what a run runs on, and of which file."""
    facts = environment(jobs) | {_KEY: str(sweep.path.absolute())}
    place.write_text(place.environment_json, json.dumps(facts, indent=2) + "\n")


def _owner(folder: Path) -> Path | None:
    """Return the sweep file that was last run into a folder; None where that is not known."""
    place = Folder(folder)
    try:
        path = json.loads(place.environment_json.read_bytes())[_KEY]
        return Path(path) if place.store_db.exists() else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _is_there(path: Path) -> bool:
    """Return whether a file exists; one that this user may not look for may."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _same(one: Path, other: Path) -> bool:
    """Return whether two paths name one file, however they are spelled."""
    try:
        return one == other.absolute() or one.samefile(other)
    except OSError:
        return False


def _free(folder: Path, sweep: Sweep) -> Path:
    """Return a folder beside that one for this sweep: one that it has already, or a new one."""
    name = "-".join(filter(None, (sweep.path.absolute().parent.name, sweep.stem)))
    for number in count(1):
        free = folder.with_name(name if number == 1 else f"{name}-{number}")
        owner = _owner(free)
        if not os.path.lexists(free) or (owner is not None and _same(owner, sweep.path)):
            break
    return free
