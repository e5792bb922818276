"""The guide, followed to the letter from its first page to its last, in one folder."""

import re
import shutil
from pathlib import Path

import pytest
from page_blocks import CHANGES, PYTHON, change, run_commands, run_program

from rnnsweep.plots.kinds import KINDS

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "guide"
# In the order in which a reader follows them: later pages use the results of earlier ones.
PAGES = (
    *("first-sweep", "read-the-results", "which-setting-matters", "compare-two-settings"),
    *("where-the-scatter-comes-from", "pictures", "your-own-series", "from-a-paper"),
    "send-a-result",
)
# On another type of CPU training rounds otherwise, and losses differ.
OFF_BY = 0.3


def test_every_page_is_followed():
    assert {path.stem for path in GUIDE.glob("*.md")} == set(PAGES)


@pytest.mark.long
def test_its_files_commands_and_programs_do_what_it_says(tmp_path):
    shutil.copytree(ROOT / "sweeps", tmp_path / "sweeps")
    for name in PAGES:
        text = (GUIDE / f"{name}.md").read_text(encoding="utf-8")
        start = 0
        for match in CHANGES.finditer(text):
            run_commands(tmp_path, name, text[start : match.start()], off_by=OFF_BY)
            kind, file, block = match.groups()
            change(tmp_path / file, kind, block)
            start = match.end()
        run_commands(tmp_path, name, text[start:], off_by=OFF_BY)
        for program in PYTHON.findall(text):
            run_program(tmp_path, name, program)
    assert {path.name for path in tmp_path.iterdir()} >= {
        *("first_map.pdf", "curves.svg", "curves.pdf", "map.png", "best.toml"),
    }


def test_the_table_of_kinds_is_that_of_the_command():
    page = (GUIDE / "pictures.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.*?) \|$", page, re.M)
    options = {"a": "--between", "b": "--between"}
    assert rows == [
        (
            name,
            kind.line,
            ", ".join(dict.fromkeys(f"`{options.get(a, f'--{a}')}`" for a in kind.arguments)),
        )
        for name, kind in KINDS.items()
    ]
