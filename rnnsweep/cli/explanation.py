"""`summary --explain`: how much each setting, each pair and the seeds explain."""

import json
import math
from collections.abc import Iterator
from typing import Any

import click
from rich import box
from rich.table import Table
from rich.text import Text

from rnnsweep.analysis.importance import Importance
from rnnsweep.analysis.parts_of_variance import MEASURES, Part
from rnnsweep.errors import SweepError
from rnnsweep.tables.documents import markdown_of_shares
from rnnsweep.tables.results import Results
from rnnsweep.tables.table_files import csv_line

from .screens.console import make_console

_HEADINGS = ("setting or pair", "share", "corrected", "95 % interval")
_COLUMNS = (
    *("settings", "kind", "share", "corrected_share", "ci95_low", "ci95_high", "df", "sum_sq"),
)


def print_explanation(results: Results, measure: str, form: str, top: int) -> None:
    """Print the shares of the variance in a format.

    Parameters
    ----------
    results : Results
    measure : str
        What the variance is of.
    form : str
        "table" shows at most `top` settings and pairs, and a line on the seeds; "markdown", "csv"
        and "json" have all parts.
    top : int

    Raises
    ------
    SweepError
        If there is nothing to explain, or an estimate needs what is not installed.
    """
    importance = results.explained(measure)
    if form == "csv":
        lines = [_COLUMNS, *(_cells(part) for part in importance.parts)]
        click.echo("".join(f"{csv_line(line)}\n" for line in lines), nl=False)
    elif form == "json":
        click.echo(json.dumps(_plain(importance), indent=2))
    elif form == "markdown":
        rows = (_texts(part) for part in importance.parts)
        click.echo(markdown_of_shares(_HEADINGS, rows), nl=False)
    else:
        _print_table(importance, top)
        make_console().print(_seeds(results, measure))


def _print_table(importance: Importance, top: int) -> None:
    console = make_console()
    console.print(f"Share of the variance of {MEASURES[importance.measure]}:")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    rows = [*_rows(importance, top)]
    # Without a corrected share there is no interval.
    n_columns = max(len([cell for cell in row if cell]) for row in rows)
    for place, heading in enumerate(_HEADINGS[:n_columns]):
        table.add_column(Text(heading), justify="right" if place else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row[:n_columns]))
    console.print(table)
    console.print(importance.note)


def _rows(importance: Importance, top: int) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table; settings and pairs after the first `top` have one together."""
    for kind in dict.fromkeys(part.kind for part in importance.parts):
        parts = [part for part in importance.parts if part.kind == kind]
        yield from map(_texts, parts[:top])
        if others := parts[top:]:
            name = f"{len(others):,} other {kind}{'s' if len(others) > 1 else ''}"
            corrected = sum(part.corrected for part in others)
            yield name, _percent(sum(part.share for part in others)), _percent(corrected), ""


def _texts(part: Part) -> tuple[str, str, str, str]:
    interval = _interval(part.low, part.high)
    return part.name, _percent(part.share), _percent(part.corrected), interval


def _interval(low: float, high: float) -> str:
    return "" if math.isnan(low) else f"{_percent(low)} to {_percent(high)}"


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{100 * share:.1f} %"


def _cells(part: Part) -> tuple[Any, ...]:
    numbers = (part.share, part.corrected, part.low, part.high, part.df, part.sum_sq)
    return part.name, part.kind, *(None if math.isnan(number) else number for number in numbers)


def _plain(importance: Importance) -> dict[str, Any]:
    facts = ("measure", "method", "n_trials", "n_diverged", "n_failed", "n_pending", "note")
    parts = [dict(zip(_COLUMNS, _cells(part), strict=True)) for part in importance.parts]
    return {**{name: getattr(importance, name) for name in facts}, "parts": parts}


def _seeds(results: Results, measure: str) -> str:
    """Return a sentence on what each seed has to do with the scatter of a setting."""
    try:
        seeds = results.seeds_explained(measure)
    except SweepError as error:
        reason = str(error)
        return f"{reason[0].upper()}{reason[1:]}."
    shares = ", ".join(
        f"{part.name} {_percent(part.share)}{f' ({interval})' if interval else ''}"
        for part in seeds.parts
        for interval in [_interval(part.low, part.high)]
    )
    return f"Of the scatter of a setting: {shares}."
