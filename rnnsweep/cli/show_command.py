"""The command `show`."""

import json
from pathlib import Path

import click

from rnnsweep.errors import SweepError

from . import options


@click.command(short_help="Show one trial: settings, losses, how to rerun it.")
@options.results
@options.trial_id
@options.only_toml
@options.all_settings
@options.as_json("As JSON, with all settings and every epoch.")
def show(results: Path, trial_id: str, toml: bool, all_settings: bool, as_json: bool) -> None:
    """Show one trial: its settings, losses and loss curve, and the sweep file that reruns it alone.

    TRIAL_ID is an id of trials.csv, the beginning of it that no other id has, or best.

    \b
    Examples:
        python -m rnnsweep show results/grid best
        python -m rnnsweep show results/grid t3f --toml > sweeps/t3f.toml
    """
    from rnnsweep.store.store import Store
    from rnnsweep.tables.trial_view import view_trial

    if toml and as_json:
        raise SweepError("--toml and --json are two forms; take one of them")
    with Store.reader(results) as store:
        shown = view_trial(store, trial_id)
    if toml:
        click.echo(shown.toml(), nl=False)
    elif as_json:
        click.echo(json.dumps(shown.as_plain_data(), indent=2))
    else:
        from .screens.trial import print_trial

        print_trial(shown, all_settings)
