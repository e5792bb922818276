"""A small trial, trained, and the check that two records agree."""

import numpy as np

from rnnsweep.cells import CELLS
from rnnsweep.record import Recording
from rnnsweep.sweepfile import Config, ModelConfig, StopConfig, TrainConfig, Trial
from rnnsweep.tasks import TASKS
from rnnsweep.tasks.adding import Adding
from rnnsweep.training.trial import run_trial
from rnnsweep.vocabulary import SEEDS

ADDING = Adding(seq_len=4, n_train=21, n_val=9, n_test=11)
REBER = TASKS["reber"](n_train=9, n_val=5, n_test=4)
XOR = TASKS["xor_stream"](seq_len=3, n_train=11, n_val=7, n_test=5)
COPY = TASKS["copy"](delay=2, n_train=7, n_val=5, n_test=4)
HS = TASKS["adding_hs"](seq_len=20, n_train=9, n_val=7, n_test=5)


def make_trial(task=ADDING, seed=0, **keys):
    """Return a trial; keys of the three tables, and seeds apart, by their bare names."""
    implied = {name: getattr(task, name) for name in ("output", "output_activation", "loss")}
    keys = implied | {"hidden_size": 5} | keys
    keys = {"learning_rate": 0.05, "epochs": 4, "batch_size": 8} | keys
    model, train, stop = (
        table(**{name: value for name, value in keys.items() if name in table.model_fields})
        for table in (ModelConfig, TrainConfig, StopConfig)
    )
    cell = CELLS[model.cell].with_activation(model.activation)
    apart = tuple((name, keys[name]) for name in SEEDS if name in keys)
    config = Config(task, model, train, seed, stop, cell=cell, seeds_apart=apart)
    return Trial("t0123456789abcde", config)


def run(trial, *metrics, params=False):
    with np.errstate(all="ignore"):  # interpreted, NumPy warns; machine code does not
        return run_trial(trial, np.zeros(1, np.int64), Recording(metrics, params))


def assert_same(record, other):
    """Check that two records agree bit for bit, except for the time they took."""
    assert record.status == other.status
    assert record.epochs.tobytes() == other.epochs.tobytes()
    for name in ("settings", "n_params", "baselines", "best_epoch", "diverged_epoch", "error"):
        assert getattr(record, name) == getattr(other, name)
    for name in ("test_loss", "test_baseline", "best_val_accuracy", "test_accuracy"):
        values = (np.array(getattr(each, name), float) for each in (record, other))
        assert len({value.tobytes() for value in values}) == 1, name
