"""Which trial a name means: an id, the beginning of one, or the best."""

import pytest
from store_cases import SWEPT, named, record, trial_id

from rnnsweep.errors import ResultsError, SweepError
from rnnsweep.record import Record
from rnnsweep.store.store import Store
from rnnsweep.store.trial_names import id_named


@pytest.fixture
def store(tmp_path):
    """Return a store of 18 trials, of which number 17 has no record, and one that is gone."""
    with Store.writer(tmp_path / "some") as writer:
        writer.set_sweep("some", "", SWEPT, named(*range(19)))
        writer.add([record(i) for i in (*range(17), 18)])
        writer.set_sweep("some", "", SWEPT, named(*range(18)))
    with Store.reader(tmp_path / "some") as reader:
        yield reader


def test_an_id_its_beginning_and_the_best(store):
    assert id_named(store, trial_id(3)) == trial_id(3)
    assert id_named(store, "t" + "0" * 13 + "12") == trial_id(18)
    assert id_named(store, trial_id(18)) == trial_id(18)  # no longer in the sweep
    assert id_named(store, "best") == store.best()


def test_an_id_that_begins_another_one_is_that_trial(tmp_path):
    with Store.writer(tmp_path) as writer:
        trials = [("t1", {}), ("t12", {})]
        writer.set_sweep("some", "", [], trials)
        writer.add([Record(name, {}, "complete") for name, _ in trials])
        assert id_named(writer, "t1") == "t1"
        assert id_named(writer, "t12") == "t12"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (trial_id(17), "has not ended yet"),
        ("t0", r"is the beginning of several ids in .*some: t0{15}, .*t0{14}4, \.\.\.; write more"),
        (trial_id(3)[:-1] + "z", r"no trial 't.*z' .*; did you mean t0"),
        ("bset", "no trial 'bset'.*did you mean best?"),
        ("", "no trial ''"),
        ("\udcff", "no trial"),
        ("%", "no trial '%'"),
    ],
)
def test_what_is_wrong_with_a_name(store, name, message):
    with pytest.raises(SweepError, match=message):
        id_named(store, name)


def test_the_best_where_no_trial_has_ended(tmp_path):
    with Store.writer(tmp_path) as writer:
        writer.set_sweep("some", "", SWEPT, named(0))
        with pytest.raises(ResultsError, match="no trial is the best, since no trial has ended"):
            id_named(writer, "best")
