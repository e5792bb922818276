"""The command `status`."""

import sys
import time
from pathlib import Path

import click

from . import options


@click.command(short_help="Show how far a sweep is.")
@options.results
@options.watch
@options.every
def status(results: Path, watch: bool, every: float) -> None:
    """Show how far a sweep is; works while a run is going on.

    It shows the trials that ended, are running, diverged and failed, the rate, the time left, and
    the best trial so far: the one with the lowest validation loss.

    \b
    Examples:
        python -m rnnsweep status results/grid
        python -m rnnsweep status results/grid --watch
    """
    from rnnsweep.store.store import Store

    from .screens.status import print_status

    if watch and sys.stdout.isatty():
        from .screens.watched import watch_in_terminal

        watch_in_terminal(results, every)
        return
    while True:
        with Store.reader(results) as store:
            is_running = print_status(store)
        if not watch or not is_running:
            return
        time.sleep(every)
        click.echo()
