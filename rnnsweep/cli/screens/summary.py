"""The screens of `summary` and of a finished run: the settings, the best first."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from rnnsweep.analysis.summary import DEFAULT_METRIC, NO_SEEDS
from rnnsweep.execution.progress import counted
from rnnsweep.message_text import showable
from rnnsweep.store.folder import Folder
from rnnsweep.store.rank import problem_settings
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import why_no_loss
from rnnsweep.tables.shown_summary import shown_table, statistics_to_show
from rnnsweep.value_text import distinct_texts, text_of

from .chosen import print_chosen
from .console import PIPE_WIDTH, make_console
from .part import part_line

if TYPE_CHECKING:
    from rnnsweep.analysis.summary import Summary
    from rnnsweep.tables.results import Results

_BEST_ROWS = 5
_COUNTS = ("n_diverged", "n_failed")
_ENDINGS = ("n_complete", *_COUNTS)
_ADVICE = (
    " A lower learning_rate, or gradients clipped by train.clip_norm, keeps many networks from "
    "diverging."
)
# What a reader of the table has to know about a column.
_REMARKS = {
    "median_test_loss": "test loss: median, of the params at the best epoch",
    "test_baseline": "test baseline: loss of the best trivial predictor on the test part",
    "iqm": "iqm: mean of the middle half of the losses, a diverged trial as infinite",
}
# Numbers of the part that says how good a chosen setting is.
_NOT_TO_CHOOSE_BY = ("test_loss", "test_accuracy")
_SHOWN_ERRORS = 3
_SHOWN_PROBLEMS = 5


def print_outcome(results: "Results") -> None:
    """Show the best settings and what was written, at the end of a run."""
    print_summary(results, results.summarised(), _BEST_ROWS)
    make_console().print("\nWritten:")
    for path in _written(Folder(results.folder)):
        print(f"  {showable(str(path))}")  # noqa: T201


def print_failures(results: "Results") -> bool:
    """Print to standard error what went wrong in trials that failed; return whether any did."""
    errors, n_timed_out = results.errors(), results.n_timed_out()
    if errors:
        n_trials = int(results.summarised().statistics["n"].sum())
        n_to_retry = errors.total() - n_timed_out
        retry = "; run again to retry" if n_to_retry else ""
        if n_to_retry and n_timed_out:
            retry += f" {n_to_retry:,} of them"
        lines = [f"{errors.total():,} of {counted(n_trials, 'trial')} failed{retry}:"]
        lines += [f"  {count:,} x {error}" for error, count in errors.most_common(_SHOWN_ERRORS)]
        if n_timed_out:
            them = "one" if n_timed_out == 1 else f"{n_timed_out:,}"
            lines.append(
                f"only a larger trial_timeout, or 0 for none, trains the {them} that took longer"
            )
        print(showable("\n".join(lines)), file=sys.stderr)  # noqa: T201
    return bool(errors)


def print_summary(results: "Results", summary: "Summary", top: int) -> None:
    """Show the first rows of a summary."""
    with Store.reader(results.folder) as store:
        part, n_pending = part_line(store), store.counts().pending
    if part:
        make_console().print(part)
    _print_baselines(results)
    _print_rows(summary, results.swept, top, n_pending)
    if list(summary.settings) == results.swept:
        print_chosen(results)
    if verdict := results.forecast_verdict():
        make_console().print(verdict)


def _print_baselines(results: "Results") -> None:
    """Show the losses of the trivial predictors, on each problem unless there are many."""
    title, console = "Validation loss of the trivial predictors", make_console()
    problems = [problem for problem in results.baselines_by_problem() if problem.losses]
    if len(problems) > _SHOWN_PROBLEMS:
        console.print(
            f"{title}: it differs with the problem, see the column baseline of trials.csv"
        )
    elif len(problems) == 1:
        console.print(f"{title}: {_listed(problems[0].losses)}")
    elif problems:
        console.print(f"{title}:")
        texts = {
            name: distinct_texts([problem.settings[name] for problem in problems])
            for name in problems[0].settings
        }
        for row, problem in enumerate(problems):
            settings = ", ".join(
                f"{name} {texts[name][row]}"
                for name, value in problem.settings.items()
                if value is not None
            )
            console.print(f"  {settings}: {_listed(problem.losses)}")


def _listed(losses: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {text_of(loss)}" for name, loss in losses.items())


def _print_rows(summary: "Summary", swept: Sequence[str], top: int, n_pending: int) -> None:
    """Show the first `top` settings, with as many statistics as the terminal has room for."""
    statistics = summary.statistics
    n_settings = len(statistics["n"])
    if not n_settings:
        print("No trial has ended yet.")  # noqa: T201
        return
    groups = statistics_to_show(summary)
    console, wide = make_console(), make_console(PIPE_WIDTH)
    while True:
        shown = shown_table(summary, top, groups)
        table = _table(shown.headings, shown.n_settings)
        for row in shown.rows:
            table.add_row(*(Text(showable(text)) for text in row))
        if len(groups) == 1 or wide.measure(table).maximum <= console.width:
            break
        groups.pop()
    # A table that is still too wide is printed whole; the terminal breaks its lines.
    (console if wide.measure(table).maximum <= console.width else wide).print(table)
    n_complete, n_diverged, n_failed = (int(statistics[name].sum()) for name in _ENDINGS)
    if not n_complete:
        why = why_no_loss(n_diverged, n_failed, n_pending)
        console.print(f"No setting is ranked: {why}.{_ADVICE if n_diverged else ''}")
        return
    of_metric = "" if summary.metric == DEFAULT_METRIC else f"of {summary.metric}, "
    score = "the loss over its baseline, since the problems differ: "
    console.print(
        f"{min(top, n_settings):,} of {counted(n_settings, 'setting')}, ranked by "
        f"{score if summary.over_baseline else ''}the median {of_metric}with a diverged trial as "
        f"{'the worst' if of_metric else 'infinite'}"
    )
    mixed = [name for name in problem_settings(swept) if name not in summary.settings]
    if summary.over_baseline and mixed:
        console.print(
            "the rows mix losses of problems that differ; --by "
            f"{','.join([*summary.settings, *mixed])} keeps them apart"
        )
    if summary.metric in _NOT_TO_CHOOSE_BY:
        console.print(f"choose no setting by its {summary.metric}: it would look better than it is")
    if any(statistics[name].any() for name in _COUNTS):
        of = "losses" if summary.metric == DEFAULT_METRIC else summary.metric
        console.print(f"{of}: of the trials that neither diverged nor failed")
    for name in filter(_REMARKS.get, shown.names):
        console.print(_REMARKS[name])
    if summary.over == NO_SEEDS:
        console.print("no 95 % interval of the mean: no row has two seeds")
    elif "ci95_low" in shown.names:
        console.print(
            f"ci95: 95 % interval of the mean over {summary.over}, by Student's t on its logarithm "
            "(delta method)"
        )
    if summary.crossed:
        console.print(f"ci95 counts {summary.over}, not trials: those that share one are dependent")


def _table(headings: Sequence[str], n_texts: int) -> Table:
    """Return an empty table: a column of numbers, `n_texts` columns of texts, then numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for i, heading in enumerate(headings):
        is_text = 0 < i <= n_texts
        table.add_column(Text(heading), justify="left" if is_text else "right", no_wrap=True)
    return table


def _written(folder: Folder) -> list[str]:
    """Return the paths of the files that a run has written."""
    epochs = sorted(folder.path.glob(f"{folder.epochs_csv.stem}.*"))  # CSV or Parquet
    tables = [folder.trials_csv, *epochs, folder.summary_csv, folder.timings_csv]
    tables += [folder.forecast_csv] * folder.forecast_csv.exists()
    report = [folder.report_html] if folder.report_html.exists() else []
    plots = sorted(folder.plots.glob("*.png"))
    others = [folder.sweep_toml, folder.environment_json, *plots, *report]
    return [str(path) for path in [*tables, *others]]
