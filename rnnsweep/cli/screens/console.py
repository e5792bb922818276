"""The console that all screens print to, and what they share."""

import sys
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table

from rnnsweep.message_text import showable

PIPE_WIDTH = 10_000  # a pipe has no edge: nothing is wrapped or cut


class _ShowingConsole(Console):
    """A console on which no name and no text of a file acts on the terminal."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the parts of what is shown; control characters of texts are escaped."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=showable(segment.text))


def make_console(width: int | None = None) -> Console:
    """Return a console for standard output that shows all text as it is.

    `width` is its number of columns; that of the terminal if left out.
    """
    if width is None and not sys.stdout.isatty():
        width = PIPE_WIDTH
    # Names are shown as they are: no markup, no emoji, no colours by guesswork.
    return _ShowingConsole(width=width, markup=False, emoji=False, highlight=False)


def plain_table() -> Table:
    """Return an empty table without a heading and without lines."""
    return Table(box=None, show_header=False, pad_edge=False)
