"""A run: train the trials of a sweep that have no result yet, then write tables and plots.

From the sweep file to a stored record: `run_sweep` enters the trials in the store, `_train_pending`
queues those that are to be trained, `scheduler.Scheduler` trains them on an executor, where
`rnnsweep.training.trial.run_trial` returns the record of each, and `backlog.Backlog` stores the
records. A run that was interrupted is continued by running the same file again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rnnsweep.errors import ResultsError, SweepError, in_python_words
from rnnsweep.interruption import Interruption, deferred
from rnnsweep.plots.files import remove_plots, write_plots
from rnnsweep.record import METRICS, Recording
from rnnsweep.report.page import renew_report
from rnnsweep.shard_text import title
from rnnsweep.store.folder import Folder
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import Change, Pending
from rnnsweep.store.unstored import Unstored
from rnnsweep.sweepfile import Sweep, load_sweep
from rnnsweep.tables.results import Results
from rnnsweep.tables.write import write_tables
from rnnsweep.training.data_cache import DataCache
from rnnsweep.training.workload import trial_seconds
from rnnsweep.whole_numbers import whole

from . import time_left
from .backlog import RunPatience
from .best_so_far import BestSoFar
from .earlier_results import count_earlier, earlier_line, timed_out_line
from .environment import usable_cores
from .executors import MOST_JOBS, Executor, check_executor
from .forecasting import write_best_forecast
from .gradient_check import check_gradients
from .local_executors import local_executor
from .other_cpus import other_cpus_line
from .progress import Progress, counted
from .scheduler import Scheduler
from .shards import take_shard
from .sweep_cost import total_seconds
from .sweep_folder import folder_of, write_environment
from .trial_queue import QueuedTrial


@in_python_words()
def run(
    path: str | Path,
    *,
    results: str | Path | None = None,
    jobs: int | None = None,
    overrides: Mapping[str, Any] | str | Iterable[str] = (),
    executor: str = "threads",
    scheduler: str | None = None,
    shard: str | None = None,
    plots: bool = True,
    report: bool = True,
    data_memory: int | None = None,
    repair: bool = False,
    progress: Progress | None = None,
) -> Results:
    """Train every trial of a sweep file that has no result yet, then write tables and plots.

    Parameters
    ----------
    path : str or Path
        The sweep file.
    results : str or Path, optional
        The folder of the results. If left out it is ``results/<stem of the file>``, which is
        refused if it holds the results of another file.
    jobs : int, optional
        How many trials train at the same time; the number of usable cores if left out. A cluster
        with a `scheduler` of its own decides this itself.
    overrides : dict, str or sequence of str
        Changes to the file for this run: ``{"train.epochs": 5, "seed": [0, 1]}``, where a list or
        a range is an axis; or texts as the command line takes them, ``"train.epochs=5"``.
    executor : {"threads", "serial", "dask"}
        Trials run in threads, one after the other in the main thread, or on a Dask cluster; this
        needs ``pip install "rnnsweep[dask]"``.
    scheduler : str, optional
        The address of the Dask cluster's scheduler, as in ``"tcp://10.0.0.1:8786"``. If left out,
        the cluster is one of processes on this machine; Python starts them anew, so that a script
        has to call this under ``if __name__ == "__main__":``.
    shard : str, optional
        Train one part of the trials: "3/8" is the third of eight parts that take about as long,
        the same on every machine. Its folder is ``results/<stem of the file>-3of8``. `merge` puts
        the results of all parts together.
    plots : bool
        Whether to draw the pictures. If not, the pictures of an earlier run are removed, since
        they would not agree with the tables; ``python -m rnnsweep plot`` draws them at any time.
    report : bool
        Whether to write the page ``report.html``. If not, that of an earlier run is removed;
        ``python -m rnnsweep report`` writes it at any time.
    data_memory : int, optional
        How many bytes of data sets stay in memory for trials to come; 512 MiB if left out. The
        data sets that trials are training on come on top, however large they are.
    repair : bool
        Whether to repair a damaged ``store.db`` first: a new one gets every trial that is whole,
        the damaged file is kept as ``store.db.damaged``, and the run trains what is lost.
    progress : Progress, optional
        Shows how far the run is; nothing is shown if left out.

    Returns
    -------
    Results
        The tables, as DataFrames.

    Raises
    ------
    SweepError
        If the file or an argument is wrong, or no scheduler answers; nothing was written.
    ResultsError
        If the results folder cannot be used, or the cluster is lost.
    KeyboardInterrupt
        On Ctrl-C. Every finished trial is kept and is in the tables. A first Ctrl-C ends the run
        between two updates, a second one at once. A signal handler that the caller has set stays
        in place; Python's own is restored when this returns.
    """
    return run_sweep(
        take_shard(load_sweep(path, overrides), shard),
        results=results,
        jobs=jobs,
        executor=executor,
        scheduler=scheduler,
        plots=plots,
        report=report,
        data_memory=data_memory,
        repair=repair,
        progress=progress or Progress(),
    )


def run_sweep(
    sweep: Sweep,
    *,
    results: str | Path | None,
    jobs: int | None,
    executor: str,
    scheduler: str | None = None,
    plots: bool = True,
    report: bool = True,
    data_memory: int | None = None,
    repair: bool = False,
    progress: Progress,
) -> Results:
    """Run a sweep that is loaded already; see `run` for the arguments and errors."""
    check_executor(executor, scheduler, jobs)
    n_threads = checked_jobs(jobs)
    folder = folder_of(sweep, results)
    with deferred() as interruption:
        interruption.check()  # before anything is written
        check_gradients(sweep, progress.say, interruption)
        patience = RunPatience(Folder(folder).store_db, progress.say, interruption)
        say = progress.say
        trainer = _make_executor(
            executor, sweep, scheduler, n_threads, data_memory, say, interruption
        )
        with trainer, Store.writer(folder, patience, say if repair else None) as store:
            store.folder.remove_leftovers()
            time_left.remove(store.folder.path)
            if n_moved := Unstored(store.folder).move_into(store):
                progress.say(f"{counted(n_moved, 'finished trial')} of an earlier run stored now")
            change = _enter_trials(sweep, store, interruption)
            write_environment(store.folder, sweep, trainer.n_jobs)
            _announce(sweep, store, change, trainer.description, progress)
            best = BestSoFar.of(store) if change.new else None
            training = Scheduler(store, trainer, progress, best)
            try:
                if change.new:
                    _train_pending(sweep, store, training, change.new, progress, interruption)
                write_tables(store, sweep.epochs_format)
                write_best_forecast(store, sweep, progress.say)
            except KeyboardInterrupt:
                message = _end_interrupted(store, sweep, training.not_stored)
                raise KeyboardInterrupt(message) from None
            _show(store, plots, report, interruption, progress)
    return Results(folder)


def checked_jobs(jobs: int | None) -> int:
    """Return how many trials to train at once."""
    return usable_cores() if jobs is None else whole("jobs", jobs, 1, SweepError, most=MOST_JOBS)


def _make_executor(
    name: str,
    sweep: Sweep,
    scheduler: str | None,
    jobs: int,
    data_memory: int | None,
    say: Callable[[str], None],
    interruption: Interruption,
) -> Executor:
    """Return the executor `name`, a key of `EXECUTORS`."""
    if name != "dask":
        return local_executor(name, jobs, DataCache(data_memory), say)
    from .dask_executor import DaskExecutor  # a part of the package that needs a package more
    from .remote_training import SweepFiles

    files = SweepFiles.of(sweep)
    return DaskExecutor(files, scheduler, jobs, data_memory, say, interruption)


def _enter_trials(sweep: Sweep, store: Store, interruption: Interruption) -> Change:
    """Make the sweep's trials those of the store, and keep the text of its file with them."""
    change = store.set_sweep(
        sweep.stem,
        sweep.text,
        list(dict.fromkeys([*(axis.name for axis in sweep.axes), *sweep.seeds])),
        ((trial.trial_id, trial.config.settings()) for trial in interruption.checked(sweep)),
        Requirements(sweep.metrics, sweep.save_params, sweep.trial_timeout),
        positions=sweep.positions,
        shard=sweep.shard,
        n_trials=sweep.n_in_file,
        fingerprint=sweep.fingerprint(),
    )
    store.folder.write_text(store.folder.sweep_toml, sweep.text)
    return change


def _announce(sweep: Sweep, store: Store, change: Change, where: str, progress: Progress) -> None:
    """Say what this run is going to train, and what the user should know before."""
    of_all = f" of {sweep.n_in_file:,}" if sweep.shard else ""
    kept = f", {change.kept:,} kept" if change.kept else ""
    no_longer = "not in this shard" if sweep.shard else "no longer in the file"
    gone = f", {change.gone:,} {no_longer}" if change.gone else ""
    progress.say(
        f"{title(sweep.stem, sweep.shard)}: {counted(len(sweep), 'trial')}{of_all}, "
        f"{change.new:,} to train on {where}{kept}{gone} "
        f"-> {store.folder.path}"
    )
    if n_earlier := count_earlier(sweep, store, change.new):
        progress.say(earlier_line(n_earlier))
    if line := other_cpus_line(store):
        progress.say(line)
    if change.timed_out:
        progress.say(timed_out_line(change.timed_out, sweep.trial_timeout))
    for note in sweep.notes:
        progress.say(note)


def _train_pending(
    sweep: Sweep,
    store: Store,
    scheduler: Scheduler,
    n_trials: int,
    progress: Progress,
    interruption: Interruption,
) -> None:
    """Train the trials of the sweep, `n_trials` of them, that lack a result or a part of it."""

    def queue(pending: Iterable[Pending]) -> Iterator[QueuedTrial]:
        for entry in pending:
            trial, recording = sweep.trial_at(entry.position), _recording(sweep, entry)
            seconds = trial_seconds(trial.config, recording)
            yield QueuedTrial(trial, recording, seconds, entry.position, sweep.trial_timeout)

    if n_trials == len(sweep):
        seconds = total_seconds(sweep)
    else:
        left = interruption.checked(queue(store.pending()))  # a million trials take 20 s
        seconds = sum(trial.seconds for trial in left)
    scheduler.train(queue(store.pending()), n_trials, seconds)
    # Which trial is the best is known only now.
    if bests := list(queue(store.bests_without_params())):
        best = "the best trial" if len(bests) == 1 else "the best trials"
        progress.say(f"training {best} once more, to keep the params")
        scheduler.train(bests, len(bests), sum(trial.seconds for trial in bests))


def _recording(sweep: Sweep, pending: Pending) -> Recording:
    """Return what to record of a trial: what the file asks for, and what was recorded before."""
    metrics = {*sweep.metrics, *pending.metrics}
    return Recording(
        metrics=tuple(metric for metric in METRICS if metric in metrics),
        params=sweep.save_params != "none",
    )


def _show(
    store: Store, plots: bool, report: bool, interruption: Interruption, progress: Progress
) -> None:
    """Draw the pictures and write the page, or remove them.

    Where that ends early, say that all else is complete.
    """
    folder = store.folder
    missing = f"the trials and tables in {folder.path} are complete, only pictures are missing"
    try:
        interruption.check()
        if plots:
            progress.say("drawing the plots")
            drawn = write_plots(folder.path)
            remove_plots(folder, keep=drawn)  # those of an earlier run in other formats
            interruption.check()
        else:
            remove_plots(folder)
        renew_report(folder, report, progress.say)
        interruption.check()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted; {missing}, run again to draw them") from None
    except ResultsError as error:
        raise ResultsError(f"{error}; {missing}") from error


def _end_interrupted(store: Store, sweep: Sweep, not_stored: str) -> str:
    """Write the tables of an interrupted run; return its last message."""
    parts = ["interrupted"]
    folder = store.folder.path
    try:
        parts.append(f"{store.counts().done:,} of {len(sweep):,} trials are kept in {folder}")
        write_tables(store, sweep.epochs_format)
    except KeyboardInterrupt:  # a second signal, or the store is held and the run must end
        parts.append(f"the tables in {folder} are not those of the store")
    if not_stored:
        parts.append(not_stored)
    return f"{'; '.join(parts)}, run again to go on"
