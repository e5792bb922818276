"""The name that was probably meant."""

import pytest

from rnnsweep.suggestions import allowed, nearest


@pytest.mark.parametrize(
    ("word", "names", "near"),
    [
        ("adm", ["sgd", "adam", "adamw"], "adam"),
        ("ADAM", ["sgd", "Adam"], "Adam"),
        ("rmsprop", ["sgd", "adam"], None),
        ("adam", [], None),
        # Long texts and very many names are not compared: that would take minutes.
        ("x" * 61, ["x" * 60], None),
        ("x" * 60, ["x" * 61], None),
        ("near", [*(f"{i:06d}" for i in range(1000)), "neat"], None),
        ("near", [*(f"{i:06d}" for i in range(999)), "neat"], "neat"),
    ],
)
def test_the_nearest_name(word, names, near):
    assert nearest(word, names) == near


def test_the_allowed_names_and_the_nearest():
    assert allowed("adm", ["sgd", "adam"]) == "allowed: sgd, adam; did you mean adam?"
    assert allowed("adm", ["adam"], repr) == "allowed: 'adam'; did you mean 'adam'?"
    assert allowed(1, ["1"]) == "allowed: 1"
    assert allowed("adm", []) == "allowed: none"
