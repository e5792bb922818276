"""The command `compare`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed
from rnnsweep.vocabulary import SEEDS

from . import options

if TYPE_CHECKING:
    from rnnsweep.analysis.compared import Compared


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

    SIDES are two settings, the results folder of another sweep, or the name of one setting: then
    its values are compared with the best of them. Trials of a pair share all other settings. It
    shows the mean difference with its 95 % interval, how probable it is that the first is better,
    and how many seeds would settle it; then the same for each common setting. With --best it
    compares what each side reaches after tuning.

    \b
    Example:
        python -m rnnsweep compare results/grid activation=relu activation=tanh
        python -m rnnsweep compare results/grid cell=gru,hidden_size=32 cell=lstm
        python -m rnnsweep compare results/adam results/sgd --best
        python -m rnnsweep compare results/grid activation
    """
    from rnnsweep.tables.results import Results

    loaded, folders = Results(results), [results]
    comparison: Compared
    if len(sides) == 2:
        comparison = loaded.compared(*sides, metric=metric, best=best)
    elif len(sides) > 2 or ("=" in sides[0] and not Path(sides[0]).exists()):
        raise SweepError(
            "compare takes two settings, as in `compare results/grid activation=relu "
            "activation=tanh`, two folders, as in `compare results/adam results/sgd`, or one "
            "setting's name, as in `compare results/grid activation`"
        )
    elif Path(sides[0]).exists():
        folders.append(Path(sides[0]))
        comparison = loaded.compared(Results(sides[0]), metric=metric, best=best)
    elif sides[0] in loaded.swept:
        comparison = loaded.compared_values(sides[0], metric, best)
    else:
        raise SweepError(_no_such_side(sides[0], loaded.swept))
    if as_json:
        from rnnsweep.analysis.compared import as_plain_data

        click.echo(json.dumps(as_plain_data(comparison), indent=2))
        return
    from .screens.comparison import print_comparison

    print_comparison(comparison, folders)


def _no_such_side(side: str, swept: list[str]) -> str:
    """Return why one side alone is neither a folder nor a setting that varies."""
    if side in SEEDS:
        return f"{side} cannot be compared: the trials of a pair share it"
    if "/" in side or "\\" in side:
        return f"there is no folder {side}; the results of another sweep, or a setting, is compared"
    return f"{side!r} is neither a folder nor a setting that varies; {allowed(side, swept)}"
