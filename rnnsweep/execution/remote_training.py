"""Training in another process, which has the text of the sweep file and no folder in common.

A process loads the sweep from `SweepFiles` as a run does, and gets each trial as its position in
the sweep. So a pack of thousands of trials is a message of some kilobytes, and whatever a sweep
file may name (data, cells, functions of the user's) needs nothing of its own here.
"""

import hashlib
import logging
import pickle
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnsweep.errors import RnnsweepError, SweepError
from rnnsweep.record import Record, Recording
from rnnsweep.sweepfile import Sweep, load_text
from rnnsweep.training.data_cache import DataCache
from rnnsweep.version import __version__

from .compilation import Compilation, Needs
from .pack import run_pack
from .trial_queue import Pack, QueuedTrial

# Packages whose versions decide the bytes of a result, or what a message between processes is.
_PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "pydantic", "distributed")
# Files of this package that decide results: its code, and the equations of its cells.
_SUFFIXES = (".py", ".toml")


class UnfitError(Exception):
    """A process cannot train the trials of a run; the text says why."""


class RemoteTrial(NamedTuple):
    """A trial as another process gets it.

    Attributes
    ----------
    trial_id : str
        With which the process checks that it has the same trial at the position.
    recording, seconds, position, timeout_s
        Those of the `QueuedTrial`.
    """

    trial_id: str
    recording: Recording
    seconds: float
    position: int
    timeout_s: float


@dataclass(frozen=True)
class SweepFiles:
    """What a sweep is loaded from: its text, and the content of the files that it names.

    Attributes
    ----------
    name : str
        The name of the sweep file.
    text : str
        With the overrides applied.
    contents : dict of bytes
        By the paths in the sweep file.
    """

    name: str
    text: str
    contents: Mapping[str, bytes]

    @classmethod
    def of(cls, sweep: Sweep) -> "SweepFiles":
        """Read the files of a sweep again; `Trainer` finds out whether one has changed since.

        Raises
        ------
        SweepError
            One cannot be read any more.
        """
        contents = {}
        for name, path in sweep.files.items():
            try:
                contents[name] = path.read_bytes()
            except OSError as error:
                raise SweepError(f"{path}: this cannot be read: {error.strerror}") from None
        return cls(sweep.path.name, sweep.text, contents)

    def load(self, folder: Path) -> Sweep:
        """Write the files into a folder, and load the sweep from there."""
        copies = {}
        for number, (name, content) in enumerate(self.contents.items()):
            copies[name] = folder / str(number) / Path(name).name
            copies[name].parent.mkdir()
            copies[name].write_bytes(content)
        return load_text(folder / self.name, self.text, copies)


def versions() -> dict[str, str]:
    """Return the versions on which all processes of a run must agree."""
    packages = {}
    for name in _PACKAGES:
        with suppress(metadata.PackageNotFoundError):  # rnnsweep itself does not need all of them
            packages[name] = metadata.version(name)
    return {
        "rnnsweep": __version__,
        "rnnsweep's files": digest(Path(__file__).parents[1]),
        "Python": python_version(),
        **packages,
    }


@cache  # every task asks for it, and an edit does not change what this process has loaded
def digest(package: Path) -> str:
    """Return a hash of the source files in the folder of a package.

    Two checkouts may differ although their versions are the same.
    """
    hashed = hashlib.sha256()
    paths = (path for path in package.rglob("*") if path.suffix in _SUFFIXES)
    for name, path in sorted((path.relative_to(package).as_posix(), path) for path in paths):
        content = path.read_bytes()
        hashed.update(f"{name} {len(content)}\n".encode() + content)
    return hashed.hexdigest()[:12]


def difference(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """Return in words the versions that differ; "" if all are equal."""
    return ", ".join(
        f"{name} {theirs.get(name, 'none')} (here {version})"
        for name, version in ours.items()
        if theirs.get(name) != version
    )


class Trainer:
    """Trains trials of a sweep, from several threads at once, until it is closed.

    Parameters
    ----------
    files : SweepFiles
    data_memory : int or None
        As that of `run`.
    folder : Path, optional
        Where a temporary folder is made for the files.

    Raises
    ------
    UnfitError
        The sweep cannot be loaded in this process.
    """

    def __init__(
        self, files: SweepFiles, data_memory: int | None, folder: Path | None = None
    ) -> None:
        self._folder = TemporaryDirectory(
            prefix="rnnsweep-", dir=folder, ignore_cleanup_errors=True
        )
        try:
            self._sweep = files.load(Path(self._folder.name))
        except RnnsweepError as error:
            self.close()
            raise UnfitError(str(error)) from None
        self._data = DataCache(data_memory)
        self._compilation = Compilation(logging.getLogger(__name__).info)
        self._lock = Lock()

    def close(self) -> None:
        """Remove the files."""
        self._folder.cleanup()

    def train(
        self,
        trials: Iterable[RemoteTrial],
        stop: NDArray[np.int64],
        keep: Callable[[Record], None],
    ) -> None:
        """Train one trial after the other and pass each record to `keep`; end where `stop` is set.

        Raises
        ------
        UnfitError
            This process has other trials at these positions.
        """
        with self._lock:  # one thread compiles, and the others wait for the kernels
            pack = [self._queued(trial) for trial in trials]
            for queued in pack:
                if stop[0] == 0:
                    needs = Needs.of_trial(queued.trial.config, queued.recording)
                    self._compilation.prepare(needs)
        run_pack(pack, stop, self._data, keep)

    def _queued(self, remote: RemoteTrial) -> QueuedTrial:
        trial = self._sweep.trial_at(remote.position)
        if trial.trial_id != remote.trial_id:
            raise UnfitError(
                f"trial {remote.position} is {trial.trial_id} there, and {remote.trial_id} here: a "
                "file that the sweep names has changed since the run started"
            )
        return QueuedTrial(trial, *remote[1:])


def as_remote(pack: Pack) -> list[RemoteTrial]:
    """Return the trials of a pack as another process gets them."""
    return [RemoteTrial(queued.trial.trial_id, *queued[1:]) for queued in pack]


def packed_records(records: Iterable[Record]) -> bytes:
    """Return records as bytes, without the settings, which the receiver has."""
    # One piece of bytes: Dask would send each array of thousands as a frame of its own.
    return pickle.dumps([replace(record, settings={}) for record in records], protocol=5)


def unpacked_records(content: bytes, pack: Sequence[QueuedTrial]) -> list[Record]:
    """Return the records of some trials of a pack, in their order, with their settings."""
    settings = {queued.trial.trial_id: queued.trial.config.settings for queued in pack}
    return [
        replace(record, settings=settings[record.trial_id]()) for record in pickle.loads(content)
    ]
