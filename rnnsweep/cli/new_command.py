"""The command `new`."""

import click

from . import options


@click.command(short_help="Print a commented sweep file to start from.")
@options.task
@options.all_keys
def new(task: str, all_keys: bool) -> None:
    """Print a commented sweep file for a task, to start from.

    TASK is a word of `list tasks`, or FILE.py:FUNCTION for a function of your own.

    \b
    Example:
        python -m rnnsweep new adding > first.toml
    """
    from rnnsweep.sweepfile.starter import starter

    click.echo(starter(task, all_keys=all_keys), nl=False)
