"""A results folder that is renamed, replaced or emptied while its run goes on."""

import os
import shutil
from pathlib import Path

import pytest
from commandline import Heard, assert_same_results

from rnnsweep.errors import ResultsError
from rnnsweep.execution.run import run

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="open files cannot be moved there"),
    pytest.mark.usefixtures("no_plots"),
]

FOLDER, AWAY = Path("other"), Path("away")


def renamed():
    FOLDER.rename(AWAY)


def replaced():
    FOLDER.rename(AWAY)
    FOLDER.mkdir()


def deleted_and_made_anew():
    shutil.rmtree(FOLDER)
    FOLDER.mkdir()


class Changing(Heard):
    """Does something to the folder when the training begins."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def begin(self, n_trials):
        super().begin(n_trials)
        self.change()


@pytest.mark.parametrize("change", [renamed, replaced, deleted_and_made_anew])
def test_the_run_says_that_its_folder_is_gone_and_writes_into_no_other(home, done, change):
    with pytest.raises(ResultsError) as caught:
        run("tiny.toml", results="other", jobs=1, progress=Changing(change))
    text = str(caught.value)
    assert "other/store.db is gone: it, or a folder above it, was moved or deleted" in text
    assert "finished trial" in text
    assert "lost" in text
    assert not FOLDER.exists() or list(FOLDER.iterdir()) == []
    if AWAY.exists():  # put back, it is what it was
        shutil.rmtree(FOLDER, ignore_errors=True)
        AWAY.rename(FOLDER)
    run("tiny.toml", results="other")
    assert_same_results(FOLDER, done.path)


def test_a_store_that_is_moved_away_and_put_back(home, done):
    store = FOLDER / "store.db"
    with pytest.raises(ResultsError, match=r"is gone: .* by the next run, from other.unstored"):
        run(
            "tiny.toml",
            results="other",
            jobs=1,
            progress=Changing(lambda: store.rename("store.db")),
        )
    Path("store.db").rename(store)
    heard = Heard()
    run("tiny.toml", results="other", progress=heard)
    assert "of an earlier run stored now" in heard.said[0]
    assert len(heard.records) < 4
    assert_same_results(FOLDER, done.path)
