"""A sweep file where a command takes a results folder: the message names the file's folder."""

import shutil

import pytest

COMMANDS = {
    "show": ["best"],
    "status": [],
    "summary": [],
    "report": [],
    "plot": [],
    "export": [],
    "verify": [],
    "compare": ["hidden_size"],
    "predict": ["--data", "series.csv"],
}


@pytest.mark.parametrize(("command", "others"), COMMANDS.items())
def test_every_command_names_the_folder(home, say, command, others):
    code, output, errors = say(command, "tiny.toml", *others)
    assert (code, output) == (3, "")
    assert errors.splitlines()[-1] == (
        "rnnsweep: tiny.toml is a sweep file; its results are in results/tiny, so name that folder"
    )


def test_where_the_file_comes_second(home, say):
    for line in (("merge", "whole", "tiny.toml"), ("compare", "results/tiny", "tiny.toml")):
        code, _, errors = say(*line)
        assert code == 3
        assert "tiny.toml is a sweep file; its results are in results/tiny" in errors


def test_a_file_that_was_run_in_parts(home, say):
    for name in ("tiny-1of2", "tiny-2of2", "tiny-of", "tiny-1of2x"):
        shutil.copytree("results/tiny", f"results/{name}")
    shutil.rmtree("results/tiny")
    code, _, errors = say("status", "tiny.toml")
    assert code == 3
    assert "results are in results/tiny-1of2, results/tiny-2of2, so name one of these" in errors


def test_a_file_that_was_not_run(home, say):
    (home / "my other.toml").write_text("")
    code, _, errors = say("status", "my other.toml")
    assert code == 3
    assert errors.endswith(
        "there is none in results/my other: first python -m rnnsweep run 'my other.toml'\n"
    )
