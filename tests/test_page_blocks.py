"""The tests of the pages find a command that fails, and output that the page shows otherwise."""

import pytest
from page_blocks import ROOT, run_commands, run_program

LIST = "```sh\npython -m rnnsweep list optimizers\n```\n\n```text\nsgd {}\n```\n"
NUMBERS = "```sh\nprintf 'mean 0.1655 of 27\\nmean 3 of 5'\n```\n\n```text\n{}\n```\n"


def test_a_command_that_fails_is_found(tmp_path):
    for command in ("python -m rnnsweep status nowhere", "false", "true\nfalse"):
        with pytest.raises(AssertionError, match="a page"):
            run_commands(tmp_path, "a page", f"```sh\n{command}\n```\n")


@pytest.mark.parametrize("env", [{}, {"PYTHONPATH": str(ROOT)}], ids=["here", "in a process"])
def test_words_that_are_not_printed_are_found(tmp_path, env):
    run_commands(tmp_path, "a page", LIST.format("..."), **env)
    with pytest.raises(AssertionError, match="a page"):
        run_commands(tmp_path, "a page", LIST.format("is no optimizer"), **env)


@pytest.mark.parametrize("line", ["mean 0.1655 of 27", "mean 0.15 of 27", "mean 0.15 ..."])
def test_figures_may_be_off_by_a_share(tmp_path, line):
    run_commands(tmp_path, "a page", NUMBERS.format(line), off_by=0.3)


@pytest.mark.parametrize(
    ("line", "off_by"),
    [("mean 0.1655 of 28", 0.3), ("mean 0.1 of 27", 0.3), ("mean 0.1654 of 27", 0.0)],
)
def test_a_wrong_figure_is_found(tmp_path, line, off_by):
    with pytest.raises(AssertionError, match="a page"):
        run_commands(tmp_path, "a page", NUMBERS.format(line), off_by=off_by)


def test_what_a_command_prints_goes_to_the_file_that_the_page_names(tmp_path):
    run_commands(tmp_path, "a page", "```sh\npython -m rnnsweep list losses > words.txt\n```\n")
    assert "mse" in (tmp_path / "words.txt").read_text()


def test_a_program_runs_in_the_folder(tmp_path):
    program = "from pathlib import Path\nprint(Path().resolve())"
    assert run_program(tmp_path, "a page", program) == f"{tmp_path.resolve()}\n"
    with pytest.raises(ZeroDivisionError):
        run_program(tmp_path, "a page", "1 / 0")
