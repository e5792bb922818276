"""The command `summary`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnnsweep.errors import SweepError

from . import options

if TYPE_CHECKING:
    from rnnsweep.analysis.summary import Summary


@click.command(short_help="Show the best settings as a table.")
@options.results
@options.by
@options.metric
@options.top
@options.table_format(("table", "csv", "json", "markdown"))
@options.as_json("The same as --format json.")
@options.explain
@options.measure_of_variance
@click.pass_context
def summary(
    ctx: click.Context,
    results: Path,
    by: list[str],
    metric: str,
    top: int,
    form: str,
    as_json: bool,
    explain: bool,
    measure: str | None,
) -> None:
    """Show the best settings: median, mean and 95 % interval of the best validation loss.

    With them, the median test loss and the best trivial predictor's loss on the test part. Other
    formats than the table have every row unless --top is given, and csv and json exact numbers.

    A row summarises all trials that share its settings: those of all seeds, and with --by those
    that differ only in settings that --by does not name.

    \b
    Examples:
        python -m rnnsweep summary results/grid --by activation,learning_rate --top 5
        python -m rnnsweep summary results/grid --metric test_loss --format markdown
        python -m rnnsweep summary results/grid --explain
    """
    from rnnsweep.tables.results import Results

    default = click.core.ParameterSource.DEFAULT
    given = [name for name in ("by", "metric") if ctx.get_parameter_source(name) is not default]
    if explain and given:
        raise SweepError(f"--explain is about all settings and the best loss: no --{given[0]}")
    if measure is not None and not explain:
        raise SweepError("--measure needs --explain")
    loaded = Results(results)
    if as_json and form not in ("table", "json"):
        raise SweepError(f"--json and --format {form} are two formats; take one of them")
    form = "json" if as_json else form
    if explain:
        from .explanation import print_explanation

        print_explanation(loaded, measure or "rank", form, top)
        return
    summary = loaded.summarised(by or None, metric)
    if form == "table":
        from .screens.summary import print_summary

        print_summary(loaded, summary, top)
        return
    all_rows = ctx.get_parameter_source("top") is default
    click.echo(_text(summary, form, None if all_rows else top), nl=False)


def _text(summary: "Summary", form: str, top: int | None) -> str:
    """Return the first rows of a summary, all for None, in a format for other programs."""
    from rnnsweep.tables.documents import markdown
    from rnnsweep.tables.shown_summary import shown_table
    from rnnsweep.tables.table_files import csv_line

    if form == "markdown":
        return markdown(shown_table(summary, top))
    rows = list(summary.rows())[:top]
    if form == "csv":
        return "".join(f"{csv_line(row)}\n" for row in (summary.heading, *rows))
    named = [dict(zip(summary.heading, row, strict=True)) for row in rows]
    return json.dumps(named, indent=2) + "\n"
