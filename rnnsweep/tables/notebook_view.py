"""What a notebook shows of a sweep's results: how it ended, and its best settings."""

from collections.abc import Sequence
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from rnnsweep.record import STATUSES
from rnnsweep.store.store import Store
from rnnsweep.value_text import distinct_texts, text_of

if TYPE_CHECKING:
    from .results import Results

_BEST = 5
_COLUMNS = ("rank", "n", "n_diverged", "median", "median_test_loss", "test_baseline")
_HEADINGS = {
    "n": "trials",
    "n_diverged": "diverged",
    "median": "median of best_val_loss",
    "median_test_loss": "test loss",
    "test_baseline": "test baseline",
}


def html_of(results: "Results") -> str:
    """Return a short description of the results as HTML, with all names and values escaped."""
    with Store.reader(results.folder) as store:
        info, counts = store.info(), store.counts()
    numbers = [(getattr(counts, word), word) for word in (*STATUSES, "pending")]
    ended = ", ".join(f"{number:,} {word}" for number, word in numbers if number)
    varied = f"; varies {', '.join(info.swept)}" if info.swept else ""
    head = f"{counts.total:,} trials: {ended}{varied}"
    baselines = ", ".join(f"{name} {text_of(loss)}" for name, loss in results.baselines().items())
    below = f"Validation loss of the trivial predictors: {baselines}" if baselines else ""
    table = _best_settings(results)
    lines = filter(None, (below, results.forecast_verdict()))
    return f"<p><b>{escape(info.name)}</b>: {escape(head)}</p>{table}" + "".join(
        f"<p>{escape(line)}</p>" for line in lines
    )


def _best_settings(results: "Results") -> str:
    """Return a table of the first rows of the summary."""
    summary = results.summarised()
    n_settings = len(summary.statistics["n"])
    if not n_settings:
        return "<p>No trial has ended yet.</p>"
    rows = list(islice(summary.rows(), _BEST))
    cells = dict(zip(summary.heading, zip(*rows, strict=True), strict=True))
    # A column that is 0 or empty in all these rows shows nothing.
    shown = [name for name in _COLUMNS if any(cells[name])]
    names = [*shown[:1], *summary.settings, *shown[1:]]
    texts = [
        distinct_texts(cells[name]) if name in summary.settings else [*map(text_of, cells[name])]
        for name in names
    ]
    heading = _row("th", [_HEADINGS.get(name, name) for name in names])
    body = "".join(_row("td", row) for row in zip(*texts, strict=True))
    more = f"<p>{n_settings - _BEST:,} more settings</p>" if n_settings > _BEST else ""
    return f"<table><thead>{heading}</thead><tbody>{body}</tbody></table>{more}"


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
