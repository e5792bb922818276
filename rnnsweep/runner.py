"""A run: a sweep's pending trials into its store, then tables and plots; and again, to go on."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from . import spec
from .arguments import as_whole
from .driver import Driver, Due
from .duration import trial_seconds
from .environment import usable_cores
from .errors import SweepError, in_python_words
from .executors import check_executor
from .pictures import remove_plots, write_plots
from .progress import Progress, counted
from .record import METRICS, Wanted
from .results import Results
from .shared_data import SharedData
from .spec import PYTHON, Sweep
from .standing import Pending
from .store import Store
from .sweep_folder import folder_of, write_environment
from .tables import write_tables
from .wanted import Asked


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
    path : path
        The sweep file.
    results : path, optional
        The sweep's own folder; ``results/<stem of the file>`` if left out, where that is not the
        folder of another file.
    jobs : int, optional
        Trials at once; the number of usable cores if left out.
    overrides : dict, str or sequence of str
        Changes to the file, ``{"train.epochs": 5, "seed": [0, 1]}``, where a list or a range is an
        axis; or each as ``"train.epochs=5"``, as the command line takes them.
    executor : {"threads", "serial"}
    plots : bool
        Whether to draw the pictures. If not, those of an earlier run go: they would show other
        tables than those beside them. `write_plots` and the verb `plot` draw them at any time.
    data_memory : int, optional
        Bytes of data sets that stay for trials to come; `shared_data.KEPT_BYTES` if left out.
        Those that trials are training on are there beside them, however large.
    progress : Progress, optional
        What to tell of the run; nothing if left out.

    Returns
    -------
    Results

    Raises
    ------
    SweepError
        If the file is wrong, or the folder that was not named is another file's; nothing was
        started or written.
    ResultsError
        If the results folder cannot be used.
    KeyboardInterrupt
        On Ctrl-C; every finished trial is kept, and in the tables.
    """
    return run_sweep(
        spec.load(path, overrides, wording=PYTHON),
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
        write_environment(place, sweep, jobs)
        threads = counted(jobs, "thread")
        kept = f", {change.kept} kept" if change.kept else ""
        gone = f", {change.gone} no longer in the file" if change.gone else ""
        progress.say(
            f"{sweep.stem}: {counted(len(sweep), 'trial')}, {change.new} to train on {threads}"
            f"{kept}{gone} -> {folder}"
        )
        for note in sweep.notes:
            progress.say(note)
        try:
            if change.new:
                driver = Driver(store, data, executor, jobs, progress)
                _train_pending(sweep, store, driver, change.new, progress)
        except KeyboardInterrupt:
            write_tables(store)
            done = store.counts().done
            raise KeyboardInterrupt(
                f"interrupted; {done} of {len(sweep)} trials are kept in {folder}, "
                "run again to go on"
            ) from None
        write_tables(store)
        if plots:
            progress.say("drawing the plots")
            write_plots(store.folder.path)
        else:
            remove_plots(store.folder)
    return Results(folder)


def _train_pending(
    sweep: Sweep, store: Store, driver: Driver, n_trials: int, progress: Progress
) -> None:
    """Train every trial of the sweep that the store lacks."""

    def due(pending: Iterable[Pending]) -> Iterator[Due]:
        for one in pending:
            trial, wanted = sweep[one.position], _wanted(sweep, one)
            yield Due(trial, wanted, trial_seconds(trial.config, wanted))

    driver.train(due(store.pending()), n_trials)
    # Which trial is the best shows now.
    if best := store.best_without_params():
        progress.say("training the best trial once more, to keep its params")
        driver.train(due([best]), 1)


def _wanted(sweep: Sweep, pending: Pending) -> Wanted:
    """Return what to record of a trial: what the file asks for, and what was recorded before."""
    metrics = {*sweep.metrics, *pending.metrics}
    return Wanted(
        metrics=tuple(metric for metric in METRICS if metric in metrics),
        params=sweep.save_params != "none",
    )
