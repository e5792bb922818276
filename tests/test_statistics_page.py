"""docs/statistics.md, followed to the letter: its commands and its programs are run."""

import os
import re
import subprocess
import sys
from pathlib import Path

from page_blocks import CHANGES, change, run_commands

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
PYTHON = re.compile(r"^```python\n(.*?)^```\n", re.M | re.S)


def test_the_page_does_what_it_says(tmp_path):
    for kind, name, block in CHANGES.findall(PAGE):
        change(tmp_path / name, kind, block)
    run_commands(tmp_path, "statistics", PAGE, PYTHONPATH=str(ROOT))
    # One program, as a reader types it.
    program = "\n".join(PYTHON.findall(PAGE))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    for name in ("probability_of_improvement", "median_test_loss", "share_of_settings", "gain"):
        assert name in done.stdout
