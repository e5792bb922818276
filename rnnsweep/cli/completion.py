"""What a shell offers when the user presses Tab: words, results folders, settings, trials.

Each function is a `shell_complete` of click: it gets what was typed so far, and never raises an
error that a user can cause, since a shell would show it in the middle of the line.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from glob import escape, iglob
from pathlib import Path

import click
from click import Context, Parameter
from click.shell_completion import CompletionItem

from rnnsweep.errors import RnnsweepError

COMPLETE_VARIABLE = "_RNNSWEEP_COMPLETE"
PROGRAM = "rnnsweep"
SHELLS = ("bash", "zsh", "fish")
_MOST = 100  # trials that are offered

_Complete = Callable[[Context, Parameter, str], list[CompletionItem]]


def _quiet(complete: Callable[[Context, str], Iterable[CompletionItem]]) -> _Complete:
    """Return the function without the parameter; it offers nothing where something is wrong."""

    @wraps(complete)
    def completed(ctx: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            return list(complete(ctx, incomplete))
        except (RnnsweepError, OSError, ValueError):
            return []

    return completed


def _beginning(incomplete: str, words: Mapping[str, str]) -> Iterator[CompletionItem]:
    """Yield the words that begin so, with the lines that explain them."""
    for word, line in words.items():
        if word.startswith(incomplete):
            yield CompletionItem(word, help=line or None)


def among(words: Iterable[str]) -> _Complete:
    """Return the completion of one of these words."""

    @_quiet
    def complete(ctx: Context, incomplete: str) -> Iterable[CompletionItem]:
        return _beginning(incomplete, dict.fromkeys(words, ""))

    return complete


def words(name: str) -> _Complete:
    """Return the completion of a word of one of the lists that `list` shows."""

    @_quiet
    def complete(ctx: Context, incomplete: str) -> Iterable[CompletionItem]:
        from .word_lists import word_lists

        return _beginning(incomplete, word_lists()[name])

    return complete


@_quiet
def word_list_names(ctx: Context, incomplete: str) -> Iterable[CompletionItem]:
    """Complete the name of a list."""
    from .word_lists import word_lists

    return _beginning(incomplete, dict.fromkeys(word_lists(), ""))


@_quiet
def results_folders(ctx: Context, incomplete: str) -> Iterable[CompletionItem]:
    """Complete a results folder: those at the place that was typed, or in ``results/``."""
    places = (*_folders_with_results(incomplete), *_folders_with_results(f"results{os.sep}"))
    names = [name for name in dict.fromkeys(places) if name.startswith(incomplete)]
    # Otherwise the shell goes on through the folders.
    return map(CompletionItem, names) if names else [CompletionItem(incomplete, type="dir")]


def _folders_with_results(beginning: str) -> Iterator[str]:
    # Not Path.glob, which would tidy up what was typed.
    stores = iglob(f"{escape(beginning)}*{os.sep}store.db")  # noqa: PTH207
    return (os.path.dirname(store) for store in sorted(stores))  # noqa: PTH120


def _results_of(ctx: Context) -> Path:
    """Return the results folder of the line.

    Behind an option that still lacks its value, click has left it among the unread words.
    """
    folder = ctx.params.get("results") or next(iter(ctx.args), None)
    if folder is None:
        raise ValueError("the line has no results folder")
    return Path(folder)


@_quiet
def settings(ctx: Context, incomplete: str) -> Iterable[CompletionItem]:
    """Complete the last of several settings with commas between them, of the results folder."""
    from rnnsweep.store.store import Store

    before, comma, last = incomplete.rpartition(",")
    with Store.reader(_results_of(ctx)) as store:
        swept = store.info().swept
        first = next(iter(store.trials()), None)
    names = {name: "varies" for name in swept}
    names |= dict.fromkeys(first.settings if first else (), "") | names
    taken = before.split(",")
    for item in _beginning(last, {name: names[name] for name in names if name not in taken}):
        yield CompletionItem(f"{before}{comma}{item.value}", help=item.help)


@_quiet
def trials(ctx: Context, incomplete: str) -> Iterable[CompletionItem]:
    """Complete the id of a trial of the results folder, or the word for the best one."""
    from rnnsweep.store.store import Store
    from rnnsweep.store.trial_names import BEST

    yield from _beginning(incomplete, {BEST: "the best trial"})
    with Store.reader(_results_of(ctx)) as store:
        yield from map(CompletionItem, store.ids_beginning(incomplete, _MOST))


@_quiet
def metrics(ctx: Context, incomplete: str) -> Iterable[CompletionItem]:
    """Complete a number of a trial that settings are compared by."""
    from rnnsweep.analysis.trial_metrics import TRIAL_METRICS

    return _beginning(incomplete, dict.fromkeys(TRIAL_METRICS, ""))


def completion_script(command: click.Command, shell: str) -> str:
    """Return the script that makes a shell, one of `SHELLS`, complete this command."""
    from click.shell_completion import get_completion_class

    completion_class = get_completion_class(shell)
    assert completion_class is not None
    return completion_class(command, {}, PROGRAM, COMPLETE_VARIABLE).source()
