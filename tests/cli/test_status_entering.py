"""`status` while the trials of a first run are being entered."""

from store_cases import SWEPT, named

from rnnsweep import exit_codes
from rnnsweep.store import store
from rnnsweep.store.store import Store


def test_status_says_how_many_trials_are_entered(home, say, monkeypatch):
    monkeypatch.setattr(store, "PART", 2)
    answers = []

    def trials():
        for number, entry in enumerate(named(*range(5))):
            if number == 4:
                answers.extend(say(verb, "large") for verb in ("status", "summary"))
            yield entry

    with Store.writer("large") as results:
        results.set_sweep("grid", "", SWEPT, trials(), n_trials=5)
    status, summary = answers
    assert status == (0, "large: its trials are being entered, 4 of 5\n", "")
    assert summary[0] == exit_codes.RESULTS
    assert "its first run is entering them, 4 of 5" in summary[2]
    assert "0 of 5" in say("status", "large")[1]
