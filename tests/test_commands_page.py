"""docs/commands.md, followed to the letter, and complete."""

import re
from pathlib import Path

import pytest
from page_blocks import CHANGES, change, run_commands

import rnnsweep
from rnnsweep.analysis.trial_metrics import TRIAL_METRICS
from rnnsweep.cli.commands import cli

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The folder of a reader after all commands of the page."""
    home = tmp_path_factory.mktemp("commands")
    for kind, name, block in CHANGES.findall(PAGE):
        change(home / name, kind, block)
    run_commands(home, "commands", PAGE)
    return home


def test_the_commands_write_what_the_page_says(home):
    best = rnnsweep.load(home / "results" / "small").trials.sort_values("best_val_loss").iloc[0]
    alone = rnnsweep.load(home / "results" / "alone").trials.iloc[0]
    for name in ("activation", "hidden_size", "learning_rate", "seed"):
        assert alone[name] == best[name]
    assert (home / "table.tex").read_text().startswith(r"% \usepackage{booktabs}")
    assert len((home / "small.csv").read_text().splitlines()) == 1 + 24
    assert (home / "results" / "small" / "report.html").exists()


def test_every_command_is_on_the_page():
    named = set(re.findall(r"`(\w+)`|rnnsweep (\w+)", PAGE))
    assert {word for pair in named for word in pair} >= cli.commands.keys()


def test_every_metric_is_on_the_page():
    row = re.search(r"^\| `--metric NAME` \|.*$", PAGE, re.M)[0]
    assert set(re.findall(r"`(\w+)`", row)) == TRIAL_METRICS.keys() - {"best_val_loss"}
