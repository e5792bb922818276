"""What a run shows while it goes on: a live bar in a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TextIO, cast

from rnnsweep.message_text import showable
from rnnsweep.record import Record

if TYPE_CHECKING:
    from rich.progress import TaskID

# Plain lines come this often at first, then less and less: a log of a week must stay readable.
_FIRST_LINE_S = 5.0
_LINE_GROWTH = 1.2
# How often the bar is drawn.
_DRAWING_S = 0.1
# The statuses that a line counts, where there are any.
_COUNTED = ("solved", "diverged", "failed")


class Progress:
    """Receives what a run reports; this class shows nothing, its subclasses do."""

    def say(self, message: str) -> None:
        """Show a line."""

    def begin(self, n_trials: int) -> None:
        """Start counting trials that end, up to `n_trials`."""

    def expect(self, seconds_left: Callable[[], float | None]) -> None:
        """Take a function that returns the seconds left, or None if that is unknown.

        A run calls this after `begin`.
        """

    def advance(self, records: list[Record]) -> None:
        """Count the trials that ended since the last call; a run calls this often."""

    def end(self) -> None:
        """Stop counting, and leave the terminal as it was."""


class Tally:
    """Counts the trials that ended, by status; its text is the line that shows them."""

    def __init__(self, n_trials: int) -> None:
        self.n_trials = n_trials
        self.statuses: Counter[str] = Counter()
        self.seconds_left: Callable[[], float | None] = lambda: None
        self._start = time.monotonic()

    def add(self, records: list[Record]) -> None:
        """Count some trials."""
        self.statuses.update(record.status for record in records)

    @property
    def done(self) -> int:
        """The number of trials that ended."""
        return self.statuses.total()

    def __str__(self) -> str:
        rate = self.done / max(time.monotonic() - self._start, 1e-9)
        return tally_line(self.done, self.n_trials, self.statuses, rate, self.seconds_left())


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, as "1 trial" or "12,000 trials"."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def tally_line(
    done: int,
    total: int,
    statuses: Mapping[str, int],
    rate: float,
    seconds_left: float | None = None,
) -> str:
    """Return the line that says how far a run is.

    Parameters
    ----------
    done, total : int
        Trials that ended, and all trials.
    statuses : mapping
        Trials that ended with each status.
    rate : float
        Trials a second; the line leaves it out where it is 0.
    seconds_left : float, optional
        The line leaves it out where it is unknown. It does not follow from the other numbers,
        since long trials come first.
    """
    parts = [f"{done:,} of {counted(total, 'trial')}"]
    parts += [f"{number:,} {status}" for status in _COUNTED if (number := statuses.get(status, 0))]
    if rate > 0:
        parts.append(f"{rate:.3g} a second")
    if seconds_left is not None and done < total:
        parts.append(f"{timedelta(seconds=round(seconds_left))} left")
    return ", ".join(parts)


class PlainProgress(Progress):
    """Shows lines of text, for a file or a pipe."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tally = Tally(0)
        self._pause = _FIRST_LINE_S
        self._next_line = 0.0

    def say(self, message: str) -> None:
        """Write one line."""
        print(showable(message), file=self._stream, flush=True)

    def begin(self, n_trials: int) -> None:
        """Start counting."""
        self._tally = Tally(n_trials)
        self._next_line = time.monotonic() + self._pause

    def expect(self, seconds_left: Callable[[], float | None]) -> None:
        """Take the function whose result, the time left, is a part of the lines."""
        self._tally.seconds_left = seconds_left

    def advance(self, records: list[Record]) -> None:
        """Count the trials, and write a line if the last one was some time ago."""
        self._tally.add(records)
        if time.monotonic() >= self._next_line and self._tally.done < self._tally.n_trials:
            self.say(str(self._tally))
            self._pause *= _LINE_GROWTH
            self._next_line = time.monotonic() + self._pause

    def end(self) -> None:
        """Write the last line."""
        self.say(str(self._tally))


class LiveProgress(Progress):
    """Shows a bar and counts in a terminal, redrawn as trials end."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        self._console = Console(file=stream, markup=False, emoji=False, highlight=False)
        self._bar = Bar(
            BarColumn(bar_width=24),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            auto_refresh=False,  # a thread, and the system may start no more
        )
        self._next_drawing = 0.0
        self._task: TaskID | None = None
        self._tally = Tally(0)

    def say(self, message: str) -> None:
        """Write a line, above the bar if there is one."""
        self._console.print(showable(message), soft_wrap=True)

    def begin(self, n_trials: int) -> None:
        """Show the bar."""
        self._tally = Tally(n_trials)
        self._task = self._bar.add_task(str(self._tally), total=n_trials)
        self._bar.start()

    def expect(self, seconds_left: Callable[[], float | None]) -> None:
        """Take the function whose result, the time left, is shown next to the bar."""
        self._tally.seconds_left = seconds_left

    def advance(self, records: list[Record]) -> None:
        """Count the trials, and move the bar."""
        self._tally.add(records)
        if self._task is not None and time.monotonic() >= self._next_drawing:
            self._next_drawing = time.monotonic() + _DRAWING_S
            self._draw()

    def end(self) -> None:
        """Leave the bar as it is."""
        if self._task is not None:
            self._draw()
        self._bar.stop()

    def _draw(self) -> None:
        assert self._task is not None
        self._bar.update(
            self._task, completed=self._tally.done, description=str(self._tally), refresh=True
        )


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
