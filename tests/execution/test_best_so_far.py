"""The best trial so far, against the rule by which finished trials are ranked."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnsweep.execution.best_so_far import BestSoFar
from rnnsweep.record import STATUSES, Record
from rnnsweep.store.rank import problem_of, rank

losses = st.one_of(st.none(), st.sampled_from([0.125, 0.25, math.nan, math.inf, 1e308]))


@st.composite
def trials(draw):
    """Return the record of a trial on one of two problems."""
    loss, baseline = draw(losses), draw(st.sampled_from([None, 0.0, 0.5, 1.0]))
    return dict(
        settings={"task_seq_len": draw(st.sampled_from([5, 9])), "seed": 0},
        status=draw(st.sampled_from(STATUSES)),
        epochs=np.full((1, 3), math.nan if loss is None else loss),
        best_epoch=None if loss is None else 0,
        baselines={} if baseline is None else {"mean": baseline},
    )


@given(st.lists(trials(), max_size=8), st.sampled_from([["task_seq_len"], ["hidden_size"]]))
@settings(max_examples=300)
def test_it_is_the_best_by_the_rule_of_the_rank(drawn, varied):
    records = [Record(f"t{place}", **fields) for place, fields in enumerate(drawn)]
    best = BestSoFar(varied)
    for n, record in enumerate(records, start=1):
        best.add([record])
        so_far = records[:n]
        finite = [
            each.best_val_loss
            if each.best_val_loss is not None and math.isfinite(each.best_val_loss)
            else None
            for each in so_far
        ]
        problems = [problem_of(each.settings, varied[:1]) for each in so_far]
        if varied == ["hidden_size"]:
            problems = [0] * n
        ranking = rank(
            [each.status for each in so_far],
            np.array(finite, float),
            np.array([each.baseline for each in so_far], float),
            problems,
        )
        place = ranking.best()
        assert str(best).rpartition(" ")[2] == ("" if place is None else f"t{place}")


def record(trial_id, loss, **settings):
    return Record(
        trial_id, settings, "complete", np.full((1, 3), loss), best_epoch=0,
        baselines={"mean": 0.16666},
    )  # fmt: skip


def test_its_line():
    best = BestSoFar(["cell", "learning_rate", "momentum", "seed"])
    assert str(best) == ""
    best.add([record("t1", 0.123456, cell="gru", learning_rate=0.01, seed=3)])
    assert str(best) == "0.1235 (baseline 0.1667): cell gru, learning_rate 0.01, seed 3, trial t1"
    best.add([record("t2", 0.2, cell="rnn", learning_rate=0.01, seed=3)])
    assert str(best).endswith("trial t1")
    other = BestSoFar([])
    other.add([Record("t3", {}, "complete", np.full((1, 3), 0.5), best_epoch=0)])
    assert str(other) == "0.5, trial t3"
    diverged = BestSoFar([])
    diverged.add([Record("t4", {}, "diverged", np.full((1, 3), 0.5), best_epoch=0)])
    assert str(diverged) == "0.5 before it diverged, trial t4"
