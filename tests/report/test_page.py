"""The file `report.html`: what is in it, and that it is the same to the byte."""

import json
import re

import pytest
from table_cases import RECORDS, fill

from rnnsweep.errors import ResultsError
from rnnsweep.report.page import write_report


@pytest.fixture
def folder(tmp_path):
    return fill(tmp_path / "grid", RECORDS)


def contents_in(page):
    """Return the JSON in a page, as a browser reads it."""
    element = r'<script type="application/json" id="contents">(.*?)</script>'
    return json.loads(re.search(element, page.read_text(), re.DOTALL)[1])


def test_the_page_is_one_file_without_addresses(folder):
    page = write_report(folder)
    assert page == folder / "report.html"
    text = page.read_text()
    assert "{{" not in text.replace("}}}}", "").split("<script>")[0]
    assert not re.search(r'<(script|link|img)[^>]*(src|href)="', text.split("<script>")[0])
    assert "default-src 'none'" in text


def test_the_page_has_the_trials_of_the_store(folder):
    contents = contents_in(write_report(folder))
    assert contents["sweep"]["counts"] == {
        "total": 3,
        "pending": 0,
        "complete": 1,
        "solved": 0,
        "diverged": 1,
        "stopped": 0,
        "failed": 1,
    }
    assert contents["trials"]["ids"] == "t1 t2 t3"
    assert [axis["name"] for axis in contents["axes"]] == ["hidden_size", "learning_rate"]


def test_the_page_is_the_same_to_the_byte(folder):
    first = write_report(folder).read_bytes()
    assert write_report(folder).read_bytes() == first


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="holds no results of a sweep"):
        write_report(tmp_path)
