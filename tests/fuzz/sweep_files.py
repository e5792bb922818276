"""Sweep files: read, checked, their first and last trials made."""

import re
from contextlib import suppress

from commandline import ROOT, TINY

from rnnsweep import sweepfile
from rnnsweep.errors import RnnsweepError

from . import scratch

_PAGES = ("sweep-file.md", "tasks.md", "cells.md")


def _blocks():
    """Yield the examples of the pages; those that are a part of a file with the rest of one."""
    for page in _PAGES:
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for block in re.findall(r"^```toml\n(.*?)^```", text, re.M | re.S):
            yield block.encode()
            yield f"{block}\n{TINY}".encode()


SEEDS = [
    TINY.encode(),
    *(path.read_bytes() for path in sorted((ROOT / "sweeps").rglob("*.toml"))),
    *_blocks(),
]


def target(content):
    path = scratch.folder() / "sweep.toml"
    path.write_bytes(content)
    with suppress(RnnsweepError):
        try:
            sweep = sweepfile.load(path)
        except RnnsweepError as error:
            scratch.check_message(str(error))
            raise
        for trial in (sweep[0], sweep[-1]):
            assert re.fullmatch("t[0-9a-f]{15}", trial.trial_id)
            assert trial.config.settings()
        for note in sweep.notes:
            scratch.check_message(note)
