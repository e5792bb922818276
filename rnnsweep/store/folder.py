"""A sweep's results folder: its paths, which run may write there, and how a file is replaced."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from rnnsweep.errors import ResultsError
from rnnsweep.system_errors import not_writable, refused, shown, unusable

from .run_lock import Holder, RunLock, holder_of, is_locked

# Begins the name of a file that is being written. One that a killed run left is written over.
_TEMPORARY = ".tmp-"
_LOCK = ".lock"
_UNSTORED = "unstored"
# Files that operating systems put into folders that are looked at.
_SYSTEM_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}


class Folder:
    """The paths of one sweep's results; creating the object changes no file.

    Attributes
    ----------
    path : Path
        The folder itself.
    store_db, trials_csv, epochs_csv, epochs_parquet, summary_csv, timings_csv : Path
    forecast_csv : Path
        The forecasts of the best network, where the task is one.
    sweep_toml, environment_json, report_html : Path
    plots : Path
        The folder of plots.
    unstored : Path
        The folder of finished trials that could not be stored: see `rnnsweep.store.unstored`.
    lock : Path
        The file that a run keeps locked; it stays there afterwards.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.store_db = self.path / "store.db"
        self.trials_csv = self.path / "trials.csv"
        self.epochs_csv = self.path / "epochs.csv"
        self.epochs_parquet = self.path / "epochs.parquet"
        self.summary_csv = self.path / "summary.csv"
        self.timings_csv = self.path / "timings.csv"
        self.forecast_csv = self.path / "forecast.csv"
        self.sweep_toml = self.path / "sweep.toml"
        self.environment_json = self.path / "environment.json"
        self.report_html = self.path / "report.html"
        self.plots = self.path / "plots"
        self.unstored = self.path / _UNSTORED
        self.lock = self.path / _LOCK

    def check(self) -> None:
        """Raise `ResultsError` if a run could not write here; this changes nothing.

        The folder may be absent or empty, hold a store, or hold what a killed run leaves before it
        has created the store.
        """
        if "\0" in str(self.path):
            raise ResultsError(f"{str(self.path)!r} is not a path: it contains a NUL")
        try:
            os.fsencode(self.path)
        except UnicodeEncodeError as error:
            raise ResultsError(
                f"{str(self.path)!r} is not a path: no file's name can contain the character "
                f"{str(self.path)[error.start]!r}"
            ) from error
        try:
            existing = self._deepest_existing()
            if not existing.is_dir():
                raise ResultsError(
                    f"{shown(existing)} is a file, not a folder; choose another with --results DIR"
                )
            _check_writable(existing)
            names = sorted(p.name for p in self.path.iterdir()) if existing == self.path else []
        except OSError as error:
            raise unusable(self.path, error) from error
        if self.store_db.name in names:
            if not self.store_db.exists():
                raise ResultsError(
                    f"{shown(self.store_db)} is a link to {self.store_db.readlink()}, which does "
                    "not exist; put that file there, or remove the link"
                )
            _check_writable(self.store_db)
            return
        foreign = [name for name in names if not _is_ignored(name)]
        if foreign:
            more = ", ..." if len(foreign) > 3 else ""
            raise ResultsError(
                f"{self.path} holds files that are not results of a sweep "
                f"({', '.join(foreign[:3])}{more}) and no {self.store_db.name}; "
                "nothing was touched, choose another folder with --results DIR"
            )

    def _deepest_existing(self) -> Path:
        """Return the folder, or the deepest folder above it that exists."""
        for path in (self.path, *self.path.parents):
            try:
                path.stat()
            except NotADirectoryError:
                continue
            except FileNotFoundError:
                if path.is_symlink():
                    raise ResultsError(
                        f"{shown(path)} is a link to {path.readlink()}, which does not exist; "
                        "make that folder, or choose another with --results DIR"
                    ) from None
                continue
            return path
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    def in_use(self) -> bool | None:
        """Return whether a run is going on here; None where this user has no right to see it."""
        return is_locked(self.lock)

    def holder(self) -> Holder | None:
        """Return which run is going on here; None if there is none, or that is unknown."""
        return holder_of(self.lock) if self.in_use() else None

    @contextmanager
    def replacing(self, path: Path) -> Iterator[Path]:
        """Yield a temporary path to write to, and rename that file to `path` at the end.

        So a reader sees the old file or the whole new one. If the body fails, the old file stays.
        The temporary file is in the same folder, and its name ends as that of `path`.

        Raises
        ------
        ResultsError
            If writing fails, also in the body: no space, no right to write.
        """
        with self.replacing_all([path]) as (temporary,):
            yield temporary

    @contextmanager
    def replacing_all(self, paths: Sequence[Path]) -> Iterator[list[Path]]:
        """Do what `replacing` does for several files: if the body fails, all old files stay.

        An error in the body that names no file counts as one of the first file.
        """
        places = {path.with_name(_TEMPORARY + path.name): path for path in paths}
        at = paths[0]
        try:
            for temporary, at in places.items():
                if at.parent != self.path:  # the results folder itself is not created again
                    at.parent.mkdir(exist_ok=True)
                temporary.unlink(missing_ok=True)
            at = paths[0]
            yield list(places)
            for temporary in places:
                with temporary.open("rb+") as file:
                    os.fsync(file.fileno())
            for temporary, at in places.items():
                temporary.replace(at)
            for parent in {path.parent for path in paths}:
                _sync_names(parent)
        except OSError as error:
            named = Path(str(error.filename))
            # Where a file is in the place of `plots`, that file is at fault, and no plot in it.
            inner = {path.parent for path in paths} - {self.path}
            raise unusable(named if named in inner else places.get(named, at), error) from error
        finally:
            for temporary in places:
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)

    def remove(self, path: Path) -> None:
        """Remove a file of an earlier run, if it exists."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(path, error) from error

    def remove_leftovers(self) -> None:
        """Remove files that a killed run was writing; only the run that holds the folder may."""
        own = [
            path
            for path in vars(self).values()
            if path not in (self.path, self.plots, self.unstored)
        ]
        leftovers = [path.with_name(_TEMPORARY + path.name) for path in own]
        with suppress(OSError):  # what is in the way of a later file is reported there
            for path in (*leftovers, *self.plots.glob(f"{_TEMPORARY}*.png")):
                path.unlink(missing_ok=True)

    def write_text(self, path: Path, text: str) -> None:
        """Replace a file by `text` in UTF-8, with the text's own line ends."""
        with self.replacing(path) as temporary:
            temporary.write_bytes(text.encode())


class Claim:
    """The right of one run to write in a folder, from its creation until `release`.

    Raises
    ------
    ResultsError
        If the folder cannot be created, or another run holds it; then nothing is left behind.
    """

    def __init__(self, folder: Folder) -> None:
        needed = (folder.lock, folder.path, *folder.path.parents)
        # `lexists` is true of a dangling link, too, which `undo` must not remove.
        self._created = [path for path in needed if not os.path.lexists(path)]
        self._lock = RunLock(folder.lock)
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            is_ours = self._lock.acquire()
        except OSError as error:
            self.undo()
            is_lock = error.filename is None or Path(str(error.filename)).name == _LOCK
            if error.errno == errno.ENOENT and not is_lock:  # from `mkdir`, as below /proc
                raise ResultsError(
                    f"{shown(folder.path)} cannot be created: the system allows no folder there; "
                    "choose another folder with --results DIR"
                ) from error
            raise unusable(folder.lock if is_lock else folder.path, error) from error
        if not is_ours:
            raise _in_use(folder)

    def release(self) -> None:
        """Allow the next run to write."""
        self._lock.release()

    def undo(self) -> None:
        """Release the folder, and remove the lock file and the folders that the claim created."""
        self.release()
        for path in self._created:  # the deepest first
            with suppress(OSError):  # another run may have put something there
                path.rmdir() if path.is_dir() else path.unlink()


def _in_use(folder: Folder) -> ResultsError:
    """Return the error for a folder that another run holds."""
    holder = folder.holder()
    run = "another run" if holder is None else f"another run: {holder}"
    gone = ""
    if holder is not None and holder.is_elsewhere:
        gone = f"if that machine is gone, remove {shown(folder.lock)}; else "
    return ResultsError(
        f"{folder.path} is in use by {run}; {gone}wait for its end, "
        "or choose another folder with --results DIR"
    )


def _check_writable(path: Path) -> None:
    """Raise `ResultsError` unless this user may write; this changes nothing."""
    if os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)):
        return
    if hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY:
        raise refused(path, errno.EROFS)
    raise not_writable(path)


def _is_ignored(name: str) -> bool:
    return name in (_LOCK, _UNSTORED) or name.startswith(_TEMPORARY) or name in _SYSTEM_FILES


def _sync_names(folder: Path) -> None:
    """Write the names of a folder's files to the disk, so that a rename survives a loss of power.

    Windows has no such call.
    """
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
