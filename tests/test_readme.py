"""The commands of README.md, run one after the other over a small sweep of the same names."""

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnnsweep.cli.commands import cli

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\| `python -m rnnsweep (.+?)` \|", PAGE, re.M)
# It measures for twenty seconds; tests/cli/test_commands.py runs it for small sizes.
SLOW = {"bench"}


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Change to a folder with the README's sweep, smaller, and the other files that it names."""
    sweep, cell = (re.findall(r"```toml\n(.*?)```", PAGE, re.S)[place] for place in (0, 1))
    for old, new in {
        r"^epochs = \d+": "epochs = 1",
        r"hidden_size = \[.*\]": "hidden_size = [4, 8]",
        r"num = 4": "num = 2",
        r"^seq_len = 10": "seq_len = 10\nn_train = 64\nn_val = 32",
        r"\A": '[output]\nsave_params = "best"\n\n',
    }.items():
        sweep, count = re.subn(old, new, sweep, flags=re.M)
        assert count == 1, old
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "sweeps" / "grid.toml").write_text(sweep)
    (tmp_path / "ugrnn.toml").write_text(cell)
    np.savez(tmp_path / "x.npz", x=np.zeros((3, 10, 2), np.float32))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_of_the_program_is_in_the_table():
    assert {line.split()[0] for line in COMMANDS} == cli.commands.keys()


@pytest.mark.long
def test_every_command_does_something(small, say):
    for line in COMMANDS:
        verb, *words = shlex.split(line)
        if verb in SLOW:
            continue
        if verb == "merge":  # runs of the whole file are merged as its shards are
            shutil.copytree("results/grid", "results/grid-1of8")
            words = [words[0], *map(str, Path().glob(words[1]))]
        code, output, errors = say(verb, *words)
        assert code == 0, (line, errors)
        assert output, line
