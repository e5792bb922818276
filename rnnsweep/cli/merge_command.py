"""The command `merge`."""

import sys
from pathlib import Path

import click

from rnnsweep import exit_codes

from . import options
from .ending import ending_at_once, signals_as_ctrl_c
from .loading import loading


@click.command(short_help="Put the results of several folders into one.")
@options.into
@options.folders
@options.no_plots
@options.no_report
@options.quiet
def merge(
    into: Path, folders: tuple[Path, ...], no_plots: bool, no_report: bool, quiet: bool
) -> int:
    """Put the results of FOLDERS, shards or whole runs of one sweep file, into the folder INTO.

    No trial is trained; tables, plots and report.html are those of one run. Two different results
    for one trial end with exit code 3, and nothing is changed.

    \b
    Example:
        python -m rnnsweep merge results/grid results/grid-*of8
    """
    from rnnsweep.interruption import deferred

    with signals_as_ctrl_c(), ending_at_once(), deferred():
        with loading():
            from rnnsweep.execution.merge import merge
            from rnnsweep.execution.progress import make_progress

            from .screens.summary import print_failures, print_outcome

        progress = make_progress(sys.stderr, quiet)
        outcome = merge(into, folders, plots=not no_plots, report=not no_report, progress=progress)
    if not quiet:
        print_outcome(outcome)
    return exit_codes.FAILED if print_failures(outcome) else 0
