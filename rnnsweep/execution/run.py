"""A run: a sweep's pending trials into its store, then tables and plots; and again, to go on."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnsweep.errors import SweepError, in_python_words
from rnnsweep.interruption import deferred
from rnnsweep.network.checks import as_whole
from rnnsweep.plots.files import remove_plots, write_plots
from rnnsweep.record import METRICS, Wanted
from rnnsweep.store.folder import Folder
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import Pending
from rnnsweep.sweepfile import Sweep, Trial, load_sweep
from rnnsweep.tables.results import Results
from rnnsweep.tables.write import write_tables
from rnnsweep.training.data_cache import SharedData
from rnnsweep.training.duration import trial_seconds

from .backlog import Waiting
from .earlier_results import count_earlier, earlier_line
from .environment import usable_cores
from .executors import check_executor
from .progress import Progress, counted
from .scheduler import Driver, Due
from .sweep_folder import folder_of, write_environment


@in_python_words()
def run(
    path: str | Path,
    *,
    results: str | Path | None = None,
    jobs: int | None = None,
    overrides: Mapping[str, Any] | str | Iterable[str] = (),
    executor: str = "threads",
    plots: bool = True,
    data_memory: int | None = None,
    progress: Progress | None = None,
) -> Results:
    """Train every trial of a sweep file that its results lack, then write tables and plots.

    Parameters
    ----------
    path : str or Path
        The sweep file.
    results : str or Path, optional
        The folder of the results. If left out it is ``results/<stem of the file>``, which is
        refused if it holds the results of another file.
    jobs : int, optional
        How many trials train at the same time; the number of usable cores if left out.
    overrides : dict, str or sequence of str
        Changes to the file for this run: ``{"train.epochs": 5, "seed": [0, 1]}``, where a list or
        a range is an axis; or texts as the command line takes them, ``"train.epochs=5"``.
    executor : {"threads", "serial"}
        Trials run in threads, or one after the other in the main thread.
    plots : bool
        Whether to draw the pictures. If not, the pictures of an earlier run are removed, since
        they would not agree with the tables; ``python -m rnnsweep plot`` draws them at any time.
    data_memory : int, optional
        How many bytes of data sets stay in memory for trials to come; 512 MiB if left out. The
        data sets that trials are training on come on top, however large they are.
    progress : Progress, optional
        Shows how far the run is; nothing is shown if left out.

    Returns
    -------
    Results
        The tables, as DataFrames.

    Raises
    ------
    SweepError
        If the file or an argument is wrong; nothing was started or written.
    ResultsError
        If the results folder cannot be used.
    KeyboardInterrupt
        On Ctrl-C. Every finished trial is kept and is in the tables. A first Ctrl-C ends the run
        between two updates, a second one at once. A signal handler that the caller has set stays
        in place; Python's own is restored when this returns.
    """
    return run_sweep(
        load_sweep(path, overrides),
        results=results,
        jobs=jobs,
        executor=executor,
        plots=plots,
        data_memory=data_memory,
        progress=progress or Progress(),
    )


def run_sweep(
    sweep: Sweep,
    *,
    results: str | Path | None,
    jobs: int | None,
    executor: str,
    plots: bool = True,
    data_memory: int | None = None,
    progress: Progress,
) -> Results:
    """Do what `run` does, for a sweep that is loaded already."""
    check_executor(executor)
    count = usable_cores() if jobs is None else as_whole(jobs)
    if count is None or count < 1:
        raise SweepError(f"jobs is {jobs!r}; allowed: a whole number of at least 1")
    data = SharedData(data_memory)
    jobs = 1 if executor == "serial" else count
    folder = folder_of(sweep, results)
    with ExitStack() as stack:
        interruption = stack.enter_context(deferred())
        interruption.check()  # before anything is written
        waiting = Waiting(Folder(folder).store_db, progress.say, interruption)
        store = stack.enter_context(Store.writer(folder, waiting))
        seconds = np.empty(len(sweep))
        change = store.set_sweep(
            sweep.stem,
            sweep.text,
            [axis.name for axis in sweep.axes],
            (
                (trial.trial_id, trial.config.settings())
                for trial in interruption.checked(_timed(sweep, seconds))
            ),
            Requirements(sweep.metrics, sweep.save_params),
        )
        place = store.folder
        place.write_text(place.sweep_toml, sweep.text)
        write_environment(place, sweep, jobs)
        threads = counted(jobs, "thread")
        kept = f", {change.kept} kept" if change.kept else ""
        gone = f", {change.gone} no longer in the file" if change.gone else ""
        progress.say(
            f"{sweep.stem}: {counted(len(sweep), 'trial')}, {change.new} to train on {threads}"
            f"{kept}{gone} -> {folder}"
        )
        if n_earlier := count_earlier(sweep, store, change.new):
            progress.say(earlier_line(n_earlier))
        for note in sweep.notes:
            progress.say(note)
        driver = Driver(store, data, executor, jobs, progress)
        has_tables = False
        try:
            if change.new:
                _train_pending(sweep, store, driver, change.new, seconds, progress)
            write_tables(store, sweep.epochs_format)
            has_tables = True
            interruption.check()
            if plots:
                progress.say("drawing the plots")
                write_plots(store.folder.path)
                interruption.check()
            else:
                remove_plots(store.folder)
        except KeyboardInterrupt:
            message = _interrupted(store, sweep, driver.n_lost, has_tables)
            raise KeyboardInterrupt(message) from None
    return Results(folder)


def _timed(sweep: Sweep, seconds: NDArray[np.float64]) -> Iterator[Trial]:
    """Yield the trials, and write into `seconds` (trials,) what each may take."""
    wanted = Wanted(sweep.metrics)
    for position, trial in enumerate(sweep):
        seconds[position] = trial_seconds(trial.config, wanted)
        yield trial


def _interrupted(store: Store, sweep: Sweep, n_lost: int, has_tables: bool) -> str:
    """Write the tables if they are missing, and return what a run that was interrupted says."""
    parts = ["interrupted"]
    folder = store.folder.path
    try:
        parts.append(f"{store.counts().done} of {len(sweep)} trials are kept in {folder}")
        if not has_tables:
            write_tables(store, sweep.epochs_format)
    except KeyboardInterrupt:  # a second one, or nobody waits any longer for the store
        parts.append(f"the tables in {folder} are not those of the store")
    if n_lost:
        verb = "is" if n_lost == 1 else "are"
        parts.append(
            f"{counted(n_lost, 'finished trial')} could not be stored and {verb} lost, since "
            f"another program holds {store.folder.store_db.name}"
        )
    return f"{'; '.join(parts)}, run again to go on"


def _train_pending(
    sweep: Sweep,
    store: Store,
    driver: Driver,
    n_trials: int,
    seconds: NDArray[np.float64],
    progress: Progress,
) -> None:
    """Train every trial of the sweep that the store lacks; `seconds` is what each may take."""

    def due(pending: Iterable[Pending]) -> Iterator[Due]:
        for one in pending:
            trial, wanted = sweep[one.position], _wanted(sweep, one)
            yield Due(trial, wanted, float(seconds[one.position]))

    all_are_new = n_trials == len(sweep)
    total = seconds.sum() if all_are_new else sum(seconds[it.position] for it in store.pending())
    driver.train(due(store.pending()), n_trials, float(total))
    # Which trial is the best shows now.
    if best := store.best_without_params():
        progress.say("training the best trial once more, to keep its params")
        driver.train(due([best]), 1, float(seconds[best.position]))


def _wanted(sweep: Sweep, pending: Pending) -> Wanted:
    """Return what to record of a trial: what the file asks for, and what was recorded before."""
    metrics = {*sweep.metrics, *pending.metrics}
    return Wanted(
        metrics=tuple(metric for metric in METRICS if metric in metrics),
        params=sweep.save_params != "none",
    )
