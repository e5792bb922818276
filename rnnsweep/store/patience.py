"""How long to wait while another program holds the store."""

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from rnnsweep.errors import ResultsError

T = TypeVar("T")

# How long one call into SQLite waits: Python handles no signal meanwhile. Readers of rnnsweep
# release the store after each chunk.
TRY_S = 0.2
# The pause between two attempts.
_PAUSE_S = 0.02
# For how long attempts are repeated by default.
WAIT_S = 60.0


class Held(ResultsError):
    """Another program holds the store and did not release it in time."""


class Patience:
    """Decides whether to go on waiting for the store; this one waits a minute in silence."""

    def goes_on(self, seconds: float) -> bool:
        """Return whether to try again after so many seconds of waiting."""
        return seconds < WAIT_S

    def relieved(self) -> None:
        """Take note that an attempt succeeded."""


class NoPatience(Patience):
    """Makes one attempt."""

    def goes_on(self, seconds: float) -> bool:
        """Return False."""
        return False


def patiently(step: Callable[[], T], patience: Patience) -> T:
    """Return what `step` returns; call it again while another program holds the store."""
    start = time.monotonic()
    while True:
        try:
            result = step()
        except sqlite3.OperationalError as error:
            if not is_held(error) or not patience.goes_on(time.monotonic() - start):
                raise
        else:
            patience.relieved()
            return result
        time.sleep(_PAUSE_S)


def is_held(error: sqlite3.DatabaseError) -> bool:
    """Return whether SQLite refused a step because another program holds the store."""
    return primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def primary_code(error: sqlite3.DatabaseError) -> int:
    """Return SQLite's primary result code: the low byte, whose details are in the other bytes."""
    return full_code(error) & 0xFF


def full_code(error: sqlite3.DatabaseError) -> int:
    """Return SQLite's extended result code; Python's error on a text that is not UTF-8 has none."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
