"""`results.importance`: the shares of variance as a table, read from the store."""

import pytest
from plot_cases import ODD, grid_case, outcomes
from report_cases import invented
from report_sweeps import ODD as UNUSUAL
from stored_cases import store_case

from rnnsweep.analysis.importance import importance_of
from rnnsweep.errors import SweepError
from rnnsweep.tables.results import load

COLUMNS = [
    *("settings", "kind", "share", "corrected_share", "ci95_low", "ci95_high", "df", "sum_sq"),
]


def test_the_table_has_the_parts(tmp_path):
    case = grid_case()
    results = load(store_case(tmp_path, case))
    for measure in ("rank", "log_loss"):
        expected = importance_of(outcomes(case[0]), case[2], measure)
        assert results.explained(measure) == expected
        table = results.importance(measure)
        assert list(table) == COLUMNS
        assert table["settings"].tolist() == [part.name for part in expected.parts]
        assert table["share"].tolist() == [part.share for part in expected.parts]
        assert table["ci95_high"].tolist() == [part.high for part in expected.parts]
        assert table["df"].sum() == len(case[0]) - 1
        assert table.attrs == {
            "measure": measure,
            "method": "anova",
            "note": expected.note,
            "n_trials": 144,
            "n_diverged": (case[0]["status"] == "diverged").sum(),
            "n_failed": 0,
            "n_pending": 0,
        }


def test_a_sweep_without_results_has_none(tmp_path):
    case = ODD["all_failed"]()
    results = load(store_case(tmp_path, case))
    with pytest.raises(SweepError, match="no importance of settings: no trial has a loss yet"):
        results.importance()


def test_trials_that_have_not_ended_are_counted_and_said(tmp_path, say):
    invented(tmp_path / "half", *UNUSUAL["half_ended"])
    table = load(tmp_path / "half").importance()
    note = "4 of 12 trials have not ended, so that all shares may still change."
    assert table.attrs["n_pending"] == 4
    assert table.attrs["note"].startswith(note)
    code, output, _ = say("summary", str(tmp_path / "half"), "--explain")
    assert code == 0
    assert note in output
