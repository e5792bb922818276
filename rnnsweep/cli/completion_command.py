"""The command `completion`."""

import click

from . import options
from .completion import completion_script


@click.command(short_help="Print the script that completes commands in a shell.")
@options.shell
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script with which SHELL (bash, zsh, fish) completes the command `rnnsweep`.

    It completes commands, options, results folders, settings and trial ids. A shell completes
    programs by their names, so it works for `rnnsweep`, which pip installs, and not for
    `python -m rnnsweep`.

    \b
    Example:
        python -m rnnsweep completion bash > ~/.rnnsweep.bash
    Then put the line `source ~/.rnnsweep.bash` into ~/.bashrc; with zsh likewise. For fish, write
    it to ~/.config/fish/completions/rnnsweep.fish.
    """
    click.echo(completion_script(ctx.find_root().command, shell))
