"""A sweep's results folder: what lies where, which run may write there, how a file is replaced."""

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from rnnsweep.errors import ResultsError
from rnnsweep.system_errors import not_writable, refused, shown, unusable

_BESIDE = ".tmp-"  # a file that is being written; what a killed run leaves is written over
_LOCK = ".lock"
# Files that an operating system leaves in any folder it shows.
_OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}
# `status` holds the lock for a moment to see whether a run does; a run that starts waits it out.
_LOCK_WAIT_S = 0.5


class Folder:
    """The paths of one sweep's results; making one touches nothing.

    Attributes
    ----------
    path : Path
        The folder itself.
    store_db, trials_csv, epochs_csv, epochs_parquet, summary_csv, timings_csv : Path
    sweep_toml, environment_json : Path
    plots : Path
        The folder of pictures.
    lock : Path
        What a run locks while it goes on; the file stays there afterwards.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.store_db = self.path / "store.db"
        self.trials_csv = self.path / "trials.csv"
        self.epochs_csv = self.path / "epochs.csv"
        self.epochs_parquet = self.path / "epochs.parquet"
        self.summary_csv = self.path / "summary.csv"
        self.timings_csv = self.path / "timings.csv"
        self.sweep_toml = self.path / "sweep.toml"
        self.environment_json = self.path / "environment.json"
        self.plots = self.path / "plots"
        self.lock = self.path / _LOCK

    def check(self) -> None:
        """Raise `ResultsError` if a run could not write here; touch nothing.

        A folder that is absent or empty will do, and so will one that holds a store or what a
        killed run leaves before it has one.
        """
        if "\0" in str(self.path):
            raise ResultsError(f"{str(self.path)!r} is no path: it has a NUL in it")
        try:
            os.fsencode(self.path)
        except UnicodeEncodeError as error:
            raise ResultsError(
                f"{str(self.path)!r} is no path: no name of a file has the character "
                f"{str(self.path)[error.start]!r}"
            ) from error
        try:
            existing = self._nearest_existing()
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
        strangers = [name for name in names if not _ignored(name)]
        if strangers:
            more = ", ..." if len(strangers) > 3 else ""
            raise ResultsError(
                f"{self.path} holds files that are no results of a sweep "
                f"({', '.join(strangers[:3])}{more}) and no {self.store_db.name}; "
                "nothing was touched, choose another folder with --results DIR"
            )

    def _nearest_existing(self) -> Path:
        """Return the folder, or the nearest one above it that is there."""
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
        """Whether a run is going on here; None where that cannot be told (no right to look)."""
        if not self.lock.exists():
            return False
        try:
            with FileLock(self.lock, timeout=0):
                return False
        except Timeout:
            return True
        except OSError:
            return None

    @contextmanager
    def replacing(self, path: Path) -> Iterator[Path]:
        """Give a path beside `path` to write to, and put that file in its place at the end.

        A reader sees the old file or the whole new one. If the body fails, the old one stays.
        The given path ends as `path` does.

        Raises
        ------
        ResultsError
            Where writing fails, in the body too: no space, no right.
        """
        with self.replacing_all([path]) as (beside,):
            yield beside

    @contextmanager
    def replacing_all(self, paths: Sequence[Path]) -> Iterator[list[Path]]:
        """Do what `replacing` does for several files: if the body fails, all old ones stay.

        An error of the body is taken for one of the first file where it does not name another.
        """
        places = {path.with_name(_BESIDE + path.name): path for path in paths}
        at = paths[0]
        try:
            for beside, at in places.items():
                if at.parent != self.path:  # one that is gone was deleted meanwhile
                    at.parent.mkdir(exist_ok=True)
                beside.unlink(missing_ok=True)
            at = paths[0]
            yield list(places)
            for beside in places:
                with beside.open("rb+") as file:
                    os.fsync(file.fileno())
            for beside, at in places.items():
                beside.replace(at)
            for parent in {path.parent for path in paths}:
                _sync_names(parent)
        except OSError as error:
            named = Path(str(error.filename))
            # A file in the place of `plots` is at fault, and no picture in it.
            inner = {path.parent for path in paths} - {self.path}
            raise unusable(named if named in inner else places.get(named, at), error) from error
        finally:
            for beside in places:
                with suppress(OSError):
                    beside.unlink(missing_ok=True)

    def remove(self, path: Path) -> None:
        """Remove a file of an earlier run, if it is there."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(path, error) from error

    def write_text(self, path: Path, text: str) -> None:
        """Replace one file by `text`, in UTF-8, its line ends as they are."""
        with self.replacing(path) as beside:
            beside.write_bytes(text.encode())


class Claim:
    """The right of one run to write in a folder, from its making to `release`.

    Raises
    ------
    ResultsError
        If the folder cannot be made, or another run holds it; then nothing is left behind.
    """

    def __init__(self, folder: Folder) -> None:
        wanted = (folder.lock, folder.path, *folder.path.parents)
        # A link that leads nowhere is there, too, and is not ours to remove.
        self._made = [path for path in wanted if not os.path.lexists(path)]
        self._lock = FileLock(folder.lock)
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=_LOCK_WAIT_S, poll_interval=_LOCK_WAIT_S / 10)
        except Timeout as error:
            raise ResultsError(
                f"{folder.path} is in use by another run; wait for its end, "
                "or choose another folder with --results DIR"
            ) from error
        except NotImplementedError as error:
            self.undo()
            raise refused(folder.lock, errno.ENOLCK) from error
        except OSError as error:
            self.undo()
            is_lock = Path(str(error.filename)).name == _LOCK
            if error.errno == errno.ENOENT and not is_lock:  # of `mkdir`, as below /proc
                raise ResultsError(
                    f"{shown(folder.path)} cannot be made: the system makes no folder there; "
                    "choose another folder with --results DIR"
                ) from error
            raise unusable(folder.lock if is_lock else folder.path, error) from error

    def release(self) -> None:
        """Let the next run in."""
        self._lock.release()

    def undo(self) -> None:
        """Release, and remove the lock file and the folders that the claim made."""
        self.release()
        for path in self._made:  # the deepest first
            with suppress(OSError):  # another run may have put something there
                path.rmdir() if path.is_dir() else path.unlink()


def _check_writable(path: Path) -> None:
    """Raise `ResultsError` unless this user may write; touch nothing."""
    if os.access(path, os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)):
        return
    if hasattr(os, "statvfs") and os.statvfs(path).f_flag & os.ST_RDONLY:
        raise refused(path, errno.EROFS)
    raise not_writable(path)


def _ignored(name: str) -> bool:
    return name == _LOCK or name.startswith(_BESIDE) or name in _OF_THE_SYSTEM


def _sync_names(folder: Path) -> None:
    """Make a rename last through a loss of power; Windows has no such call."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
