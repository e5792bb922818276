"""The console that all screens print to, and what they share."""

import sys

from rich.console import Console
from rich.table import Table

PIPE_WIDTH = 10_000  # a pipe has no edge: nothing is wrapped or cut


def make_console() -> Console:
    """Return a console for standard output that shows all text as it is."""
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    # Names are shown as they are: no markup, no emoji, no colours by guesswork.
    return Console(width=width, markup=False, emoji=False, highlight=False)


def plain_table() -> Table:
    """Return an empty table without a heading and without lines."""
    return Table(box=None, show_header=False, pad_edge=False)
