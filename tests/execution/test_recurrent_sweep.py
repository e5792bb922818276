"""A sweep over constraints on the recurrent weights, from the file to the saved networks."""

import numpy as np
import pytest

import rnnsweep

FILE = """
[task]
name = "adding"
seq_len = 5
n_train = 32
n_val = 16
n_test = 16
[model]
hidden_size = 6
[train]
learning_rate = 0.05
optimizer = "adam"
epochs = 3
[metrics]
spectral_radius = true
grad_norms = true
[output]
save_params = "all"
[grid]
model.recurrent = ["free", "dale", "antisymmetric", "orthogonal", "low_rank"]
model.cell = ["rnn", "gru"]
[[when]]
if.model.recurrent = "low_rank"
model.rank = [1, 3]
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    home = tmp_path_factory.mktemp("recurrent")
    (home / "sweep.toml").write_text(FILE)
    return rnnsweep.run(home / "sweep.toml", results=home / "results", jobs=1)


def test_every_constraint_trains(results):
    trials = results.trials
    assert len(trials) == 2 * (4 + 2)
    assert set(trials.status) == {"complete"}
    ranks = trials.groupby("recurrent")["model_rank"].unique()
    assert {name: list(values) for name, values in ranks.items()} == {
        "low_rank": [1, 3],
        **{name: [0] for name in ("free", "dale", "antisymmetric", "orthogonal")},
    }
    # The summary has a rank of its own.
    summary = results.summary()
    assert summary.columns.is_unique
    assert set(summary.model_rank) == {0, 1, 3}


def test_the_saved_params_are_those_of_the_trial(results):
    for row in results.trials.itertuples():
        model, params = rnnsweep.load_model(results, row.trial_id)
        assert model.n_params == row.n_params == sum(array.size for array in params.values())
        assert ("M_hh" in params) == (row.recurrent == "low_rank")
        x, y = np.zeros((2, 5, 2)), np.zeros((2, 1))
        _, gradients = model.loss_and_gradients(params, x, y)
        assert gradients.keys() == params.keys()


def test_the_spectral_radius_is_that_of_the_effective_matrices(results):
    epochs = results.epochs
    values = epochs[epochs.recurrent == "orthogonal"].spectral_radius
    assert len(values) == 2 * 3
    np.testing.assert_allclose(values, 1, atol=1e-6)
