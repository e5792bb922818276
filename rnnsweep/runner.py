"""Pending trials -> executor -> store; progress, interruption, resume."""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from . import spec
from .environment import environment, usable_cores
from .errors import SweepError
from .executors import check_executor, make_executor
from .kernels import CACHE_DIR
from .progress import Progress, counted
from .record import METRICS, Record, Wanted
from .spec import Config, Sweep, Trial
from .standing import Pending
from .store import Store
from .tables import Results, write_tables
from .training import warm_up
from .trial import run_trial
from .wanted import Asked

# Finished trials wait this long at most for their transaction: a commit waits for the disk, and
# a kill loses no more than this.
_COMMIT_EVERY_S = 0.5
# How often the main thread looks up from waiting, so that Ctrl-C is heard on every system.
_TICK_S = 0.1


def run(
    path: str | Path,
    *,
    results: str | Path | None = None,
    jobs: int | None = None,
    overrides: str | Sequence[str] = (),
    executor: str = "threads",
    progress: Progress | None = None,
) -> Results:
    """Train every trial of a sweep file that its results lack, then write tables and plots.

    Parameters
    ----------
    path : path
        The sweep file.
    results : path, optional
        The sweep's own folder; ``results/<stem of the file>`` if left out.
    jobs : int, optional
        Trials at once; the number of usable cores if left out.
    overrides : str or sequence of str
        Changes to the file, each as ``"train.epochs=5"``.
    executor : {"threads", "serial"}
    progress : Progress, optional
        What to tell of the run; nothing if left out.

    Returns
    -------
    Results

    Raises
    ------
    SweepError
        If the file is wrong; nothing was started or written.
    ResultsError
        If the results folder cannot be used.
    KeyboardInterrupt
        On Ctrl-C; every finished trial is kept, and in the tables.
    """
    return run_sweep(
        spec.load(path, [overrides] if isinstance(overrides, str) else overrides),
        results=results,
        jobs=jobs,
        executor=executor,
        progress=progress or Progress(),
    )


def run_sweep(
    sweep: Sweep,
    *,
    results: str | Path | None,
    jobs: int | None,
    executor: str,
    progress: Progress,
) -> Results:
    """Do what `run` does, for a sweep that is loaded already."""
    check_executor(executor)
    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1):
        raise SweepError(f"jobs is {jobs!r}; allowed: a whole number of at least 1")
    jobs = 1 if executor == "serial" else (jobs or usable_cores())
    folder = Path("results", sweep.stem) if results is None else Path(results)
    with Store.writer(folder) as store:
        change = store.set_sweep(
            sweep.stem,
            sweep.text,
            [axis.name for axis in sweep.axes],
            ((trial.trial_id, trial.config.settings()) for trial in sweep),
            Asked(sweep.metrics, sweep.save_params),
        )
        place = store.folder
        place.write_text(place.sweep_toml, sweep.text)
        place.write_text(place.environment_json, json.dumps(environment(jobs), indent=2) + "\n")
        threads = counted(jobs, "thread")
        kept = f", {change.kept} kept" if change.kept else ""
        gone = f", {change.gone} no longer in the file" if change.gone else ""
        progress.say(
            f"{sweep.stem}: {counted(len(sweep), 'trial')}, {change.new} to train on {threads}"
            f"{kept}{gone} -> {folder}"
        )
        try:
            if change.new:
                _train_pending(sweep, store, change.new, jobs, executor, progress)
        except KeyboardInterrupt:
            write_tables(store)
            done = store.counts().done
            raise KeyboardInterrupt(
                f"interrupted; {done} of {len(sweep)} trials are kept in {folder}, "
                "run again to go on"
            ) from None
        write_tables(store)
        progress.say("drawing the plots")
        write_plots(store.folder.path)
    return Results(folder)


def write_plots(folder: str | Path) -> list[Path]:
    """Draw the pictures of a sweep's results anew; return their paths."""
    from . import plots
    from .folder import Folder

    place = Folder(folder)
    results = Results(folder)
    drawn = plots.draw(results.trials, results.epochs, results.swept, results.baselines())
    paths = {place.plots / f"{name}.png": figure for name, figure in drawn.items()}
    for path, figure in paths.items():
        with place.replacing(path) as beside:
            plots.save(figure, beside)
    # A picture of an earlier file that this one has no data for would tell a wrong story.
    for name in plots.NAMES:
        path = place.plots / f"{name}.png"
        if path not in paths:
            path.unlink(missing_ok=True)
    return list(paths)


def _train_pending(
    sweep: Sweep, store: Store, n_trials: int, jobs: int, executor: str, progress: Progress
) -> None:
    """Train every trial of the sweep that the store lacks, and keep each as it ends."""
    kernels = _Kernels(progress)

    def train(pending: Iterator[Pending], n: int) -> None:
        trials = ((sweep[it.position], _wanted(sweep, it)) for it in pending)
        if (first := next(trials, None)) is None:
            return
        kernels.prepare(first[0].config)  # before the clock of the trials starts
        progress.begin(n)
        try:
            # Kernels call no BLAS; numpy does, for orthogonal weights.
            with threadpool_limits(1, user_api="blas"), make_executor(executor, jobs) as pool:
                _drive(chain([first], trials), pool, jobs, store, progress, kernels)
        finally:
            progress.end()

    train(store.pending(), n_trials)
    # Which trial is the best shows now.
    if best := store.best_without_params():
        progress.say("training the best trial once more, to keep its params")
        train(iter([best]), 1)


def _wanted(sweep: Sweep, pending: Pending) -> Wanted:
    """Return what to record of a trial: what the file asks for, and what was recorded before."""
    metrics = {*sweep.metrics, *pending.metrics}
    return Wanted(
        metrics=tuple(metric for metric in METRICS if metric in metrics),
        params=sweep.save_params != "none",
    )


class _Kernels:
    """The kernels of this machine: compiled for a cell and a dtype when a trial first needs them.

    In the main thread, before that trial starts: compilation holds a global lock, and two threads
    that start it would both do it. The cache directory belongs to this very version of the
    kernels; an empty file in it tells the next run that nothing is left to compile.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._ready: set[tuple[str, str]] = set()

    def prepare(self, config: Config) -> None:
        """Compile or load what a trial with this config needs."""
        cell, dtype = config.model.cell, config.train.dtype
        if (cell, dtype) in self._ready:
            return
        mark = CACHE_DIR / f"{cell}-{dtype}.compiled"
        if not mark.exists():
            self._progress.say(
                f"compiling the kernels for {cell} in {dtype}, once on this machine; "
                "it takes about 20 seconds"
            )
        warm_up(cell, dtype)
        self._ready.add((cell, dtype))
        with suppress(OSError):  # where nothing can be kept, the next run compiles again
            mark.touch()


def _drive(
    trials: Iterator[tuple[Trial, Wanted]],
    pool: Executor,
    jobs: int,
    store: Store,
    progress: Progress,
    kernels: _Kernels,
) -> None:
    """Keep `jobs` trials running and as many waiting; store what ends, whatever happens."""
    stop: NDArray[np.int64] = np.zeros(1, np.int64)
    running: set[Future[Record | None]] = set()
    ended: list[Record] = []
    last_commit = time.monotonic()
    try:
        while True:
            for trial, wanted in islice(trials, 2 * jobs - len(running)):
                kernels.prepare(trial.config)
                running.add(pool.submit(run_trial, trial, stop, wanted))
            if not running:
                break
            done, _ = wait(running, timeout=_TICK_S, return_when=FIRST_COMPLETED)
            records = _records(done)
            # Recorded before forgotten: Ctrl-C may come between any two lines.
            ended += records
            running -= done
            progress.advance(records)
            if ended and time.monotonic() - last_commit > _COMMIT_EVERY_S:
                store.add(ended)
                ended = []
                last_commit = time.monotonic()
    finally:
        # First what has ended, then what still does: a second Ctrl-C may cut the waiting short.
        try:
            if ended:
                store.add(ended)
        finally:
            stop[0] = 1
        done, _ = wait([future for future in running if not future.cancel()])
        if records := _records(done):
            store.add(records)


def _records(futures: set[Future[Record | None]]) -> list[Record]:
    """Return what ended trials left; one that was stopped left nothing."""
    return [record for future in futures if (record := future.result()) is not None]
