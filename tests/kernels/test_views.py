"""Views stay within their arrays: every cell is run where a view tests its range.

Views test their ranges where kernels run as plain Python, so all tests here but one need
``NUMBA_DISABLE_JIT=1``; that one runs the others in a process with it.
"""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from some_cells import CELLS
from training_cases import Case, Rule, train

from rnnsweep import handwritten_cells as cells
from rnnsweep.kernels import block
from rnnsweep.kernels.views import CHECKED, flat, flat_at, table, table_at
from rnnsweep.network import buffers
from rnnsweep.training import metrics, session
from rnnsweep.vocabulary import OUTPUTS

checked = pytest.mark.skipif(not CHECKED, reason="compiled: views are not tested")


@pytest.mark.skipif(CHECKED, reason="run by itself there")
def test_the_checked_build():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout  # this test, and no other


def small_training(cell, layers=2, dropout=0.0, rule=Rule(batch_size=4), **words):  # noqa: B008
    """Train, evaluate and probe a small network in blocks of all sizes; return its outputs."""
    case = Case(rule, cell=cell, num_layers=layers, n_train=7, n_val=4, seq_len=5, **words)
    run = case.start(1, dropout=dropout)
    train(run, case.orders(1))
    outputs = run.outputs(run.val_part)
    names = ("saturation", "dead_units", "gradient_flow")
    probe = metrics.Metrics(names, case.model, run.objective, run.val_part)
    probe.measure(run.learner.params, 0.0)
    return outputs


EVERY_CASE = [
    {"layers": layers, "dropout": dropout, "output": output, "with_lengths": with_lengths}
    for layers, output, with_lengths in itertools.product((1, 2), OUTPUTS, (False, True))
    for dropout in ((0.0, 0.5) if layers > 1 else (0.0,))
]
EVERY_CASE += [
    {"layers": layers, "output": output, "rule": Rule(batch_size=4, stateful=True)}
    for layers, output in itertools.product((1, 2), OUTPUTS)
]
EVERY_CASE += [{"layers": 1, "output": "last", "tokens": True}]
ELMAN = [
    {"layers": 1, "output": output, "rule": Rule(batch_size=1), "with_lengths": True}
    for output in OUTPUTS
]
ELMAN += [{"layers": 1, "output": "last", "rule": Rule(batch_size=4, gradient="notebook")}]


def cases_of(cell):
    return EVERY_CASE + (ELMAN if cells.CELLS[cell].is_elman else [])


def run_every_case(cell):
    """Return the outputs of each case."""
    return [small_training(cell, **case) for case in cases_of(cell)]


def fails(cell):
    """Return whether a view of any case leaves its array."""
    try:
        run_every_case(cell)
    except IndexError as error:
        if "a view of elements" not in str(error):
            raise
        return True
    return False


@pytest.fixture
def change_record(monkeypatch):
    """Return a function that changes fields of a cell's record for the test."""
    # The layout that an earlier test made is that of the unchanged record.
    monkeypatch.setattr(buffers, "_layout", buffers._layout.__wrapped__)

    def change(cell, **fields):
        monkeypatch.setitem(cells.CELLS, cell, cells.CELLS[cell]._replace(**fields))

    return change


@checked
@pytest.mark.parametrize("cell", CELLS)
def test_no_view_leaves_its_array(cell):
    # An IndexError names the line of the cell's file.
    assert all(np.isfinite(outputs).all() for outputs in run_every_case(cell))


@checked
@pytest.mark.parametrize("cell", [name for name, cell in cells.CELLS.items() if cell.extras])
def test_no_cell_has_an_extra_that_it_does_not_use(cell, change_record):
    extras = cells.CELLS[cell].extras
    change_record(cell, extras=extras - 1)
    assert fails(cell), f"CELL of {cell}: extras is {extras}, and one fewer is enough"


@checked
@pytest.mark.parametrize("cell", [name for name, cell in cells.CELLS.items() if cell.n_states > 1])
def test_no_cell_has_a_state_that_it_does_not_use(cell, change_record):
    change_record(cell, states=("h",))
    assert fails(cell)


@checked
@pytest.mark.parametrize("place", range(block.N_PLACES))
def test_a_work_array_that_is_one_element_too_small_is_found(place, monkeypatch):
    make_work = session.make_work

    def make_smaller(*arguments, **options):
        work = make_work(*arguments, **options)
        size = work.at[place + 1] - work.at[place]
        # Where lengths differ a block has fewer rows than there is room for, so that the last
        # elements of `BEFORE` are never needed.
        work.at[place + 1 :] -= size // 2 if place == block.BEFORE else min(size, 1)
        return work

    monkeypatch.setattr(session, "make_work", make_smaller)
    # By the place: `CS` and `DC` are empty in a cell without c.
    assert any(fails(cell) for cell in CELLS)


@checked
def test_ranges_are_tested():
    a, at = np.arange(10.0), np.array([0, 4, 9])
    np.testing.assert_array_equal(flat(a, 7, 3), [7, 8, 9])
    np.testing.assert_array_equal(table(a, 4, 2, 3), [[4, 5, 6], [7, 8, 9]])
    np.testing.assert_array_equal(flat_at(a, at, 1, 1, 4), [5, 6, 7, 8])
    np.testing.assert_array_equal(flat_at(a, at, 2, 0, 1), [9])  # the last ends with `a`
    np.testing.assert_array_equal(table_at(a, at, 1, 1, 2, 2), [[5, 6], [7, 8]])
    assert flat(a, 11, 0).size == 0
    for view in (
        lambda: flat(a, 8, 3),
        lambda: flat(a, -1, 3),
        lambda: flat(a, 3, -1),
        lambda: table(a, 5, 2, 3),
        lambda: flat_at(a, at, 1, 2, 4),
        lambda: flat_at(a, at, 2, 0, 2),
        lambda: table_at(a, at, 0, 1, 2, 2),
    ):
        with pytest.raises(IndexError, match="a view of elements"):
            view()
