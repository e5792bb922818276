"""What a shell offers at a place of a line, and the scripts that make it ask."""

import os
import shutil
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete
from commandline import HEAVY, PATIENCE_S, ROOT, imported

from rnnsweep.cli.commands import cli
from rnnsweep.cli.completion import COMPLETE_VARIABLE, PROGRAM, SHELLS
from rnnsweep.cli.word_lists import word_lists
from rnnsweep.store.store import Store


def offered(*words):
    """Return what is offered for the last of these words, as texts."""
    shell = ShellComplete(cli, {}, PROGRAM, COMPLETE_VARIABLE)
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


def test_commands_and_options():
    assert offered("sum") == ["summary"]
    assert set(offered("")) == set(cli.commands)
    assert "--by" in offered("summary", "results/tiny", "--b")


def test_words_of_the_sweep_file():
    assert offered("new", "add") == ["adding", "adding_hs"]
    assert offered("list", "act") == ["activations"]
    assert offered("check", "lst")[0] == "lstm"
    assert offered("run", "x.toml", "--executor", "") == list(word_lists()["executors"])


def test_words_of_the_commands(home):
    assert offered("plot", "results/tiny", "--kind", "cur") == ["curves"]
    assert offered("plot", "results/tiny", "--kind", "map", "--x", "hid") == ["hidden_size"]
    assert offered("plot", "results/tiny", "--format", "s") == ["svg"]
    assert offered("summary", "results/tiny", "--metric", "final_t") == ["final_train_loss"]
    assert offered("export", "results/tiny", "--format", "") == [
        *("csv", "parquet", "latex", "markdown"),
    ]
    assert offered("merge", "results/all", "results/t") == ["results/tiny"]


def test_results_folders(home):
    assert offered("summary", "") == ["results/tiny"]
    assert offered("summary", "resu") == ["results/tiny"]
    assert offered("summary", "results/t") == ["results/tiny"]
    shutil.copytree("results/tiny", "moved [1]")
    assert offered("summary", "mo") == ["moved [1]"]
    assert offered("summary", "") == ["moved [1]", "results/tiny"]
    # A place without results is left to the shell.
    shell = ShellComplete(cli, {}, PROGRAM, COMPLETE_VARIABLE)
    (item,) = shell.get_completions(["summary"], "elsewhere/")
    assert (item.type, item.value) == ("dir", "elsewhere/")


def test_settings_of_the_results(home):
    line = ("summary", "results/tiny", "--by")
    assert offered(*line, "hidden") == ["hidden_size"]
    assert offered(*line, "")[:1] == ["hidden_size"]  # those that vary come first
    assert "hidden_size,learning_rate" in offered(*line, "hidden_size,")
    assert "hidden_size,hidden_size" not in offered(*line, "hidden_size,")
    assert offered("summary", "--top", "3", "results/tiny", "--by", "see") == ["seed"]


def test_trials_of_the_results(home):
    with Store.reader("results/tiny") as store:
        ids = sorted(store.trial_ids())
    assert offered("show", "results/tiny", "t") == ids
    assert offered("show", "results/tiny", ids[0][:-1]) == [ids[0]]
    assert offered("show", "results/tiny", "b") == ["best"]
    assert offered("predict", "results/tiny", "--data", "x", "--trial", "") == ["best", *ids]


@pytest.mark.parametrize(
    "words",
    [
        ("summary", "nowhere", "--by", "a"),
        ("summary", "--by", "a"),
        ("show", "nowhere", "t"),
        ("show", "a\0b", "t"),
        ("check", "lst", "--activation", ""),
    ],
)
def test_nothing_is_offered_where_something_is_wrong(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    assert offered(*words) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell(say, shell):
    code, output, _ = say("completion", shell)
    assert code == 0
    assert f"{COMPLETE_VARIABLE}={shell}_complete" in output


def test_another_shell_is_refused(say):
    code, output, errors = say("completion", "tcsh")
    assert (code, output) == (2, "")
    assert "'bash', 'zsh', 'fish'" in errors


def test_a_completion_imports_nothing_heavy(home, monkeypatch):
    monkeypatch.setenv(COMPLETE_VARIABLE, "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "rnnsweep show results/tiny ")
    monkeypatch.setenv("COMP_CWORD", "3")
    assert not HEAVY & imported()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes(home):
    program = home / "bin" / PROGRAM
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rnnsweep "$@"\n')
    program.chmod(0o755)
    asked = """
        source <(rnnsweep completion bash)
        COMP_WORDS=(rnnsweep summary results/tiny --by hid) COMP_CWORD=4
        _rnnsweep_completion rnnsweep
        echo "${COMPREPLY[@]}"
    """
    path = os.pathsep.join([str(program.parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", asked],
        cwd=home,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("hidden_size\n", "")
