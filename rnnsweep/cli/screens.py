"""What the verbs show in a terminal; tables go to standard output."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rnnsweep.byte_sizes import bytes_text
from rnnsweep.execution import time_left
from rnnsweep.execution.progress import counted, tally_line
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.value_text import distinct_texts, text_of

if TYPE_CHECKING:
    from rnnsweep.analysis.summary import Summary
    from rnnsweep.execution.bench import Shape, Speed, Stress
    from rnnsweep.execution.plan import Plan
    from rnnsweep.tables.results import Results

_PIPE_WIDTH = 10_000  # a pipe has no edge: nothing is wrapped or cut
_BEST_ROWS = 5
# The statistics of a summary, from what a narrow terminal must show to what it can do without.
# Counts of what did not happen are left out, too, and what no row has.
_STATISTICS = [
    ("median",),
    ("n",),
    ("median_test_loss", "test_baseline"),
    ("n_diverged",),
    ("n_failed",),
    ("n_solved",),
    ("median_updates_to_success",),
    ("mean",),
    ("ci95_low", "ci95_high"),
]
_COUNTS = ("n_diverged", "n_failed")
_TEST = ("median_test_loss", "test_baseline")
_HEADINGS = {
    "n": "trials",
    "n_diverged": "diverged",
    "n_failed": "failed",
    "n_solved": "solved",
    "median_updates_to_success": "updates",
    "median_test_loss": "test\nloss",
    "test_baseline": "test\nbaseline",
}
# What a reader of the table has to know of a column.
_REMARKS = {
    "median_test_loss": "test loss: median, of the params at the best epoch",
    "test_baseline": "test baseline: loss of the best trivial predictor on the test part",
    "ci95_low": "ci95: 95 % interval of the mean, by Student's t on its logarithm (delta method)",
}
_RATE_WINDOW_S = 30.0
_SHOWN_ERRORS = 3
_SHOWN_PROBLEMS = 5
_SHOWN_VALUES = 8
_VERSIONS = ("rnnsweep", "python", "numba", "numpy")


def print_outcome(results: "Results") -> None:
    """Show the best settings and what was written, at the end of a run."""
    print_summary(results, results.summarised(), _BEST_ROWS)
    _console().print("\nWritten:")
    for path in _written(Folder(results.folder)):
        print(f"  {path}")  # noqa: T201


def print_failures(results: "Results") -> bool:
    """Tell what went wrong in trials that failed; return whether any did."""
    errors = results.errors()
    if errors:
        n_trials = int(results.summarised().statistics["n"].sum())
        trials = counted(n_trials, "trial")
        lines = [f"{errors.total()} of {trials} failed; run again to retry:"]
        lines += [f"  {count} x {error}" for error, count in errors.most_common(_SHOWN_ERRORS)]
        print("\n".join(lines), file=sys.stderr)  # noqa: T201
    return bool(errors)


def print_summary(results: "Results", summary: "Summary", top: int) -> None:
    """Show the first rows of a summary."""
    _print_baselines(results)
    _print_rows(summary, top)


def print_status(store: Store) -> None:
    """Show how far a sweep is: done, rate, diverged, failed, time left."""
    info, counts = store.info(), store.counts()
    running = store.folder.in_use()
    rate, left = 0.0, None
    if running:
        left = time_left.read(store.folder.path)
        window = min(_RATE_WINDOW_S, max(time.time() - info.started, 1e-3))
        rate = store.finished_since(time.time() - window) / window
    state = {True: "running", False: "not running", None: "not told whether it runs"}[running]
    line = tally_line(counts.done + counts.failed, counts.total, asdict(counts), rate, left)
    _console().print(f"{info.name}: {line} ({state})")


def print_plan(plan: "Plan") -> None:
    """Show what a run would do."""
    console = _console()
    axes = Table(box=None, show_header=False, pad_edge=False)
    for axis in plan.axes:
        shown = ", ".join(distinct_texts(axis.values[:_SHOWN_VALUES]))
        more = ", ..." if len(axis.values) > _SHOWN_VALUES else ""
        count = f"{len(axis.values):,}" + (" draws" if axis.form == "random" else "")
        axes.add_row(Text(axis.name), Text(count), Text(shown + more), Text(axis.note))
    if plan.axes:
        console.print(axes)
        console.print()
    rows = [
        ("trials", f"{plan.n_trials:,}"),
        ("done already", f"{plan.n_done:,} in {plan.folder}"),
        ("to train", f"{plan.n_trials - plan.n_done:,} on {plan.jobs} at a time"),
        ("epochs", f"{'at most ' * plan.may_stop}{plan.n_epochs:,} in all trials"),
        ("memory", bytes_text(plan.memory_bytes)),
        ("disk", bytes_text(plan.disk_bytes)),
    ]
    if plan.seconds:
        about = "at most about" if plan.may_stop else "about"
        told = f"{about} {_duration(plan.seconds)}, from {plan.n_timed} timed shapes"
        rows.append(("time", told))
    grid = Table(box=None, show_header=False, pad_edge=False)
    for row in rows:
        grid.add_row(*map(Text, row))
    console.print(grid)


def print_speeds(
    speeds: "Sequence[Speed]",
    stress: "Sequence[Stress]",
    dtype: str,
    shape: "Shape",
    machine: Mapping[str, Any],
) -> None:
    """Show how fast networks train."""
    console = _console()
    cores = counted(machine["usable_cores"], "core")
    console.print(f"{machine['cpu']}, kernels compiled for {machine['compiled_for']}")
    versions = ", ".join(f"{name} {machine[name]}" for name in _VERSIONS)
    console.print(f"{versions}, {machine['blas']}")
    console.print(
        f"one thread of {cores}, {dtype}, batches of {counted(shape.batch_size, 'sequence')} "
        f"of {counted(shape.seq_len, 'time step')}, {counted(shape.input_size, 'input')}, "
        f"{counted(shape.output_size, 'output')}"
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("cell")
    for heading in ("H", "us a step", "sequences a second", "share"):
        table.add_column(heading, justify="right")
    for speed in speeds:
        table.add_row(
            speed.cell,
            str(speed.hidden_size),
            _micros_text(speed.step_s),
            f"{speed.sequences_per_s:,.0f}",
            f"{speed.share:.2f}" if speed.share >= 0.1 else f"{speed.share:.2g}",
        )
    console.print(table)
    rate = np.median([speed.dot_flops_per_s for speed in speeds]) / 1e9
    console.print(
        "A step: forward, backpropagation through time, clipped SGD. Its share: its matrix "
        "products a second over what a 1024 x 1024 np.dot does on this thread, "
        f"{rate:.3g} GFLOP/s."
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for heading in ("case", "cell"):
        table.add_column(heading)
    for heading in ("T", "us a step", "times"):
        table.add_column(heading, justify="right")
    for row in stress:
        table.add_row(
            row.case,
            row.cell,
            str(row.seq_len),
            _micros_text(row.step_s),
            f"{row.times_healthy:.2f}",
        )
    console.print(table)
    console.print(
        f"Steps with {stress[0].hidden_size} hidden units in which gradients vanish: over long "
        "sequences, or since all units are saturated. Times: how many times as long a time step "
        "takes as in a healthy network. Far above 1, this processor is slow on subnormal numbers, "
        "and they are not flushed to zero."
    )


def _micros_text(seconds: float) -> str:
    micros = seconds * 1e6
    return f"{micros:,.0f}" if micros >= 100 else f"{micros:.3g}"


def _console() -> Console:
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    # Names are shown as they are: no markup, no emoji, no colours by guesswork.
    return Console(width=width, markup=False, emoji=False, highlight=False)


def _print_baselines(results: "Results") -> None:
    """Show what the trivial predictors reach, on each problem where these are few."""
    what, console = "Validation loss of the trivial predictors", _console()
    problems = [problem for problem in results.baselines_by_problem() if problem.losses]
    if len(problems) > _SHOWN_PROBLEMS:
        console.print(f"{what}: it differs with the problem, see the column baseline of trials.csv")
    elif len(problems) == 1:
        console.print(f"{what}: {_listed(problems[0].losses)}")
    elif problems:
        console.print(f"{what}:")
        texts = {
            name: distinct_texts([problem.settings[name] for problem in problems])
            for name in problems[0].settings
        }
        for place, problem in enumerate(problems):
            own = ", ".join(
                f"{name} {texts[name][place]}"
                for name, value in problem.settings.items()
                if value is not None
            )
            console.print(f"  {own}: {_listed(problem.losses)}")


def _listed(losses: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {text_of(loss)}" for name, loss in losses.items())


def _print_rows(summary: "Summary", top: int) -> None:
    """Show the settings and as many of their statistics as the terminal has room for."""
    statistics = summary.statistics
    n_settings = len(statistics["n"])
    if not n_settings:
        print("No trial has ended yet.")  # noqa: T201
        return
    groups = _worth_showing(statistics)
    console, wide = _console(), Console(width=_PIPE_WIDTH)
    rows = list(islice(summary.rows(), top))
    columns = dict(zip(summary.heading, zip(*rows, strict=True), strict=True))
    texts = {
        name: distinct_texts(cells) if name in summary.settings else [*map(text_of, cells)]
        for name, cells in columns.items()
    }
    while True:
        # In the summary's own order, whatever was left out.
        names = {name for group in groups for name in group}
        shown = ["rank", *summary.settings, *(name for name in statistics if name in names)]
        headings = [_HEADINGS.get(name, name) for name in shown]
        table = _table(headings, n_texts=len(summary.settings))
        for row in zip(*(texts[name] for name in shown), strict=True):
            table.add_row(*map(Text, row))
        if len(groups) == 1 or wide.measure(table).maximum <= console.width:
            break
        groups.pop()
    # A table that is still too wide goes out whole; the terminal breaks its lines.
    (console if wide.measure(table).maximum <= console.width else wide).print(table)
    of_all = f"{min(top, n_settings)} of {counted(n_settings, 'setting')}, "
    over = "the loss over its baseline, since the problems differ: "
    by = over if summary.over_baseline else ""
    console.print(f"{of_all}ranked by {by}the median with a diverged trial as infinite")
    if any(statistics[name].any() for name in _COUNTS):
        console.print("losses: of the trials that neither diverged nor failed")
    for name in filter(_REMARKS.get, shown):
        console.print(_REMARKS[name])


def _worth_showing(statistics: Mapping[str, NDArray[Any]]) -> list[tuple[str, ...]]:
    """Return the groups of `_STATISTICS` that say something of these settings."""

    def says_something(name: str) -> bool:
        if name in _COUNTS:
            return bool(statistics[name].any())
        return name in statistics and not (name in _TEST and np.isnan(statistics[name]).all())

    groups = (tuple(filter(says_something, group)) for group in _STATISTICS)
    return [group for group in groups if group]


def _table(headings: Sequence[str], n_texts: int) -> Table:
    """Return a table whose first column, and all after `n_texts` more, are numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for i, heading in enumerate(headings):
        is_text = 0 < i <= n_texts
        table.add_column(Text(heading), justify="left" if is_text else "right", no_wrap=True)
    return table


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.2g} seconds"


def _written(folder: Folder) -> list[str]:
    epochs = sorted(folder.path.glob(f"{folder.epochs_csv.stem}.*"))  # CSV or Parquet
    tables = [folder.trials_csv, *epochs, folder.summary_csv, folder.timings_csv]
    others = [folder.sweep_toml, folder.environment_json, *sorted(folder.plots.glob("*.png"))]
    return [str(path) for path in [*tables, *others]]
