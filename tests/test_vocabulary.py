"""Every word of the sweep file has a line, and what it names exists."""

import string

import pytest

from rnnsweep import vocabulary
from rnnsweep.kernels import activations, losses, optimizers
from rnnsweep.network.model import Model
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
    assert TABLES.keys() >= {"ACTIVATIONS", "LOSSES", "OPTIMIZERS", "INITIALIZATIONS"}


def test_each_word_has_a_line(table):
    assert all(isinstance(word, Word) for word in table.values())
    for name, word in table.items():
        assert set(name) <= {*string.ascii_lowercase, *string.digits, "_"}
        assert word.line.strip()
        assert "\n" not in word.line


def test_output_activations_are_activations():
    for name, word in vocabulary.OUTPUT_ACTIVATIONS.items():
        assert vocabulary.ACTIVATIONS[name] is word


@pytest.mark.parametrize(
    ("words", "kernels"),
    [
        (vocabulary.ACTIVATIONS, activations.ACTIVATIONS),
        (vocabulary.LOSSES, losses.LOSSES),
        (vocabulary.OPTIMIZERS, optimizers.OPTIMIZERS),
    ],
    ids=["activations", "losses", "optimizers"],
)
def test_kernels_have_a_function_for_every_word(words, kernels):
    assert kernels.keys() == words.keys()
    assert len({id(kernel) for kernel in kernels.values()}) == len(kernels)


def test_no_two_initializations_draw_the_same():
    models = [
        Model(input_size=3, hidden_size=4, output_size=2, init=name)
        for name in vocabulary.INITIALIZATIONS
    ]
    assert len({model.init_flat(0).tobytes() for model in models}) == len(models)
