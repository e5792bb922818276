"""The backlog: finished trials that are not in the store yet.

Another program may hold the store, or the disk may be full. Then training goes on, finished trials
wait in memory, and storing them is tried again and again.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rnnsweep.errors import ResultsError
from rnnsweep.interruption import Interruption
from rnnsweep.record import Record
from rnnsweep.store.patience import Held, Patience
from rnnsweep.store.store import Store
from rnnsweep.store.unstored import Unstored
from rnnsweep.system_errors import NoRoom

from .progress import counted

# Where another program holds the store, this is how often storing is tried again. A try keeps new
# readers out.
_TRY_EVERY_S = 1.0
# Trials of one transaction. Signals take effect between two transactions.
_TRIALS_AT_ONCE = 2000
# Records that wait in memory take at most this, without those of the trials in training.
_MOST_BYTES = 128 * 2**20
# A record without its arrays, measured.
_RECORD_BYTES = 4000
# A wait as short as this is not reported: it may be one for a reader of rnnsweep itself.
_REPORT_AFTER_S = 1.0
# Why nothing can be stored, after the path of the store.
_HELD = "is held by another program, so nothing can be stored now; close what has it open"
_FULL = "cannot be written, since the disk is full; free some space"
# How long a run waits for the store when it has nothing else to do.
GRACE_S = 3600.0


class RunPatience(Patience):
    """The patience of a run with a store that is held; it says once that it waits.

    While it waits, signals take effect.

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
        """Return True after so many seconds of waiting; the first time, say that the run waits.

        Raises
        ------
        KeyboardInterrupt
            If a signal came.
        Held
            After an hour.
        """
        self._interruption.check()
        self.report(seconds, _HELD)
        if seconds > GRACE_S:
            raise Held(
                f"{self._path} was held by another program for {GRACE_S / 60:.0f} minutes; "
                "close what has it open and run again"
            )
        return True

    def report(self, seconds: float, why: str) -> None:
        """Say once why nothing can be stored, if that has been so for more than a moment."""
        if seconds >= _REPORT_AFTER_S and not self._has_said:
            self._has_said = True
            self._say(f"{self._path} {why}, the run waits for it")

    def relieved(self) -> None:
        """Say that records can be stored, if it was said that they cannot."""
        if self._has_said:
            self._has_said = False
            self._say(f"{self._path} can be written again")


class Backlog:
    """Finished trials that are not in the store yet.

    Threads call `append`; everything else is for the main thread.

    Parameters
    ----------
    store : Store
    patience : RunPatience
        Says that nothing can be stored, and when that is over.

    Attributes
    ----------
    refusal : ResultsError or None
        Why the last try failed, if waiting may help: the store is held, or the disk is full.
    """

    def __init__(self, store: Store, patience: RunPatience) -> None:
        self._store = store
        self._patience = patience
        self._records: list[Record] = []
        self._n_reported = 0  # of the records, from the first on, that `new_records` has returned
        self._n_bytes = 0  # of these
        self._last_try = time.monotonic()
        self._waits_since: float | None = None
        self._at_once = _TRIALS_AT_ONCE
        self.refusal: ResultsError | None = None
        self._unstored = Unstored(store.folder)
        self._n_apart = 0  # of the records, from the first on, that `_unstored` has

    def __len__(self) -> int:
        return len(self._records)

    def append(self, record: Record) -> None:
        """Add the record of a trial that ended."""
        self._records.append(record)

    def new_records(self) -> list[Record]:
        """Return the records that were added since the last call."""
        new = self._records[self._n_reported :]
        self._n_reported += len(new)
        self._n_bytes += sum(map(_n_bytes, new))
        return new

    @property
    def is_full(self) -> bool:
        """Whether no more trials should end before some of these are stored."""
        return self._n_bytes > _MOST_BYTES

    def is_due(self, every_s: float) -> bool:
        """Return whether there are records to store: a transaction full, or so many seconds old."""
        if self.refusal:
            every_s = max(every_s, _TRY_EVERY_S)
        elif self._n_reported >= _TRIALS_AT_ONCE:
            return True
        return self._n_reported > 0 and time.monotonic() - self._last_try >= every_s

    def give_up(self) -> str:
        """Put the records that are not stored into a file of their own, where that is possible.

        Returns
        -------
        str
            What became of them, for the user; empty if there are none.
        """
        self._put_apart()
        n_lost = len(self._records) - self._n_apart
        parts = []
        if self._n_apart:
            parts.append(
                f"{counted(self._n_apart, 'finished trial')} could not be stored and will be by "
                f"the next run, from {self._unstored.folder.path}"
            )
        if n_lost:
            verb = "is" if n_lost == 1 else "are"
            parts.append(f"{counted(n_lost, 'finished trial')} could not be stored and {verb} lost")
        return "; ".join(parts)

    def _put_apart(self) -> None:
        """Write records that are not stored into another file, so that no kill loses them."""
        records = self._records[self._n_apart :]
        with suppress(ResultsError):
            self._unstored.add(records)
            self._n_apart += len(records)

    def store(self) -> None:
        """Store records that `new_records` has returned, unless that has to wait: see `refusal`."""
        # Stored before forgotten: a second Ctrl-C may come between any two lines.
        chunk = self._records[: min(self._n_reported, self._at_once)]
        try:
            self._store.add(chunk)
        except (Held, NoRoom) as error:
            self._wait(error)
        else:
            del self._records[: len(chunk)]
            self._n_reported -= len(chunk)
            self._n_bytes -= sum(map(_n_bytes, chunk))
            self.refusal = None
            self._at_once = min(2 * self._at_once, _TRIALS_AT_ONCE)
            if not self._n_reported:  # a full disk may have room for some
                self._waits_since = None
                self._patience.relieved()
            if self._n_apart:
                self._n_apart = max(self._n_apart - len(chunk), 0)
                if not self._n_apart:
                    self._unstored.remove()
        self._last_try = time.monotonic()

    def _wait(self, refusal: ResultsError) -> None:
        """Take note that nothing could be stored, and keep the records safe meanwhile."""
        self.refusal = refusal
        is_held, now = isinstance(refusal, Held), time.monotonic()
        self._waits_since = self._waits_since or now
        self._patience.report(now - self._waits_since, _HELD if is_held else _FULL)
        if not is_held:  # there may be room for fewer
            self._at_once = max(min(self._at_once, self._n_reported) // 2, 1)
        elif now - self._waits_since >= _REPORT_AFTER_S:
            self._put_apart()


def _n_bytes(record: Record) -> int:
    params = 0 if record.params is None else record.params.nbytes
    return _RECORD_BYTES + record.epochs.nbytes + params
