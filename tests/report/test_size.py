"""How large the file is: with 50,000 trials at most 15 MB."""

import pytest
from page_contents import contents_in

from benchmarks.page_results import N_SETTINGS, make_search
from rnnsweep.report.page import write_report

LIMIT = 15_000_000


@pytest.mark.long
def test_a_random_search_of_50000_trials_has_a_page_below_the_limit(tmp_path):
    """The largest page: each trial is a setting of its own, with three numbers of its own."""
    make_search(tmp_path / "search")
    page = write_report(tmp_path / "search")
    assert page.stat().st_size < LIMIT
    contents = contents_in(page)
    assert len(contents["settings"]["n"]) == len(contents["trials"]["ids"]) == N_SETTINGS
