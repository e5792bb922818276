"""Every built-in cell against its naive twin, through `Model`: outputs, losses and gradients.

The twins of this folder are compared with their papers' equations in `tests/cells/test_zoo.py`.
"""

import pytest
from hypothesis import given, settings
from network_cases import Case, assert_equals_the_twin, assume_clear_of_kinks, cases

from rnnsweep.cells import CELLS

ACTIVATION = {"activation": "tanh"}  # another one compiles another cell


def with_act(cell):
    """Return the words of a model; a cell without `act` refuses an activation."""
    return ACTIVATION if CELLS[cell].uses_act else {}


@settings(deadline=None, max_examples=12)  # the first example compiles
@given(arguments=cases(most_layers=3))
@pytest.mark.parametrize("cell", CELLS)
def test_any_network_of_the_cell_equals_its_twin(cell, arguments):
    del arguments["activation"]
    case = Case(**(arguments | {"cell": cell} | with_act(cell)))
    assume_clear_of_kinks(case)  # of the loss
    assert_equals_the_twin(case)


@pytest.mark.parametrize("output", ["last", "every"])
@pytest.mark.parametrize("cell", CELLS)
def test_single_precision_equals_the_twin(cell, output):
    words = {"cell": cell, "num_layers": 2, "output": output, "with_lengths": True}
    assert_equals_the_twin(Case(3, 5, 9, (3, 17, 2), "float32", **words))
