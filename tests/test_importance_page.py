"""docs/importance.md, followed to the letter: its commands and its programs are run."""

import re
import shutil
from pathlib import Path

import pytest
from page_blocks import PYTHON, run_commands, run_program

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "importance.md").read_text(encoding="utf-8")


@pytest.mark.long
def test_the_page_does_what_it_says(tmp_path):
    shutil.copytree(ROOT / "sweeps", tmp_path / "sweeps")
    run_commands(tmp_path, "importance", PAGE)
    printed = run_program(tmp_path, "importance", "\n".join(PYTHON.findall(PAGE)))
    assert "Exact, by an analysis of variance of 48 settings with 3 seeds each" in printed
    # The table of the page, whose numbers depend on the CPU.
    names = re.findall(r"^ (\S[\w ]+?) +\d+\.\d %", PAGE, re.M)
    assert len(names) == 8
    assert all(name in printed for name in names)
