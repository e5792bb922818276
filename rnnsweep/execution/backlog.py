"""Finished trials on their way into the store, which another program may hold."""

import time
from collections.abc import Callable
from pathlib import Path

from rnnsweep.interruption import Interruption
from rnnsweep.record import Record
from rnnsweep.store.database import Held, Patience
from rnnsweep.store.store import Store

# How often it is tried again where another program holds the store. A try keeps new readers out.
_TRY_EVERY_S = 1.0
# Trials of one transaction: after each a signal is heard.
_AT_ONCE = 2000
# What waits in memory at most, beside what is in training.
_MOST_BYTES = 128 * 2**20
# A record without its arrays, measured.
_RECORD_BYTES = 4000
# A commit that readers of our own hold up is no news.
_NEWS_S = 1.0
# How long it waits in all where there is nothing else to do.
GRACE_S = 3600.0


class Waiting(Patience):
    """The patience of a run: it says once that it waits, and hears signals.

    Parameters
    ----------
    path : Path
        The store.
    say : callable
        Takes a line for the user.
    interruption : Interruption
    """

    def __init__(self, path: Path, say: Callable[[str], None], interruption: Interruption) -> None:
        self._path = path
        self._say = say
        self._interruption = interruption
        self._has_said = False

    def goes_on(self, seconds: float) -> bool:
        """Return True, and say so if it is news.

        Raises
        ------
        KeyboardInterrupt
        Held
            After an hour.
        """
        self._interruption.check()
        self.note(seconds)
        if seconds > GRACE_S:
            raise Held(
                f"{self._path} was held by another program for {GRACE_S / 60:.0f} minutes; "
                "close what has it open and run again"
            )
        return True

    def note(self, seconds: float) -> None:
        """Say once that the store is held, after so many seconds."""
        if seconds >= _NEWS_S and not self._has_said:
            self._has_said = True
            self._say(
                f"{self._path} is held by another program, so nothing can be stored now; "
                "close what has it open, the run waits for it"
            )

    def relieved(self) -> None:
        """Say that the store works, if it was said that it does not."""
        if self._has_said:
            self._has_said = False
            self._say(f"{self._path} is free again")


class Backlog:
    """Finished trials that no transaction holds yet.

    Threads append to it; all else is for the main thread.
    """

    def __init__(self, store: Store, waiting: Waiting) -> None:
        self._store = store
        self._waiting = waiting
        self._records: list[Record] = []
        self._n_told = 0
        self._n_bytes = 0
        self._last_try = time.monotonic()
        self._held_since: float | None = None

    def __len__(self) -> int:
        return len(self._records)

    def append(self, record: Record) -> None:
        """Take a trial that ended."""
        self._records.append(record)

    def news(self) -> list[Record]:
        """Return the trials that ended since this was asked last."""
        new = self._records[self._n_told :]
        self._n_told += len(new)
        self._n_bytes += sum(map(_n_bytes, new))
        return new

    @property
    def is_full(self) -> bool:
        """Whether no more trials should end before these are stored."""
        return self._n_bytes > _MOST_BYTES

    @property
    def is_held(self) -> bool:
        """Whether the last try found the store held by another program."""
        return self._held_since is not None

    @property
    def held_s(self) -> float:
        """Seconds since another program was first found to hold the store; 0 where none does."""
        return 0.0 if self._held_since is None else time.monotonic() - self._held_since

    def is_due(self, every_s: float) -> bool:
        """Return whether there is something to store, so many seconds after the last try."""
        if self.is_held:
            every_s = max(every_s, _TRY_EVERY_S)
        return self._n_told > 0 and time.monotonic() - self._last_try >= every_s

    def store(self) -> None:
        """Store trials that were asked for as news, unless another program holds the store."""
        # Stored before forgotten: a second Ctrl-C may come between any two lines.
        some = self._records[: min(self._n_told, _AT_ONCE)]
        try:
            self._store.add(some)
        except Held:
            self._held_since = self._held_since or time.monotonic()
            self._waiting.note(self.held_s)
        else:
            del self._records[: len(some)]
            self._n_told -= len(some)
            self._n_bytes -= sum(map(_n_bytes, some))
            self._held_since = None
            self._waiting.relieved()
        self._last_try = time.monotonic()


def _n_bytes(record: Record) -> int:
    params = 0 if record.params is None else record.params.nbytes
    return _RECORD_BYTES + record.epochs.nbytes + params
