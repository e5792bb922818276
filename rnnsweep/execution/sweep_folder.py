"""Which folder has the results of a sweep file, and which file's results a folder has.

A run writes the paths of its sweep file and of its results folder into environment.json.
"""

import json
import os
import shlex
import stat
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from rnnsweep.errors import SweepError
from rnnsweep.shard_text import folder_name
from rnnsweep.store.commands import SHARD, SWEEP_FILE
from rnnsweep.store.folder import Folder
from rnnsweep.sweepfile import Sweep

from .environment import environment, versions

# Keys in environment.json; older versions of rnnsweep did not write them.
_FILE, _FOLDER = SWEEP_FILE, "results_folder"
# The environments of the folders that were merged, by their paths.
_MERGED = "merged"


def folder_of(sweep: Sweep, results: str | Path | None) -> Path:
    """Return the results folder of a sweep: `results`, or ``results/<stem of the file>`` if None.

    That of a shard is ``results/<stem of the file>-3of8``.

    Raises
    ------
    SweepError
        If `results` is None, and the folder has the results of another file that still exists: a
        run would replace that file's tables and its saved network. Or the file's name is one of
        dots, as "...toml", so that the folder would not be one inside ``results``.
    """
    if results is not None:
        return Path(results)
    if sweep.stem in (".", ".."):
        raise SweepError(
            f"{sweep.path}: a file of this name has no results folder of its own; rename the file, "
            "or choose a folder with --results DIR"
        )
    folder = Path("results", folder_name(sweep.stem, sweep.shard))
    owners = [] if _is_of(folder, sweep) else [*filter(_exists, sweep_files_of(folder))]
    if owners:
        free = _free_folder(folder, sweep)
        raise SweepError(
            f"{folder} holds the results of {owners[0]}, another file than {sweep.path}; give this "
            f'sweep another folder: --results {shlex.quote(str(free))} (results="{free}" '
            "in Python)"
        )
    return folder


def write_environment(folder: Folder, sweep: Sweep, jobs: int) -> None:
    """Write environment.json: what a run runs on, its sweep file and its results folder."""
    paths = {_FILE: str(sweep.path.absolute()), _FOLDER: str(folder.path.absolute())}
    shard = {SHARD: sweep.shard} if sweep.shard else {}
    text = json.dumps(environment(jobs) | paths | shard, indent=2)
    folder.write_text(folder.environment_json, text + "\n")


def write_merged_environment(folder: Folder, merged: Sequence[Path]) -> None:
    """Write environment.json of merged results: their sweep file, and that of each folder."""
    environments: dict[str, Any] = {}
    for path in merged:
        written = _read_environment(path)
        environments |= written.get(_MERGED, {str(path): written})
    files = [written[_FILE] for written in environments.values() if _FILE in written]
    paths = {_FILE: files[0] if files else None, _FOLDER: str(folder.path.absolute())}
    text = json.dumps(versions() | paths | {_MERGED: environments}, indent=2)
    folder.write_text(folder.environment_json, text + "\n")


def _read_environment(folder: Path) -> dict[str, Any]:
    """Return what environment.json of a folder says; nothing if it cannot be read."""
    try:
        written = json.loads(Folder(folder).environment_json.read_bytes())
    except (OSError, ValueError):
        return {}
    return written if isinstance(written, dict) else {}


def sweep_files_of(folder: Path) -> list[Path]:
    """Return where the sweep file may be that was last run into a folder; [] if that is unknown.

    If the folder was moved or copied, the file may have been moved or copied with it.
    """
    results = Folder(folder)
    try:
        if not results.store_db.exists():
            return []
        written = json.loads(results.environment_json.read_bytes())
        file, old_folder = Path(written[_FILE]), written[_FOLDER]
        moved_along = os.path.normpath(folder.absolute() / os.path.relpath(file, old_folder))
        return list(dict.fromkeys([Path(moved_along), file]))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):  # not as a run writes it
        return []


def _is_of(folder: Path, sweep: Sweep) -> bool:
    """Return whether a folder has the results of the sweep's file, however its path is spelled."""
    return any(_is_same(owner, sweep.path) for owner in sweep_files_of(folder))


def _exists(path: Path) -> bool:
    """Return whether a file exists, or may exist where this user may not look for it."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (
        FileNotFoundError,
        NotADirectoryError,
        ValueError,
    ):  # ValueError: no system has the name
        return False
    except OSError:
        return True


def _is_same(file: Path, other: Path) -> bool:
    try:
        return file == other.absolute() or file.samefile(other)
    except (OSError, ValueError):
        return False


def _free_folder(folder: Path, sweep: Sweep) -> Path:
    """Return a folder next to `folder` for this sweep: one that it has already, or a new one."""
    name = "-".join(filter(None, (sweep.path.absolute().parent.name, folder.name)))
    for number in count(1):
        free = folder.with_name(name if number == 1 else f"{name}-{number}")
        if not os.path.lexists(free) or _is_of(free, sweep):
            break
    return free
