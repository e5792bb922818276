"""The pages say what the code says."""

import re
import runpy
from pathlib import Path

import pytest

from rnnsweep import sweepfile
from rnnsweep.cli.commands import cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_reference_is_the_code_s_own():
    made = runpy.run_path(str(ROOT / "docs" / "make_reference.py"))["reference"]()
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == made, "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text)
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page):
    verbs = re.findall(r"python -m rnnsweep (\w+)", page.read_text(encoding="utf-8"))
    assert set(verbs) <= set(cli.commands)


@pytest.mark.parametrize("path", sorted((ROOT / "sweeps").glob("*.toml")), ids=lambda p: p.name)
def test_the_sweeps_that_come_along_are_right(path):
    assert len(sweepfile.load(path)) > 1


def test_the_readme_s_sweep_is_right(tmp_path):
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    file = tmp_path / "readme.toml"
    file.write_text(blocks[0])
    assert len(sweepfile.load(file)) == 3 * 4 * 4 * 3
