"""Repairing a store: a new one gets what is whole, and the damaged file stays next to it."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from rnnsweep.system_errors import unusable

from . import database
from .database_errors import Damaged
from .folder import Folder
from .patience import Patience
from .salvage import UNREADABLE, Salvage
from .saved_params import NewParams, insert_params
from .tally import Tally, write_tally
from .writing import replace_trial

_IDS_SHOWN = 3


def repair(folder: Folder, patience: Patience, say: Callable[[str], None]) -> None:
    """Replace a damaged store by a new one with all of its trials that are whole.

    The damaged file is kept as ``store.db.damaged``, or with a number at the end if there is one
    already. If this is ended at any moment, it can be repeated.

    Parameters
    ----------
    folder : Folder
        It has a store, and nobody else writes to it.
    patience : Patience
    say : callable
        Takes a line for the user.

    Raises
    ------
    ResultsError
        If the file belongs to another program or to a newer version, or the disk is full.
    """
    path = folder.store_db
    try:
        database.check_header(path, older=True)
        database.open_to_write(path, patience).close()
    except Damaged:
        pass
    else:
        say(f"{path} is not damaged: there is nothing to repair")
        return
    with folder.replacing(path) as temporary:
        database.create(temporary, path)
        with closing(database.connect(temporary, "rw")) as db:
            salvage = _fill(db, path)
        kept_as = _keep_damaged(path)
    say(
        f"{path} was damaged: {_kept_text(salvage)} and kept, {_lost_text(salvage)}; the "
        f"damaged file is kept as {kept_as.name}"
    )


def _fill(db: sqlite3.Connection, damaged: Path) -> Salvage:
    """Copy what is whole of a damaged file into an empty store."""
    db.execute("PRAGMA journal_mode = OFF")  # nobody sees the file before it is complete
    with closing(_open_damaged(damaged)) as source:
        salvage = Salvage(source, damaged)
        tally = Tally()
        db.execute("BEGIN")
        for copy, for_best in salvage:
            key = replace_trial(db, tally, copy.row, copy.epochs)
            if copy.params is not None:
                insert_params(db, {key: NewParams(copy.trial, copy.params)}, for_best)
        write_tally(db, tally)
        db.execute("COMMIT")
    return salvage


@contextmanager
def saying_losses(path: Path) -> Iterator[None]:
    """Add to errors about a damaged store what is whole in it and what is lost."""
    try:
        yield
    except Damaged as error:
        if error.losses:
            raise
        raise Damaged(error.path, error.why, _survey(path)) from error


def _survey(path: Path) -> str:
    """Return what is whole and what is lost of a damaged store, for a message; "" if unknown."""
    try:
        with closing(_open_damaged(path)) as db:
            salvage = Salvage(db, path)
            for _ in salvage:
                pass
            return f"{_kept_text(salvage)}, {_lost_text(salvage)}"
    except (*UNREADABLE, OSError):
        return ""


def _kept_text(salvage: Salvage) -> str:
    n_kept = salvage.n_kept
    return f"{n_kept:,} {'trial is' if n_kept == 1 else 'trials are'} whole"


def _lost_text(salvage: Salvage) -> str:
    """Return how many trials are lost, and the ids of the first ones, for a message."""
    n_lost, ids = salvage.n_lost, salvage.lost[:_IDS_SHOWN]
    if not n_lost:
        return "none is lost" if salvage.is_readable else "the others cannot be counted"
    more = ", ..." if n_lost > len(ids) else ""
    names = f" ({', '.join(ids)}{more})" if ids else ""
    return f"{n_lost:,} {'is' if n_lost == 1 else 'are'} lost{names}"


def _open_damaged(path: Path) -> sqlite3.Connection:
    """Open a damaged store for reading, after SQLite has undone half a commit if it can."""
    with suppress(*UNREADABLE), closing(database.connect(path, "rw")) as db:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    return database.connect(path, "ro")


def _keep_damaged(path: Path) -> Path:
    """Give a damaged file a second name, which no other file has, and return that."""
    number, kept_as = 1, path.with_name(f"{path.name}.damaged")
    try:
        while os.path.lexists(kept_as) and not kept_as.samefile(path):
            number += 1
            kept_as = path.with_name(f"{path.name}.damaged-{number}")
        if not os.path.lexists(kept_as):
            try:
                os.link(path, kept_as)
            except OSError:  # not every file system has links
                shutil.copyfile(path, kept_as)
        # SQLite would undo with it what it takes for half a commit to the new file.
        journal = path.with_name(f"{path.name}-journal")
        if journal.exists():
            journal.replace(kept_as.with_name(f"{kept_as.name}-journal"))
    except OSError as error:
        raise unusable(kept_as, error) from error
    return kept_as
