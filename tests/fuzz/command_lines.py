"""Command lines, a word a line, in a folder with a sweep and its results."""

import io
import os
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from functools import cache
from unittest.mock import patch

from commandline import TINY
from store_cases import named, with_params

from rnnsweep.cli.main import main
from rnnsweep.errors import SweepError
from rnnsweep.store.store import Store

from . import scratch

SEEDS = [
    "\n".join(line.split(" ")).encode()
    for line in (
        "plan tiny.toml --jobs 2 --set train.epochs=3 --results results/tiny",
        "plan tiny.toml --measure",
        "status results/tiny",
        "summary results/tiny --by hidden_size,seed --top 5 --json",
        "summary results/tiny --by task",
        "predict results/tiny --data tiny.toml --trial t000000000000001",
        "list activations",
        "check lstm --source --activation relu",
        "check rnn --activation x*sigmoid(x)",
        "run tiny.toml --data-memory 1.5GiB --executor serial --no-plots --quiet",
        "bench --cell rnn,lstm --hidden-size 8,16 --dtype float32 --batch-size 3 --seq-len 4",
        "plot results/tiny",
        "schema --help",
        "--version",
    )
]
# Where a command would begin to compile, to train or to draw.
_STARTS = (
    "rnnsweep.execution.compilation.Compilation.prepare",
    "rnnsweep.execution.run.run_sweep",
    "rnnsweep.plots.files.write_plots",
)


@cache
def _home():
    """Return the folder; from its first use on, commands end where they would begin to work."""
    home = scratch.folder() / "home"
    home.mkdir()
    (home / "tiny.toml").write_text(TINY)
    with Store.writer(home / "results" / "tiny") as store:
        store.set_sweep("tiny", TINY, ["hidden_size", "seed"], named(*range(4)))
        store.add([with_params(i) for i in range(4)])
    return home


def target(content):
    words = [os.fsdecode(word) for word in content.replace(b"\0", b"").split(b"\n")]
    output, errors = io.StringIO(), io.StringIO()
    with ExitStack() as stack:
        for start in _STARTS:
            stack.enter_context(patch(start, side_effect=SweepError("it would start here")))
        for each in (chdir(_home()), redirect_stdout(output), redirect_stderr(errors)):
            stack.enter_context(each)
        try:
            main(words)
        except SystemExit as end:
            code = end.code
    assert code in (None, 0, 2, 3)
    for stream in (output, errors):
        scratch.check_message(stream.getvalue())
