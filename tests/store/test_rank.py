"""The rule for the rank is the same in plain Python, in the store and in the summary."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from rnnsweep.analysis.outcomes import OutcomesSoFar
from rnnsweep.analysis.ranking import ranking_of
from rnnsweep.record import STATUSES, Record
from rnnsweep.store.rank import problem_of, problem_settings, rank
from rnnsweep.store.store import Store

LOSSES = st.sampled_from([0.0, 0.5, 1.0, 2.0, 1e308, None])
BASELINES = st.sampled_from([0.5, 1.0, 2.0] * 4 + [1e-5, 0.0, None])
TRIALS = st.lists(
    st.tuples(st.sampled_from(STATUSES), LOSSES, BASELINES, st.sampled_from(["adding", "copy"])),
    max_size=8,
)


def naive_scores(trials):
    """Return the score of each trial, and whether it is over the baseline, in plain Python."""
    with_loss = [trial for trial in trials if trial[0] != "failed" and trial[1] is not None]
    problems = {problem for *_, problem in with_loss}
    over_baseline = len(problems) > 1 and all(
        baseline is not None and baseline > 0 for _, _, baseline, _ in with_loss
    )
    scores = []
    for status, loss, baseline, _ in trials:
        if status == "diverged":
            scores.append(math.inf)
        elif status == "failed" or loss is None:
            scores.append(math.nan)
        else:
            scores.append(loss / baseline if over_baseline else loss)
    return scores, over_baseline


def naive_best(trials):
    """Return the place of the best trial: by loss, diverged ones last, the first of equals."""
    _, over_baseline = naive_scores(trials)
    keys = {
        place: (status == "diverged", loss / baseline if over_baseline else loss)
        for place, (status, loss, baseline, _) in enumerate(trials)
        if status != "failed" and loss is not None
    }
    return min(keys, key=lambda place: (*keys[place], place), default=None)


@given(TRIALS)
def test_the_rule_equals_plain_python(trials):
    ranking = rank(*(zip(*trials, strict=True) if trials else [()] * 4))
    scores, over_baseline = naive_scores(trials)
    np.testing.assert_array_equal(ranking.scores, scores)
    assert ranking.over_baseline == over_baseline
    assert ranking.best() == naive_best(trials)
    usable = [b if over_baseline and b is not None and b > 0 else 1.0 for _, _, b, _ in trials]
    assert ranking.units.tolist() == usable


@hypothesis_settings(max_examples=40, deadline=None)  # the disk sets the pace
@given(TRIALS, st.booleans())
def test_store_and_summary_rank_alike(tmp_path_factory, trials, one_problem):
    if one_problem:
        trials = [(*trial[:3], "adding") for trial in trials]
    swept = [] if one_problem else ["task"]
    records = [
        Record(
            f"t{place}",
            {"task": problem},
            status,
            np.full((1, 3), np.nan if loss is None else loss),
            baselines={} if baseline is None else {"mean": baseline},
            best_epoch=None if loss is None else 0,
        )
        for place, (status, loss, baseline, problem) in enumerate(trials)
    ]
    outcomes = OutcomesSoFar(swept)
    with Store.writer(tmp_path_factory.mktemp("results")) as store:
        store.set_sweep("s", "", swept, [(it.trial_id, it.settings) for it in records])
        store.add(records)
        for trial in store.trials():
            outcomes.add(trial)
        best = store.best()
    ranking = ranking_of(outcomes.all())
    np.testing.assert_array_equal(ranking.scores, naive_scores(trials)[0])
    expected = naive_best(trials)
    assert ranking.best() == expected
    assert best == (None if expected is None else f"t{expected}")


@pytest.mark.parametrize(
    ("name", "differs"),
    [
        ("task", True),
        ("task_seq_len", True),
        ("loss", True),
        ("huber_delta", True),
        ("task_n_train", False),
        ("task_fresh", False),
        ("learning_rate", False),
    ],
)
def test_which_settings_make_losses_incomparable(name, differs):
    assert problem_settings([name]) == [name] * differs


def test_a_problem_may_have_a_list_among_its_settings():
    one, other = ({"task_inputs": ["a", *more]} for more in ([], ["b"]))
    assert problem_of(one, ["task_inputs"]) != problem_of(other, ["task_inputs"])
    assert problem_of(one, []) == problem_of(other, [])
