"""docs/forecasts.md, followed to the letter: its files are written, its commands are run."""

import csv
import re
import shutil
from pathlib import Path

import pytest
from page_blocks import CHANGES, change, run_commands

import rnnsweep

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "forecasts.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The folder of a reader after all commands of the page."""
    home = tmp_path_factory.mktemp("forecasts")
    shutil.copytree(ROOT / "sweeps", home / "sweeps")
    for kind, name, block in CHANGES.findall(PAGE):
        change(home / name, kind, block)
    run_commands(home, "forecasts", PAGE)
    return home


def test_the_commands_draw_the_pictures(home):
    for name in ("sunspots", "co2", "mackey_glass"):
        assert (home / f"{name}_forecast.png").stat().st_size > 10_000


def test_the_keys_of_the_shipped_sweep_are_those_of_the_page(home):
    lines = (home / "sweeps" / "sunspots.toml").read_text().splitlines()
    block = re.search(r"```toml\n(\[task\].*?)```", PAGE, re.DOTALL)[1]
    for line in block.splitlines():
        key = line.partition("#")[0].strip()
        assert key in {other.partition("#")[0].strip() for other in lines}


def test_the_numbers_are_near_those_of_the_page(home):
    # Another type of CPU rounds otherwise, so that another trial may be the best.
    pages_figures = (
        ("sunspots", 19.4, 33.3, 0.05),
        ("co2", 4.66, 1.19, 0.05),
        ("mackey_glass", 0.0104, 0.178, 0.0005),
    )
    for name, network, persistence, rounding in pages_figures:
        errors = rnnsweep.load(home / "results" / name).forecast_errors()
        rmse = errors.query("part == 'test'").set_index("predictor")["rmse"]
        assert f"{network}" in PAGE
        assert rmse["network"] == pytest.approx(network, rel=0.3)
        assert f"{persistence}" in PAGE
        assert rmse["persistence"] == pytest.approx(persistence, abs=rounding)


def test_the_columns_of_the_file_are_those_of_the_page(home):
    with (home / "results" / "sunspots" / "forecast.csv").open(newline="") as file:
        assert ",".join(next(csv.reader(file))) in PAGE
