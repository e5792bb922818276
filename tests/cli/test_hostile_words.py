"""Command lines and names that nobody meant well: one message, nothing that acts on a terminal."""

import re

import pytest
from commandline import TINY, snapshot
from store_cases import named

from rnnsweep.store.store import Store

BIG = "9" * 400
WORDS = [
    ("run tiny.toml --data-memory {BIG}MB", 2, "is more memory than a machine can have"),
    ("run tiny.toml --data-memory 99999999TiB", 2, "is more memory than a machine can have"),
    ("run tiny.toml --jobs 1025", 2, "jobs is 1025; allowed: a whole number of at least 1 and at"),
    ("run tiny.toml --jobs {BIG}", 2, "allowed: a whole number of at least 1 and at most 1024"),
    ("run tiny.toml --jobs 9{BIG}{BIG}{BIG}{BIG}{BIG}{BIG}{BIG}{BIG}{BIG}{BIG}{BIG}", 2, "--jobs"),
    ("predict results/tiny --data tiny.toml --trial \udcff", 2, r"no trial '\udcff'"),
    ("predict results/tiny --data tiny.toml --trial {BIG}", 2, "no trial '999"),
    ("plan tiny.toml --set train.epochs=0x" + "f" * 5000, 2, "thousands of digits"),
    ("plan tiny.toml --set task.name=x0x" + "f" * 5000, 2, "a number has thousands of digits"),
    ("plan tiny.toml --set seed=" + "[" * 60 + "]" * 60, 2, "is no TOML value"),
    ("plan tiny.toml --set seed=\x1b[31m", 2, r"--set seed: \x1b[31m is no TOML value"),
    ("plan \x1b[31m.toml", 2, r"\x1b[31m.toml: there is no such file"),
    ("status \x1b]0;title\x07", 3, r"\x1b]0;title\x07 holds no results"),
    ("status tiny.toml \x9b31m", 2, r"unexpected extra argument (\x9b31m)"),
]


@pytest.mark.parametrize(("line", "code", "message"), WORDS)
def test_a_strange_word_is_refused(home, say, line, code, message):
    before = snapshot(home)
    given, output, errors = say(*line.replace("{BIG}", BIG).split(" "))
    assert (given, output) == (code, "")
    assert message in errors
    assert errors.replace("\n", "").isprintable()
    assert snapshot(home) == before


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_more_rows_than_there_can_be(home, say, more):
    expected = say("summary", "results/tiny", "--top", 4, *more)
    assert say("summary", "results/tiny", "--top", BIG, *more) == expected


@pytest.mark.parametrize("verb", ["plan", "run"])
@pytest.mark.parametrize("name", ["..toml", "...toml"])
def test_a_file_whose_results_would_be_outside_its_folder(home, say, verb, name):
    (home / "sweeps").mkdir()
    (home / "sweeps" / name).write_text(TINY)
    before = snapshot(home)
    code, output, errors = say(verb, f"sweeps/{name}")
    assert (code, output) == (2, "")
    assert "a file of this name has no results folder of its own; rename the file" in errors
    assert snapshot(home) == before


NAMES = [
    "a\x1b[31mb",
    "a\nb",
    "~",
    "$HOME",
    "a\\..\\b",
    "con",
    " ",
    "=1+1",
    "$x^2$",
    "-x",
    "a\u202eb",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_other_name_has_its_folder_in_results(home, say, name):
    (home / f"{name}.toml").write_text(TINY)
    before = snapshot(home).keys()
    code, output, errors = say("run", f"./{name}.toml", "--no-plots")
    assert code == 0
    for text in (output, errors):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    made = snapshot(home).keys() - before
    assert made
    assert all(path == f"results/{name}" or path.startswith(f"results/{name}/") for path in made)


def test_a_sweep_of_a_strange_name_on_the_screen_of_status(home, say):
    with Store.writer(home / "strange") as store:
        store.set_sweep("a\x1b[2Jb", TINY, ["hidden_size"], named(0, 1))
    assert r"a\x1b[2Jb: 0 of 2 trials" in say("status", "strange")[1]
