"""Trials that could not be stored are kept beside the store, and moved into it later."""

import shutil

import pytest
from commandline import snapshot
from store_cases import epochs_of, record, trial_id, with_params

from rnnsweep.errors import ResultsError
from rnnsweep.store.folder import Folder
from rnnsweep.store.store import Store
from rnnsweep.store.unstored import Unstored


def test_what_is_kept_apart_is_moved_into_the_store(folder):
    unstored = Unstored(folder)
    with Store.writer(folder.path) as results:
        before = snapshot(folder.path)
        assert unstored.move_into(results) == 0
        unstored.add([record(4), record(5, extra=("accuracy",))])
        unstored.add([with_params(0)])
        assert results.counts().done == 3
        assert unstored.move_into(results) == 3
        assert results.counts().done == 5
        kept = {trial.trial_id: rows for trial, rows in epochs_of(results)}
        for i in (0, 4):
            assert [row[1:] for row in kept[trial_id(i)]] == list(map(tuple, record(i).epochs))
        assert len(kept[trial_id(5)][0]) == 1 + 3 + 1
        assert results.params(trial_id(0)).flat.tolist() == [0, 1, 2, 3]
        assert snapshot(folder.path).keys() == before.keys()


def test_a_later_result_is_not_replaced_by_an_earlier_one(folder):
    unstored = Unstored(folder)
    unstored.add([record(4, "failed"), record(5)])
    with Store.writer(folder.path) as results:
        results.add([record(4)])
        unstored.move_into(results)
        assert results.trial(trial_id(4)).status == "complete"
        assert results.trial(trial_id(5)).status == "complete"


def test_moving_that_was_killed_before_its_end_is_done_again(folder, tmp_path):
    unstored = Unstored(folder)
    unstored.add([record(4)])
    shutil.copytree(unstored.folder.path, tmp_path / "copy")
    with Store.writer(folder.path) as results:
        assert unstored.move_into(results) == 1
        before = list(epochs_of(results))
        shutil.copytree(tmp_path / "copy", unstored.folder.path)  # as if it had not been removed
        assert unstored.move_into(results) == 1
        assert list(epochs_of(results)) == before


def test_no_folder_is_made_in_place_of_one_that_is_gone(tmp_path):
    folder = Folder(tmp_path / "gone")
    with pytest.raises(ResultsError, match="moved or deleted"):
        Unstored(folder).add([record(0)])
    assert not folder.path.exists()
    folder.path.mkdir()  # another one
    with pytest.raises(ResultsError, match="moved or deleted"):
        Unstored(folder).add([record(0)])
    assert list(folder.path.iterdir()) == []


def test_what_cannot_be_kept_apart_raises(folder):
    folder.unstored.write_text("a file of the user's")
    with pytest.raises(ResultsError, match="unstored is a file, not a folder"):
        Unstored(folder).add([record(0)])


def test_a_folder_whose_store_is_gone_still_takes_a_run(folder):
    Unstored(folder).add([record(4)])
    folder.store_db.unlink()
    with Store.writer(folder.path) as results:
        assert Unstored(folder).move_into(results) == 1
        assert results.trial(trial_id(4)).status == "complete"
