"""The commands that read results: on a folder that was moved, a part of a sweep, during a run."""

import json
import shutil

import pytest

import rnnsweep
from rnnsweep.store.folder import Claim, Folder

LINES = [
    "status FOLDER",
    "summary FOLDER --format csv",
    "summary FOLDER --metric test_loss",
    "show FOLDER best",
    "show FOLDER best --toml",
    "export FOLDER",
    "export FOLDER --epochs",
    "export FOLDER --format latex",
]


@pytest.fixture
def of_a_part(home, say):
    """Return the folder of the first of two parts of the tiny sweep."""
    assert say("run", "tiny.toml", "--shard", "1/2", "--no-plots", "--no-report", "--quiet")[0] == 0
    return home / "results" / "tiny-1of2"


@pytest.mark.parametrize("line", LINES)
def test_a_folder_that_was_moved(home, say, line):
    def answer(folder):
        code, output, errors = say(*line.replace("FOLDER", folder).split())
        assert code == 0, errors
        return output.replace(folder, "FOLDER")

    before = answer("results/tiny")
    shutil.move("results/tiny", "elsewhere")
    (home / "tiny.toml").unlink()
    assert answer("elsewhere") == before


def test_a_part_of_a_sweep(of_a_part, say):
    for line in LINES:
        code, output, errors = say(*line.replace("FOLDER", str(of_a_part)).split())
        assert code == 0, errors
        assert output
    trials = rnnsweep.load(of_a_part).trials
    assert len(trials) == 2
    assert "shard 1/2" in say("status", of_a_part)[1]
    # Also the trial of a part has a file that trains it alone.
    text = say("show", of_a_part, "best", "--toml")[1]
    (of_a_part.parent.parent / "alone.toml").write_text(text)
    (alone,) = rnnsweep.load_sweep("alone.toml")
    assert alone.trial_id == trials.sort_values("best_val_loss").trial_id.iloc[0]


@pytest.mark.parametrize("line", LINES)
def test_while_a_run_goes_on(home, say, line):
    before = say(*line.replace("FOLDER", "results/tiny").split())
    claim = Claim(Folder("results/tiny"))
    try:
        during = say(*line.replace("FOLDER", "results/tiny").split())
    finally:
        claim.release()
    if line.startswith("status"):
        assert "(running: " in during[1]
    else:
        assert during == before


def test_show_and_summary_agree_on_the_best(home, say):
    shown = json.loads(say("show", "results/tiny", "best", "--json")[1])
    trials = rnnsweep.load("results/tiny").trials
    assert shown["best_val_loss"] == trials.best_val_loss.min()
