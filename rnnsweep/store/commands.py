"""The commands that go on with or repair a results folder, for messages."""

import json
import os
import shlex
from pathlib import Path

from rnnsweep.shard_text import folder_name

from .folder import Folder

# Keys in environment.json: the path of the sweep file, and the part of it that was run, if any.
SWEEP_FILE, SHARD = "sweep_file", "shard"


def repair_command(folder: Path) -> str:
    """Return the command that keeps what is whole in a results folder and trains the rest."""
    return f"{run_command(folder)} --repair"


def run_command(folder: Path) -> str:
    """Return the command that goes on with the run of a results folder.

    It says SWEEP where the sweep file is not known.
    """
    sweep, default, option = "SWEEP", None, ""
    try:
        written = json.loads(Folder(folder).environment_json.read_bytes())
        file = Path(written[SWEEP_FILE])
        sweep = shlex.quote(min(str(file), os.path.relpath(file), key=len))
        shard = written.get(SHARD, "")
        default = Path("results", folder_name(file.stem, shard))
        option = f" --shard {shlex.quote(shard)}" if shard else ""
    except (OSError, ValueError, LookupError, TypeError):
        pass
    results = "" if folder == default else f" --results {shlex.quote(str(folder))}"
    return f"python -m rnnsweep run {sweep}{option}{results}"
