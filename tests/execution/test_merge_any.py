"""Any stores of one sweep, compared with a slow union of what was written into them."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from commandline import Heard
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from store_cases import named, record, trial_id, with_params

import rnnsweep
from rnnsweep.errors import ResultsError
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store

N_TRIALS = 5
METRICS = ("dead_units", "share_clipped")
TEXT = "[grid]\nmodel.hidden_size = [8, 9]\n"

# What a store has of a trial: nothing, a failure, or a result with some metrics, perhaps with
# params, and rarely with another loss.
RECORDS = st.one_of(
    st.none(),
    st.just("failed"),
    st.tuples(
        st.sampled_from([(), METRICS[:1], METRICS[1:], METRICS]),
        st.booleans(),
        st.sampled_from([False] * 30 + [True]),
    ),
)
STORES = st.lists(st.lists(RECORDS, min_size=N_TRIALS, max_size=N_TRIALS), min_size=1, max_size=3)


def write(path, has, numbers=range(N_TRIALS)):
    """Write a store with these records, a list with an entry for each trial."""
    with Store.writer(path) as store:
        store.set_sweep(
            "s", TEXT, ["hidden_size"], named(*numbers), Requirements(), positions=numbers,
            shard="" if len(numbers) == N_TRIALS else "1/2", n_trials=N_TRIALS,
        )  # fmt: skip
        store.add([made(i, has[i]) for i in range(N_TRIALS) if has[i] is not None])


def made(i, what):
    """Return a record, in which each column has its own numbers, whatever others there are."""
    if what == "failed":
        return record(i, "failed", epochs=0, error="no luck")
    metrics, has_params, is_other = what
    result = (with_params if has_params else record)(i, extra=metrics)
    for place, name in enumerate(metrics, start=3):
        result.epochs[:, place] = 10 * i + METRICS.index(name)
    if is_other:
        result.epochs[-1, 0] += 1.0
    return result


def naive(stores):
    """Return what is known of each trial: None, "failed", or (metrics, has_params)."""
    known = []
    for records in zip(*stores, strict=True):
        results = [each for each in records if each not in (None, "failed")]
        if len({is_other for _, _, is_other in results}) > 1:
            return None
        if results:
            metrics = {name for names, _, _ in results for name in names}
            known.append((metrics, any(has_params for _, has_params, _ in results)))
        else:
            known.append("failed" if "failed" in records else None)
    return known


@hypothesis_settings(max_examples=40)
@given(stores=STORES)
def test_a_merge_knows_what_its_folders_know(tmp_path_factory, stores):
    home = tmp_path_factory.mktemp("stores")
    for number, has in enumerate(stores):
        write(home / str(number), has)
    folders = [home / str(number) for number in range(len(stores))]
    expected = naive(stores)
    if expected is None:
        with pytest.raises(ResultsError, match="have different results for the trial"):
            rnnsweep.merge(home / "all", folders, plots=False)
        assert not (home / "all").exists()
        return
    heard = Heard()
    rnnsweep.merge(home / "all", folders, plots=False, progress=heard)
    n_missing = expected.count(None)
    assert len(heard.said) == 1 + bool(n_missing)
    assert not n_missing or f"{n_missing} trial" in heard.said[1]
    with Store.reader(home / "all") as store:
        for i, known in enumerate(expected):
            stored = store.trial(trial_id(i))
            if known in (None, "failed"):
                assert (stored and stored.status) == known
                continue
            metrics, has_params = known
            assert {*stored.extra_columns} == metrics
            assert (store.params(trial_id(i)) is not None) == has_params
            (epochs,) = store.epochs_of([trial_id(i)])
            for place, name in enumerate(stored.extra_columns, start=3):
                assert set(epochs[:, place]) == {10 * i + METRICS.index(name)}
            is_other = any(has[i][2] for has in stores if isinstance(has[i], tuple))
            np.testing.assert_array_equal(
                epochs[:, :3], made(i, ((), False, is_other)).epochs, strict=True
            )


def test_an_interrupted_merge_goes_on(tmp_path, monkeypatch):
    complete = [((), False, False)] * N_TRIALS
    for number in range(2):
        write(tmp_path / str(number), complete, range(number, N_TRIALS, 2))
    folders = [tmp_path / "0", tmp_path / "1"]
    add_copies = Store.add_copies

    def interrupted(store, copies):
        add_copies(store, copies)
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(Store, "add_copies", interrupted)
        with pytest.raises(KeyboardInterrupt, match="to go on"):
            rnnsweep.merge(tmp_path / "all", folders, plots=False)
    assert not Path(tmp_path, "all", "trials.csv").exists()
    assert len(rnnsweep.merge(tmp_path / "all", folders, plots=False).trials) == N_TRIALS
