"""Words that kernels declare are read from their sources as the kernels themselves have them."""

import pytest

from rnnsweep import declarations
from rnnsweep.declarations import declared_lines
from rnnsweep.kernels.activations import ACTIVATIONS
from rnnsweep.kernels.losses import LOSSES
from rnnsweep.kernels.optimizers import OPTIMIZERS

SOURCE = """
@activation("first")
def one(z): ...


@njit
def no_word(z): ...


@other("no line")
@activation("second", largest_slope=0.5)
def two(z): ...
"""


@pytest.mark.parametrize(
    ("decorator", "file", "declared"),
    [
        ("activation", "activations.py", ACTIVATIONS),
        ("loss", "losses.py", LOSSES),
        ("optimizer", "optimizers.py", OPTIMIZERS),
    ],
)
def test_the_words_are_those_of_the_kernels_in_their_order(decorator, file, declared):
    assert list(declared_lines(decorator, file)) == list(declared)


def test_only_the_functions_under_the_decorator_count(tmp_path, monkeypatch):
    monkeypatch.setattr(declarations, "_KERNELS", tmp_path)
    (tmp_path / "some.py").write_text(SOURCE)
    assert declared_lines("activation", "some.py") == {"one": "first", "two": "second"}


@pytest.mark.parametrize("arguments", ["LINE", 'f"{line}"', "", "1"])
def test_a_line_that_is_no_literal_text_is_named_with_its_place(arguments, tmp_path, monkeypatch):
    monkeypatch.setattr(declarations, "_KERNELS", tmp_path)
    (tmp_path / "some.py").write_text(f"\n\n@activation({arguments})\ndef one(z): ...\n")
    with pytest.raises(ValueError, match=r"some\.py:3: no line as a literal text: activation\("):
        declared_lines("activation", "some.py")
