"""The command line: verbs and flags. A verb imports the heavy parts when it needs them."""

import gc
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TextIO

import click

from rnnsweep.errors import ResultsError, RnnsweepError, SweepError, nearest
from rnnsweep.version import __version__

from . import options
from .ending import INTERRUPTED, ending_at_once, explanation, sigterm_as_ctrl_c
from .stdio import complain, drop_output, plain_warnings, usable_streams


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
    with usable_streams(), plain_warnings():
        code = _run(args)
    sys.exit(code)


def _run(args: list[str] | None) -> int:
    """Run the command line; say what went wrong, and return the exit code."""
    try:
        code = cli.main(args, prog_name="python -m rnnsweep", standalone_mode=False)
        sys.stdout.flush()  # Python does it at its end, too late for an exit code
    except click.exceptions.NoArgsIsHelpError as help_page:
        complain(help_page.format_message())
        code = SweepError.exit_code
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        code = error.exit_code
    except RnnsweepError as error:
        complain(f"rnnsweep: {error}")
        code = error.exit_code
    except click.Abort as error:  # click's own form of Ctrl-C; its cause is the one that was raised
        complain(f"rnnsweep: {str(error.__cause__ or '') or 'interrupted'}")
        code = INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader of standard output has gone (`| head`): no failure. click and rich end
        # themselves with SystemExit then, and nothing else here does.
        drop_output()
        code = 0
    except OSError as error:
        complain(f"rnnsweep: {explanation(error)}")
        code = ResultsError.exit_code
    return code or 0


@contextmanager
def _loading() -> Iterator[None]:
    """Import heavy parts without the garbage collector.

    They make a million objects that stay to the end, and the collector would look through all of
    them again and again: 1.6 -> 1.3 s for a run of four trials with its pictures.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


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


@cli.command(short_help="Train a sweep's trials; write tables and plots.")
@options.sweep
@options.folder
@options.jobs
@options.overrides
@click.option("--executor", default="threads", show_default=True, help="threads | serial")
@click.option("--no-plots", is_flag=True, help="No pictures; `plot` draws them at any time.")
@options.data_memory
@click.option("--quiet", is_flag=True, help="No progress, no table; errors only.")
def run(
    sweep: Path,
    results: Path | None,
    jobs: int | None,
    overrides: tuple[str, ...],
    executor: str,
    no_plots: bool,
    data_memory: int | None,
    quiet: bool,
) -> int:
    """Train every trial of a sweep file that its results lack; write tables and plots.

    Running it again continues; after an edit of the file it trains only what is new.

    \b
    Example:
        python -m rnnsweep run sweeps/grid.toml --jobs 2 --set train.epochs=20
    """
    from rnnsweep.interruption import deferred

    with sigterm_as_ctrl_c(), ending_at_once():
        with deferred():  # a signal that breaks an import shows as another error
            from rnnsweep import sweepfile
            from rnnsweep.execution.executors import check_executor
            from rnnsweep.execution.sweep_folder import folder_of

        check_executor(executor)
        loaded = sweepfile.load(sweep, overrides)
        folder = folder_of(loaded, results)
        with deferred():
            # Only now the slow imports: the file has no fault.
            with _loading():
                from rnnsweep.execution.progress import make_progress
                from rnnsweep.execution.run import run_sweep

                from .screens import print_failures, print_outcome

            done = run_sweep(
                loaded,
                results=folder,
                jobs=jobs,
                executor=executor,
                plots=not no_plots,
                data_memory=data_memory,
                progress=make_progress(sys.stderr, quiet),
            )
    if not quiet:
        print_outcome(done)
    return int(print_failures(done))


@cli.command(short_help="Show what `run` would do; write nothing.")
@options.sweep
@options.folder
@options.jobs
@options.overrides
@click.option("--measure", is_flag=True, help="Time a few trials to tell how long a run takes.")
@ending_at_once()
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
    from rnnsweep import sweepfile
    from rnnsweep.execution.plan import make_plan
    from rnnsweep.execution.progress import make_progress

    from .screens import print_plan

    say = make_progress(sys.stderr, quiet=False).say
    print_plan(make_plan(sweepfile.load(sweep, overrides), results, jobs, measure, say))


@cli.command(short_help="Show how far a sweep is.")
@options.results
def status(results: Path) -> None:
    """Show how far a sweep is; works while a run is going on.

    \b
    Example:
        python -m rnnsweep status results/grid
    """
    from rnnsweep.store.store import Store

    from .screens import print_status

    with Store.reader(results) as store:
        print_status(store)


@cli.command(short_help="Show the best settings as a table.")
@options.results
@options.by
@click.option(
    "--top", type=click.IntRange(min=1), default=10, show_default=True, help="Rows to show."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, every row unless --top is given.")
@click.pass_context
def summary(ctx: click.Context, results: Path, by: list[str], top: int, as_json: bool) -> None:
    """Show the best settings: median, mean and 95 % interval of the best validation loss.

    With them, the median test loss and the best trivial predictor's loss on the test part.

    A row takes together all trials that share its settings: the seeds, and with --by whatever
    else is not named.

    \b
    Example:
        python -m rnnsweep summary results/grid --by activation,learning_rate --top 5
    """
    from rnnsweep.tables.results import Results

    found = Results(results)
    summary = found.summarised(by or None)
    if as_json:
        all_rows = ctx.get_parameter_source("top") is click.core.ParameterSource.DEFAULT
        rows = islice(summary.rows(), None if all_rows else top)
        named = [dict(zip(summary.heading, row, strict=True)) for row in rows]
        click.echo(json.dumps(named, indent=2))
        return
    from .screens import print_summary

    print_summary(found, summary, top)


@cli.command(short_help="Draw the pictures anew.")
@options.results
def plot(results: Path) -> None:
    """Draw the pictures of a sweep's results anew.

    \b
    Example:
        python -m rnnsweep plot results/grid
    """
    with _loading():
        from rnnsweep.plots.files import write_plots

    for path in write_plots(results):
        click.echo(path)


@cli.command(short_help="Write a saved network's predictions.")
@options.results
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
@ending_at_once()
def predict(results: Path, data: Path, trial: str | None, out: Path | None) -> None:
    """Write the predictions of a trial for new data as a CSV file.

    Its params have to be saved: [output] save_params = "best" or "all" in the sweep file.

    \b
    Example:
        python -m rnnsweep predict results/sunspots --data sweeps/data/sunspots.csv
    """
    with _loading():
        from rnnsweep.execution.compilation import Compilation, Needs
        from rnnsweep.execution.progress import make_progress
        from rnnsweep.inference.prediction import predict
        from rnnsweep.inference.saved import load_saved

    saved = load_saved(results, trial)
    say = make_progress(sys.stderr, quiet=False).say
    Compilation(say).prepare(Needs.to_predict(saved.model))
    table = predict(saved, data)
    # Nothing of it is written before all of the data was found right.
    with ExitStack() as stack:
        file: TextIO = sys.stdout
        if out is not None:
            file = stack.enter_context(_opened(out, data))
        table.write(file)


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
    from .word_lists import kinds

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
    from rnnsweep.sweepfile import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


@cli.command(short_help="Show how fast this machine trains.")
@options.cells
@options.hidden_sizes
@options.dtype
@options.shape
@click.option("--json", "as_json", is_flag=True, help="As JSON, in seconds.")
@ending_at_once()
def bench(
    cells: list[str], hidden_sizes: list[int], dtype: str, as_json: bool, **shape: int
) -> None:
    """Show how fast this machine trains: the time of a training step, on one thread.

    Kernels that are not compiled yet are compiled first.

    \b
    Example:
        python -m rnnsweep bench --cell lstm --hidden-size 32,64
    """
    with _loading():
        from rnnsweep.execution.bench import Shape, machine, measure, measure_stress
        from rnnsweep.execution.progress import make_progress

    of_a_step = Shape(**shape)
    progress = make_progress(sys.stderr, quiet=False)
    speeds = measure(cells, hidden_sizes, dtype, of_a_step, progress)
    stress = measure_stress(cells, dtype, of_a_step, progress)
    if as_json:
        measured = {
            "networks": [speed._asdict() for speed in speeds],
            "stress": [row._asdict() for row in stress],
        }
        report = {"machine": machine(), "threads": 1, "dtype": dtype, **shape, **measured}
        click.echo(json.dumps(report, indent=2))
        return
    from .screens import print_speeds

    print_speeds(speeds, stress, dtype, of_a_step, machine())
