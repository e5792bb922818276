"""The file `report.html`: one file without addresses, the same to the byte."""

import re

import pytest
from page_contents import contents_in
from report_cases import GRID, grid_losses, invented
from report_sweeps import hostile

from rnnsweep.errors import ResultsError, SweepError
from rnnsweep.report import page as page_module
from rnnsweep.report.page import renew_report, write_report
from rnnsweep.store.folder import Folder


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "grid"
    invented(folder, GRID, grid_losses)
    return folder


def own_text(page):
    """Return the text of a page without Plotly's script."""
    text = page.read_text(encoding="utf-8")
    before, _, after = text.partition("<script>/**")
    return before + after.partition("</script>")[2]


def test_the_page_is_one_file_that_loads_nothing(grid):
    page = write_report(grid)
    assert page == Folder(grid).report_html
    text = own_text(page)
    assert len(text) < len(page.read_text(encoding="utf-8")) - 4_000_000
    assert "{{" not in text
    assert not re.search(r"\b(src|href)\s*=\s*[\"']?(https?:|//|file:)", text)
    assert not re.search(r"\bfetch\(|XMLHttpRequest|\bimport\(|innerHTML|\beval\(", text)
    assert "default-src 'none'" in text


def test_the_page_is_the_same_to_the_byte(grid):
    first = write_report(grid).read_bytes()
    assert write_report(grid).read_bytes() == first


def test_the_page_names_no_folder(grid, tmp_path):
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (moved / "store.db").write_bytes((grid / "store.db").read_bytes())
    page = write_report(moved)
    assert page.read_bytes() == write_report(grid).read_bytes()
    assert str(tmp_path) not in own_text(page)


def test_names_and_texts_end_no_element(tmp_path):
    folder = tmp_path / "hostile"
    hostile(folder)
    page = write_report(folder)
    text = own_text(page)
    assert "<script>window.harmed" not in text
    assert "<img src=x" not in text
    assert text.count("</script>") == 2  # that of the contents and that of the page's own script
    names = contents_in(page)["axes"][0]["values"]
    assert "</script><script>window.harmed = 1</script>" in names


def test_a_name_of_a_sweep_is_text(tmp_path):
    folder = tmp_path / "<b>&"
    invented(folder, GRID, grid_losses)
    assert "<title>&lt;b&gt;&amp;</title>" in own_text(write_report(folder))


def test_an_earlier_page_is_replaced_and_removed(grid):
    folder = Folder(grid)
    folder.report_html.write_text("earlier")
    renew_report(folder, True, pytest.fail)
    assert folder.report_html.stat().st_size > 4_000_000
    assert not list(grid.glob(".tmp-*"))
    renew_report(folder, False, pytest.fail)
    assert not folder.report_html.exists()
    renew_report(folder, False, pytest.fail)  # there is none any more


def test_more_trials_than_a_page_holds(grid, monkeypatch):
    monkeypatch.setattr(page_module, "MOST_TRIALS", 100)
    folder = Folder(grid)
    folder.report_html.write_text("earlier")
    with pytest.raises(SweepError, match="144 trials have ended, and a page holds up to 100"):
        write_report(grid)
    assert folder.report_html.read_text() == "earlier"
    said = []
    renew_report(folder, True, said.append)
    assert said == [
        "no report.html: 144 trials have ended, and a page holds up to 100; use summary, plot and "
        "export"
    ]
    assert not folder.report_html.exists()


def test_without_plotly_there_is_a_message_and_no_page(grid, monkeypatch):
    write_report(grid)
    earlier = Folder(grid).report_html.read_bytes()
    page_module._plotly.cache_clear()
    monkeypatch.setattr(page_module, "find_spec", lambda name: None)
    with pytest.raises(SweepError, match="it needs the package plotly"):
        write_report(grid)
    assert Folder(grid).report_html.read_bytes() == earlier
    assert not list(grid.glob(".tmp-*"))


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="holds no results of a sweep"):
        write_report(tmp_path)
    assert not list(tmp_path.iterdir())
