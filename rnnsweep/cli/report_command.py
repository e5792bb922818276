"""The command `report`."""

from pathlib import Path

import click

from rnnsweep.message_text import showable

from . import options


@click.command(short_help="Write the interactive page.")
@options.results
def report(results: Path) -> None:
    """Write the interactive page of a sweep's results: report.html, which any browser opens.

    It works while a run is going on: the page then shows the trials that have ended.

    \b
    Example:
        python -m rnnsweep report results/grid
    """
    from rnnsweep.execution import time_left
    from rnnsweep.report.page import write_report
    from rnnsweep.store.store import Store

    from .screens.part import part_line

    with Store.reader(results) as store:
        part = part_line(store)
        n_running = time_left.read(results).n_training if store.folder.in_use() else 0
    if part:
        click.echo(part, err=True)
    click.echo(showable(str(write_report(results, n_running))))
