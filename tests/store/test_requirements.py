"""Metrics and params that a sweep file requires in addition to the results."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from store_cases import SWEPT, named, record, saved, trial_id, with_params

from rnnsweep.record import METRICS, Record, metric_of, metrics_in
from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store
from rnnsweep.store.sweep_state import Change, Pending


def test_metrics_are_recognised_by_their_columns():
    assert all(metrics_in([first + "x"]) == (name,) for name, (first, *_) in METRICS.items())
    assert metrics_in(["dead_units", "accuracy", "grad_flow_0", "grad_norm_W_hh"]) == (
        *("grad_norms", "dead_units", "gradient_flow"),
    )
    assert metrics_in(["effective_memory"]) == ()  # it comes with the flow, and never alone
    assert metric_of("effective_memory") == metric_of("grad_flow_16") == "gradient_flow"
    assert metric_of("spectral_radius_2") == "spectral_radius"
    assert metric_of("accuracy") is metric_of("grad_norm") is None


def test_a_trial_that_lacks_a_metric_is_pending(folder):
    clipped, both = (
        ("accuracy", "share_clipped"),
        ("grad_flow_0", "effective_memory", *["saturation"]),
    )
    requirements = Requirements(("share_clipped",))
    with Store.writer(folder.path) as results:
        results.add(
            [
                record(0, extra=clipped),
                record(3, extra=both),
                record(4, extra=("not_share_clipped",)),
            ]
        )
        assert results.set_sweep("grid", "", SWEPT, named(*range(6)), requirements) == Change(
            5, 1, 0
        )
        # 1 failed and 5 has no record
        others = {3: ("saturation", "gradient_flow")}
        assert list(results.pending()) == [Pending(i, others.get(i, ())) for i in (1, 2, 3, 4, 5)]
        assert results.info().requirements == requirements
        assert results.count_done((trial_id(i) for i in range(6)), requirements) == 1
        assert results.count_done(trial_id(i) for i in range(6)) == 4
        results.add([record(i, extra=("share_clipped",)) for i in (1, 2, 3, 4, 5)])
        assert list(results.pending()) == []
        assert results.set_sweep("grid", "", SWEPT, named(*range(6))) == Change(0, 6, 0)


def test_params_of_all(folder):
    requirements = Requirements((), "all")
    with Store.writer(folder.path) as results:
        assert results.set_sweep("grid", "", SWEPT, named(*range(6)), requirements).new == 6
        results.add([with_params(0), with_params(3, dtype="float64", encoding={"a": [1.5, "é"]})])
        # one that diverged at once has a result and no params that it could lack
        results.add([record(2, "diverged", best_epoch=None)])
        assert [pending.position for pending in results.pending()] == [1, 4, 5]
        assert results.count_done((trial_id(i) for i in range(6)), requirements) == 3
        assert results.bests_without_params() == []
    with Store.reader(folder.path) as results:
        network, encoding, flat = results.params(trial_id(3))
        assert (network, encoding) == ({"n": 3}, {"a": [1.5, "é"]})
        np.testing.assert_array_equal(flat, np.arange(3.0, 7.0), strict=True)
        assert results.params(trial_id(0)).flat.dtype == np.float32
        assert results.params(trial_id(1)) is results.params("t") is None
        assert results.trial(trial_id(1)).status == "failed"
        assert results.trial("t") is None
        assert results.trial_ids() == [trial_id(i) for i in range(6)]


def test_params_of_the_best_so_far(folder):
    with Store.writer(folder.path) as results:
        named_all = named(*range(8))
        results.set_sweep("grid", "", SWEPT, named_all, Requirements((), "best"))
        assert results.bests_without_params()[0].position in (0, 3)  # of those that are done
        for records, kept in (
            ([with_params(4, loss=0.01), with_params(5, loss=0.02)], [4]),
            ([with_params(6, loss=0.02)], [4]),
            ([with_params(1, loss=0.01)], [1]),  # of equals the first in order
            ([with_params(7, loss=0.01)], [1]),
            ([with_params(2, "diverged", loss=1e-9)], [1]),  # as infinite
            ([record(0)], [1]),
            ([with_params(3, "solved", loss=0.001)], [3]),
        ):
            results.add(records)
            assert saved(results, 8) == kept
            assert results.best() == trial_id(kept[0])
        assert list(results.pending()) == []
        assert results.bests_without_params() == []


OF_PROBLEMS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from([1.0, 2.0, 4.0]),
            st.sampled_from([1.0, 2.0, 3.0] * 4 + [0.0, None]),
            st.sampled_from(["adding"] * 2 + ["copy", "parity"]),
            st.sampled_from(["complete"] * 3 + ["diverged"]),
        ),
        min_size=1,
        max_size=3,
    ),
    max_size=8,
)


@hypothesis_settings(max_examples=60, deadline=None)  # the disk sets the pace
@given(batches=OF_PROBLEMS)
def test_params_of_the_best_of_problems_that_differ(tmp_path_factory, batches):
    so_far, kept = [], []

    def naive_best():
        ratio = len({task for _, _, task, _ in so_far}) > 1 and all(b for _, b, _, _ in so_far)
        ranks = [(s == "diverged", x / b if ratio else x) for x, b, _, s in so_far]
        return ranks.index(min(ranks))

    with Store.writer(tmp_path_factory.mktemp("results")) as results:
        tasks = [task for batch in batches for _, _, task, _ in batch]
        given_settings = [(trial_id(i), {"task": task}) for i, task in enumerate(tasks)]
        results.set_sweep("grid", "", ["task"], given_settings, Requirements((), "best"))
        for batch in batches:
            first = len(so_far)
            so_far += batch
            records = [
                Record(
                    trial_id(i),
                    {"task": task},
                    status,
                    np.full((1, 3), loss),
                    baselines={} if baseline is None else {"mean": baseline},
                    best_epoch=0,
                    params=np.zeros(3),
                    network={"n": i},
                )
                for i, (loss, baseline, task, status) in enumerate(batch, start=first)
            ]
            results.add(records)
            best = naive_best()
            kept = [best] if best >= first else kept
            assert results.best() == trial_id(best)
            assert saved(results, len(tasks)) == kept
            lacking = results.bests_without_params()
            assert lacking == ([] if kept == [best] else [Pending(best, ())])


def test_the_best_alone_is_pending_where_only_its_params_are_missing(folder):
    requirements = Requirements((), "best")
    with Store.writer(folder.path) as results:
        results.add([record(i) for i in range(6)])
        results.add([with_params(2, loss=0.5), record(4, extra=("dead_units",), best_epoch=0)])
        (best,) = (i for i in range(6) if results.best() == trial_id(i))
        assert best not in (2, 4)
        assert results.set_sweep("grid", "", SWEPT, named(*range(6)), requirements) == Change(
            1, 5, 0
        )
        assert list(results.pending()) == []
        assert results.bests_without_params() == [Pending(best, ())]
        results.add([with_params(best)])
        assert results.bests_without_params() == []
        assert saved(results) == [best, 2] if best < 2 else [2, best]  # what "none" left stays


def test_params_saved_of_all_stay_when_those_of_the_best_are_required(folder):
    with Store.writer(folder.path) as results:
        for save_params in ("best", "all", "best"):
            results.set_sweep("grid", "", SWEPT, named(*range(6)), Requirements((), save_params))
            results.add([with_params(i, loss=0.1 * (i + 1)) for i in (1, 2)])
            results.add([with_params(0, loss=0.05 if save_params == "best" else 0.5)])
        assert saved(results) == [0, 1, 2]


def test_a_trial_that_is_trained_again_keeps_its_params(folder):
    with Store.writer(folder.path) as results:
        results.add([with_params(0), with_params(3)])
        # for its metrics: the same losses; after a change of the machine: others
        results.add([record(0, extra=("dead_units",)), record(3, best_epoch=0, epochs=2)])
        assert saved(results) == [0]


def test_a_result_stays_where_a_second_training_of_the_trial_fails(folder):
    with Store.writer(folder.path) as results:
        results.add([with_params(0)])
        before = results.trial(trial_id(0))
        results.add([record(0, "failed", epochs=0, timeout_s=60.0), record(5, "failed", epochs=0)])
        assert results.trial(trial_id(0)) == before
        assert saved(results) == [0]
        assert results.trial(trial_id(5)).status == "failed"


@pytest.mark.parametrize(
    ("limit", "pending"),
    [(0.0, {1, 2, 3, 4, 5}), (20.0, {1, 4, 5}), (60.0, {1, 4, 5}), (60.5, {1, 2, 4, 5})],
)
def test_a_trial_that_took_too_long_is_pending_under_a_longer_limit(tmp_path, limit, pending):
    # A metric is required too, which a failed trial lacks, and trial 5 as well.
    requirements = Requirements(("share_clipped",), trial_timeout=limit)
    ids = [trial_id(i) for i in range(6)]
    with Store.writer(tmp_path) as results:
        results.add(
            [
                record(0, extra=("share_clipped",)),
                record(1, "failed", epochs=0),
                record(2, "failed", epochs=0, timeout_s=60.0),
                record(3, "failed", epochs=0, timeout_s=3600.0),
                record(5),
            ]
        )
        change = results.set_sweep("grid", "", SWEPT, named(*range(6)), requirements)
        n_out = 5 - len(pending)
        assert change == Change(len(pending), 1, 0, timed_out=n_out)
        assert {entry.position for entry in results.pending()} == pending
        done = list(results.are_done(ids, requirements))
        assert {i for i in range(6) if not done[i]} == pending
        assert results.count_timed_out(ids, requirements) == n_out
        assert results.info().requirements == requirements


def test_before_any_trial_has_a_loss_there_is_no_best(tmp_path):
    with Store.writer(tmp_path) as results:
        results.set_sweep("grid", "", SWEPT, named(0, 1), Requirements((), "best"))
        assert (results.best(), results.bests_without_params()) == (None, [])
        results.add([record(0, "failed", epochs=0), record(1, "diverged", best_epoch=None)])
        assert (results.best(), results.bests_without_params()) == (None, [])
