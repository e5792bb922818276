"""What a run shows while it goes on: a live bar in a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, cast

from rnnsweep.message_text import showable
from rnnsweep.record import Record

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

# Plain lines come this often at first, then less and less: a log of a week must stay readable.
_FIRST_LINE_S = 5.0
_LINE_GROWTH = 1.2
# How often the bar is drawn.
_DRAWING_S = 0.1
_BAR_WIDTH = 24
_LEAST_HEIGHT = 12  # lines of a terminal that a block and what is said above it have room in
# The statuses that are counted, where there are any.
_COUNTED = ("solved", "diverged", "failed")


class Outlook(NamedTuple):
    """What a run knows of itself apart from its counts; each is a function."""

    seconds_left: Callable[[], float | None] = lambda: None
    n_training: Callable[[], int] = lambda: 0  # 0 also where that is unknown
    best: Callable[[], str] = lambda: ""  # the best trial so far, in a line


class Progress:
    """Receives what a run reports; this class shows nothing, its subclasses do."""

    def say(self, message: str) -> None:
        """Show a line."""

    def begin(self, n_trials: int) -> None:
        """Start counting trials that end, up to `n_trials`."""

    def expect(self, outlook: Outlook) -> None:
        """Take what a run knows of itself; a run calls this after `begin`."""

    def advance(self, records: list[Record]) -> None:
        """Count the trials that ended since the last call; a run calls this often."""

    def end(self) -> None:
        """Stop counting, and leave the terminal as it was."""


class Tally:
    """Counts the trials that ended, by status; its text is the line that shows them."""

    def __init__(self, n_trials: int) -> None:
        self.n_trials = n_trials
        self.statuses: Counter[str] = Counter()
        self.outlook = Outlook()
        self._start = time.monotonic()

    def add(self, records: list[Record]) -> None:
        """Count some trials."""
        self.statuses.update(record.status for record in records)

    @property
    def done(self) -> int:
        """The number of trials that ended."""
        return self.statuses.total()

    def state(self) -> "SweepState":
        """Return how far the run is."""
        rate = self.done / max(time.monotonic() - self._start, 1e-9)
        look = self.outlook
        return SweepState(
            self.done,
            self.n_trials,
            self.statuses,
            rate,
            look.seconds_left(),
            look.n_training(),
            look.best(),
        )

    def __str__(self) -> str:
        return self.state().line


class SweepState(NamedTuple):
    """How far a sweep is, with its two forms: a line, and a block of a line each.

    Attributes
    ----------
    done, total : int
        Trials that ended, and all trials.
    statuses : mapping
        Trials that ended with each status.
    rate : float
        Trials a second; it is left out where it is 0.
    seconds_left : float or None
        None where it is unknown. It does not follow from the other numbers, since long trials come
        first.
    n_training : int
        Trials in training; left out where it is 0.
    best : str
        The best trial so far, in a line; empty before there is one. The line leaves it out.
    """

    done: int
    total: int
    statuses: Mapping[str, int]
    rate: float = 0.0
    seconds_left: float | None = None
    n_training: int = 0
    best: str = ""

    @property
    def counts(self) -> str:
        """How many trials ended, of how many."""
        return f"{self.done:,} of {counted(self.total, 'trial')}"

    @property
    def line(self) -> str:
        """All but the best trial, in a line."""
        parts = [self.counts]
        parts += [f"{number:,} {word}" for word, number in self._numbers()]
        parts += [f"{text} a second" for text in self._rate()]
        parts += [f"{text} left" for text in self._time_left()]
        return ", ".join(parts)

    def block(self) -> list[tuple[str, str]]:
        """Return all but the counts: pairs of a word and what it is, a line each."""
        pairs = [(word, f"{number:,}") for word, number in self._numbers()]
        pairs += [("rate", f"{text} a second") for text in self._rate()]
        pairs += [("time left", text) for text in self._time_left()]
        return [*pairs, *([("best so far", self.best)] if self.best else [])]

    def _numbers(self) -> Iterator[tuple[str, int]]:
        """Yield how many trials are in training, or ended with a status that is worth a word."""
        numbers = {
            "running": self.n_training,
            **{name: self.statuses.get(name, 0) for name in _COUNTED},
        }
        return ((word, number) for word, number in numbers.items() if number)

    def _rate(self) -> list[str]:
        if self.rate <= 0:
            return []
        return [f"{self.rate:,.0f}" if self.rate >= 1000 else f"{self.rate:.3g}"]

    def _time_left(self) -> list[str]:
        if self.seconds_left is None or self.done >= self.total:
            return []
        return [str(timedelta(seconds=round(self.seconds_left)))]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, as "1 trial" or "12,000 trials"."""
    return f"{number:,} {noun}" + "s" * (number != 1)


class PlainProgress(Progress):
    """Shows lines of text, for a file or a pipe: the counts, and the best trial where it is new."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tally = Tally(0)
        self._best = ""
        self._pause = _FIRST_LINE_S
        self._next_line = 0.0

    def say(self, message: str) -> None:
        """Write one line."""
        print(showable(message), file=self._stream, flush=True)

    def begin(self, n_trials: int) -> None:
        """Start counting."""
        self._tally = Tally(n_trials)
        self._next_line = time.monotonic() + self._pause

    def expect(self, outlook: Outlook) -> None:
        """Take what is shown next to the counts."""
        self._tally.outlook = outlook

    def advance(self, records: list[Record]) -> None:
        """Count the trials, and write lines if the last ones were some time ago."""
        self._tally.add(records)
        if time.monotonic() >= self._next_line and self._tally.done < self._tally.n_trials:
            self._write()
            self._pause *= _LINE_GROWTH
            self._next_line = time.monotonic() + self._pause

    def end(self) -> None:
        """Write the last lines."""
        self._write()

    def _write(self) -> None:
        state = self._tally.state()
        self.say(state.line)
        if state.best != self._best:
            self._best = state.best
            self.say(f"best so far: {state.best}")


class LiveProgress(Progress):
    """Shows a bar and, under it, a block of lines in a terminal, redrawn as trials end.

    A terminal that is too low for the block has the line next to the bar.
    """

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream, markup=False, emoji=False, highlight=False)
        self._live: Live | None = None  # while trials are counted
        self._next_drawing = 0.0
        self._tally = Tally(0)

    def say(self, message: str) -> None:
        """Write a line, above the bar if there is one."""
        self._console.print(showable(message), soft_wrap=True)

    def begin(self, n_trials: int) -> None:
        """Show the bar."""
        from rich.live import Live

        self._tally = Tally(n_trials)
        # A new one each time: a second start would draw over what was said since.
        self._live = Live(
            self._picture(),
            console=self._console,
            auto_refresh=False,  # a thread, and the system may start no more
        )
        self._live.start(refresh=True)

    def expect(self, outlook: Outlook) -> None:
        """Take what is shown next to the counts."""
        self._tally.outlook = outlook

    def advance(self, records: list[Record]) -> None:
        """Count the trials, and move the bar."""
        self._tally.add(records)
        if self._live is not None and time.monotonic() >= self._next_drawing:
            self._next_drawing = time.monotonic() + _DRAWING_S
            self._live.update(self._picture(), refresh=True)

    def end(self) -> None:
        """Leave the bar as it is."""
        if self._live is not None:
            self._live.update(self._picture(), refresh=True)
            self._live.stop()
            self._live = None

    def _picture(self) -> "RenderableType":
        """Return the bar with what is next to it and under it."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        state = self._tally.state()
        is_low = self._console.height < _LEAST_HEIGHT
        top = Table.grid(padding=(0, 1))
        bar = ProgressBar(max(state.total, 1), state.done, width=_BAR_WIDTH)
        top.add_row(bar, state.line if is_low else state.counts)
        block = Table.grid(padding=(0, 2))
        for word, text in () if is_low else state.block():
            block.add_row(word, showable(text))
        return Group(top, block)


class _ForgivingStream:
    """A stream that ignores errors of writing: a run must not end because of them."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def make_progress(stream: TextIO, quiet: bool) -> Progress:
    """Return the progress to show on a stream: none if `quiet`, a live one in a terminal."""
    if quiet:
        return Progress()
    forgiving = cast(TextIO, _ForgivingStream(stream))
    return LiveProgress(forgiving) if stream.isatty() else PlainProgress(forgiving)
