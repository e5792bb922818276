"""The screen of `status`: how far a sweep is."""

import time
from collections.abc import Iterator
from dataclasses import asdict

from rnnsweep.execution import time_left
from rnnsweep.execution.best_so_far import BestSoFar
from rnnsweep.execution.progress import SweepState
from rnnsweep.message_text import showable
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import why_no_loss

from .part import part_line

_RATE_WINDOW_S = 30.0
_WORD_WIDTH = len("best so far")


def print_status(store: Store) -> bool:
    """Show how far a sweep is, and return whether a run is going on; as far as that is known."""
    running = store.folder.in_use()
    for line in status_lines(store, running):
        print(line, flush=True)  # noqa: T201 - the last one may take seconds to find
    return bool(running)


def status_lines(store: Store, running: bool | None) -> Iterator[str]:
    """Yield the lines that say how far a sweep is.

    While a run goes on, all are there at once. Otherwise the last line takes longest: the best
    trial is looked for in the store, in 0.2 s for 100,000 trials (`rnnsweep.store.rank`).

    Parameters
    ----------
    store : Store
    running : bool or None
        Whether a run is going on; None if that is unknown.
    """
    if running and not store.counts().total and (entered := store.entered()):
        yield showable(f"{store.folder.path.name}: its trials are being entered, {entered}")
        return
    info, counts = store.info(), store.counts()
    state = SweepState(counts.done + counts.failed, counts.total, asdict(counts))
    if running:
        window = min(_RATE_WINDOW_S, max(time.time() - info.started, 1e-3))
        rate = store.finished_since(time.time() - window) / window
        state = state._replace(rate=rate, **time_left.read(store.folder.path)._asdict())
    how = {True: "running", False: "not running", None: "whether it runs is unknown"}[running]
    if holder := store.folder.holder():
        how += f": {holder}"
    yield showable(f"{info.name}: {state.counts} ({how})")
    if part := part_line(store):
        yield showable(part)
    yield from _block(state)
    if not state.best and state.done:
        why = why_no_loss(counts.diverged, counts.failed, counts.pending)
        best = str(BestSoFar.of(store)) or f"none, since {why}"
        yield from _block(SweepState(0, 0, {}, best=best))


def _block(state: SweepState) -> Iterator[str]:
    for word, text in state.block():
        yield showable(f"  {word:<{_WORD_WIDTH}}  {text}")
