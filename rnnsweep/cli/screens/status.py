"""The screen of `status`: how far a sweep is."""

import time
from dataclasses import asdict

from rnnsweep.execution import time_left
from rnnsweep.execution.progress import tally_line
from rnnsweep.store.store import Store

from .console import make_console
from .part import part_line

_RATE_WINDOW_S = 30.0


def print_status(store: Store) -> None:
    """Show how far a sweep is: done, rate, diverged, failed, time left."""
    running = store.folder.in_use()
    if running and not store.counts().total and (entered := store.entered()):
        make_console().print(f"{store.folder.path.name}: its trials are being entered, {entered}")
        return
    info, counts = store.info(), store.counts()
    rate, seconds_left = 0.0, None
    if running:
        seconds_left = time_left.read(store.folder.path)
        window = min(_RATE_WINDOW_S, max(time.time() - info.started, 1e-3))
        rate = store.finished_since(time.time() - window) / window
    line = tally_line(counts.done + counts.failed, counts.total, asdict(counts), rate, seconds_left)
    state = {True: "running", False: "not running", None: "whether it runs is unknown"}[running]
    if holder := store.folder.holder():
        state += f": {holder}"
    console = make_console()
    console.print(f"{info.name}: {line} ({state})")
    if part := part_line(store):
        console.print(part)
