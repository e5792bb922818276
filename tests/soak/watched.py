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

# Each phase is a call of one function.
PHASES = {
    "laying out": ("rnnsweep.execution.run", "_enter_trials"),
    "compiling": ("rnnsweep.execution.compilation", "_run"),
    "training": ("rnnsweep.execution.scheduler", "Scheduler.train"),
    "commit": ("rnnsweep.store.store", "Store.add"),
    "tables": ("rnnsweep.execution.run", "write_tables"),
    "forecast": ("rnnsweep.execution.run", "write_best_forecast"),
    "pictures": ("rnnsweep.execution.run", "write_plots"),
    "page": ("rnnsweep.execution.run", "renew_report"),
}


class Watch:
    """Writes the log, and kills this process when its moment comes."""

    def __init__(self, log, killed_in, count, delay):
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._killed_in = killed_in
        self._left = int(count)
        self._delay = float(delay)
        self._phases = []
        self._begin("start")

    def phases(self):
        """Watch the functions of `PHASES`."""
        for phase, (module, name) in PHASES.items():
            owner = importlib.import_module(module)
            *outer, name = name.split(".")
            for part in outer:
                owner = getattr(owner, part)
            setattr(owner, name, self._watched(phase, getattr(owner, name)))

    def trials(self):
        """Watch which trials are queued, and which are stored."""
        from rnnsweep.execution import run
        from rnnsweep.store.store import Store

        queued_trial, add = run.QueuedTrial, Store.add

        def queued(trial, *rest):
            self._note(f"queued {trial.trial_id}")
            return queued_trial(trial, *rest)

        def stored(store, records):
            records = list(records)
            add(store, records)
            self._note(" ".join(["stored", *(record.trial_id for record in records)]))

        run.QueuedTrial, Store.add = queued, stored

    def _watched(self, phase, function):
        @wraps(function)
        def watched(*arguments, **named):
            self._begin(phase)
            try:
                return function(*arguments, **named)
            finally:
                self._phases.pop()
                self._note(f"phase {self._phases[-1]}")

        return watched

    def _begin(self, phase):
        self._phases.append(phase)
        self._note(f"phase {phase}")
        if phase == self._killed_in:
            self._left -= 1
            if self._left == 0:
                threading.Timer(self._delay, os.kill, (os.getpid(), signal.SIGKILL)).start()

    def _note(self, line):
        os.write(self._log, f"{line}\n".encode())  # one write, so that a line is whole or absent


def main():
    words = sys.argv[1:5]
    del sys.argv[1:5]
    watch = Watch(*words)
    from rnnsweep.cli.main import main as command_line
    from rnnsweep.execution import scheduler

    scheduler._COMMIT_EVERY_S = 0.01  # many transactions
    watch.trials()
    watch.phases()
    command_line()


if __name__ == "__main__":  # a process of Dask's reads this file, too
    main()
