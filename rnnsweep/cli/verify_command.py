"""The command `verify`."""

import sys
from pathlib import Path

import click

from rnnsweep.errors import SweepError

from . import options
from .ending import ending_at_once, signals_as_ctrl_c
from .loading import loading


@click.command(short_help="Check results: the store, its tables, a sample of trials.")
@options.results
@options.sample
@options.every_trial
@options.sample_seed
@options.jobs
@options.sweep_file
@options.quiet
@signals_as_ctrl_c()
@ending_at_once()
def verify(
    results: Path,
    sample: int | None,
    every_trial: bool,
    seed: int,
    jobs: int | None,
    sweep: Path | None,
    quiet: bool,
) -> None:
    """Check the results of a sweep: the store, its tables, and trials trained once more.

    Trials have to be equal to the last bit; if they were trained on another type of CPU, equal but
    for roundings. Where something differs, the exit code is 3. Writes nothing there.

    \b
    Example:
        python -m rnnsweep verify results/grid --sample 20
    """
    if every_trial and sample is not None:
        raise SweepError("--all and --sample exclude each other; give one")
    with loading():
        from rnnsweep.execution.progress import make_progress
        from rnnsweep.execution.verify import SAMPLE, verify_folder

    size = None if every_trial else SAMPLE if sample is None else sample
    progress = make_progress(sys.stderr, quiet)
    verified = verify_folder(
        results, sample=size, seed=seed, jobs=jobs, sweep=sweep, progress=progress
    )
    if not quiet:
        click.echo(verified)
