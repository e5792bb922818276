"""Stored trials that are put into another store, and parts of a sweep."""

import pytest
from store_cases import SWEPT, epochs_of, named, record, saved, trial_id, with_params

from rnnsweep.store.requirements import Requirements
from rnnsweep.store.store import Store


@pytest.mark.parametrize("save_params", ["all", "best"])
def test_copies_are_what_training_would_have_stored(tmp_path, save_params):
    requirements = Requirements(save_params=save_params)
    records = [with_params(i, loss=1 / (1 + i)) for i in range(4)] + [record(4, "failed", epochs=0)]
    with Store.writer(tmp_path / "whole") as whole:
        whole.set_sweep("grid", "", SWEPT, named(*range(6)), requirements)
        whole.add(records)
    with Store.writer(tmp_path / "merged") as merged:
        merged.set_sweep("grid", "", SWEPT, named(*range(6)), requirements)
        for number in (0, 1):
            mine = range(number, 6, 2)
            with Store.writer(tmp_path / f"part{number}") as part:
                trials, which = named(*mine), f"{number + 1}/2"
                part.set_sweep(
                    "grid", "", SWEPT, trials, requirements,
                    positions=mine, shard=which, n_trials=6,
                )  # fmt: skip
                part.add([records[i] for i in mine if i < 5])
                assert part.info().shard == which
                assert part.info().n_trials == 6
                assert [entry.position for entry in part.pending()] == [[4], [5]][number]
                merged.add_copies(part.copies(map(trial_id, range(6))))
    with Store.reader(tmp_path / "whole") as whole, Store.reader(tmp_path / "merged") as merged:
        assert list(epochs_of(merged)) == list(epochs_of(whole))
        assert merged.counts() == whole.counts()
        assert merged.best() == whole.best() == trial_id(3)
        assert saved(merged) == saved(whole) == ([3] if save_params == "best" else [0, 1, 2, 3])
        assert whole.info().n_trials == 6
        assert whole.info().shard == ""


def test_a_copy_replaces_the_stored_trial(tmp_path, folder):
    with Store.writer(tmp_path / "other") as other:
        other.set_sweep("grid", "", SWEPT, named(1))
        other.add([record(1)])
        with Store.writer(folder.path) as results:
            results.add_copies(other.copies([trial_id(1), trial_id(2)]))
            assert results.trial(trial_id(1)) == other.trial(trial_id(1))
            assert results.counts().done == 4


def test_a_copy_of_a_failure_replaces_no_result(tmp_path, folder):
    with Store.writer(tmp_path / "other") as other, Store.writer(folder.path) as results:
        other.add([record(0, "failed", epochs=0), record(5, "failed", epochs=0)])
        before = results.trial(trial_id(0))
        results.add_copies(other.copies([trial_id(0), trial_id(5)]))
        assert results.trial(trial_id(0)) == before
        assert results.trial(trial_id(5)).status == "failed"
