"""docs/notebook.ipynb runs from its first cell to its last, and stores what it shows."""

import base64
import json
import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
NOTEBOOK = DOCS / "notebook.ipynb"
# What the cells print that no machine and no draw changes.
CONCLUSIONS = [
    "the same to 1e-12: True",
    "the medians differ by less than 1e-6: True",
    "the bias alone gives more than 99 % of the answer: True",
    "pairs: 15",
    "bptt is better in all of them: True",
    "the interval of the mean difference is below 0: True",
]


def outputs(notebook):
    return [output for cell in notebook["cells"] for output in cell.get("outputs", ())]


def printed(notebook):
    streams = [output for output in outputs(notebook) if output["output_type"] == "stream"]
    assert {output["name"] for output in streams} == {"stdout"}
    return "".join("".join(output["text"]) for output in streams)


def pictures(notebook):
    data = [output.get("data", {}) for output in outputs(notebook)]
    return [base64.b64decode(each["image/png"]) for each in data if "image/png" in each]


def test_what_is_stored_is_small_and_names_no_path():
    text = NOTEBOOK.read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert set(CONCLUSIONS) <= set(printed(notebook).splitlines())
    assert len(pictures(notebook)) == 3
    assert sum(map(len, pictures(notebook))) < 300_000
    assert not re.search(r"/tmp|/home|/root|[A-Z]:\\\\", text)


def test_its_links_lead_to_pages():
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    text = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert len(targets) >= 2
    assert all((DOCS / target).exists() for target in targets)


@pytest.mark.long
def test_its_cells_run_and_come_to_the_same_conclusions(monkeypatch):
    pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", str(DOCS.parent))
    notebook = runpy.run_path(str(DOCS / "make_notebook.py"))["executed"]()
    assert set(CONCLUSIONS) <= set(printed(notebook).splitlines())
    assert len(pictures(notebook)) == 3
