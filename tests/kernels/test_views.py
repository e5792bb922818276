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

from rnnsweep.cells import CELLS as ZOO
from rnnsweep.kernels import block
from rnnsweep.kernels.draws import fill_noise
from rnnsweep.kernels.views import CHECKED, array, flat, flat_at, matrix, table, table_at
from rnnsweep.network import buffers
from rnnsweep.network.layout import Sizes
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
    run = case.start(1, dropout=dropout, noise=fill_noise.address(case.model.dtype))
    train(run, case.orders(1))
    outputs = run.outputs(run.val_part)
    names = ("saturation", "dead_units", "gradient_flow")
    probe = metrics.Metrics(names, case.model, run.objective, run.val_part)
    probe.measure(run.learner.params, 0.0)
    return outputs


# For cells that no other test of this file runs: each setting at least once.
FEW_CASES = [
    {"layers": 2, "dropout": 0.5, "output": "every", "with_lengths": True},
    {"layers": 1, "output": "last", "with_lengths": True},
    {"layers": 2, "output": "last", "rule": Rule(batch_size=4, stateful=True)},
]
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
    if cell not in CELLS:
        return FEW_CASES
    return EVERY_CASE + (ELMAN if ZOO[cell].is_elman else [])


def run_cases(cell):
    """Return the outputs of each case."""
    return [small_training(cell, **case) for case in cases_of(cell)]


def fails(cell):
    """Return whether something outside of an array is read or written in any case."""
    try:
        run_cases(cell)
    except IndexError:
        return True
    return False


@pytest.fixture
def change_program(monkeypatch):
    """Return a function that makes kernels believe in another program of a cell.

    The elementwise parts stay those of the right one.
    """
    # What an earlier test made is of the unchanged program.
    monkeypatch.setattr(buffers, "_structure", buffers._structure.__wrapped__)
    right = Sizes.program.fget

    def change(cell, **fields):
        program = ZOO[cell].program._replace(**fields)
        assert program != ZOO[cell].program

        def of_sizes(sizes):
            return program if sizes.record.name == cell else right(sizes)

        monkeypatch.setattr(Sizes, "program", property(of_sizes))

    return change


@checked
@pytest.mark.parametrize("cell", ZOO)
def test_no_view_leaves_its_array(cell):
    # An IndexError names the line of the cell's text.
    assert all(np.isfinite(outputs).all() for outputs in run_cases(cell))


@checked
@pytest.mark.parametrize("field", ["kept", "states", "scratch"])
@pytest.mark.parametrize("cell", ZOO)
def test_an_array_fewer_than_the_cell_uses_is_found(cell, field, change_program):
    arrays = getattr(ZOO[cell].program, field)
    change_program(cell, **{field: arrays[:-1]})
    assert fails(cell), f"{cell} needs no array {arrays[-1]} among its {field}"


@checked
@pytest.mark.parametrize("field", ["feed_state", "feed_kept", "sum", "adjoint"])
def test_a_product_with_an_array_that_is_not_there_is_found(field, change_program):
    program = ZOO["mut1"].program
    products = [
        product._replace(**{field: program.n_arrays}) if getattr(product, field) >= 0 else product
        for product in program.products
    ]
    change_program("mut1", products=tuple(products))
    assert fails("mut1")


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
    assert fails("lstm_full_gate_recurrence")


@checked
def test_ranges_are_tested():
    a, at = np.arange(10.0), np.array([0, 4, 9])
    np.testing.assert_array_equal(flat(a, 7, 3), [7, 8, 9])
    np.testing.assert_array_equal(table(a, 4, 2, 3), [[4, 5, 6], [7, 8, 9]])
    np.testing.assert_array_equal(flat_at(a, at, 1, 1, 4), [5, 6, 7, 8])
    np.testing.assert_array_equal(flat_at(a, at, 2, 0, 1), [9])  # the last ends with `a`
    np.testing.assert_array_equal(table_at(a, at, 1, 1, 2, 2), [[5, 6], [7, 8]])
    places = np.array([4, 0, 9, 4])  # the second array lies before the first
    np.testing.assert_array_equal(array(a, places, 0, 1, 4), [5, 6, 7, 8])
    np.testing.assert_array_equal(matrix(a, places, 1, 0, 2, 2), [[0, 1], [2, 3]])
    assert flat(a, 11, 0).size == 0
    for view in (
        lambda: flat(a, 8, 3),
        lambda: flat(a, -1, 3),
        lambda: flat(a, 3, -1),
        lambda: table(a, 5, 2, 3),
        lambda: flat_at(a, at, 1, 2, 4),
        lambda: flat_at(a, at, 2, 0, 2),
        lambda: table_at(a, at, 0, 1, 2, 2),
        lambda: array(a, places, 0, 2, 4),
        lambda: array(a, places, 1, 3, 2),
        lambda: matrix(a, places, 1, 1, 2, 2),
    ):
        with pytest.raises(IndexError, match="a view of elements"):
            view()
