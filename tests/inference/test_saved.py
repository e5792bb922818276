"""Saved networks: the store returns the trial's network, or an error that says why not."""

import json
import sqlite3
from contextlib import closing

import numpy as np
import pytest
from commandline import TINY
from numpy.testing import assert_equal
from some_cells import CELLS

import rnnsweep
from rnnsweep import ResultsError, SweepError, sweepfile
from rnnsweep.inference.saved import load_saved
from rnnsweep.network.model import Model
from rnnsweep.record import Record
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The tiny sweep with the params of all its trials."""
    home = tmp_path_factory.mktemp("saved")
    (home / "tiny.toml").write_text(TINY + '[output]\nsave_params = "all"\n')
    return rnnsweep.run(home / "tiny.toml", results=home / "tiny", jobs=1)


def test_the_network_is_the_one_that_was_trained(results):
    # Its loss on the test part is the trial's own.
    sweep = sweepfile.load(results.folder.parent / "tiny.toml")
    for trial, row in zip(sweep, results.trials.itertuples(), strict=True):
        model, params = rnnsweep.load_model(results, trial.trial_id)
        assert (model.sizes.hidden, model.dtype) == (row.hidden_size, np.float32)
        assert model.n_params == row.n_params
        test = trial.config.task.data(row.seed).test
        loss = np.mean((model.forward(params, test.x) - test.y) ** 2)
        # means over 16 sequences in single precision, in another order
        assert loss == pytest.approx(row.test_loss, rel=1e-6)


def test_the_best_is_the_default_and_a_path_will_do(results):
    best = results.trials.loc[results.trials["best_val_loss"].idxmin(), "trial_id"]
    _, params = rnnsweep.load_model(str(results.folder))
    _, named = rnnsweep.load_model(results.folder, best)
    assert load_saved(results).trial_id == best
    assert load_saved(results).settings["task"] == "adding"
    for name, array in params.items():
        np.testing.assert_array_equal(array, named[name])
    params["W_hh"][:] = 0  # a copy, which can be written
    assert rnnsweep.load_model(results)[1]["W_hh"].any()


def test_a_saved_network_can_be_trained_on(results):
    model, params = rnnsweep.load_model(results)
    x = np.zeros((2, 4, 2), np.float32)
    loss, gradients = model.loss_and_gradients(params, x, np.zeros((2, 1)))
    assert np.isfinite(loss)
    assert gradients.keys() == params.keys()


def test_every_cell_s_params_come_back(store_of):
    # In mut1 a sum has no bias: the saved vector has its place, and no array has it.
    for number, cell in enumerate(CELLS):
        model = Model(**NETWORK, cell=cell, num_layers=2)
        name = f"t{number}"
        saved = record(name, params=model.init_flat(number), network=model.words())
        got, params = rnnsweep.load_model(store_of(saved), name)
        assert got.words() == model.words()
        assert_equal(params, model.init(number))


# What cannot be had

NETWORK = {"input_size": 2, "hidden_size": 3, "output_size": 1}


def record(trial_id, status="complete", loss=0.5, **fields):
    defaults = {"best_epoch": None if status == "failed" else 0, "n_params": 22}
    return Record(trial_id, {"seed": 0}, status, np.full((1, 3), loss), **{**defaults, **fields})


@pytest.fixture
def store_of(tmp_path):
    def write(*records, named=()):
        with Store.writer(tmp_path) as store:
            ids = [*(record.trial_id for record in records), *named]
            store.set_sweep(
                "made", "", [], [(i, {"seed": 0}) for i in ids], Requirements((), "all")
            )
            store.add(records)
        return tmp_path

    return write


def with_params(trial_id, network=NETWORK, n=22, **fields):
    return record(trial_id, params=np.zeros(n, np.float32), network=network, **fields)


def test_an_unknown_trial_is_answered_with_the_nearest_id(store_of):
    folder = store_of(with_params("t0123456789abcdef"), named=["t00000000000000ff"])
    with pytest.raises(SweepError, match=r"no trial 't0123456789abcdee'.*mean t0123456789abcdef\?"):
        rnnsweep.load_model(folder, "t0123456789abcdee")
    with pytest.raises(SweepError, match=r"no trial 'x'.*; allowed: an id of .*trials\.csv"):
        rnnsweep.load_model(folder, "x")
    with pytest.raises(SweepError, match="has not ended yet"):
        rnnsweep.load_model(folder, "t00000000000000ff")


def test_a_trial_whose_params_were_not_saved(store_of):
    folder = store_of(record("t1"), with_params("t2", loss=0.6))
    with pytest.raises(ResultsError, match=r'of the best trial, t1; .*= "best" under \[output\]'):
        rnnsweep.load_model(folder)
    with pytest.raises(ResultsError, match=r'of trial t1; .*= "all" under \[output\]'):
        rnnsweep.load_model(folder, "t1")
    assert rnnsweep.load_model(folder, "t2")[0].n_params == 22


def test_trials_that_have_no_params(store_of):
    folder = store_of(
        record("t1", "failed", error="no room"), record("t2", "diverged", best_epoch=None)
    )
    with pytest.raises(ResultsError, match=r"t1 of .* failed \(no room\); run the sweep again"):
        rnnsweep.load_model(folder, "t1")
    with pytest.raises(ResultsError, match="diverged in its first epoch"):
        rnnsweep.load_model(folder, "t2")
    with pytest.raises(ResultsError, match="of the 2 trials, 1 diverged and 1 failed"):
        rnnsweep.load_model(folder)


def test_a_folder_without_results(tmp_path):
    with pytest.raises(ResultsError, match="no results of a sweep"):
        rnnsweep.load_model(tmp_path / "absent")
    with Store.writer(tmp_path / "begun"):
        pass
    for trial_id in (None, "t1"):
        with pytest.raises(ResultsError, match="no trials yet"):
            rnnsweep.load_model(tmp_path / "begun", trial_id)


def test_params_that_do_not_fit_their_network(store_of):
    folder = store_of(with_params("t1", n=21), with_params("t2", {**NETWORK, "gates": 7}))
    with pytest.raises(ResultsError, match=r"damaged.*params of trial t1 do not fit"):
        rnnsweep.load_model(folder, "t1")
    with pytest.raises(ResultsError, match=r"t2 cannot be made.*another version"):
        rnnsweep.load_model(folder, "t2")
    with closing(sqlite3.connect(folder / "store.db")) as db:
        words = json.dumps({**NETWORK, "dtype": "float64"})
        db.execute("UPDATE params SET network = ?", (words,))
        db.commit()
    with pytest.raises(ResultsError, match="damaged"):
        rnnsweep.load_model(folder, "t1")
