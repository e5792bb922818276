"""The section of docs/tasks.md on a task of one's own, followed to the letter."""

import re
from pathlib import Path

from page_blocks import CHANGES, COMMANDS, change, run_commands

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
(SECTION,) = re.findall(r"^## Your own task\n(.*?)(?=^## )", PAGE, re.M | re.S)


def test_its_files_and_commands_do_what_it_says(tmp_path):
    changes = CHANGES.findall(SECTION)
    # No block of code is left out: each has the mark of its file.
    assert len(changes) == len(re.findall(r"^```(?:python|toml)$", SECTION, re.M)) == 4
    for kind, name, block in changes:
        change(tmp_path / name, kind, block)
    assert len(COMMANDS.findall(SECTION)) == 4
    run_commands(tmp_path, "Your own task", SECTION)
    for name in ("majority", "matching"):
        assert (tmp_path / f"results/{name}/plots/loss_curves.png").stat().st_size > 10_000
