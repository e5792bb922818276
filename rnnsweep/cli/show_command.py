"""The command `show`."""

from pathlib import Path

import click

from rnnsweep.errors import SweepError
from rnnsweep.vocabulary import SEEDS

from . import options


@click.command(short_help="Show one trial: settings, losses, how to rerun it.")
@options.results
@options.trial_id
@options.only_toml
@options.all_settings
def show(results: Path, trial_id: str, toml: bool, all_settings: bool) -> None:
    """Show one trial: its settings, losses and loss curve, and the sweep file that reruns it alone.

    TRIAL_ID is an id of trials.csv, the beginning of it that no other id has, or best.

    \b
    Examples:
        python -m rnnsweep show results/grid best
        python -m rnnsweep show results/grid t3f --toml > sweeps/t3f.toml
    """
    from rnnsweep.store.store import Store
    from rnnsweep.store.trial_names import id_named
    from rnnsweep.sweepfile import column
    from rnnsweep.sweepfile.one_trial import TrialFiles

    with Store.reader(results) as store:
        info = store.info()
        name = id_named(store, trial_id)
        trial = store.trial(name)
        assert trial is not None  # `id_named` has read it
        (epochs,) = store.epochs_of([name])
        in_sweep = store.position(name) is not None
    file = TrialFiles(info.text)
    text = file.toml(name, trial.settings) if in_sweep else ""
    if toml:
        if not in_sweep:
            raise SweepError(
                f"{results}: the sweep file that was run last does not have trial {name}, and the "
                "one that had it is not stored"
            )
        click.echo(text, nl=False)
        return
    from .screens.trial import ShownTrial, print_trial

    seeds = [each for each in trial.settings if each in SEEDS]
    varied = [*info.swept, *seeds]
    others = [column(key) for key in file.keys]
    in_file = [each for each in trial.settings if each in others and each not in varied]
    print_trial(ShownTrial(trial, epochs, info.name, varied, in_file, text), all_settings)
