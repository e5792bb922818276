"""The command `compare`."""

import json
from pathlib import Path

import click

from rnnsweep.errors import SweepError

from . import options


@click.command(short_help="Compare two settings, or two sweeps, seed by seed.")
@options.results
@options.sides
@options.metric_of_pairs
@options.best_of_sides
@options.as_json("As JSON, with exact numbers.")
def compare(
    results: Path, sides: tuple[str, ...], metric: str | None, best: bool, as_json: bool
) -> None:
    """Compare two settings of one sweep, or two sweeps, over pairs of trials with the same seed.

    SIDES are two settings, or the results folder of another sweep. Trials of a pair share all
    other settings. It shows the mean difference with its 95 % interval, how probable it is that the
    first is better, and how many seeds would settle it; then the same for each common setting.
    With --best it compares what each side reaches after tuning.

    \b
    Example:
        python -m rnnsweep compare results/grid activation=relu activation=tanh
        python -m rnnsweep compare results/grid cell=gru,hidden_size=32 cell=lstm
        python -m rnnsweep compare results/adam results/sgd --best
    """
    from rnnsweep.tables.results import Results

    if len(sides) == 2:
        comparison = Results(results).compared(*sides, metric=metric, best=best)
    elif len(sides) == 1 and ("=" not in sides[0] or Path(sides[0]).exists()):
        comparison = Results(results).compared(Results(sides[0]), metric=metric, best=best)
    else:
        raise SweepError(
            "compare takes two settings, as in `compare results/grid activation=relu "
            "activation=tanh`, or two folders, as in `compare results/adam results/sgd`"
        )
    if as_json:
        click.echo(json.dumps(comparison.as_plain_data(), indent=2))
        return
    from .screens.comparison import print_comparison

    print_comparison(comparison)
