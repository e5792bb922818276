"""The small files of a results folder, as a run, `plan` and `status` read them: three, cut at ---.

The store itself is damaged by the tests of tests/store/.
"""

from contextlib import redirect_stdout
from functools import cache
from io import StringIO

from commandline import TINY
from filelock import FileLock
from store_cases import named

from rnnsweep import sweepfile
from rnnsweep.cli.screens.status import print_status
from rnnsweep.errors import RnnsweepError
from rnnsweep.execution.sweep_folder import folder_of
from rnnsweep.store.store import Store

from . import scratch

_CUT = b"\n---\n"
SEEDS = [
    b'{"sweep_file": "/home/me/tiny.toml", "results_folder": "/home/me/results/tiny"}\n---\n'
    b'{"total": 20.0, "jobs": 2, "start": 1.7e9, "predicted": 4.0, "measured": 5.0, "training": '
    b'[[1.0, 1.7e9], [2.0, 1.7e9]], "best": "0.5: seed 0, trial t1"}',
    b'{"sweep_file": "tiny.toml", "results_folder": "."}\n---\n{"total": 1, "jobs": 1, "start": 0, '
    b'"predicted": 1, "measured": 1e300}',
    b'{"sweep_file": [{"a": null}], "results_folder": {}}\n---\n[1, 2]',
]


@cache
def _sweep():
    path = scratch.folder() / "tiny.toml"
    path.write_text(TINY)
    folder = scratch.folder() / "results" / "tiny"
    with Store.writer(folder) as store:
        store.set_sweep("tiny", TINY, ["hidden_size", "seed"], named(*range(4)))
    return sweepfile.load(path), folder


def target(content):
    from contextlib import chdir

    sweep, folder = _sweep()
    environment, _, time_left = content.partition(_CUT)
    (folder / "environment.json").write_bytes(environment)
    (folder / ".time_left.json").write_bytes(time_left)
    with chdir(scratch.folder()):
        try:
            folder_of(sweep, None)
        except RnnsweepError as error:
            scratch.check_message(str(error))
    output = StringIO()
    with (
        FileLock(folder / ".lock"),  # as of a run that goes on
        Store.reader(folder) as store,
        redirect_stdout(output),
    ):
        print_status(store)
    scratch.check_message(output.getvalue())
