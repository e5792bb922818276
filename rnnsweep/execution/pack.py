"""The training of a pack of trials, one after the other: what an executor runs."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rnnsweep.record import Record
from rnnsweep.training.data_cache import DataCache
from rnnsweep.training.trial import failed_record, run_trial

from .time_left import TimeLeft
from .trial_memory import TooLargeError, memory_of
from .trial_queue import Pack


def run_pack(
    pack: Pack,
    stop: NDArray[np.int64],
    data: DataCache,
    keep: Callable[[Record], None],
    clock: TimeLeft | None = None,
) -> None:
    """Train one trial after the other and pass each record to `keep`; end where `stop` is set.

    This is what runs in a thread of the executor. `clock`, if given, notes when each trial begins
    and ends.
    """
    for queued in pack:
        try:
            with memory_of(queued.trial, data, stop):
                if clock is not None:
                    clock.begin(queued.seconds)
                record = run_trial(queued.trial, stop, queued.recording, data, queued.timeout_s)
        except TooLargeError as error:
            keep(failed_record(queued.trial, str(error), 0.0))
            continue
        if record is None:
            return
        keep(record)
        if clock is not None:
            clock.end(record.wall_s)
