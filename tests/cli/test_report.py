"""The command `report`, and the page that `run` and `merge` write."""

import pytest


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch):
    for module in ("run", "merge"):
        monkeypatch.setattr(f"rnnsweep.execution.{module}.write_plots", lambda folder: [])


def test_report_writes_the_page_and_prints_its_path(home, say):
    page = home / "results" / "tiny" / "report.html"
    first = page.read_bytes()
    page.unlink()
    code, output, errors = say("report", "results/tiny")
    assert (code, output, errors) == (0, "results/tiny/report.html\n", "")
    assert page.read_bytes() == first


def test_report_works_while_a_run_goes_on(home, say):
    (home / "results" / "tiny" / "report.html").unlink()
    from rnnsweep.store.store import Store

    with Store.writer(home / "results" / "tiny"):
        assert say("report", "results/tiny")[0] == 0


def test_a_run_lists_the_page_and_no_report_removes_it(home, say):
    page = home / "results" / "tiny" / "report.html"
    code, output, _ = say("run", "tiny.toml")
    assert code == 0
    assert "results/tiny/report.html\n" in output
    assert page.exists()
    code, output, _ = say("run", "tiny.toml", "--no-report")
    assert code == 0
    assert "report.html" not in output
    assert not page.exists()


def test_merge_writes_the_page_of_one_run(home, say):
    first = (home / "results" / "tiny" / "report.html").read_bytes()
    assert say("merge", "merged", "results/tiny")[0] == 0
    assert (home / "merged" / "report.html").read_bytes() == first
    assert say("merge", "merged", "results/tiny", "--no-report")[0] == 0
    assert not (home / "merged" / "report.html").exists()


def test_a_folder_without_results_is_refused(home, say):
    code, output, errors = say("report", "results/tine")
    assert (code, output) == (3, "")
    assert "holds no results of a sweep" in errors
    assert "results/tiny" in errors
