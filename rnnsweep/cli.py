"""The command line: verbs and flags. A verb imports the heavy parts when it needs them."""

import csv
import io
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

import click

from . import __version__
from .errors import ResultsError, RnnsweepError, SweepError, nearest

INTERRUPTED = 130


class _Group(click.Group):
    """Verbs in the order of the guide, and the nearest one for a typing error."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            raise SweepError(f"no command {args[0]!r}; {nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with the design's exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal or a pipe that knows ASCII alone shows other letters escaped.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(args, prog_name="python -m rnnsweep", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_page:
        click.echo(help_page.format_message())
        code = SweepError.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except RnnsweepError as error:
        click.echo(f"rnnsweep: {error}", err=True)
        code = error.exit_code
    except click.Abort as error:  # click's own form of Ctrl-C; its cause is the one that was raised
        click.echo(f"rnnsweep: {str(error.__cause__ or '') or 'interrupted'}", err=True)
        code = INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader of standard output has gone (`| head`): no failure. click and rich end
        # themselves with SystemExit then, and nothing else here does.
        _drop_output()
        code = 0
    except OSError as error:
        _drop_output()
        with suppress(OSError):
            click.echo(f"rnnsweep: cannot write or read: {error}", err=True)
        code = ResultsError.exit_code
    sys.exit(code)


def _drop_output() -> None:
    """Send what is left to nowhere; Python would complain of it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="rnnsweep")
def cli() -> None:
    """Train very many small recurrent networks, and see which settings work.

    \b
    Start with:
        python -m rnnsweep plan sweeps/grid.toml
        python -m rnnsweep run sweeps/grid.toml
        python -m rnnsweep summary results/grid --by activation,hidden_size
    """


_sweep = click.argument("sweep", type=click.Path(path_type=Path))
_results = click.argument("results", type=click.Path(path_type=Path))
_overrides = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Replace a key or an axis of the file, as train.epochs=5; repeatable.",
)
_folder = click.option(
    "--results",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The sweep's own results folder.  [default: results/<stem of the file>]",
)
_jobs = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Trials at once.  [default: cores]"
)


@cli.command(short_help="Train a sweep's trials; write tables and plots.")
@_sweep
@_folder
@_jobs
@_overrides
@click.option("--executor", default="threads", show_default=True, help="threads | serial")
@click.option("--quiet", is_flag=True, help="No progress, no table; errors only.")
def run(
    sweep: Path,
    results: Path | None,
    jobs: int | None,
    overrides: tuple[str, ...],
    executor: str,
    quiet: bool,
) -> int:
    """Train every trial of a sweep file that its results lack; write tables and plots.

    Running it again continues; after an edit of the file it trains only what is new.

    \b
    Example:
        python -m rnnsweep run sweeps/grid.toml --jobs 2 --set train.epochs=20
    """
    from . import spec
    from .executors import check_executor

    check_executor(executor)
    loaded = spec.load(sweep, overrides)
    # Only now the slow imports: every fault of the file has been told.
    from .progress import make_progress
    from .runner import run_sweep

    with _sigterm_as_ctrl_c():
        done = run_sweep(
            loaded,
            results=results,
            jobs=jobs,
            executor=executor,
            progress=make_progress(sys.stderr, quiet),
        )
    from .screens import print_failures, print_outcome

    if not quiet:
        print_outcome(done)
    return int(print_failures(done))


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Let whoever ends the process politely (a scheduler, a shutdown) get the tables, too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@cli.command(short_help="Show what `run` would do; write nothing.")
@_sweep
@_folder
@_jobs
@_overrides
@click.option("--measure", is_flag=True, help="Time a few trials to tell how long a run takes.")
def plan(
    sweep: Path,
    results: Path | None,
    jobs: int | None,
    overrides: tuple[str, ...],
    measure: bool,
) -> None:
    """Show what `run` would do: axes, trials, what is done, memory and disk. Writes nothing.

    \b
    Example:
        python -m rnnsweep plan sweeps/grid.toml --measure
    """
    from . import spec
    from .plan import make_plan
    from .screens import print_plan

    print_plan(make_plan(spec.load(sweep, overrides), results, jobs, measure))


@cli.command(short_help="Show how far a sweep is.")
@_results
def status(results: Path) -> None:
    """Show how far a sweep is; works while a run is going on.

    \b
    Example:
        python -m rnnsweep status results/grid
    """
    from .screens import print_status
    from .store import Store

    with Store.reader(results) as store:
        print_status(store)


def _names(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> list[str]:
    return [name.strip() for part in value for name in part.split(",") if name.strip()]


@cli.command(short_help="Show the best settings as a table.")
@_results
@click.option(
    "--by",
    multiple=True,
    callback=_names,
    metavar="SETTING,...",
    help="The settings to tell apart.  [default: what the sweep varies]",
)
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows to show."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, every row unless --top is given.")
@click.pass_context
def summary(ctx: click.Context, results: Path, by: list[str], top: int, as_json: bool) -> None:
    """Show the best settings: median, mean and 95 % interval of the best validation loss.

    A row takes together all trials that share its settings: the seeds, and with --by whatever
    else is not named.

    \b
    Example:
        python -m rnnsweep summary results/grid --by activation,learning_rate --top 5
    """
    from .tables import load

    found = load(results)
    frame = found.summary(by or None)
    if as_json:
        if ctx.get_parameter_source("top") is not click.core.ParameterSource.DEFAULT:
            frame = frame.head(top)
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        click.echo(json.dumps(rows, indent=2))
        return
    from .screens import print_summary

    print_summary(found, frame, top)


@cli.command(short_help="Draw the pictures anew.")
@_results
def plot(results: Path) -> None:
    """Draw the pictures of a sweep's results anew.

    \b
    Example:
        python -m rnnsweep plot results/grid
    """
    from .runner import write_plots

    for path in write_plots(results):
        click.echo(path)


@cli.command(short_help="Write a saved network's predictions.")
@_results
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="A CSV file, a text or an npz file, as the task takes it.",
)
@click.option("--trial", metavar="ID", help="The trial.  [default: the best one]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to write the CSV file.  [default: standard output]",
)
def predict(results: Path, data: Path, trial: str | None, out: Path | None) -> None:
    """Write the predictions of a trial for new data as a CSV file.

    Its params have to be saved: [output] save_params = "best" or "all" in the sweep file.

    \b
    Example:
        python -m rnnsweep predict results/sunspots --data sweeps/data/sunspots.csv
    """
    from .prediction import predict
    from .saved import load_saved

    table = predict(load_saved(results, trial), data)
    # Nothing of it is written before all of the data was found right.
    with ExitStack() as stack:
        file: TextIO = sys.stdout
        if out is not None:
            file = stack.enter_context(_opened(out, data))
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(table.rows)


def _opened(out: Path, data: Path) -> TextIO:
    """Open the file of ``--out`` to write; it may be there, but not as that of the data."""
    try:
        if out.exists() and out.samefile(data):
            raise SweepError(f"--out {out} is the file of the data; name another")
        return out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        why = f"it cannot be written ({error.strerror})"
        if os.path.isdir(out):  # noqa: PTH112 - unlike Path.is_dir it takes any name
            why = "it is a folder"
        elif not os.path.isdir(out.parent):  # noqa: PTH112
            why = f"there is no folder {out.parent}"
        raise SweepError(f"--out {out}: {why}; name a file in a folder you may write to") from None


@cli.command(name="list", short_help="List the words a sweep file may use.")
@click.argument("kind", required=False)
def list_words(kind: str | None) -> None:
    """List the words a sweep file may use: cells, activations, tasks, ...

    \b
    Example:
        python -m rnnsweep list activations
    """
    from .kinds import kinds

    known = kinds()
    if kind is not None and kind not in known:
        raise SweepError(f"no kind {kind!r}; {nearest(kind, known)}")
    for name in [kind] if kind else known:
        if not kind:
            click.secho(name, bold=True)
        width = max(map(len, known[name]))
        for word, line in known[name].items():
            click.echo(f"{'' if kind else '  '}{word:<{width}}  {line}")


@cli.command(short_help="Print the JSON Schema of a sweep file.")
def schema() -> None:
    """Print the JSON Schema of a sweep file, for editors that complete and check TOML.

    \b
    Example:
        python -m rnnsweep schema > sweep.schema.json
    """
    from .spec import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
