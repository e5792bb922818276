"""Drawn cells, compiled: losses and gradients of whole networks are those of the naive twin.

Layers, lengths, masks, losses, windows of truncation: what a cell's own check does not have.
"""

import drawn_cells
import numpy as np
import pytest
from equations_twin import EquationsTwin
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from network_cases import Case

from rnnsweep.vocabulary import LOSSES, OUTPUTS

MOVED = 1e-11
"""Relative change of params; rounding changes values by a few 1e-16 in each of 1000 operations."""


@st.composite
def cases(draw):
    """Draw a network of a drawn cell, and a batch."""
    cell = draw(drawn_cells.cells())
    # What `read_cell` refuses: no input at all, and a bias of the name b_h.
    assume(any(each.has_input for each in cell.sums))
    assume(all(each.has_input or each.name != "h" for each in cell.sums))
    loss, output = draw(st.sampled_from([*LOSSES])), draw(st.sampled_from([*OUTPUTS]))
    seq_len = draw(st.integers(1, 6))
    is_truncated = draw(st.booleans())
    case = Case(
        draw(st.integers(0, 1000)),
        draw(st.integers(1, 5)),
        seq_len,
        (draw(st.integers(1, 4)), draw(st.integers(1, 9)), draw(st.integers(1, 3))),
        cell=cell,
        **({"activation": cell.activation} if cell.uses_act else {}),
        num_layers=draw(st.integers(1, 3)),
        loss=loss,
        output=output,
        output_activation="sigmoid" if loss == "bce" else "identity",
        gradient="truncated" if is_truncated else "bptt",
        truncation=draw(st.integers(1, seq_len)) if is_truncated else 0,
        with_lengths=draw(st.booleans()),
        with_mask=output == "every" and draw(st.booleans()),
        tokens=draw(st.booleans()),
    )
    rng = np.random.default_rng(1)
    case.params = {key: rng.normal(0, 0.5, np.shape(each)) for key, each in case.params.items()}
    return case


def twin_results(case, factor=1.0):
    """Return the twin's loss, its gradients, and how near to a kink it has come."""
    twin = EquationsTwin(case.model.sizes.record)
    case.network = case.network._replace(cell=twin)
    params, case.params = case.params, {key: factor * each for key, each in case.params.items()}
    with np.errstate(all="ignore"):
        loss, gradients = case.twin_loss_and_gradients()
    case.params = params
    return loss, gradients, twin.nearest


@settings(deadline=None, max_examples=15)  # each one compiles
@given(cases())
def test_a_network_of_any_cell_equals_the_naive_twin(case):
    want_loss, want, nearest = twin_results(case)
    moved_loss, moved, _ = twin_results(case, 1 + MOVED)
    largest = max(np.abs(each).max() for each in want.values())
    assume(np.isfinite([want_loss, moved_loss, largest]).all())
    assume(nearest > 1e-9)
    # An ill-conditioned network has as many wrong digits as a change of its params makes.
    slack = max(np.abs(moved[name] - want[name]).max() for name in want) + 1e-11 * largest
    assume(slack < 1e-6 * largest)
    loss, gradients = case.loss_and_gradients()
    assert loss == pytest.approx(want_loss, rel=1e-11, abs=abs(moved_loss - want_loss))
    assert gradients.keys() == want.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, want[name], rtol=0, atol=slack, err_msg=name)
