"""The recipes of docs/extending.md, followed to the letter in a copy of the package.

A recipe's blocks are a new file, lines at the end of a file, a change (a diff whose unmarked lines
are there already), and commands; a text right after commands is what they print.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
RECIPES = {
    heading: text for heading, text in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
}
CHANGES = re.compile(r"<!-- (file|append|edit): (\S+) -->\n```\w+\n(.*?)^```\n", re.M | re.S)
COMMANDS = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
PATIENCE_S = 300  # kernels are compiled


def change(path, kind, block):
    if kind == "file":
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if kind == "append":
        path.write_text(f"{text}\n\n{block}", encoding="utf-8")
        return
    lines = block.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    assert text.count(before) == 1, (
        f"{path.name} has these lines {text.count(before)} times:\n{block}"
    )
    path.write_text(text.replace(before, after), encoding="utf-8")


def check(copy, heading, text):
    """Run a recipe's commands and look for what they should print."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(copy)}
    env["NUMBA_CACHE_DIR"] = str(copy / "kernels")  # nobody needs them again
    env.pop("PYTEST_XDIST_WORKER", None)  # the recipes' tests are a run of their own
    for commands, output in COMMANDS.findall(text):
        done = subprocess.run(
            ["bash", "-ec", commands],
            cwd=copy,
            env=env,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, f"{heading}: {commands}{done.stdout}{done.stderr}"
        printed = " ".join(done.stdout.split())
        for line in output.splitlines():
            assert " ".join(line.split()) in printed, f"{heading}: {commands}"


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
    for heading, text in RECIPES.items():
        check(tmp_path, heading, text)
