"""The command that repairs a results folder, for messages."""

import json
import os
import shlex
from pathlib import Path

from .folder import Folder

# The key in environment.json of the path of the sweep file.
SWEEP_FILE = "sweep_file"


def repair_command(folder: Path) -> str:
    """Return the command that keeps what is whole in a results folder and trains the rest."""
    sweep, default = "SWEEP", None
    try:
        written = json.loads(Folder(folder).environment_json.read_bytes())
        file = Path(written[SWEEP_FILE])
        sweep = shlex.quote(min(str(file), os.path.relpath(file), key=len))
        default = Path("results", file.stem)
    except (OSError, ValueError, LookupError, TypeError):
        pass
    results = "" if folder == default else f" --results {shlex.quote(str(folder))}"
    return f"python -m rnnsweep run {sweep}{results} --repair"
