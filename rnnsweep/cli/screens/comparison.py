"""The screen of `compare`: which side is better, by how much, and how sure that is."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from rnnsweep.analysis.compared import Compared
from rnnsweep.analysis.paired import Comparison
from rnnsweep.message_text import showable
from rnnsweep.store.store import Store
from rnnsweep.value_text import NONE, distinct_texts, number

from .console import PIPE_WIDTH, make_console, plain_table
from .part import part_line

_DIGITS = 3


def print_comparison(comparison: Compared, folders: Sequence[Path]) -> None:
    """Show a comparison: of two sides all pairs first, then each value of a setting.

    Before it comes what the results folders lack.
    """
    console = make_console()
    for folder in folders:
        for line in _lacking(folder):
            console.print(line)
    measured = comparison.measured
    console.print(f"a: {comparison.a}\nb: {comparison.b}")
    if isinstance(comparison, Comparison):
        facts = plain_table()
        for name, text in _facts(comparison, comparison.all_pairs()).items():
            facts.add_row(Text(f"  {name}"), Text(text))
        console.print(facts)
        console.print(comparison.verdict)
        title = "\nThe same for each common setting"
    else:
        title = f"{measured.text} of pairs with the same seed"
    places = [place for place, (name, _) in enumerate(comparison.rows) if name]
    if places:
        console.print(f"{title} ({measured.metric.better} is better):")
        table, wide = _table(comparison, places), make_console(PIPE_WIDTH)
        # A table that is too wide is printed whole; the terminal breaks its lines.
        (console if wide.measure(table).maximum <= console.width else wide).print(table)
    if not isinstance(comparison, Comparison):
        console.print(comparison.verdict)
    for note in comparison.notes:
        console.print(showable(note))


def _lacking(folder: Path) -> Iterator[str]:
    """Yield lines on trials that the results lack: those of other shards, and of a run."""
    with Store.reader(folder) as store:
        if part := part_line(store):
            yield part
        counts = store.counts()
    if counts.pending:
        ended = counts.total - counts.pending
        yield f"{folder}: {ended:,} of {counts.total:,} trials have ended; the others are left out"


def _facts(comparison: Compared, row: Mapping[str, float]) -> dict[str, str]:
    """Return what is shown of all pairs, by the words before it."""
    measured = comparison.measured
    seeds = f"{int(row['n_seeds']):,} seed{'s' * (row['n_seeds'] != 1)}"
    facts = {
        "pairs": f"{int(row['n_pairs']):,}, of {seeds}",
        f"mean {measured.text}": f"a {_text(row['mean_a'])}, b {_text(row['mean_b'])}",
        "mean difference a - b": f"{_text(row['mean_difference'])}  {_interval(row, 'ci95')}",
        "probability that a is better": (
            f"{_share(row['probability_of_improvement'])}  {_interval(row, 'probability')}"
        ),
    }
    if row["n_diverged_a"] or row["n_diverged_b"]:
        facts["diverged"] = f"a {int(row['n_diverged_a']):,}, b {int(row['n_diverged_b']):,}"
    if not math.isnan(row["seeds_to_settle"]):
        facts["seeds that would settle it"] = _count(row["seeds_to_settle"])
    return facts


def _table(comparison: Compared, places: Sequence[int]) -> Table:
    """Return the table of the rows at these places."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    headings = ("setting", "value", "pairs", "a - b", "95 % interval", "a better", "seeds")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place < 2 else "right", no_wrap=True)
    texts: dict[str, dict[object, str]] = {}
    for name in {comparison.rows[place][0] for place in places}:
        values = [value for other, value in comparison.rows if other == name]
        texts[name] = dict(zip(values, distinct_texts(values), strict=True))
    before = ""
    for place in places:
        name, value = comparison.rows[place]
        row = {key: column[place] for key, column in comparison.statistics.items()}
        cells = [
            "" if name == before else name,
            texts[name][value],
            f"{int(row['n_pairs']):,}",
            _text(row["mean_difference"]),
            _interval(row, "ci95"),
            _share(row["probability_of_improvement"]),
            _count(row["seeds_to_settle"]),
        ]
        table.add_row(*map(Text, cells))
        before = name
    return table


def _text(value: float) -> str:
    return NONE if math.isnan(value) else number(value, _DIGITS)


def _share(value: float) -> str:
    return NONE if math.isnan(value) else f"{100 * value:.0f} %"


def _interval(row: Mapping[str, float], name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if math.isnan(low):
        return NONE
    write = _share if name == "probability" else _text
    return f"{write(low)} to {write(high)}"


def _count(value: float) -> str:
    if math.isnan(value):
        return NONE
    return f"{int(value):,}" if math.isfinite(value) else "no number of seeds"
