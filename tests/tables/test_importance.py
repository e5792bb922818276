"""`results.importance`: the shares of variance as a table, read from the store."""

import pytest
from plot_cases import ODD, grid_case, outcomes
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
