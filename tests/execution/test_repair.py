"""`run --repair`: what a damaged store has lost is trained again, to the same bytes."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from commandline import assert_same_results

import rnnsweep
from rnnsweep import exit_codes
from rnnsweep.errors import ResultsError


@pytest.fixture
def damaged(home, say):
    """A folder of results in which the loss of one trial is another; its id is returned."""
    for folder in ("whole", "damaged"):
        assert say("run", "tiny.toml", "--no-plots", "--results", folder)[0] == 0
    with closing(sqlite3.connect("damaged/store.db")) as db:
        (trial_id,) = db.execute("SELECT trial_id FROM trials ORDER BY trial LIMIT 1").fetchone()
        db.execute("UPDATE trials SET test_loss = test_loss / 2 WHERE trial_id = ?", (trial_id,))
        db.commit()
    return trial_id


def test_a_damaged_store_is_refused_with_the_command(damaged, say):
    for words in (("run", "tiny.toml", "--results"), ("plan", "tiny.toml", "--results"), ("plot",)):
        code, _, errors = say(*words, "damaged")
        assert code == exit_codes.RESULTS
        assert f"3 trials are whole, 1 is lost ({damaged})" in errors
        assert "python -m rnnsweep run tiny.toml --results damaged --repair" in errors
    with pytest.raises(ResultsError, match=f"1 is lost .{damaged}"):
        _ = rnnsweep.load("damaged").trials


def test_a_repair_trains_what_is_lost(damaged, say):
    code, _, errors = say("run", "tiny.toml", "--no-plots", "--results", "damaged", "--repair")
    assert code == 0
    assert "3 trials are whole and kept, 1 is lost" in errors
    assert "1 to train" in errors
    assert_same_results(Path("damaged"), Path("whole"))
    rnnsweep.run("tiny.toml", results="damaged", plots=False, repair=True)  # nothing to repair
    assert_same_results(Path("damaged"), Path("whole"))
    assert [path.name for path in Path("damaged").glob("store.db*")].count("store.db.damaged") == 1
