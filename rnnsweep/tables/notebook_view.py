"""What a notebook shows of a sweep's results: how it ended, and its best settings."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from rnnsweep.record import STATUSES
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import why_no_loss
from rnnsweep.value_text import text_of

from .shown_summary import shown_table, statistics_to_show

if TYPE_CHECKING:
    from .results import Results

_BEST = 5
_LEFT_OUT = {"mean", "ci95_low", "iqm", "median_updates_to_success"}
_HEADINGS = {"median": "median of best_val_loss"}


def html_of(results: "Results") -> str:
    """Return a short description of the results as HTML, with all names and values escaped."""
    with Store.reader(results.folder) as store:
        info, counts = store.info(), store.counts()
    numbers = [(getattr(counts, word), word) for word in (*STATUSES, "pending")]
    ended = ", ".join(f"{number:,} {word}" for number, word in numbers if number)
    varied = f"; varies {', '.join(info.swept)}" if info.swept else ""
    trials = "trial" if counts.total == 1 else "trials"
    head = f"{counts.total:,} {trials}: {ended}{varied}"
    baselines = ", ".join(f"{name} {text_of(loss)}" for name, loss in results.baselines().items())
    below = f"Validation loss of the trivial predictors: {baselines}" if baselines else ""
    table = _best_settings(results)
    n_results = counts.complete + counts.solved + counts.stopped
    why = "" if n_results else why_no_loss(counts.diverged, counts.failed, counts.pending)
    not_ranked = f"No setting is ranked: {why}." if why else ""
    lines = filter(None, (not_ranked, below, results.forecast_verdict()))
    return f"<p><b>{escape(info.name)}</b>: {escape(head)}</p>{table}" + "".join(
        f"<p>{escape(line)}</p>" for line in lines
    )


def _best_settings(results: "Results") -> str:
    """Return a table of the first rows of the summary."""
    summary = results.summarised()
    n_settings = len(summary.statistics["n"])
    if not n_settings:
        return ""
    groups = [group for group in statistics_to_show(summary) if not {*group} & _LEFT_OUT]
    table = shown_table(summary, _BEST, groups)
    names = zip(table.names, table.headings, strict=True)
    heading = _row("th", [_HEADINGS.get(name, text.replace("\n", " ")) for name, text in names])
    body = "".join(_row("td", row) for row in table.rows)
    more = f"<p>{n_settings - _BEST:,} more settings</p>" if n_settings > _BEST else ""
    return f"<table><thead>{heading}</thead><tbody>{body}</tbody></table>{more}"


def _row(tag: str, cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
