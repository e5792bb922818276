"""docs/importance.md, followed to the letter: its commands and its programs are run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from page_blocks import run_commands

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "importance.md").read_text(encoding="utf-8")
PYTHON = re.compile(r"^```python\n(.*?)^```\n", re.M | re.S)


@pytest.mark.long
def test_the_page_does_what_it_says(tmp_path):
    shutil.copytree(ROOT / "sweeps", tmp_path / "sweeps")
    run_commands(tmp_path, "importance", PAGE, PYTHONPATH=str(ROOT))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(PYTHON.findall(PAGE))],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "Exact, by an analysis of variance of 48 settings with 3 seeds each." in done.stdout
    # The table of the page, whose numbers depend on the CPU.
    names = re.findall(r"^ (\S[\w ]+?) +\d+\.\d %", PAGE, re.M)
    assert len(names) == 8
    assert all(name in done.stdout for name in names)
