"""The pages say what the code says."""

import ast
import re
import runpy
from pathlib import Path

import pytest

import rnnsweep
from rnnsweep import sweepfile
from rnnsweep.cli.commands import cli

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS]
FILES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("rnnsweep", "tests", "benchmarks", "docs", "sweeps")
    for path in (ROOT / folder).rglob("*.py")
]
# Files of other people, and of the reader, that the pages name.
FOREIGN = {"min-char-rnn.py", "FILE.py", "mytask.py"}


@pytest.mark.parametrize("name", ["reference", "api", "architecture", "cells"])
def test_a_generated_page_is_up_to_date(name):
    made = runpy.run_path(str(ROOT / "docs" / f"make_{name}.py"))[name]()
    assert (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") == made, "run `make docs`"


def test_the_reference_has_every_key_of_the_schema_with_a_default_and_a_meaning():
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\[[^\n]+)\n(.*?)(?=^#|\Z)", page, re.M | re.S))
    tables = dict(sweepfile.json_schema()["properties"])
    for table in ("cell", "cells", "grid", "zip", "random", "exclude", "when"):
        del tables[table]  # their keys are the names of an equation, or those of other tables
    objects = {
        f'[task] name = "{table["title"]}"': table["properties"]
        for table in tables.pop("task")["anyOf"]
    }
    seeds = {name: key for name, key in tables.items() if "properties" not in key}
    objects |= {f"[{name}]": tables[name]["properties"] for name in tables.keys() - seeds.keys()}
    for heading, keys in {"seeds": seeds, **objects}.items():
        section = page.partition("\n## ")[0] if heading == "seeds" else sections[heading]
        rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.M))
        assert rows.keys() >= keys.keys() - {"name"}, heading
        for name in keys.keys() - {"name"}:
            takes, default, meaning = re.split(r"(?<!\\) \| ", rows[name])
            assert takes, name
            assert default, name
            assert meaning, name


def test_every_public_name_is_on_the_page():
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    names = set(rnnsweep.__all__) - {"__version__"}
    assert {
        name for name in names if not re.search(rf"^## {name}$|^\| `{name}`", page, re.M)
    } == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_of_the_code_exist(page):
    text = page.read_text(encoding="utf-8")
    # What a recipe adds to the package is there only after it was followed.
    added = {Path(name).name for name in re.findall(r"<!-- file: (\S+)", text)}
    named = set(re.findall(r"(?<![\w/.-])[\w/.-]+\.py\b", text)) - FOREIGN
    missing = {
        name
        for name in named
        if not any(f"/{file}".endswith(f"/{name.lstrip('./')}") for file in FILES)
        and Path(name).name not in added
    }
    assert missing == set()


def test_names_in_the_tables_of_the_architecture_exist():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[[^]]+\]\(([^)]+\.py)\) \| `(\w+)` \|", page, re.M)
    assert len(rows) > 20
    missing = []
    for file, name in rows:
        tree = ast.parse((ROOT / "docs" / file).read_text(encoding="utf-8"))
        defined = {getattr(node, "name", None) for node in tree.body}
        if name not in defined:
            missing.append((file, name))
    assert missing == []


def anchors(page):
    """The names that links to the headings of a page have."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    missing = []
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file) if file else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            missing.append(target)
    assert missing == []


def test_the_page_on_kernels_names_every_file():
    page = (ROOT / "docs" / "kernels.md").read_text(encoding="utf-8")
    files = {path.name for path in (ROOT / "rnnsweep" / "kernels").glob("*.py")} - {"__init__.py"}
    table = page.partition("## Memory")[0]
    assert files <= set(re.findall(r"`(\w+\.py)`", table))


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
    sweep = sweepfile.load(file)
    assert len(sweep) == 3 * 4 * 4 * 3
    # The page says that its picture, of sweeps/grid.toml, came from these lines.
    grid = sweepfile.load(ROOT / "sweeps" / "grid.toml")
    assert [trial.trial_id for trial in sweep] == [trial.trial_id for trial in grid]
