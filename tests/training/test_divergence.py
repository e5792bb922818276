"""Which trials count as diverged: no healthy one, and each whose numbers have run away."""

import numpy as np
import pytest
from some_cells import CELLS
from task_cases import GENERATED, small
from trial_cases import make_trial, run

from rnnsweep.sweepfile import load
from rnnsweep.vocabulary import DTYPES, OPTIMIZERS

RARE = """
[task]
name = "npz"
path = "rare.npz"
[model]
cell = "{cell}"
hidden_size = 4
[train]
loss = "{loss}"
batch_size = 1
epochs = 3
learning_rate = {learning_rate}
"""


def rare_targets(path, largest=400.0, share=0.12, n=50):
    """Write targets that are 0 in most sequences, and large in the others."""
    rng = np.random.default_rng(3)
    arrays = {}
    for part, size in (("", n), ("_val", 20), ("_test", 20)):
        arrays[f"x{part}"] = rng.standard_normal((size, 6, 2))
        large = np.arange(size) < max(1, share * size)
        arrays[f"y{part}"] = largest * rng.permutation(large)[:, np.newaxis].astype(float)
    np.savez(path / "rare.npz", **arrays)


@pytest.fixture
def sweep(tmp_path):
    """Return what loads a sweep over seeds on rare large targets."""

    def sweep(seeds=10, largest=400.0, **words):
        rare_targets(tmp_path, largest)
        words = {"cell": "rnn", "loss": "mse", "learning_rate": 1e-5} | words
        text = RARE.format(**words) + f"[grid]\nseed = {list(range(seeds))}\n"
        (tmp_path / "rare.toml").write_text(text)
        return load(tmp_path / "rare.toml")

    return sweep


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
@pytest.mark.parametrize("cell", CELLS)
def test_rare_large_targets_are_no_divergence(sweep, cell, loss):
    records = [run(trial) for trial in sweep(cell=cell, loss=loss)]
    assert [record.status for record in records] == ["complete"] * 10
    assert all(np.isfinite(record.epochs).all() for record in records)


@pytest.mark.parametrize("largest", [1e-3, 1e4, 1e9])
def test_the_size_of_the_targets_plays_no_part(sweep, largest):
    rate = 1e-5 if largest < 1e6 else 1e-9
    for trial in sweep(seeds=3, largest=largest, learning_rate=rate):
        assert run(trial).status == "complete"


@pytest.mark.parametrize("loss", ["mse", "mae", "huber"])
@pytest.mark.parametrize("cell", CELLS)
def test_rare_large_targets_do_not_hide_a_divergence(sweep, cell, loss):
    for trial in sweep(seeds=3, cell=cell, loss=loss, learning_rate=1e25):
        assert run(trial).status == "diverged"


def losses_of(task):
    """Return the losses with which a task's outputs are not bounded."""
    if task.n_classes:
        return ["cross_entropy"]
    return ["mse", "mae", "huber"] + ["bce"] * (task.loss == "bce")


@pytest.mark.parametrize("clip_norm", [0.0, 1.0])
@pytest.mark.parametrize("cls", GENERATED, ids=lambda cls: cls.__name__)
def test_a_learning_rate_of_1e25_diverges_in_every_task(cls, clip_norm):
    task = small(cls, n_train=24, n_val=12, n_test=12)
    for loss in losses_of(task):
        output_activation = "sigmoid" if loss == "bce" else "identity"
        for dtype in DTYPES:
            keys = {"loss": loss, "output_activation": output_activation, "dtype": dtype}
            trial = make_trial(task, learning_rate=1e25, clip_norm=clip_norm, epochs=20, **keys)
            assert run(trial).status == "diverged", (loss, dtype)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_learning_rate_of_1e25_diverges_with_every_optimizer(cell, optimizer):
    for loss in ("mse", "mae", "huber"):
        trial = make_trial(cell=cell, optimizer=optimizer, loss=loss, learning_rate=1e25, epochs=20)
        assert run(trial).status == "diverged", loss


def test_the_first_batch_alone_decides_nothing():
    # Seeds draw other orders, so other first batches: no trial is lost to a lucky one.
    statuses = {run(make_trial(seed=seed, batch_size=1)).status for seed in range(20)}
    assert statuses == {"complete"}
