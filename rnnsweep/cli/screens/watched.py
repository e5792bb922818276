"""The screen of `status --watch` in a terminal: redrawn until the run has ended."""

import sys
import time
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.text import Text

from rnnsweep.store.store import Store

from .status import status_lines


def watch_in_terminal(results: Path, every: float) -> None:
    """Show how far a sweep is, again every so many seconds, as long as a run is going on."""
    console = Console(file=sys.stdout, markup=False, emoji=False, highlight=False)
    # Without a thread of its own: nothing changes but by a new look at the store.
    with Live(console=console, auto_refresh=False) as live:
        while True:
            with Store.reader(results) as store:
                running = store.folder.in_use()
                lines = list(status_lines(store, running))
            live.update(Text("\n".join(lines)), refresh=True)
            if not running:
                return
            time.sleep(every)
