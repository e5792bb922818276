"""The command `bench`."""

import json
import sys

import click

from . import options
from .ending import ending_at_once
from .loading import loading


@click.command(short_help="Show how fast this machine trains.")
@options.cells
@options.hidden_sizes
@options.dtype
@options.shape
@options.as_json("As JSON, in seconds.")
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
    with loading():
        from rnnsweep.execution.bench import Shape, machine, measure, measure_stress
        from rnnsweep.execution.progress import make_progress

    step = Shape(**shape)
    progress = make_progress(sys.stderr, quiet=False)
    speeds = measure(cells, hidden_sizes, dtype, step, progress)
    stress = measure_stress(cells, dtype, step, progress)
    if as_json:
        measured = {
            "networks": [speed._asdict() for speed in speeds],
            "stress": [row._asdict() for row in stress],
        }
        report = {"machine": machine(), "threads": 1, "dtype": dtype, **shape, **measured}
        click.echo(json.dumps(report, indent=2))
        return
    from .screens.speeds import print_speeds

    print_speeds(speeds, stress, dtype, step, machine())
