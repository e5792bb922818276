"""The derived gradients of a sweep's cells are checked before the first trial, once a machine."""

import errno
import os
import re
from pathlib import Path

import pytest
from cell_file_cases import UGRNN
from commandline import Heard, snapshot

import rnnsweep
from rnnsweep import sweepfile
from rnnsweep.cells import CELLS, gradcheck
from rnnsweep.cells.gradcheck import GradientError
from rnnsweep.errors import SweepError
from rnnsweep.execution import gradient_check
from rnnsweep.execution.gradient_check import check_gradients, fault
from rnnsweep.execution.run import run_sweep
from rnnsweep.interruption import Interruption

FILE = """
[task]
name = "adding"
seq_len = 4
n_train = 16
n_val = 8
n_test = 8
[model]
hidden_size = 3
[train]
learning_rate = 0.05
epochs = 1
[cells.half]
sums = ["z"]
states = ["h"]
constants = {beta = 0.5}
equations = "h = log(beta) * act(z)"
[grid]
seed = [0, 1]
model.cell = ["rnn", "ugrnn.toml", "half"]
model.activation = ["tanh", "x * sigmoid(x)"]
"""


@pytest.fixture
def marks(tmp_path, monkeypatch):
    """An empty folder for the marks."""
    folder = tmp_path / "marks"
    folder.mkdir()
    monkeypatch.setattr(gradient_check, "CACHE_DIR", folder)
    monkeypatch.setattr(gradient_check, "_SILENT_S", -1.0)
    return folder


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working directory with a sweep over three cells."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Path("cells.toml").write_text(FILE)
    Path("ugrnn.toml").write_text(UGRNN)
    return folder


@pytest.fixture
def wrong(monkeypatch):
    """Let the derived gradient by the sum zc of the cell ugrnn.toml be wrong."""
    emit = gradcheck.emit

    def emit_wrong(program):
        return emit(program).replace("d_tanh_zc * (one - ", "d_tanh_zc * (one + ")

    monkeypatch.setattr(gradcheck, "emit", emit_wrong)


def checked(sweep):
    """Check the cells of a sweep; return what the user reads, if it takes long."""
    lines = []
    check_gradients(sweep, lines.append, Interruption())
    return lines


def test_each_cell_is_checked_once_a_machine(home, marks):
    sweep = sweepfile.load("cells.toml")
    assert checked(sweep) == ["checking the gradients of 6 cells, once on this machine"]
    assert [path.stat().st_size for path in marks.glob("*.checked")] == [0] * 6
    assert checked(sweep) == []
    # Other values of a constant, other seeds and sizes are the same equations.
    more = ["cell.beta=0.25", "model.cell=half", "seed=[2,3]", "model.hidden_size=[4,5]"]
    assert checked(sweepfile.load("cells.toml", more)) == []
    Path("ugrnn.toml").write_text(UGRNN.replace("(1 - g)", "(1 - g * g)"))
    said = ["checking the gradients of 2 cells, once on this machine"]
    assert checked(sweepfile.load("cells.toml")) == said


def test_a_wrong_gradient_ends_the_run_before_anything_is_written(home, marks, wrong, say):
    before = snapshot(home)
    code, output, errors = say("run", "cells.toml")
    assert (code, output) == (2, "")
    *_, message = errors.splitlines()
    assert re.match(
        r'rnnsweep: cells\.toml: model\.cell = "ugrnn\.toml": the cell ugrnn\.toml with tanh: '
        r"the derived gradient by \w+_zc \(the [a-z _]+ zc\) differs from "
        r"central differences by [\d.]+ of its size; allowed: 0\.0001",
        message,
    )
    assert snapshot(home) == before
    assert len([*marks.iterdir()]) == 2  # those of rnn, which comes first


def test_python_gets_the_same_error(home, marks, wrong):
    with pytest.raises(SweepError, match=r"ugrnn\.toml"):
        rnnsweep.run("cells.toml")
    assert not Path("results").exists()


def test_values_of_constants_without_a_finite_loss_are_left_to_the_trials(home, marks):
    # The logarithm of -1 is none, that of 0.5 is.
    assert checked(sweepfile.load("cells.toml", ["cell.beta=[-1.0, 0.5]", "model.cell=half"]))
    assert len([*marks.iterdir()]) == 2
    for mark in marks.iterdir():
        mark.unlink()
    half = r"^cells\.toml: \[cells\.half\]: the cell half with tanh: .*not finite.*logarithm"
    with pytest.raises(SweepError, match=half):
        checked(sweepfile.load("cells.toml", ["cell.beta=[-1.0, -2.0]", "model.cell=half"]))
    assert not [*marks.iterdir()]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_where_no_mark_can_be_written_the_next_run_checks_again(home, marks, monkeypatch, code):
    def refuse(path, *args, **options):
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(Path, "touch", refuse)
    sweep = sweepfile.load("cells.toml")
    assert len(checked(sweep)) == 1
    assert len(checked(sweep)) == 1


@pytest.mark.parametrize("damage", [Path.mkdir, lambda path: path.symlink_to("nowhere/nothing")])
def test_what_is_in_the_place_of_a_mark(home, marks, damage):
    sweep = sweepfile.load("cells.toml", ["model.cell=half", "model.activation=tanh"])
    checked(sweep)
    (mark,) = marks.iterdir()
    mark.unlink()
    damage(mark)
    assert len(checked(sweep)) <= 1


def test_a_cache_directory_that_is_a_file_or_gone(home, marks):
    sweep = sweepfile.load("cells.toml")
    marks.rmdir()
    assert len(checked(sweep)) == 1
    marks.write_text("no folder")
    assert len(checked(sweep)) == 1


def test_a_signal_ends_the_check(home, marks, monkeypatch):
    interruption = Interruption()
    check = gradient_check.check_gradient

    def check_and_interrupt(cell):
        interruption.handle(0, None)
        return check(cell)

    monkeypatch.setattr(gradient_check, "check_gradient", check_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        check_gradients(sweepfile.load("cells.toml"), lambda line: None, interruption)
    assert len([*marks.iterdir()]) == 1


def test_a_short_check_says_nothing(home, marks, monkeypatch):
    monkeypatch.setattr(gradient_check, "_SILENT_S", 1000.0)
    assert checked(sweepfile.load("cells.toml")) == []
    assert len([*marks.iterdir()]) == 6


@pytest.mark.usefixtures("no_plots")
def test_a_cell_s_file_that_changes_or_goes_while_a_sweep_runs(home, marks):
    few = ["model.cell=ugrnn.toml", "model.activation=tanh", "seed=[0,1]"]
    expected = run_sweep(
        sweepfile.load("cells.toml", few), results="first", jobs=1, executor="serial",
        progress=Heard(),
    ).trials  # fmt: skip

    class Changing(Heard):
        def begin(self, n_trials):
            Path("ugrnn.toml").write_text("[cell]\nsums = [")

        def advance(self, records):
            Path("ugrnn.toml").unlink(missing_ok=True)

    results = run_sweep(
        sweepfile.load("cells.toml", few), results="second", jobs=1, executor="serial",
        progress=Changing(),
    )  # fmt: skip
    assert not Path("ugrnn.toml").exists()
    for name in ("trial_id", "status", "best_val_loss"):
        assert results.trials[name].tolist() == expected[name].tolist()


def test_what_is_said_of_a_cell():
    cell = CELLS["lstm"]
    assert fault(cell, GradientError(1e-9, "W_x_zi")) == ""
    for param, words in {
        "W_x_zi": "W_x_zi (the matrix by which the input goes into zi)",
        "W_h_prev_zf": "W_h_prev_zf (the matrix by which h_prev goes into zf)",
        "b_zo": "b_zo (the bias of zo)",
        "W_hh_1": "W_hh_1",
    }.items():
        message = fault(cell, GradientError(0.25, param))
        assert f"by {words} differs from central differences by 0.25" in message
    peephole = fault(CELLS["lstm_peephole"], GradientError(0.25, "p_i"))
    assert "by p_i (a vector of the cell) differs" in peephole
    for error in (float("nan"), float("inf")):
        assert "b_zi (the bias of zi) are not finite" in fault(cell, GradientError(error, "b_zi"))
