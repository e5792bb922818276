"""What is derived from drawn cells: values as the equations say, gradients as differences are."""

import math

import drawn_cells
from hypothesis import assume, given, settings

from rnnsweep.cells.gradcheck import check_gradient


@settings(max_examples=100, deadline=None)
@given(drawn_cells.cells())
def test_the_gradients_of_any_cell_are_central_differences(cell):
    result = check_gradient(cell)
    assume(not math.isnan(result.error))
    # Of a loss that is curved much, a difference has few digits; a wrong term is seen all the same.
    assert result.error < 1e-4, (cell.equations, result)
