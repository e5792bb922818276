"""What a trial costs: compilation, time and memory."""

import pytest
from every_kernel import assert_compiled_once_a_precision
from numba import config
from some_cells import CELLS
from trial_cases import COPY, HS, REBER, XOR, make_trial, run

from rnnsweep.kernels import training
from rnnsweep.network.buffers import make_learner, make_work
from rnnsweep.network.cost import block_capacity, training_bytes
from rnnsweep.network.layout import Sizes, count_params
from rnnsweep.network.model import Model
from rnnsweep.record import METRICS
from rnnsweep.tasks.sine import Sine
from rnnsweep.training.session import Session
from rnnsweep.training.trial import seconds_per_update
from rnnsweep.vocabulary import (
    ACTIVATIONS,
    DTYPES,
    GRADIENTS,
    LOSSES,
    OPTIMIZERS,
    OUTPUTS,
    SCHEDULES,
)


@pytest.mark.skipif(config.DISABLE_JIT, reason="interpreted: nothing is compiled")
def test_nothing_compiles_twice():
    for optimizer in OPTIMIZERS:
        for gradient in GRADIENTS:
            truncation = 2 if gradient == "truncated" else 0
            keys = {"gradient": gradient, "truncation": truncation, "clip_norm": 1.0}
            run(make_trial(optimizer=optimizer, **keys))
    for activation in ACTIVATIONS:
        run(make_trial(activation=activation, momentum=0.5, nesterov=True, clip_value=1.0))
    for hidden_size, batch_size in ((1, 1), (33, 21), (8, 100)):
        run(make_trial(hidden_size=hidden_size, batch_size=batch_size, epochs=1))
    for schedule in SCHEDULES:
        run(make_trial(schedule=schedule, decay=0.5, warmup_updates=2, l1=0.1, l2=0.1))
    for task in (COPY, REBER, HS):
        run(make_trial(task, num_layers=2, dropout=0.5, patience=1, max_updates=3), *METRICS)
    run(make_trial(XOR, stateful=True, accuracy_above=0.9))
    task = Sine(seq_len=1, n_train=1, n_val=1)
    for output in OUTPUTS:
        run(make_trial(task, output=output, output_activation="sigmoid"))
    unit = Sine(seq_len=2, n_train=4, n_val=4, noise=0.0)
    for loss in LOSSES:
        if loss != "cross_entropy":
            run(make_trial(unit, loss=loss, output_activation="sigmoid", val_loss_below=0.1))
    assert_compiled_once_a_precision()


@pytest.mark.parametrize(("n_updates", "timed"), [(1, 1), (2, 2), (3, 3), (7, 9)])
def test_updates_are_timed_in_whole_epochs(monkeypatch, n_updates, timed):
    # 21 sequences in batches of 8 make three updates.
    finished = []
    original = Session.train

    def spy(self, orders, stop):
        end, rows = original(self, orders, stop)
        finished.append((end, int(self.learner.counts[training.N_UPDATES])))
        return end, rows

    monkeypatch.setattr(Session, "train", spy)
    assert seconds_per_update(make_trial().config, n_updates) > 0
    assert finished == [(training.FINISHED, timed)]


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("n_out", [1, 20])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_memory_that_plan_names_is_what_a_training_takes(cell, layers, n_out, dtype):
    sizes, seq_len, n_train, n_val = Sizes(2, 50, 3, cell, layers), 20, 100, 60
    model = Model(
        cell=cell, input_size=2, hidden_size=50, output_size=3, num_layers=layers, dtype=dtype
    )
    capacity = block_capacity(16, n_train, n_val)
    work = make_work(sizes, seq_len, n_out, capacity, model.dtype)
    learner = make_learner(model.init_flat(0))
    n_bytes = sum(array.nbytes for array in (*work, *learner))
    named = training_bytes(sizes, seq_len, n_out, capacity, model.dtype.itemsize)
    assert n_bytes == pytest.approx(named, rel=0.03)
    assert count_params(sizes) == model.n_params
