"""The command `export`."""

import os
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnnsweep.errors import SweepError
from rnnsweep.message_text import showable
from rnnsweep.store.folder import Folder

from . import option_values, options
from .streams import replacing_output, write_output

if TYPE_CHECKING:
    from rnnsweep.analysis.summary import Summary
    from rnnsweep.analysis.survey import Survey
    from rnnsweep.tables.epochs_csv import EpochsCsv
    from rnnsweep.tables.epochs_parquet import EpochsParquet

_OF_TRIALS = ("csv", "parquet")
_OF_SETTINGS = ("latex", "markdown")
_ENDINGS = {"csv": "csv", "parquet": "parquet", "tex": "latex", "md": "markdown"}


@click.command(short_help="Write a table for other programs, or for a paper.")
@options.results
@options.table_format((*_OF_TRIALS, *_OF_SETTINGS))
@options.by
@options.metric
@options.first_rows
@options.epochs
@options.table_out
@click.pass_context
def export(
    ctx: click.Context,
    results: Path,
    form: str,
    by: list[str],
    metric: str,
    top: int | None,
    epochs: bool,
    out: Path | None,
) -> None:
    """Write the results as one table for other programs, or for a paper.

    csv and parquet have a row for each trial, without the columns that never vary. With --epochs
    they have a row for each trial and epoch. latex (booktabs) and markdown have a row for each
    setting, the best first, as `summary` shows them. Without --format the name of the file
    decides: .csv, .parquet, .tex or .md.

    \b
    Examples:
        python -m rnnsweep export results/grid > grid.csv
        python -m rnnsweep export results/grid --by activation --out table.tex
    """
    default = click.core.ParameterSource.DEFAULT
    of_settings = [
        name for name in ("by", "metric", "top") if ctx.get_parameter_source(name) is not default
    ]
    is_default = ctx.get_parameter_source("form") is default
    form = option_values.format_of_file(None if is_default else form, out, _ENDINGS) or form
    _check(results, form, of_settings, epochs, out)
    if form in _OF_SETTINGS:
        from rnnsweep.tables.results import Results

        _export_settings(Results(results).summarised(by or None, metric), form, top, out)
    elif epochs:
        _export_epochs(results, form, out)
    else:
        _export_trials(results, form, out)
    if out is not None:
        click.echo(f"written: {showable(str(out))}", err=True)


def _check(
    results: Path, form: str, of_settings: list[str], epochs: bool, out: Path | None
) -> None:
    """Raise `SweepError` for options that do not go together, before anything is read."""
    if of_settings and form in _OF_TRIALS:
        raise SweepError(
            f"--{of_settings[0]} is for tables of settings; take --format "
            f"{' or '.join(_OF_SETTINGS)}, or leave it out"
        )
    if epochs and form in _OF_SETTINGS:
        raise SweepError(
            f"--epochs is for tables of trials; take --format {' or '.join(_OF_TRIALS)}"
        )
    if form == "parquet" and out is None:
        raise SweepError("a Parquet file is no text; name a file with --out FILE.parquet")
    if form == "parquet" and find_spec("pyarrow") is None:
        raise SweepError('Parquet needs pyarrow: pip install "rnnsweep[parquet]"')
    if out is not None and out.absolute() in map(Path.absolute, vars(Folder(results)).values()):
        raise SweepError(f"--out {out} is a file of these results; name another")


def _export_settings(summary: "Summary", form: str, top: int | None, out: Path | None) -> None:
    from rnnsweep.tables.documents import latex, markdown
    from rnnsweep.tables.shown_summary import shown_table

    table = shown_table(summary, top)
    text = latex(table) if form == "latex" else markdown(table)
    if out is None:
        click.echo(text, nl=False)
    else:
        write_output(out, text.encode())


def _export_trials(results: Path, form: str, out: Path | None) -> None:
    from rnnsweep.store.store import Store
    from rnnsweep.tables.tidy import write_tidy_csv, write_tidy_parquet

    with Store.reader(results) as store, ExitStack() as stack:
        if out is None:
            columns = write_tidy_csv(store, sys.stdout)
        elif form == "parquet":
            columns = write_tidy_parquet(store, str(stack.enter_context(replacing_output(out))))
        else:
            path = stack.enter_context(replacing_output(out))
            file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            columns = write_tidy_csv(store, file)
    if n := columns.n_left_out:
        which = f"{n:,} columns that are" if n > 1 else "1 column that is"
        what = "empty" if len(columns.trial_ids) < 2 else "the same in all trials"
        click.echo(f"left out: {which} {what}; trials.csv has all columns", err=True)


def _export_epochs(results: Path, form: str, out: Path | None) -> None:
    from rnnsweep.analysis.survey import Survey
    from rnnsweep.store.store import Store

    with Store.reader(results) as store, ExitStack() as stack:
        survey = Survey(store)
        path = None if out is None else stack.enter_context(replacing_output(out))
        with _epochs_writer(form, path, survey) as writer:
            for trial, trial_epochs in store.epoch_arrays():
                writer.add(trial, trial_epochs)


def _epochs_writer(form: str, path: Path | None, survey: "Survey") -> "EpochsCsv | EpochsParquet":
    """Return what writes the table of epochs to a file, or as CSV to standard output for None."""
    if form == "parquet" and path is not None:
        from rnnsweep.tables.epochs_parquet import EpochsParquet

        return EpochsParquet(path, survey)
    from rnnsweep.tables.epochs_csv import EpochsCsv

    file = os.fdopen(os.dup(sys.stdout.fileno()), "wb") if path is None else path
    return EpochsCsv(file, survey)
