"""The results folder of a sweep file, and how a folder remembers whose it is."""

import json
import os
import shlex
import stat
from itertools import count
from pathlib import Path

from rnnsweep.errors import SweepError
from rnnsweep.store.folder import Folder
from rnnsweep.sweepfile import Sweep

from .environment import environment

# In environment.json; older versions of rnnsweep did not write them.
_FILE, _FOLDER = "sweep_file", "results_folder"


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
    others = [] if _is_of(folder, sweep) else [it for it in _owners(folder) if _is_there(it)]
    if others:
        free = _free(folder, sweep)
        raise SweepError(
            f"{folder} holds the results of {others[0]}, another file than {sweep.path}; give this "
            f'sweep a folder of its own: --results {shlex.quote(str(free))} (results="{free}" '
            "in Python)"
        )
    return folder


def write_environment(place: Folder, sweep: Sweep, jobs: int) -> None:
    """Write down what a run runs on, of which file and into which folder."""
    paths = {_FILE: str(sweep.path.absolute()), _FOLDER: str(place.path.absolute())}
    text = json.dumps(environment(jobs) | paths, indent=2)
    place.write_text(place.environment_json, text + "\n")


def _owners(folder: Path) -> list[Path]:
    """Return where the sweep file may be that was last run into a folder; [] if nobody knows.

    Where the folder was moved or copied, the file may have been moved or copied with it.
    """
    place = Folder(folder)
    try:
        if not place.store_db.exists():
            return []
        facts = json.loads(place.environment_json.read_bytes())
        file, was = Path(facts[_FILE]), facts[_FOLDER]
        along = os.path.normpath(folder.absolute() / os.path.relpath(file, was))
        return list(dict.fromkeys([Path(along), file]))
    except (OSError, ValueError, LookupError, TypeError):
        return []


def _is_of(folder: Path, sweep: Sweep) -> bool:
    """Return whether a folder's results came from the sweep's file, however its path is spelled."""
    return any(_same(owner, sweep.path) for owner in _owners(folder))


def _is_there(path: Path) -> bool:
    """Return whether a file exists; one that this user may not look for may."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _same(one: Path, other: Path) -> bool:
    try:
        return one == other.absolute() or one.samefile(other)
    except OSError:
        return False


def _free(folder: Path, sweep: Sweep) -> Path:
    """Return a folder beside that one for this sweep: one that it has already, or a new one."""
    name = "-".join(filter(None, (sweep.path.absolute().parent.name, sweep.stem)))
    for number in count(1):
        free = folder.with_name(name if number == 1 else f"{name}-{number}")
        if not os.path.lexists(free) or _is_of(free, sweep):
            break
    return free
