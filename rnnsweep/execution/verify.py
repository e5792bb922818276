"""Whether results are right: the store, its tables, and a sample of trials trained once more."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from rnnsweep.errors import ResultsError, SweepError, in_python_words
from rnnsweep.interruption import Interruption, deferred
from rnnsweep.store.consistency import inconsistency
from rnnsweep.store.store import Store
from rnnsweep.sweepfile import Sweep, load_text
from rnnsweep.tables.differences import table_differences
from rnnsweep.training.cpu_type import CPU_TYPE
from rnnsweep.whole_numbers import whole

from .forecast_check import check_forecast
from .progress import Progress, counted
from .recomputation import Recomputed, recompute, sampled
from .run import checked_jobs
from .sweep_folder import sweep_files_of

SAMPLE = 10
_SHOWN = 10  # differences in a message


class Verification(NamedTuple):
    """What `verify` has checked, all of it right.

    Attributes
    ----------
    folder : Path
        The results folder.
    n_trials : int
        Trials of the current sweep that have a record.
    n_gone : int
        Trials in the store that the current sweep no longer has, which are not recomputed.
    is_running : bool
        Whether a run is going on, so that the tables are not compared.
    forecast : str
        What was done with ``forecast.csv``: "compared", "not compared" since no trial was trained
        once more and so no data were read, or "" where there is none to compare.
    n_equal : int
        Trials that were trained once more, with every number equal to the last bit.
    n_near : int
        Those trained on another or an unknown type of CPU, equal but for roundings.
    """

    folder: Path
    n_trials: int
    n_gone: int
    is_running: bool
    forecast: str
    n_equal: int
    n_near: int

    def __str__(self) -> str:
        tables = "the tables agree with it"
        if self.forecast == "not compared":
            tables += ", but for forecast.csv, which takes a sample to be compared"
        elif self.forecast:
            tables = "the tables and forecast.csv agree with it"
        if self.is_running:
            tables = "a run is going on, so the tables were not compared"
        near = ""
        if self.n_near:
            near = (
                f", and {self.n_near:,} of another or an unknown type of CPU equal but for "
                f"roundings (this one is {CPU_TYPE})"
            )
        gone = ""
        if self.n_gone:
            gone = f"; {counted(self.n_gone, 'trial')} no longer in the file were not recomputed"
        return (
            f"{self.folder}: the store is whole ({counted(self.n_trials, 'trial')}); {tables}; "
            f"{self.n_equal + self.n_near:,} recomputed: {self.n_equal:,} equal to the last bit"
            f"{near}{gone}"
        )


@in_python_words()
def verify(
    folder: str | Path,
    *,
    sample: int | None = SAMPLE,
    seed: int = 0,
    jobs: int | None = None,
    sweep: str | Path | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check the results of a sweep: the store, its tables, and trials trained once more.

    This writes nothing into the results folder, and works on one that was moved or is read-only.

    Parameters
    ----------
    folder : str or Path
        The results folder.
    sample : int, optional
        How many trials to train once more, spread over the sweep; None for all, 0 for none. Failed
        trials are not trained.
    seed : int
        Decides which trials these are.
    jobs : int, optional
        How many trials train at the same time; the number of usable cores if left out.
    sweep : str or Path, optional
        Where the sweep file is, if it and the data files next to it were moved. The sweep itself is
        read from the store.
    progress : Progress, optional
        Shows how far the training is; nothing is shown if left out.

    Returns
    -------
    Verification
        What was checked; its text is a line.

    Raises
    ------
    ResultsError
        If something differs, with the places; or if the folder has no results that can be read.
    SweepError
        If an argument is wrong, or the trials cannot be made again since files are absent or have
        changed.
    KeyboardInterrupt
        On Ctrl-C.
    """
    return verify_folder(
        folder, sample=sample, seed=seed, jobs=jobs, sweep=sweep, progress=progress or Progress()
    )


def verify_folder(
    folder: str | Path,
    *,
    sample: int | None,
    seed: int,
    jobs: int | None,
    sweep: str | Path | None,
    progress: Progress,
) -> Verification:
    """Do what `verify` does; errors name the options of the command line."""
    size = None if sample is None else whole("sample", sample, 0, SweepError)
    seed = whole("seed", seed, 0, SweepError)
    n_threads = checked_jobs(jobs)
    try:
        with deferred() as interruption, Store.reader(folder) as store:
            return _verified(store, size, seed, n_threads, sweep, progress, interruption)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted; the results are as they were") from None


def _verified(
    store: Store,
    size: int | None,
    seed: int,
    n_threads: int,
    file: str | Path | None,
    progress: Progress,
    interruption: Interruption,
) -> Verification:
    path = store.folder.path
    info, counts = store.info(), store.counts()
    is_running = bool(store.folder.in_use())
    faults = _store_faults(store, interruption)
    if not is_running:
        faults += table_differences(store)
    recomputed = Recomputed(0, 0, ())
    forecast = "not compared" if store.folder.forecast_csv.exists() and not is_running else ""
    if places := sampled(store, size, seed):
        whole_sweep = _sweep_of(store, info.text, file)
        interruption.check()
        with TemporaryDirectory(prefix="rnnsweep-") as temporary:
            recomputed = recompute(store, whole_sweep, places, Path(temporary), n_threads, progress)
        if not is_running:
            check = check_forecast(store, whole_sweep, progress.say)
            forecast = "compared" if check.was_compared else ""
            faults += check.differences
    faults += recomputed.differences
    if faults:
        shown = faults[:_SHOWN] + ["..."] * (len(faults) > _SHOWN)
        raise ResultsError(
            "\n  ".join([f"{path}: {counted(len(faults), 'difference')}:", *shown])
            + "\nA run writes the tables anew; trials whose numbers differ can be trained again "
            "into another folder with --results DIR"
        )
    n_recorded = counts.done + counts.failed
    return Verification(
        path,
        n_trials=n_recorded,
        n_gone=store.finished_since(0.0) - n_recorded,
        is_running=is_running,
        forecast=forecast,
        n_equal=recomputed.n_equal,
        n_near=recomputed.n_near,
    )


def _store_faults(store: Store, interruption: Interruption) -> list[str]:
    """Return a line for each trial whose numbers do not follow from its epochs."""
    store.inspect()  # raises an error if anything is not what was written
    faults = []
    for trial, epochs in interruption.checked(store.epoch_arrays()):
        if fault := inconsistency(trial, epochs):
            faults.append(f"trial {trial.trial_id} in {store.folder.store_db.name}: {fault}")
    return faults


def _sweep_of(store: Store, text: str, file: str | Path | None) -> Sweep:
    """Return the whole sweep of a store, read from its text, with the data files of its file."""
    if file is not None and not Path(file).exists():
        raise SweepError(f"--sweep {file}: there is no such file")
    files = [Path(file)] if file is not None else sweep_files_of(store.folder.path)
    existing = [path for path in files if path.exists()]
    path = next(iter([*existing, *files, store.folder.sweep_toml]))
    try:
        return load_text(path, text)
    except SweepError as error:
        raise SweepError(
            f"{error}\nThe sweep was read from {store.folder.store_db}, and its files are looked "
            f"for in {path.absolute().parent}; name the sweep file with --sweep FILE if it is "
            "elsewhere"
        ) from None
