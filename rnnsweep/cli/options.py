"""The arguments and options of all commands; `option_values` reads their values.

Each is a decorator for the command's function, to which it passes the value as an argument.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
from click import Context, Parameter

from rnnsweep.plots.kinds import FORMATS, KINDS

from . import completion, option_values

_Command = TypeVar("_Command", bound=Callable[..., Any])

_AT_LEAST_1 = click.IntRange(min=1)
_PATH = click.Path(path_type=Path)

# Several commands

sweep = click.argument("sweep", type=_PATH)
results = click.argument("results", type=_PATH, shell_complete=completion.results_folders)
overrides = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Replace a key or an axis of the file, as train.epochs=5; repeatable.",
)
folder = click.option(
    "--results",
    type=_PATH,
    metavar="DIR",
    help="The folder of this sweep's results; no other sweep may use it.  "
    "[default: results/<stem of the file>]",
)
shard = click.option(
    "--shard",
    metavar="K/N",
    help="Part K of N that take about as long, as 3/8; `merge` puts their results together.",
)
jobs = click.option(
    "--jobs", type=_AT_LEAST_1, metavar="N", help="Trials at once.  [default: cores]"
)


def as_json(line: str) -> Callable[[_Command], _Command]:
    """Return the option ``--json`` with this line of help."""
    return click.option("--json", "as_json", is_flag=True, help=line)


def table_format(words: Sequence[str]) -> Callable[[_Command], _Command]:
    """Return the option ``--format`` with these words, of which the first is the default."""

    def check(ctx: Context, parameter: Parameter, value: str) -> str:
        return option_values.word("--format", value, words)

    return click.option(
        "--format",
        "form",
        default=words[0],
        show_default=True,
        callback=check,
        shell_complete=completion.among(words),
        help=" | ".join(words),
    )


# run

executor = click.option(
    "--executor",
    default="threads",
    show_default=True,
    shell_complete=completion.words("executors"),
    help="threads | serial | dask",
)
scheduler = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="The scheduler of a Dask cluster, as tcp://10.0.0.1:8786 or tls://...; for --executor "
    "dask.  [default: processes on this machine]",
)
no_plots = click.option(
    "--no-plots", is_flag=True, help="No pictures; `plot` draws them at any time."
)
no_report = click.option(
    "--no-report", is_flag=True, help="No report.html; `report` writes it at any time."
)
data_memory = click.option(
    "--data-memory",
    callback=option_values.size_in_bytes,
    metavar="SIZE",
    help="Memory for data sets kept for later trials, as 512MB or 2GB.  [default: 512MiB]",
)
repair = click.option(
    "--repair",
    is_flag=True,
    help="Where store.db is damaged, keep what is whole and train the rest again.",
)
quiet = click.option("--quiet", is_flag=True, help="No progress, no table; errors only.")

# merge

into = click.argument("into", type=_PATH, shell_complete=completion.results_folders)
folders = click.argument(
    "folders",
    type=_PATH,
    nargs=-1,
    required=True,
    shell_complete=completion.results_folders,
)

# plan

measure = click.option(
    "--measure", is_flag=True, help="Time a few trials to estimate how long a run takes."
)

# status

watch = click.option(
    "--watch", is_flag=True, help="Again and again, until the run has ended or Ctrl-C is pressed."
)
every = click.option(
    "--every",
    type=click.FloatRange(min=0.1, max=86_400),
    callback=option_values.no_nan,
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="How long --watch waits between two looks.",
)

# summary

by = click.option(
    "--by",
    multiple=True,
    callback=option_values.names,
    metavar="SETTING,...",
    shell_complete=completion.settings,
    help="The settings to distinguish.  [default: what the sweep varies]",
)
top = click.option(
    "--top", type=_AT_LEAST_1, default=10, show_default=True, metavar="N", help="Rows to show."
)
explain = click.option(
    "--explain",
    is_flag=True,
    help="How much each setting, each pair and the seeds explain, in place of the best settings.",
)

# compare and summary


def _metric(default: str | None, shown: str | bool = True) -> Callable[[_Command], _Command]:
    return click.option(
        "--metric",
        default=default,
        show_default=shown,
        metavar="NAME",
        shell_complete=completion.metrics,
        help="The number of a trial, such as test_loss, best_val_accuracy or updates_to_success.",
    )


metric = _metric("best_val_loss")
metric_of_pairs = _metric(None, "best_val_loss; test_loss with --best")
best_of_sides = click.option(
    "--best", is_flag=True, help="Of each side only the setting with the lowest validation loss."
)
sides = click.argument("sides", nargs=-1, required=True, metavar="SIDES...")

# show

trial_id = click.argument("trial_id", metavar="TRIAL_ID", shell_complete=completion.trials)
only_toml = click.option(
    "--toml", is_flag=True, help="The sweep file that reruns the trial alone, and nothing else."
)
all_settings = click.option(
    "--all", "all_settings", is_flag=True, help="Also the settings that have their defaults."
)

# plot

kind = click.option(
    "--kind",
    metavar="KIND",
    shell_complete=completion.among(KINDS),
    help=f"One picture: {', '.join(KINDS)}.",
)
picture_by = click.option(
    "--by",
    multiple=True,
    callback=option_values.names,
    metavar="SETTING,...",
    shell_complete=completion.settings,
    help="The settings of its lines and panels.  [default: what shows most]",
)
x = click.option(
    "--x", metavar="SETTING", shell_complete=completion.settings, help="The setting along x."
)
y = click.option(
    "--y", metavar="SETTING", shell_complete=completion.settings, help="The setting along y."
)
between = click.option(
    "--between",
    nargs=2,
    metavar="A B",
    help="The settings to compare, as activation=relu activation=tanh.",
)
picture_metric = click.option(
    "--metric", metavar="NAME", shell_complete=completion.metrics, help="The number to compare."
)
measure_of_variance = click.option(
    "--measure",
    metavar="NAME",
    shell_complete=completion.among(("rank", "log_loss")),
    help="What the shares of variance are of: rank | log_loss.  [default: rank]",
)
form = click.option(
    "--format",
    "form",
    metavar="FORMAT",
    shell_complete=completion.among(FORMATS),
    help=f"{' | '.join(FORMATS)}  [default: png]",
)
picture_out = click.option(
    "--out",
    type=_PATH,
    metavar="FILE",
    help="Where to write the picture of --kind; its ending decides the format.",
)

# verify

sample = click.option(
    "--sample",
    type=click.IntRange(min=0),
    metavar="N",
    help="How many trials to train once more.  [default: 10]",
)
every_trial = click.option("--all", "every_trial", is_flag=True, help="Train all trials once more.")
sample_seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Decides which trials are trained once more.",
)
sweep_file = click.option(
    "--sweep",
    "sweep",
    type=_PATH,
    metavar="FILE",
    help="The sweep file, if it was moved with its data files.",
)

# predict

data = click.option(
    "--data",
    type=_PATH,
    required=True,
    metavar="FILE",
    help="A CSV file, a text or an npz file, as the task takes it.",
)
trial = click.option(
    "--trial",
    metavar="ID",
    shell_complete=completion.trials,
    help="The trial: its id, or the beginning of it.  [default: the best one]",
)
out = click.option(
    "--out",
    type=_PATH,
    metavar="FILE",
    help="Where to write the CSV file.  [default: standard output]",
)

# list

word_list = click.argument(
    "word_list",
    required=False,
    metavar="[LIST]",
    shell_complete=completion.word_list_names,
)

# export

table_out = click.option(
    "--out",
    type=_PATH,
    metavar="FILE",
    help="Where to write the table.  [default: standard output]",
)
first_rows = click.option(
    "--top", type=_AT_LEAST_1, metavar="N", help="Rows of a table of settings.  [default: all]"
)
epochs = click.option(
    "--epochs", is_flag=True, help="A row for each trial and epoch; for csv and parquet."
)

# new

task = click.argument("task", metavar="TASK", shell_complete=completion.words("tasks"))
all_keys = click.option(
    "--all", "all_keys", is_flag=True, help="Also the keys that most files leave at their defaults."
)

# completion

shell = click.argument("shell", type=click.Choice(completion.SHELLS), metavar="SHELL")

# check

cell = click.argument("cell", callback=option_values.cell, shell_complete=completion.words("cells"))
activation = click.option(
    "--activation",
    metavar="WORD|FORMULA",
    help='What `act` of the equations means, as relu or "x * sigmoid(x)".  [default: tanh]',
)
only_source = click.option(
    "--source", is_flag=True, help="The source that is compiled, and nothing else."
)

# bench

cells = click.option(
    "--cell",
    "cells",
    multiple=True,
    callback=option_values.cells,
    metavar="CELL,...",
    help="Cells, as `list cells` shows them; repeatable.  [default: rnn, lstm, gru]",
)
hidden_sizes = click.option(
    "--hidden-size",
    "hidden_sizes",
    multiple=True,
    callback=option_values.sizes,
    default=["8,16,32,64,128,256"],
    show_default=True,
    metavar="N,...",
    help="Hidden units; repeatable.",
)
dtype = click.option(
    "--dtype",
    callback=option_values.dtype,
    default="float32",
    show_default=True,
    help="float32 | float64",
)
_SHAPE = (
    ("--batch-size", 32, "Sequences of a step."),
    ("--seq-len", 32, "Time steps of a sequence."),
    ("--input-size", 2, "Inputs of a time step."),
    ("--output-size", 1, "Outputs of a sequence."),
)


def shape(command: _Command) -> _Command:
    """Add an option for each size of a training step."""
    for name, default, line in reversed(_SHAPE):  # the last that is added is shown first
        option = click.option(
            name, type=_AT_LEAST_1, default=default, show_default=True, metavar="N", help=line
        )
        command = option(command)
    return command
