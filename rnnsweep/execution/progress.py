"""What a run tells of itself while it goes on: a live line in a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TextIO, cast

from rnnsweep.record import Record

if TYPE_CHECKING:
    from rich.progress import TaskID

# Plain lines come this often at first, then ever more rarely: a log of a week must stay readable.
_FIRST_LINE_S = 5.0
_LINE_GROWTH = 1.2
# How often the bar is drawn.
_DRAWING_S = 0.1
# The statuses that a line names, where there are any.
_TOLD = ("solved", "diverged", "failed")


class Progress:
    """What a run reports; this one says nothing."""

    def say(self, message: str) -> None:
        """Tell one thing."""

    def begin(self, n_trials: int) -> None:
        """Start counting towards the number of trials to train."""

    def expect(self, seconds_left: Callable[[], float | None]) -> None:
        """Take what returns the seconds left, None where nobody knows; called after `begin`."""

    def advance(self, records: list[Record]) -> None:
        """Count trials that ended; called often, with or without any."""

    def end(self) -> None:
        """Stop counting; give the terminal back."""


class Tally:
    """Trials that ended, by status, and how fast they come."""

    def __init__(self, n_trials: int) -> None:
        self.n_trials = n_trials
        self.statuses: Counter[str] = Counter()
        self.seconds_left: Callable[[], float | None] = lambda: None
        self._start = time.monotonic()

    def add(self, records: list[Record]) -> None:
        """Count these."""
        self.statuses.update(record.status for record in records)

    @property
    def done(self) -> int:
        """Trials that ended."""
        return self.statuses.total()

    def __str__(self) -> str:
        rate = self.done / max(time.monotonic() - self._start, 1e-9)
        return tally_line(self.done, self.n_trials, self.statuses, rate, self.seconds_left())


def counted(number: int, noun: str) -> str:
    """Return the number with its noun: "1 trial", "12 trials"."""
    return f"{number} {noun}" + "s" * (number != 1)


def tally_line(
    done: int,
    total: int,
    statuses: Mapping[str, int],
    rate: float,
    seconds_left: float | None = None,
) -> str:
    """Return a line on how far a run is.

    Parameters
    ----------
    done, total : int
        Trials.
    statuses : mapping
        How many of those done ended with each status.
    rate : float
        Trials a second; left out where it is 0.
    seconds_left : float, optional
        Left out where nobody knows. A division of counts would not do: long trials come first.
    """
    parts = [f"{done} of {counted(total, 'trial')}"]
    parts += [f"{number} {status}" for status in _TOLD if (number := statuses.get(status, 0))]
    if rate > 0:
        parts.append(f"{rate:.3g} a second")
    if seconds_left is not None and done < total:
        parts.append(f"{timedelta(seconds=round(seconds_left))} left")
    return ", ".join(parts)


class PlainProgress(Progress):
    """Lines of text for a file or a pipe."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._tally = Tally(0)
        self._pause = _FIRST_LINE_S
        self._next_line = 0.0

    def say(self, message: str) -> None:
        """Write one line."""
        print(message, file=self._stream, flush=True)

    def begin(self, n_trials: int) -> None:
        """Start counting."""
        self._tally = Tally(n_trials)
        self._next_line = time.monotonic() + self._pause

    def expect(self, seconds_left: Callable[[], float | None]) -> None:
        """Write the time left into the lines."""
        self._tally.seconds_left = seconds_left

    def advance(self, records: list[Record]) -> None:
        """Count, and write a line if it is time for one."""
        self._tally.add(records)
        if time.monotonic() >= self._next_line and self._tally.done < self._tally.n_trials:
            self.say(str(self._tally))
            self._pause *= _LINE_GROWTH
            self._next_line = time.monotonic() + self._pause

    def end(self) -> None:
        """Write the last line."""
        self.say(str(self._tally))


class LiveProgress(Progress):
    """A bar and counts in a terminal, redrawn as trials end."""

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
        """Write one line, above the bar if there is one."""
        self._console.print(message, soft_wrap=True)

    def begin(self, n_trials: int) -> None:
        """Show the bar."""
        self._tally = Tally(n_trials)
        self._task = self._bar.add_task(str(self._tally), total=n_trials)
        self._bar.start()

    def expect(self, seconds_left: Callable[[], float | None]) -> None:
        """Show the time left beside the bar."""
        self._tally.seconds_left = seconds_left

    def advance(self, records: list[Record]) -> None:
        """Move the bar."""
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


class _Patient:
    """A stream that falls silent when it cannot be written: a run must not end for that."""

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
    """Return the form that fits where messages go."""
    if quiet:
        return Progress()
    patient = cast(TextIO, _Patient(stream))
    return LiveProgress(patient) if stream.isatty() else PlainProgress(patient)
