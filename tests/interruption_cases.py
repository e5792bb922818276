"""Sweeps to interrupt, and command lines that are never over before they are interrupted."""

import time

from commandline import PATIENCE_S

from rnnsweep.store.store import Store

# A hundred trials, half of which diverge, with every kind of random draw: about two seconds.
MANY = """\
[task]
name = "adding"
seq_len = 8
n_train = 256
n_val = 64

[model]
init = "orthogonal"

[train]
batch_size = 8
epochs = 80

[grid]
model.hidden_size = [4, 8]
model.activation = ["sigmoid", "relu"]
train.learning_rate = [0.05, 1e6]
seed = {from = 0, to = 12, num = 13}
"""
N_MANY = 2 * 2 * 2 * 13

# Three trials that are solved at once, then three that would take days. Before they start, the same
# time is expected for all six.
ENDLESS = """\
[task]
name = "adding"
seq_len = 100
n_train = 128
n_val = 1

[model]
hidden_size = 128

[train]
learning_rate = 0.1
epochs = 1_000_000

[grid]
stop.val_loss_below = [1e30, 0.0]
seed = [0, 1, 2]
"""

# The command line, with a transaction for every trial. One of the trials of MANY, which comes late,
# goes on until the run is interrupted: however fast the machine is, the run is not over before.
HELD_BACK = """
import time
from rnnsweep.execution import pack, scheduler
from rnnsweep.cli.main import main

scheduler._COMMIT_EVERY_S = 0.0
run_trial = pack.run_trial

def held_back(trial, stop, *rest):
    model, train = trial.config.model, trial.config.train
    settings = model.cell, model.hidden_size, model.activation, train.learning_rate
    if (*settings, trial.config.seed) == ("rnn", 4, "relu", 1e6, 12):
        while not stop[0]:
            time.sleep(0.01)
    return run_trial(trial, stop, *rest)

pack.run_trial = held_back
main()
"""

# The command line; it prints a line whenever a trial begins.
COUNTED = """
import os
from rnnsweep.execution import pack
from rnnsweep.cli.main import main

run_trial = pack.run_trial

def counted(trial, *rest):
    os.write(1, b"a trial begins\\n")  # whole: print's text and its line end are two writes
    return run_trial(trial, *rest)

pack.run_trial = counted
main()
"""

# The command line, where no trial ends, whatever its flag says; it prints a line where a trial
# begins, and one where a signal came.
STUCK = """
import os, time
from rnnsweep.execution import pack
from rnnsweep.cli.main import main
from rnnsweep.interruption import Interruption

def stuck(*args):
    os.write(1, b"a trial begins\\n")
    time.sleep(1000)

handle = Interruption.handle

def handle_and_say(*args):
    handle(*args)
    os.write(1, b"a signal came\\n")

pack.run_trial = stuck
Interruption.handle = handle_and_say
main()
"""


def wait_for(folder, n_done, process):
    """Wait until a run that goes on has stored so many trials."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with Store.reader(folder) as store:
            if store.counts().done >= n_done:
                return
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the run does not get on"
        time.sleep(0.02)
