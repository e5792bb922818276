"""docs/cells.md, followed to the letter: its cells are read, its faults made, its commands run."""

import re
import tomllib
from pathlib import Path

import pytest
from page_blocks import CHANGES, COMMANDS, change, run_commands

from rnnsweep import sweepfile
from rnnsweep.cells import CellError, read_cell
from rnnsweep.errors import SweepError

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "cells.md").read_text(encoding="utf-8")
FILES = {name: text for _, name, text in CHANGES.findall(PAGE) if name.endswith(".toml")}
EXAMPLES = re.findall(r"<!-- cell -->\n```toml\n(.*?)^```\n", PAGE, re.M | re.S)


def table(mark):
    """Return the rows of the table below a mark, each a list of its texts."""
    lines = PAGE.partition(f"<!-- {mark} -->\n")[2].partition("\n\n")[0].splitlines()[2:]
    return [[text.strip() for text in line.strip("|").split(" | ")] for line in lines]


def test_the_cells_of_the_page_are_read():
    cells = [tomllib.loads(text) for text in (*FILES.values(), *EXAMPLES)]
    tables = [cell["cell"] for cell in cells if "equations" in cell.get("cell", {})]
    tables += [each for cell in cells for each in cell.get("cells", {}).values()]
    assert len(tables) >= 6
    for each in tables:
        read_cell(each)


@pytest.mark.parametrize(("change", "message"), [row[:2] for row in table("faults")])
def test_a_fault_has_its_message(change, message):
    cell = tomllib.loads(FILES["ugrnn.toml"])["cell"] | tomllib.loads(change.strip("`"))
    with pytest.raises(CellError) as error:
        read_cell(cell)
    assert_says(error, message)


@pytest.mark.parametrize(("line", "message"), [row[:2] for row in table("sweep faults")])
def test_a_fault_of_the_sweep_file_has_its_message(tmp_path, line, message):
    (tmp_path / "ugrnn.toml").write_text(FILES["ugrnn.toml"])
    sweep = tmp_path / "ugrnn_sweep.toml"
    sweep.write_text(FILES["ugrnn_sweep.toml"] + line.strip("`"))
    with pytest.raises(SweepError) as error:
        sweepfile.load(sweep)
    assert_says(error, message)


def assert_says(error, message):
    """Check a message of the page; ... is where it leaves a part out."""
    for part in message.replace("\\*", "*").split(" ...; "):
        assert part.rstrip(";") in str(error.value)


@pytest.mark.long
def test_its_files_and_commands_do_what_it_says(tmp_path):
    changes = CHANGES.findall(PAGE)
    assert len(changes) >= 7
    for kind, name, block in changes:
        change(tmp_path / name, kind, block)
    assert len(COMMANDS.findall(PAGE)) >= 6
    run_commands(tmp_path, "cells", PAGE)
    picture = tmp_path / "results" / "ugrnn_sweep" / "plots" / "loss_curves.png"
    assert picture.stat().st_size > 10_000
