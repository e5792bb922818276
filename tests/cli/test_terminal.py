"""Where the output goes: pipes, terminals of any width, and what is imported before."""

import os
import re
import shutil
import subprocess

import pandas as pd
import pytest
from commandline import HEAVY, PATIENCE_S, TINY, command, imported, start

# Pipes and terminals


@pytest.mark.parametrize(
    "line",
    [
        "summary results/tiny",
        "summary results/tiny --json",
        "show results/tiny best",
        "show results/tiny best --toml",
        "export results/tiny",
        "export results/tiny --epochs",
        "new adding",
        "list",
        "check lstm",
        "check lstm --source",
        "schema",
        "run tiny.toml",
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_a_pipe_whose_reader_has_gone(home, line):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        code, _, errors = command(*line.split(), cwd=home, stdout=writing)
    finally:
        os.close(writing)
    assert code == 0  # 1 would say that a trial failed
    assert "rror" not in errors


def test_nothing_is_wrapped_or_cut_in_a_pipe(home, say, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    name = "a_folder_with_a_long_name" * 8
    shutil.copytree("results/tiny", name)
    columns = pd.read_csv("results/tiny/trials.csv").columns
    everything = ",".join(columns[2 : columns.get_loc("n_params")])
    code, output, _ = say("summary", name, "--by", everything)
    assert code == 0
    heading, row = (
        next(line for line in output.splitlines() if text in line) for text in ("rank", "16")
    )
    names = ["rank", *everything.split(",")]
    assert heading.split()[: len(names)] == names
    assert heading.split()[-4:] == ["mean", "median", "loss", "baseline"]
    assert "…" not in output
    assert len(row) > 200
    code, output, _ = say("plan", "tiny.toml", "--results", name)
    assert f"4 in {name}" in output


@pytest.mark.parametrize("line", ["plan tiny.toml --results café", "run tiny.toml --results café"])
def test_an_output_that_knows_ascii_alone(home, line):
    shutil.copytree("results/tiny", "café")
    code, output, _ = command(*line.split(), cwd=home, env={"PYTHONIOENCODING": "ascii"})
    assert code == 0
    assert output


def in_terminal(*arguments, cwd, columns, **streams):
    """Run the command line with a terminal of that width; return its code and what it shows."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = start(
        *arguments,
        cwd=cwd,
        env={"COLUMNS": str(columns), "TERM": "xterm"},
        **{"stdin": theirs, "stdout": theirs, "stderr": theirs, **streams},
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # the last process that has the terminal is gone
        pass
    finally:
        os.close(ours)
    output, _ = process.communicate(timeout=PATIENCE_S)
    return process.returncode, output, shown.decode()


def test_progress_is_live_in_a_terminal_and_the_table_whole_in_a_pipe(home):
    code, output, shown = in_terminal(
        "run", "tiny.toml", "--results", "other", cwd=home, columns=60, stdout=subprocess.PIPE
    )
    assert code == 0
    assert "\x1b[2K" in shown  # a line is drawn over
    assert "━" in shown
    assert "4 of 4 trials" in shown
    assert re.search("ci95_high +median", output)
    assert "\x1b" not in output


def test_the_test_part_s_side_fits_80_columns(home):
    by = ("--by", "activation,hidden_size,learning_rate")
    code, _, shown = in_terminal("summary", "results/tiny", *by, cwd=home, columns=80)
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert re.search(r"rank .* learning_rate .* median +loss +baseline", plain)
    assert max(map(len, plain.splitlines())) <= 80


@pytest.mark.parametrize("columns", [60, 10])
def test_a_narrow_terminal(home, columns):
    code, _, shown = in_terminal("summary", "results/tiny", cwd=home, columns=columns)
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "hidden_size" in plain
    assert re.search(r"\d\.\d{3}", plain)  # no number is broken, the terminal breaks the lines
    if columns == 60:
        assert max(map(len, plain.splitlines())) <= columns


@pytest.mark.parametrize("columns", [80, 40])
def test_speeds_fit_into_a_terminal(home, columns):
    line = ("bench", "--cell", "rnn", "--hidden-size", "256", "--seq-len", "2", "--batch-size", "1")
    code, _, shown = in_terminal(*line, cwd=home, columns=columns)
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", shown)
    assert max(map(len, plain.splitlines())) <= columns
    assert "…" not in plain
    assert re.search(r"^ rnn +256 +[\d.,]+ +[\d,.]+ +[\d.e-]+ *$", plain, re.MULTILINE)


@pytest.mark.parametrize("columns", [80, 40])
def test_a_cell_fits_into_a_terminal(home, columns):
    code, _, shown = in_terminal("check", "rnn", cwd=home, columns=columns)
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", shown)
    own = [line for line in plain.splitlines() if not line.startswith("compil")]
    assert max(map(len, own)) <= columns
    assert "  d_z = g_h * (1 - h * h)" in own


# Speed: the heavy libraries are loaded by who needs them


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "run --help",
        "list",
        "schema",
        "plan tiny.toml",
        "plan tiny.toml --set train.epochs=3",
        "status results/tiny",
        "summary results/tiny --by seed",
        "summary results/tiny --json",
        "summary results/tiny --metric test_loss --format markdown",
        "show results/tiny best",
        "export results/tiny",
        "export results/tiny --format latex",
        "new adding",
        "new own.py:absent",
        "run wrong.toml",
        "run tiny.toml --set train.epoch=3",
        "run tiny.toml --data-memory much",
        "runn tiny.toml",
        "bench --cell lst",
        "check lst",
        "check lstm --source --activation relu",
        "check lstm --activation tahn",
    ],
)
def test_quick_answers_import_nothing_heavy(home, line):
    (home / "wrong.toml").write_text(TINY.replace("epochs", "epoch"))
    assert not HEAVY & imported(*line.split())


def test_without_pictures_nothing_that_draws_is_imported(home):
    others = imported("run", "tiny.toml", "--no-plots", "--results", "other")
    assert HEAVY & others == {"numba", "scipy"}  # numba asks scipy for its BLAS
    assert not HEAVY & imported("plot", "results/tiny") - {"matplotlib"}


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_nobody_listens_to_the_progress(home):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        process = start("run", "tiny.toml", "--results", "other", cwd=home, stderr=writing)
        output, _ = process.communicate(timeout=PATIENCE_S)
    finally:
        os.close(writing)
    assert process.returncode == 0
    assert len((home / "other" / "trials.csv").read_text().splitlines()) == 1 + 4
    assert b"plots" in output if isinstance(output, bytes) else "plots" in output


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")  # noqa: PTH110
def test_an_output_that_is_full(home):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        code, _, errors = command("list", cwd=home, stdout=full)
    assert code == 3
    assert errors.startswith("rnnsweep: ")
    assert "Traceback" not in errors
