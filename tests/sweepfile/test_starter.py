"""The sweep file that `new` prints: it loads for every task, and its comments are right."""

import re

import numpy as np
import pytest
from own_cases import MAJORITY
from sweep_cases import load

from rnnsweep import sweepfile
from rnnsweep.errors import SweepError
from rnnsweep.sweepfile.keys import RECORD_TABLES, TABLES, TASK_KEYS, any_keys
from rnnsweep.sweepfile.starter import starter
from rnnsweep.tasks import TASKS

# A key in a comment, with its default.
_COMMENTED = re.compile(r"^# (\w+ = (?!\.\.\.))", re.M)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Change to a folder with the data that the placeholders name, and return it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("value\n" + "".join(f"{i % 7}\n" for i in range(100)))
    (tmp_path / "data.txt").write_text("abcd efgh " * 100)
    np.savez(
        tmp_path / "data.npz",
        x=np.random.default_rng(0).normal(size=(20, 3, 2)),
        y=np.arange(20) % 2,
    )
    return tmp_path


@pytest.mark.parametrize("word", TASKS)
@pytest.mark.parametrize("all_keys", [False, True])
def test_the_file_of_every_task_loads(here, word, all_keys):
    text = starter(word, all_keys=all_keys)
    sweep = load(here, text)
    assert len(sweep) == 54
    assert {trial.config.task.name for trial in sweep[::20]} == {word}
    assert max(map(len, text.splitlines())) <= 100
    for key in TASK_KEYS[word].values():
        assert re.search(rf"^(# )?{key.name} = ", text, re.M), key.name


@pytest.mark.parametrize("word", TASKS)
def test_no_quoted_word_is_broken_over_two_lines(here, word):
    for line in starter(word, all_keys=True).splitlines():
        assert line.count('"') % 2 == 0, line


@pytest.mark.parametrize("word", TASKS)
def test_the_values_in_comments_are_the_defaults(here, word):
    text = starter(word, all_keys=word == "adding")
    before = [trial.trial_id for trial in load(here, text)]
    for match in _COMMENTED.finditer(text):
        changed = text[: match.start()] + match[1] + text[match.end() :]
        assert [trial.trial_id for trial in load(here, changed)] == before, match[1]


def test_all_keys_are_all_keys(here):
    text = starter("adding", all_keys=True)
    for table in ("", *TABLES[1:], *RECORD_TABLES):
        for key in any_keys(table).values():
            assert re.search(rf"^(# )?({table}\.)?{key.name} = ", text, re.M), key.dotted


def test_only_files_have_placeholders(here):
    assert "placeholder of path and that of target" in starter("csv")
    assert "placeholder of path.\n" in starter("text")
    assert "placeholder" not in starter("adding")


def test_a_function_that_does_not_exist_yet(here):
    text = starter("my.py:total")
    function = "".join(
        line.removeprefix("#").removeprefix("     ") + "\n"
        for line in text.partition("begin with:\n#\n")[2].partition("\n\n")[0].splitlines()
    )
    with pytest.raises(SweepError, match=r"my\.py"):
        load(here, text)
    (here / "my.py").write_text(function)
    assert len(load(here, text)) == 54
    assert "# seq_len = 20 " in starter("my.py:total")  # its parameters are keys


def test_a_function_of_the_user(here):
    (here / "my.py").write_text(MAJORITY.replace("seq_len=11, p=0.5", "p: float, seq_len=11"))
    text = starter("my.py:majority")
    assert re.search(r"^p = 1", text, re.M)
    assert re.search(r"^# seq_len = 11", text, re.M)
    assert len(load(here, text)) == 54


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("addng", r"no task 'addng'; allowed: adding, .*FILE\.py:FUNCTION; did you mean adding\?"),
        ("", "no task ''"),
        ("my.py", "no task 'my.py'"),
        ('x".py:f', "no task"),
        ("my.py:f g", "no task"),
        ("my.py:absent", "my.py:absent: .*majority"),
    ],
)
def test_what_is_no_task(here, word, message):
    (here / "my.py").write_text(MAJORITY)
    with pytest.raises(SweepError, match=message):
        starter(word)


def test_the_command(here, say):
    code, output, errors = say("new", "copy")
    assert (code, output, errors) == (0, starter("copy"), "")
    (here / "first.toml").write_text(output)
    assert len(sweepfile.load(here / "first.toml")) == 54
    assert "# momentum = 0.0" in say("new", "copy", "--all")[1]
    code, output, errors = say("new", "copi")
    assert (code, output) == (2, "")
    assert "did you mean copy?" in errors
