"""The words and what stands behind each: kernels, schemes, and the keys of a sweep file."""

import string

import pytest

from rnnsweep import vocabulary
from rnnsweep.kernels import activations, losses, optimizers, training
from rnnsweep.kernels.cells import CELLS
from rnnsweep.model import Model
from rnnsweep.vocabulary import Word

TABLES = {
    name: table
    for name, table in vars(vocabulary).items()
    if name.isupper() and isinstance(table, dict)
}


@pytest.fixture(params=TABLES)
def table(request):
    return TABLES[request.param]


def test_all_tables_are_found():
    assert TABLES.keys() >= {"CELLS", "ACTIVATIONS", "LOSSES", "OPTIMIZERS", "INITIALIZATIONS"}


def test_each_word_has_a_code_of_its_own_and_a_line(table):
    assert all(isinstance(word, Word) for word in table.values())
    assert len({word.code for word in table.values()}) == len(table)
    for name, word in table.items():
        assert set(name) <= {*string.ascii_lowercase, *string.digits, "_"}
        assert word.line.strip()
        assert "\n" not in word.line


def test_codes_of_a_table_count_from_0():
    for name, table in TABLES.items():
        if name != "OUTPUT_ACTIVATIONS":  # these are the hidden units' own codes
            assert [word.code for word in table.values()] == list(range(len(table)))


def test_output_activations_are_activations():
    for name, word in vocabulary.OUTPUT_ACTIVATIONS.items():
        assert vocabulary.ACTIVATIONS[name] is word


@pytest.mark.parametrize(
    ("table", "module"),
    [
        (vocabulary.ACTIVATIONS, activations),
        (vocabulary.LOSSES, losses),
        (vocabulary.OPTIMIZERS, optimizers),
    ],
    ids=["activations", "losses", "optimizers"],
)
def test_kernels_hold_the_code_of_every_word(table, module):
    codes = {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and type(value) is int and not name.startswith("_")
    }
    assert codes == {name.upper(): word.code for name, word in table.items()}


def test_each_activation_has_its_function():
    for name in vocabulary.ACTIVATIONS:
        assert callable(getattr(activations, name))


def test_the_kernels_code_of_the_notebook_s_rule():
    assert vocabulary.GRADIENTS["notebook"].code == training.NOTEBOOK


def test_every_cell_has_its_kernels():
    assert {cell.__name__.rpartition(".")[2] for cell in CELLS.values()} == set(vocabulary.CELLS)


def test_each_initialization_draws_something_of_its_own():
    models = [
        Model(input_size=3, hidden_size=4, output_size=2, init=name)
        for name in vocabulary.INITIALIZATIONS
    ]
    assert len({model.init_flat(0).tobytes() for model in models}) == len(models)
