"""One run that is killed some times and goes on each time, compared with an undisturbed one."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import NamedTuple

from commandline import ROOT, snapshot

from rnnsweep.errors import ResultsError
from rnnsweep.store.store import Store

from .sweeps import SWEEPS

# How long after its beginning a phase is killed, in seconds: at most about what it takes.
PHASES = {
    "laying out": 0.05,
    "compiling": 0.5,
    "training": 1.0,
    "commit": 0.01,
    "tables": 0.05,
    "forecast": 0.1,
    "pictures": 1.0,
    "page": 0.5,
}
# What the store, the tables and the pictures call; a killed call may or may not have taken place.
_CALLS = ("pwrite64", "fdatasync", "fsync", "rename", "unlink", "ftruncate", "write", "openat")
# A run that takes longer hangs: a soak has the lowest priority, and some runs compile kernels.
_HANGS_S = 3600
# One in so many lives compiles its kernels.
_COMPILED = 12
# Names of files that have to be equal to the byte end so.
_SAME = (
    "trials.csv",
    "epochs.csv",
    "epochs.parquet",
    "summary.csv",
    "forecast.csv",
    "report.html",
    ".png",
    ".lock",
)


class Kill(NamedTuple):
    """How a run is killed: after so many seconds, in a phase, or at a call of the system.

    Attributes
    ----------
    after : float
        Seconds after the start; 0 where the run kills itself.
    phase : str
        As `watched` takes it.
    count : int
        Which beginning of that phase, or which call.
    delay : float
        Seconds from the beginning of the phase.
    call : str
        The name of a system call, or "".
    worker : bool
        Whether a worker process of the run is killed, and not the run itself.
    """

    after: float = 0.0
    phase: str = "-"
    count: int = 1
    delay: float = 0.0
    call: str = ""
    worker: bool = False


NO_KILL = Kill()


@dataclass
class Figures:
    """What came of some lives.

    Attributes
    ----------
    kills : Counter
        By phase.
    runs, lost, trained_twice, trials : int
        Runs that were started; trials that were stored and are not in the store; trials that were
        to be trained though they were done; trials of all lives.
    faults : list of str
        What was wrong at the end of a life, with its folder.
    """

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    lost: int = 0
    trained_twice: int = 0
    trials: int = 0
    faults: list[str] = field(default_factory=list)


class Soak:
    """Lives of runs below one folder.

    Parameters
    ----------
    folder : Path
    random : Random
        Draws sweeps, moments and calls.
    executor : str
        The value of ``--executor``.
    """

    def __init__(self, folder: Path, random: Random, executor: str = "threads") -> None:
        self.figures = Figures()
        self._folder = folder
        self._random = random
        self._executor = executor
        self._seconds = 0.0  # what an undisturbed run takes, the longest so far
        self._n_lives = 0
        for name, sweep in SWEEPS.items():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.toml").write_text(sweep.text)
            for file, text in sweep.files:
                (folder / file).write_text(text)

    def live(self, n_kills: int) -> None:
        """Run some sweep to its end, with up to `n_kills` kills on the way; check the results."""
        self._n_lives += 1
        compiles = self._n_lives % _COMPILED == 0
        kills = (self._draw(compiles=compiles) for _ in range(n_kills))
        self.live_through(self._random.choice(list(SWEEPS)), kills, compiles=compiles)

    def live_through(self, name: str, kills: Iterable[Kill], *, compiles: bool = False) -> None:
        """Run a sweep of `SWEEPS` to its end, with these kills on the way, and check the results.

        If it `compiles`, no kernel is compiled when it begins.
        """
        whole = self._undisturbed(name)
        folder = Path(mkdtemp(prefix=f"{name}-", dir=self._folder))
        cache = folder / "cache" if compiles else None
        life = _Life(name, self._folder, folder, cache, self._executor)
        for kill in (*kills, NO_KILL):
            phase = life.run(kill)
            self.figures.runs += 1
            if phase is not None:
                self.figures.kills[phase] += 1
            if not life.is_killed:  # it came to its end
                break
        self.figures.lost += life.lost
        self.figures.trained_twice += life.trained_twice
        self.figures.trials += life.n_trials
        faults = life.faults or _differences(whole, life.results)
        self.figures.faults += [f"{folder} ({name}): {fault}" for fault in faults]
        if not faults:
            shutil.rmtree(folder)

    def _draw(self, *, compiles: bool) -> Kill:
        random = self._random
        if compiles:
            return Kill(after=random.uniform(2.0, 20.0))
        share = random.random()
        if self._executor == "dask" and share > 0.8:
            return Kill(after=random.uniform(1.0, 2 * self._seconds), worker=True)
        if share < 0.2 and shutil.which("strace"):
            return Kill(call=random.choice(_CALLS), count=int(10 ** random.uniform(0, 2.3)))
        if share < 0.5:
            return Kill(after=random.uniform(0.0, self._seconds))
        phase = random.choice(list(PHASES))
        count = int(10 ** random.uniform(0, 1.3)) if phase == "commit" else 1
        return Kill(phase=phase, count=count, delay=random.uniform(0.0, PHASES[phase]))

    def _undisturbed(self, name: str) -> Path:
        """Return the results of the sweep from a run in one thread that nothing disturbed."""
        folder = self._folder / f"whole-{name}"
        if not folder.exists():
            life = _Life(name, self._folder, folder, None, "serial")
            life.run(NO_KILL)
            assert not life.faults, life.faults
            self._seconds = max(self._seconds, life.seconds)
        return folder / "results"


class _Life:
    """Runs of one sweep into one results folder, and what has to hold after each of them."""

    def __init__(
        self, name: str, home: Path, folder: Path, cache: Path | None, executor: str
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.results = folder / "results"
        self.faults: list[str] = []
        self.n_trials = self.lost = self.trained_twice = 0
        self.seconds = 0.0
        self.is_killed = False
        self._n_killed = 0  # workers in the last run
        self._home = home
        self._folder = folder
        self._log = folder / "log"
        self._options = ("--jobs", "2", "--executor", executor)
        self._sweep = f"{name}.toml"
        self._stored: set[str] = set()  # trials of finished transactions
        self._done: set[str] = set()  # trials that the store has
        paths = [str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
        self._env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        if cache is not None:
            self._env["NUMBA_CACHE_DIR"] = str(cache)

    def run(self, kill: Kill) -> str | None:
        """Run the sweep; return in which phase something was killed, or None if nothing was."""
        self._log.unlink(missing_ok=True)
        start = time.monotonic()
        code, errors = self._ended(kill)
        self.seconds = time.monotonic() - start
        self.is_killed = code in (-signal.SIGKILL, 128 + signal.SIGKILL)
        if (not self.is_killed and code != 0) or "Traceback" in errors:
            self.faults.append(f"exit {code}: {errors}")
        phase = self._read_log()
        if kill.worker:
            return "worker" if self._n_killed else None
        if not self.is_killed:
            return None
        return f"call {kill.call}" if kill.call else phase

    def _ended(self, kill: Kill) -> tuple[int, str]:
        """Run the command to its end or until it is killed; return its code and errors."""
        program = [sys.executable, "-W", "error", "-m", "soak.watched", str(self._log)]
        line = [*program, kill.phase, str(kill.count), str(kill.delay), "run", self._sweep]
        line += ["--results", str(self.results), *self._options]
        if kill.call:
            inject = f"inject={kill.call}:signal=SIGKILL:when={kill.count}"
            trace = f"trace={kill.call}"
            line = ["strace", "-f", "-qq", "-o", os.devnull, "-e", trace, "-e", inject, *line]
        self._n_killed = 0
        with (self._folder / "errors").open("w+") as errors:
            process = subprocess.Popen(
                line, cwd=self._home, env=self._env, stdout=subprocess.DEVNULL, stderr=errors
            )
            try:
                process.wait(kill.after or _HANGS_S)
            except subprocess.TimeoutExpired:
                if kill.worker:
                    self._n_killed = _kill_child(process.pid)
                    process.wait(_HANGS_S)
                else:
                    process.kill()
                    process.wait()
                if not kill.after:
                    self.faults.append(f"it hangs with {kill}")
            errors.seek(0)
            return process.returncode, errors.read()

    def _read_log(self) -> str:
        """Check what the log says against the store; return the last phase."""
        phase, queued = "start", set()
        for line in self._log.read_text().splitlines() if self._log.exists() else ():
            word, *rest = line.split(" ")
            if word == "phase":
                phase = " ".join(rest)
            elif word == "queued":
                queued.update(rest)
            else:
                self._stored.update(rest)
        self.trained_twice += len(queued & self._done)
        self._done = self._read_done()
        self.lost += len(self._stored - self._done)
        return phase

    def _read_done(self) -> set[str]:
        """Return the trials that are done, from a copy: whoever opens a store may mend it."""
        copy = self._folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        if not (self.results / "store.db").exists():
            return set()
        shutil.copytree(self.results, copy)
        with Store.reader(copy) as store:
            try:
                requirements = store.info().requirements
            except ResultsError:  # it was killed before it laid out the trials
                return set()
            ids = store.trial_ids()
            self.n_trials = len(ids)
            are_done = zip(ids, store.are_done(ids, requirements), strict=True)
            return {trial_id for trial_id, is_done in are_done if is_done}


def _kill_child(process: int) -> int:
    """Kill the youngest child of a process; return how many were killed."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    if children:
        with suppress(ProcessLookupError):
            os.kill(int(children[-1]), signal.SIGKILL)
            return 1
    return 0


def _differences(whole: Path, results: Path) -> list[str]:
    """Return what differs between the results of an undisturbed run and of one that was killed."""
    expected, actual = snapshot(whole), snapshot(results)
    faults = [f"{name} was left behind" for name in actual.keys() - expected.keys()]
    faults += [f"{name} is missing" for name in expected.keys() - actual.keys()]
    faults += [
        f"{name} differs"
        for name in expected.keys() & actual.keys()
        if name.endswith(_SAME) and expected[name] != actual[name]
    ]
    with Store.reader(whole) as one, Store.reader(results) as other:
        for trial_id in one.trial_ids():
            params, others = one.params(trial_id), other.params(trial_id)
            are_same = (params is None) == (others is None) and (
                params is None or params.flat.tobytes() == others.flat.tobytes()
            )
            if not are_same:
                faults.append(f"the saved params of {trial_id} differ")
    return faults
