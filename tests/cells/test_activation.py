"""What `act` may mean: a word, or a formula in x."""

import pytest

from rnnsweep.cells import CELLS, CellError
from rnnsweep.cells.activation import activation_tree, read_activation
from rnnsweep.cells.functions import FUNCTIONS
from rnnsweep.vocabulary import ACTIVATIONS

IN_FORMULAS = ", ".join(name for name in FUNCTIONS if name not in ("act", "noise"))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        *((word, word) for word in ACTIVATIONS),
        ("x", "x"),
        ("tanh( x )", "tanh"),
        ("exp(x)", "exp(x)"),
        ("x*tanh( softplus((x)) )", "x * tanh(softplus(x))"),
        ("max(x,0)**2", "max(x, 0) ** 2"),
        ("x +\n  1", "x + 1"),
    ],
)
def test_equal_ones_have_equal_texts(text, canonical):
    assert read_activation(text) == canonical
    assert read_activation(canonical) == canonical
    assert activation_tree(text) == activation_tree(canonical)
    assert CELLS["lstm"].with_activation(text).activation == canonical
    assert CELLS["lstm"].with_activation(text).identity() == CELLS["lstm"].identity()


WORDS = ", ".join(ACTIVATIONS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "tahn",
            f": 'tahn' is no activation and no formula in x; allowed: {WORDS}; did you mean tanh?",
        ),
        ("zulu", f": 'zulu' is no activation and no formula in x; allowed: {WORDS}"),
        ("", ", line 1, column 1: an expression is missing"),
        ("3", ", line 1, column 1: the formula does not read x"),
        ("x = 3", ", line 1, column 3: a formula is an expression in x, without ="),
        ("2 * z", f", line 1, column 5: z is not known here; allowed: x, {IN_FORMULAS}"),
        ("act(x)", f", line 1, column 1: act is no function here; allowed: {IN_FORMULAS}"),
        ("x + noise()", f", line 1, column 5: noise is no function here; allowed: {IN_FORMULAS}"),
        ("x ** x", ", line 1, column 6: an exponent must be a number"),
        (
            "x; x",
            ', line 1, column 2: no equation has the character ";"; '
            "each equation has a line of its own",
        ),
    ],
)
def test_a_fault_has_its_place(text, message):
    with pytest.raises(CellError) as caught:
        read_activation(text)
    assert str(caught.value) == f"activation{message}"
