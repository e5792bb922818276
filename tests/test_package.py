"""What the package says of itself, and what it brings along."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import rnnsweep

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_type_checkers_read_the_annotations():
    # A wheel and an editable install hold this folder as it is, without what git ignores.
    assert PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["rnnsweep"]}
    assert files(rnnsweep).joinpath("py.typed").is_file()
    assert "py.typed" not in (ROOT / ".gitignore").read_text(encoding="utf-8")


def test_the_license_is_there():
    project = PYPROJECT["project"]
    (license_file,) = project["license-files"]
    text = (ROOT / license_file).read_text(encoding="utf-8")
    assert text.startswith(f"{project['license']} License\n")
    assert project["authors"][0]["name"] in text


def test_hooks_before_a_commit_do_what_make_lint_does():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"repo: (\S+)", hooks)) == {"local"}  # nothing is fetched
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lint:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1]
    commands = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe.splitlines()]
    assert re.findall(r"entry: (.+)", hooks) == commands


def test_a_file_is_short_enough_to_have_one_idea():
    lines = {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for folder in ("rnnsweep", "benchmarks", "docs", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert len(lines) > 200
    most = {name: 500 if name.startswith("tests/") else 400 for name in lines}
    assert [name for name in lines if lines[name] > most[name]] == []
