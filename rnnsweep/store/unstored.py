"""Finished trials that could not be stored, in a store of their own in the results folder.

Where another program holds the store of a run, or the store is damaged, what was trained is
written into this one, and the next run moves it into the store.
"""

import errno
from collections.abc import Iterator, Sequence
from contextlib import suppress

from rnnsweep.record import Record
from rnnsweep.system_errors import refused

from .copies import Copy
from .folder import Folder
from .patience import NoPatience
from .store import Store


class Unstored:
    """The finished trials of a results folder that are not in its store.

    Parameters
    ----------
    folder : Folder
        The results folder. It is not created.
    """

    def __init__(self, folder: Folder) -> None:
        self._results = folder
        self.folder = Folder(folder.unstored)

    def add(self, records: Sequence[Record]) -> None:
        """Write these records to the disk.

        Raises
        ------
        ResultsError
            If that is not possible, also where the folder is gone or another one is in its place.
        """
        if records:
            if not self._results.lock.exists():
                raise refused(self._results.path, errno.ENOENT)
            with Store.writer(self.folder.path, NoPatience()) as own:
                own.add(records)

    def move_into(self, store: Store) -> int:
        """Move all trials into a store, and return how many there were."""
        if not self.folder.store_db.exists():
            return 0
        with Store.writer(self.folder.path) as own:
            ids = own.recorded_ids()
            store.add_copies(_newer(own, store, ids))
        self.remove()
        return len(ids)

    def remove(self) -> None:
        """Remove the store of these trials, which are all in the other one."""
        with suppress(OSError):  # it stays, and the next run finds nothing new in it
            self.folder.store_db.unlink(missing_ok=True)
            self.folder.lock.unlink(missing_ok=True)
            self.folder.path.rmdir()


def _newer(own: Store, store: Store, ids: Sequence[str]) -> Iterator[Copy]:
    """Yield the trials that the other store lacks, or has as they were before."""
    finished = {copy.trial_id: copy.finished for copy in store.copies(ids)}
    return (c for c in own.copies(ids) if c.finished > finished.get(c.trial_id, 0.0))
