"""The commands, one function each. A command imports the heavy parts only when it needs them.

Their arguments and flags are declared in `options`, what they print is in `screens`.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from rnnsweep import exit_codes
from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed
from rnnsweep.version import __version__

from . import options
from .bench_command import bench
from .compare_command import compare
from .completion_command import completion
from .ending import ending_at_once, signals_as_ctrl_c
from .export_command import export
from .loading import loading
from .merge_command import merge
from .new_command import new
from .plot_command import plot
from .report_command import report
from .show_command import show
from .status_command import status
from .streams import open_output
from .summary_command import summary
from .verify_command import verify

if TYPE_CHECKING:
    from rnnsweep.cells import Cell


class _Group(click.Group):
    """Commands in the order of the guide; a misspelt one is answered with the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        is_unknown = args and args[0] not in self.commands and not args[0].startswith("-")
        if is_unknown and not ctx.resilient_parsing:  # a shell that completes asks, too
            raise SweepError(f"no command {args[0]!r}; {allowed(args[0], self.commands)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            # Click would write to standard error, and end with another code where nobody reads it.
            raise click.Abort from error


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


cli.add_command(new)


@cli.command(short_help="Train a sweep's trials; write tables, plots and the page.")
@options.sweep
@options.folder
@options.jobs
@options.overrides
@options.executor
@options.scheduler
@options.shard
@options.no_plots
@options.no_report
@options.data_memory
@options.repair
@options.quiet
def run(
    sweep: Path,
    results: Path | None,
    jobs: int | None,
    overrides: tuple[str, ...],
    executor: str,
    scheduler: str | None,
    shard: str | None,
    no_plots: bool,
    no_report: bool,
    data_memory: int | None,
    repair: bool,
    quiet: bool,
) -> int:
    """Train every trial of a sweep file that has no result yet; write tables, plots and report.

    Running it again continues; after an edit of the file it trains only what is new.

    \b
    Example:
        python -m rnnsweep run sweeps/grid.toml --jobs 2 --set train.epochs=20
    """
    from rnnsweep.interruption import deferred

    with signals_as_ctrl_c(), ending_at_once():
        with deferred():  # a signal that breaks an import shows as another error
            from rnnsweep import sweepfile
            from rnnsweep.execution.executors import check_executor
            from rnnsweep.execution.shards import take_shard
            from rnnsweep.execution.sweep_folder import folder_of

        check_executor(executor, scheduler, jobs)
        loaded = take_shard(sweepfile.load(sweep, overrides), shard)
        folder = folder_of(loaded, results)
        with deferred():
            # The slow imports come last: the file has no fault.
            with loading():
                from rnnsweep.execution.progress import make_progress
                from rnnsweep.execution.run import run_sweep

                from .screens.summary import print_failures, print_outcome

            outcome = run_sweep(
                loaded,
                results=folder,
                jobs=jobs,
                executor=executor,
                scheduler=scheduler,
                plots=not no_plots,
                report=not no_report,
                data_memory=data_memory,
                repair=repair,
                progress=make_progress(sys.stderr, quiet),
            )
    if not quiet:
        print_outcome(outcome)
    return exit_codes.FAILED if print_failures(outcome) else 0


@cli.command(short_help="Show what `run` would do; write nothing.")
@options.sweep
@options.folder
@options.jobs
@options.overrides
@options.executor
@options.shard
@options.measure
@ending_at_once()
def plan(
    sweep: Path,
    results: Path | None,
    jobs: int | None,
    overrides: tuple[str, ...],
    executor: str,
    shard: str | None,
    measure: bool,
) -> None:
    """Show what `run` would do: axes, trials, what is done, memory and disk. Writes nothing.

    With --executor dask, --jobs is the number of threads of the cluster.

    \b
    Example:
        python -m rnnsweep plan sweeps/grid.toml --measure
    """
    from rnnsweep import sweepfile
    from rnnsweep.execution.executors import check_executor
    from rnnsweep.execution.plan import make_plan
    from rnnsweep.execution.progress import make_progress
    from rnnsweep.execution.shards import take_shard

    from .screens.plan import print_plan

    check_executor(executor)
    say = make_progress(sys.stderr, quiet=False).say
    part = take_shard(sweepfile.load(sweep, overrides), shard)
    print_plan(make_plan(part, results, jobs, measure, say, executor))


cli.add_command(status)
cli.add_command(summary)
cli.add_command(compare)
cli.add_command(show)
cli.add_command(export)
cli.add_command(plot)
cli.add_command(report)
cli.add_command(merge)
cli.add_command(verify)


@cli.command(short_help="Write a saved network's predictions.")
@options.results
@options.data
@options.trial
@options.out
@ending_at_once()
def predict(results: Path, data: Path, trial: str | None, out: Path | None) -> None:
    """Write the predictions of a trial for new data as a CSV file.

    Its params have to be saved: [output] save_params = "best" or "all" in the sweep file.

    \b
    Example:
        python -m rnnsweep predict results/sunspots --data sweeps/data/sunspots.csv
    """
    with loading():
        from rnnsweep.execution.compilation import Compilation, Needs
        from rnnsweep.execution.progress import make_progress
        from rnnsweep.inference.prediction import predict
        from rnnsweep.inference.saved import load_saved

    saved = load_saved(results, trial)
    say = make_progress(sys.stderr, quiet=False).say
    Compilation(say).prepare(Needs.to_predict(saved.model))
    predictions = predict(saved, data)
    # The file is opened only now: all of the data was checked.
    with ExitStack() as stack:
        file: TextIO = sys.stdout
        if out is not None:
            file = stack.enter_context(open_output(out, data))
        predictions.write(file)


@cli.command(name="list", short_help="List the words a sweep file may use.")
@options.word_list
def list_words(word_list: str | None) -> None:
    """List the words a sweep file may use: cells, activations, tasks, ...

    \b
    Example:
        python -m rnnsweep list activations
    """
    from .word_lists import word_lists

    words = word_lists()
    if word_list is not None and word_list not in words:
        raise SweepError(f"no list {word_list!r}; {allowed(word_list, words)}")
    for name in [word_list] if word_list else words:
        if not word_list:
            click.secho(name, bold=True)
        width = max(map(len, words[name]))
        for word, line in words[name].items():
            click.echo(f"{'' if word_list else '  '}{word:<{width}}  {line}")


@cli.command(short_help="Show a cell's equations, and check its gradients.")
@options.cell
@options.activation
@options.only_source
@ending_at_once()
def check(cell: "Cell", activation: str | None, source: bool) -> None:
    """Show the equations, the sizes and the derived gradient of a cell, and check the gradient.

    CELL is a word of `list cells`, or a .toml file with equations. The gradient is compared with
    central differences, which fails with exit code 2.

    \b
    Example:
        python -m rnnsweep check lstm
        python -m rnnsweep check ugrnn.toml --activation relu
    """
    from rnnsweep.cells import CellError, emit

    if activation is not None:
        if not cell.uses_act:
            raise SweepError(f"--activation: no equation of the cell {cell.name!r} calls act")
        try:
            cell = cell.with_activation(activation)
        except CellError as error:
            raise SweepError("\n".join(f"--{fault}" for fault in error.faults)) from None
    if fault_of_length := cell.why_too_long():
        raise SweepError(f"{cell.name}: {fault_of_length}")
    if source:
        click.echo(emit.source(cell), nl=False)
        return
    from .screens.cell import print_cell, print_errors

    print_cell(cell)
    with loading():
        from rnnsweep.cells.gradcheck import check_gradient
        from rnnsweep.execution.compilation import Compilation, Needs
        from rnnsweep.execution.gradient_check import fault
        from rnnsweep.execution.progress import make_progress
        from rnnsweep.network.gradient_error import gradient_error, small_network

    try:
        network = small_network(cell)
    except ValueError as error:
        raise SweepError(f"{cell.name}: {error}") from None
    say = make_progress(sys.stderr, quiet=False).say
    Compilation(say).prepare(Needs(cell.without_values(), "float64", small=False))
    results = {
        "one layer, the source as NumPy": check_gradient(cell),
        "two layers, compiled": gradient_error(network),
    }
    print_errors(results)
    if message := next(filter(None, (fault(cell, result) for result in results.values())), ""):
        raise SweepError(message)


@cli.command(short_help="Print the JSON Schema of a sweep file.")
def schema() -> None:
    """Print the JSON Schema of a sweep file, for editors that complete and check TOML.

    \b
    Example:
        python -m rnnsweep schema > sweep.schema.json
    """
    from rnnsweep.sweepfile import json_schema

    click.echo(json.dumps(json_schema(), indent=2))


cli.add_command(bench)
cli.add_command(completion)
