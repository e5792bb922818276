"""The command line, which writes what it does into a log and may kill itself in a chosen phase.

`python -m soak.watched LOG PHASE COUNT DELAY run ...` is `python -m rnnsweep run ...`. When the
phase begins for the COUNT-th time, SIGKILL comes DELAY seconds later; no phase has the name "-".

Lines of the log: "phase NAME" where one begins or is returned to, "queued ID" for a trial that is
to be trained, "stored ID ..." after the transaction of these trials.
"""

import importlib
import os
import signal
import sys
import threading
from functools import wraps

LOG = KILLED_IN = COUNT = DELAY = ""
if __name__ == "__main__":  # processes of a local Dask cluster import this file by another name
    LOG, KILLED_IN, COUNT, DELAY = sys.argv[1:5]
    del sys.argv[1:5]

# Each phase is a call of one function.
PHASES = {
    "laying out": ("rnnsweep.execution.run", "_enter_trials"),
    "compiling": ("rnnsweep.execution.compilation", "_run"),
    "training": ("rnnsweep.execution.scheduler", "Scheduler.train"),
    "commit": ("rnnsweep.store.store", "Store.add"),
    "tables": ("rnnsweep.execution.run", "write_tables"),
    "pictures": ("rnnsweep.execution.run", "write_plots"),
}

_log = os.open(LOG or os.devnull, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
_phases = ["start"]
_left = int(COUNT or 0)


def _note(line):
    os.write(_log, f"{line}\n".encode())  # one write, so that a line is whole or absent


def _kill():
    os.kill(os.getpid(), signal.SIGKILL)


def _begin(phase):
    global _left
    _phases.append(phase)
    _note(f"phase {phase}")
    if phase == KILLED_IN:
        _left -= 1
        if _left == 0:
            threading.Timer(float(DELAY), _kill).start()


def _watch(phase, module, name):
    owner = importlib.import_module(module)
    *outer, name = name.split(".")
    for part in outer:
        owner = getattr(owner, part)
    function = getattr(owner, name)

    @wraps(function)
    def watched(*arguments, **named):
        _begin(phase)
        try:
            return function(*arguments, **named)
        finally:
            _phases.pop()
            _note(f"phase {_phases[-1]}")

    setattr(owner, name, watched)


def _watch_trials():
    from rnnsweep.execution import run
    from rnnsweep.store.store import Store

    queued_trial, add = run.QueuedTrial, Store.add

    def queued(trial, *rest):
        _note(f"queued {trial.trial_id}")
        return queued_trial(trial, *rest)

    def stored(store, records):
        records = list(records)
        add(store, records)
        _note(" ".join(["stored", *(record.trial_id for record in records)]))

    run.QueuedTrial, Store.add = queued, stored


def main():
    from rnnsweep.cli.main import main as command_line
    from rnnsweep.execution import scheduler

    scheduler._COMMIT_EVERY_S = 0.01  # many transactions
    _watch_trials()
    for phase, place in PHASES.items():
        _watch(phase, *place)
    command_line()


if __name__ == "__main__":
    _note("phase start")
    main()
