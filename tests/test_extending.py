"""The recipes of docs/extending.md, followed to the letter in a copy of the package."""

import re
import shutil
from pathlib import Path

import pytest
from page_blocks import CHANGES, COMMANDS, change, run_commands

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
RECIPES = {
    heading: text for heading, text in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
}


def test_every_recipe_has_changes_and_a_check():
    assert len(RECIPES) >= 2
    for text in RECIPES.values():
        assert CHANGES.search(text)
        assert COMMANDS.search(text)
    # No block of code is left out: each has the mark of its file.
    blocks = re.findall(r"^```(?:python|diff|toml)$", PAGE, re.M)
    assert len(blocks) == len(CHANGES.findall(PAGE))


@pytest.mark.long
def test_the_recipes_do_what_they_say(tmp_path):
    for name in ("rnnsweep", "tests", "benchmarks", "sweeps"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    # All changes first: a change of one kernel compiles all of them again.
    for kind, name, block in CHANGES.findall(PAGE):
        change(tmp_path / name, kind, block)
    # Nobody needs these kernels again.
    folders = {"PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    for heading, text in RECIPES.items():
        run_commands(tmp_path, heading, text, **folders)
