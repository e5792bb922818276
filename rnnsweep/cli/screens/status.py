"""The screen of `status`: how far a sweep is."""

import time
from dataclasses import asdict

from rnnsweep.execution import time_left
from rnnsweep.execution.best_so_far import BestSoFar
from rnnsweep.execution.progress import SweepState
from rnnsweep.message_text import showable
from rnnsweep.store.store import Store

from .part import part_line

_RATE_WINDOW_S = 30.0


def print_status(store: Store) -> bool:
    """Show how far a sweep is, and return whether a run is going on; as far as that is known."""
    lines, is_running = status_lines(store)
    print("\n".join(lines), flush=True)  # noqa: T201
    return is_running


def status_lines(store: Store) -> tuple[list[str], bool]:
    """Return the lines that say how far a sweep is, and whether a run is going on."""
    running = store.folder.in_use()
    if running and not store.counts().total and (entered := store.entered()):
        line = f"{store.folder.path.name}: its trials are being entered, {entered}"
        return [showable(line)], True
    info, counts = store.info(), store.counts()
    state = SweepState(counts.done + counts.failed, counts.total, asdict(counts))
    if running:
        window = min(_RATE_WINDOW_S, max(time.time() - info.started, 1e-3))
        rate = store.finished_since(time.time() - window) / window
        state = state._replace(rate=rate, **time_left.read(store.folder.path)._asdict())
    if not state.best and (trial := store.best_record()) is not None:
        best = BestSoFar([*info.swept, *info.seeds])
        best.add([trial])
        state = state._replace(best=str(best))
    how = {True: "running", False: "not running", None: "whether it runs is unknown"}[running]
    if holder := store.folder.holder():
        how += f": {holder}"
    lines = [f"{info.name}: {state.counts} ({how})"]
    if part := part_line(store):
        lines.append(part)
    block = state.block()
    width = max((len(word) for word, _ in block), default=0)
    lines += [f"  {word:<{width}}  {text}" for word, text in block]
    return [showable(line) for line in lines], bool(running)
