"""Putting the results of several folders into one, without training.

`merge` reads and compares all folders first; then it changes its own, in parts. A merge that was
killed is repeated: what it has put there already is equal, and is left alone.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import tee
from pathlib import Path
from typing import NamedTuple

from rnnsweep.errors import ResultsError, SweepError, in_words
from rnnsweep.interruption import Interruption, deferred
from rnnsweep.plots.files import remove_plots, write_plots
from rnnsweep.report.page import renew_report
from rnnsweep.shard_text import shards_in, shards_text, title
from rnnsweep.store.commands import run_command
from rnnsweep.store.comparison import first_difference, joined
from rnnsweep.store.copies import Copy
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import SweepInfo
from rnnsweep.store.union import Union
from rnnsweep.sweepfile.stored_text import difference, epochs_format
from rnnsweep.tables.results import Results
from rnnsweep.tables.write import write_tables

from .forecasting import take_over_forecast
from .progress import Progress, counted
from .sweep_folder import write_merged_environment

# The shard of a store that is not complete yet, where no shards but whole sweeps are merged.
_UNFINISHED = "1/1"
_SHOWN_SHARDS = 8


class _Source(NamedTuple):
    """A folder to merge, and the sweep in it."""

    path: Path
    info: SweepInfo


# No option or argument names the folder: `into` and `folders` have places.
@in_words({" with --results DIR": ""})
def merge(
    into: str | Path,
    folders: Sequence[str | Path],
    *,
    plots: bool = True,
    report: bool = True,
    progress: Progress | None = None,
) -> Results:
    """Put the results of several folders into one, then write its tables and plots.

    No trial is trained, and no data file is needed. The tables are those that one run of the whole
    file would have written. `run` with the folder ``results=into`` trains what is missing.

    Parameters
    ----------
    into : str or Path
        The folder to write: a new one, or one with results of the same sweep file, which stay.
    folders : sequence of str or Path
        Folders of the same sweep file: shards of it, or runs of the whole file. They are not
        changed, and runs may be going on there.
    plots : bool
        Whether to draw the pictures; if not, those of an earlier run are removed.
    report : bool
        Whether to write ``report.html``; if not, that of an earlier run is removed.
    progress : Progress, optional
        Shows what was merged and what is missing; nothing is shown if left out.

    Returns
    -------
    Results
        The tables of `into`, as DataFrames.

    Raises
    ------
    SweepError
        If `folders` is empty.
    ResultsError
        If a folder has no results or damaged ones, the folders have different sweeps, or two of
        them have different results for one trial; nothing was changed then. If `into` cannot be
        written.
    KeyboardInterrupt
        On Ctrl-C; another call goes on.
    """
    progress = progress or Progress()
    into = Path(into)
    with deferred() as interruption, ExitStack() as stack:
        interruption.check()
        Folder(into).check()
        union = stack.enter_context(Union.collecting())
        store = None
        if Folder(into).store_db.exists():
            store = stack.enter_context(Store.writer(into))  # nobody else may change it meanwhile
        paths = _different(into if store else None, folders)
        try:
            sources = _collect(paths, union, interruption, progress)
            if store is None:
                store = stack.enter_context(Store.writer(into))
            _put_together(store, sources, union, interruption)
            _announce(store, sources, union, progress)
            _write_files(store, sources, plots, report, interruption, progress)
        except KeyboardInterrupt:
            message = f"interrupted; merge the folders into {into} again to go on"
            raise KeyboardInterrupt(message) from None
    return Results(into)


def _different(into: Path | None, folders: Sequence[str | Path]) -> list[Path]:
    """Return the folders, each once, the one that is written first."""
    if isinstance(folders, str | Path) or not folders:
        raise SweepError("nothing to merge: name one folder of results or more")
    paths = [*([] if into is None else [into]), *map(Path, folders)]
    return list({path.resolve(): path for path in reversed(paths)}.values())[::-1]


def _collect(
    paths: Sequence[Path], union: Union, interruption: Interruption, progress: Progress
) -> list[_Source]:
    """Read all folders into the union; refuse those that do not fit together."""
    sources: list[_Source] = []
    for path in paths:
        with Store.reader(path) as store:
            if not store.counts().total:
                progress.say(f"{path} holds no trials yet, and is left out")
                continue
            source = _Source(path, store.info())
            _check_same(sources, source)
            other = union.add_places(len(sources), interruption.checked(store.places()))
            if other is not None:
                raise _other_files(sources[other].path, path)
            for copies in interruption.checked(store.all_copies()):
                for copy in copies:
                    if not union.add_outcome(copy):
                        raise _conflict(sources, path, copy)
        sources.append(source)
    if not sources:
        raise ResultsError("no trials to merge: none of the folders holds any yet")
    return sources


def _check_same(sources: Sequence[_Source], source: _Source) -> None:
    """Raise `ResultsError` unless a folder has the same sweep as those before it."""
    if not sources:
        return
    first, info = sources[0], source.info
    if what := difference(first.info.text, info.text):
        raise ResultsError(
            f"{first.path} and {source.path} have results of different sweep files: {what}; "
            "nothing was changed, merge folders of one file"
        )
    for other in sources:
        known = other.info.fingerprint and info.fingerprint
        if other.info.n_trials != info.n_trials or (
            known and other.info.fingerprint != info.fingerprint
        ):
            raise _other_files(other.path, source.path)


def _other_files(one: Path, other: Path) -> ResultsError:
    return ResultsError(
        f"{one} and {other} have different trials for one sweep file: a data file, a cell's file "
        "or the version of rnnsweep differs between them; nothing was changed, make these the same "
        "and run again"
    )


def _conflict(sources: Sequence[_Source], path: Path, copy: Copy) -> ResultsError:
    """Return the error for a trial that has another result in an earlier folder."""
    trial_id, cpu = copy.trial_id, copy.trial.cpu
    for source in sources:
        with Store.reader(source.path) as store:
            other = next(store.copies([trial_id]), None)
        if other is None or not (what := first_difference(other, copy)):
            continue
        cpus = ""
        if cpu != other.trial.cpu:
            names = " and ".join(name or "an unknown type" for name in (other.trial.cpu, cpu))
            cpus = f" (trained on CPUs of different types, {names}, whose last bits differ)"
        return ResultsError(
            f"{source.path} and {path} have different results for the trial {trial_id}: "
            f"{what}{cpus}; nothing was changed, leave one of the two folders out"
        )
    return _changed(path)


def _changed(path: Path) -> ResultsError:
    return ResultsError(f"{path} was changed while it was read; merge again")


def _put_together(
    store: Store, sources: Sequence[_Source], union: Union, interruption: Interruption
) -> None:
    """Put the trials of all folders into the store, and what they were trained on next to it."""
    info, n_places = sources[0].info, union.n_places
    part = _shard_of(sources) or _UNFINISHED
    places, again = tee(interruption.checked(union.places()))
    store.set_sweep(
        info.name,
        info.text,
        [*info.swept, *info.seeds],
        ((trial_id, None) for _, trial_id in places),
        info.requirements,
        positions=(position for position, _ in again),
        # As long as trials are to come, params stay that the whole sweep may need.
        shard=part,
        n_trials=info.n_trials,
        fingerprint=next(filter(None, (each.info.fingerprint for each in sources)), ""),
    )
    for source in sources:
        if source.path.resolve() != store.folder.path.resolve():
            with Store.reader(source.path) as other:
                for copies in interruption.checked(other.all_copies()):
                    if new := _new(store, source.path, copies):
                        store.add_copies(new)
    store.set_shard(part if n_places < info.n_trials else "")
    store.folder.write_text(store.folder.sweep_toml, info.text)
    write_merged_environment(store.folder, [source.path for source in sources])


def _new(store: Store, path: Path, copies: Sequence[Copy]) -> list[Copy]:
    """Return what the store does not have of these trials, which were read from the folder `path`.

    A run may have stored one of them there after all folders were compared.
    """
    present = {copy.trial_id: copy for copy in store.copies(copy.trial_id for copy in copies)}
    new = []
    for copy in copies:
        stored = present.get(copy.trial_id)
        if stored is not None and first_difference(stored, copy):
            raise _changed(path)
        together = copy if stored is None else joined(stored, copy)
        if together is not stored:
            new.append(together)
    return new


def _shard_of(sources: Sequence[_Source]) -> str:
    """Return the text of the shards that the folders have together; empty for a whole sweep."""
    texts = [source.info.shard for source in sources]
    return shards_text(shard for text in texts for shard in shards_in(text)) if all(texts) else ""


def _announce(store: Store, sources: Sequence[_Source], union: Union, progress: Progress) -> None:
    """Say what was merged, and what is missing."""
    info, counts = store.info(), store.counts()
    others = [source for source in sources if source.path.resolve() != store.folder.path.resolve()]
    progress.say(
        f"{title(info.name, info.shard)}: {counts.done:,} of {info.n_trials:,} trials, from "
        f"{counted(len(others), 'folder')} -> {store.folder.path}"
    )
    missing = [
        f"{counted(number, 'trial')} of {sources[place].path} not ended"
        for place, number in union.missing().items()
    ]
    if absent := info.n_trials - counts.total:
        missing.insert(0, f"{_absent_shards(info)}{counted(absent, 'trial')} in no folder")
    if not missing and store.bests_without_params():
        missing = ["the params of the best trial"]
    if missing:
        progress.say(
            f"missing: {', '.join(missing)}; `{run_command(store.folder.path)}` trains what is "
            "missing"
        )


def _absent_shards(info: SweepInfo) -> str:
    """Return "shards 2/8, 5/8: ", those that no folder has, where all are parts of as many.

    Shards after the last trial are empty, and are left out.
    """
    shards = shards_in(info.shard)
    numbers = {number for number, _ in shards}
    if len({n_shards for _, n_shards in shards}) != 1:
        return ""
    n_shards = shards[0][1]
    last = min(n_shards, info.n_trials)
    absent = [number for number in range(1, last + 1) if number not in numbers]
    if not absent:
        return ""
    shown = ", ".join(f"{number}/{n_shards}" for number in absent[:_SHOWN_SHARDS])
    more = f", ... ({len(absent)} shards)" if len(absent) > _SHOWN_SHARDS else ""
    return f"shard{'s' * (len(absent) > 1)} {shown}{more}: "


def _write_files(
    store: Store,
    sources: Sequence[_Source],
    plots: bool,
    report: bool,
    interruption: Interruption,
    progress: Progress,
) -> None:
    """Write the tables, the plots and the page."""
    interruption.check()
    write_tables(store, epochs_format(store.info().text))
    take_over_forecast(store, [Folder(source.path) for source in sources], progress.say)
    interruption.check()
    if plots:
        remove_plots(store.folder, keep=write_plots(store.folder.path))
    else:
        remove_plots(store.folder)
    interruption.check()
    renew_report(store.folder, report, progress.say)
    interruption.check()
