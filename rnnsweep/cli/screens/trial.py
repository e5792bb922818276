"""The screen of `show`: one trial's settings, outcome, loss curves, and its own sweep file."""

import shutil
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from rnnsweep.array_types import Floats
from rnnsweep.message_text import showable
from rnnsweep.record import TRAIN_LOSS, VAL_LOSS
from rnnsweep.store.rows import StoredTrial
from rnnsweep.tables.trial_view import TrialView
from rnnsweep.value_text import NONE, distinct_texts, text_of

from .console import make_console, plain_table
from .terminal_curve import curve_lines, marks_for

_HEIGHT = 13  # lines of the losses


def print_trial(shown: TrialView, all_settings: bool) -> None:
    """Show a trial; with `all_settings` also the settings that have their defaults."""
    trial = shown.trial
    settings = trial.settings
    console = make_console()
    console.print(f"Trial {trial.trial_id} of {shown.sweep}: {_ending(trial)}")
    others = [name for name in settings if name not in {*shown.varied, *shown.in_file}]
    _print_settings("Settings that the sweep varies", settings, shown.varied)
    _print_settings("Other settings of its file", settings, shown.in_file)
    if all_settings:
        _print_settings("Settings that have their defaults", settings, others)
    _print_losses(trial)
    _print_curves(trial, shown.epochs)
    if shown.file is not None:
        console.print("\nThe sweep file that trains this trial alone (--toml prints only that):\n")
        console.print(Text(shown.file.rstrip("\n")), soft_wrap=True)
    else:
        console.print("\nThe sweep file no longer has this trial.")


def _ending(trial: StoredTrial) -> str:
    """Return how a trial ended, in a line."""
    if trial.status == "failed":
        return f"failed ({trial.error})"
    ending = {
        "complete": f"complete after {_counted(trial.epochs_run, 'epoch')}",
        "solved": f"solved after {_counted(trial.updates_to_success, 'update')}",
        "stopped": f"stopped early, after {_counted(trial.epochs_run, 'epoch')}",
        "diverged": f"diverged in epoch {text_of(trial.diverged_epoch)}, counted from 0",
    }
    return (
        f"{ending[trial.status]}; {_counted(trial.n_params, 'param')}, {text_of(trial.wall_s, 3)} s"
    )


def _counted(number: int | None, noun: str) -> str:
    text = NONE if number is None else f"{number:,}"
    return f"{text} {noun}" + "s" * (number != 1)


def _print_settings(title: str, settings: Mapping[str, Any], names: Iterable[str]) -> None:
    present = [name for name in names if settings.get(name) is not None]
    if not present:
        return
    console, table = make_console(), plain_table()
    for name in present:
        table.add_row(
            *(Text(showable(text)) for text in (f"  {name}", *distinct_texts([settings[name]])))
        )
    console.print(f"\n{title}:")
    console.print(table)


def _print_losses(trial: StoredTrial) -> None:
    """Show the losses next to those of the best trivial predictor, and the accuracies."""
    if trial.status == "failed":
        return
    console, table = make_console(), plain_table()
    accuracies = (trial.best_val_accuracy, trial.test_accuracy)
    has_accuracy = any(accuracy is not None for accuracy in accuracies)
    predictor = next(iter(trial.baselines), None)
    table.add_row("", "loss", "baseline" if predictor else "", "accuracy" * has_accuracy)
    rows = (
        ("validation, best epoch", trial.best_val_loss, trial.baseline, accuracies[0]),
        ("test, best epoch", trial.test_loss, trial.test_baseline, accuracies[1]),
        ("validation, last epoch", trial.final_val_loss, None, None),
        ("training, last epoch", trial.final_train_loss, None, None),
    )
    for name, loss, *others in rows:
        cells = ("" if cell is None else text_of(cell) for cell in others)
        table.add_row(f"  {name}", text_of(loss), *cells)
    console.print("\nLosses:")
    console.print(table)
    best = (
        "No epoch has a finite validation loss"
        if trial.best_epoch is None
        else f"The best epoch is epoch {trial.best_epoch}, counted from 0"
    )
    baseline = f"; the baseline is the loss of the trivial predictor {predictor}"
    console.print(f"{best}{baseline if predictor else ''}.")


def _print_curves(trial: StoredTrial, epochs: Floats) -> None:
    if not len(epochs):
        return
    curves = {"validation loss": epochs[:, VAL_LOSS], "training loss": epochs[:, TRAIN_LOSS]}
    width = shutil.get_terminal_size().columns
    marks = marks_for(getattr(sys.stdout, "encoding", None))
    lines = curve_lines(curves, trial.baseline, width, _HEIGHT, marks)
    print("\n" + showable("\n".join(lines)))  # noqa: T201
