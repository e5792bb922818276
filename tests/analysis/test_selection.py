"""Values of settings as users write them."""

import numpy as np
import pytest

from rnnsweep.analysis.outcomes import Outcomes
from rnnsweep.analysis.selection import having, read_selection, selection_text, value_of
from rnnsweep.errors import SweepError


def test_a_text_and_a_dict():
    assert read_selection("cell=gru, hidden_size = 32") == {"cell": "gru", "hidden_size": "32"}
    assert read_selection('task_inputs=["a", "b"],x=1') == {"task_inputs": '["a", "b"]', "x": "1"}
    assert read_selection("cell=gru,,") == {"cell": "gru,,"}  # a value like any other
    assert read_selection({"cell": "gru"}) == {"cell": "gru"}


@pytest.mark.parametrize("selection", ["", "gru", "cell=", "=gru", 3, {}, {3: 4}])
def test_what_is_no_selection(selection):
    with pytest.raises(SweepError, match=r"SETTING=VALUE|allowed: settings"):
        read_selection(selection)


def test_a_setting_named_twice():
    with pytest.raises(SweepError, match="cell is named twice"):
        read_selection("cell=gru,cell=rnn")


@pytest.mark.parametrize(
    ("given", "values", "meant"),
    [
        ("relu", ["relu", "tanh"], "relu"),
        ('"relu"', ["relu", "tanh"], "relu"),  # TOML
        ("8", [8, 16], 8),
        (8, [8, 16], 8),
        (np.int64(8), [8, 16], 8),
        ("0.0208", [0.003, 0.0208008382305], 0.0208008382305),  # as tables show it
        ("1e-3", [0.001, 0.01], 0.001),
        ("1", [0.1, 1.0], 1.0),
        ("true", [True, False], True),
        ("1", ["1", 1], "1"),  # the text itself comes first
        ("-", [None, "tanh"], None),
        (None, [None, "tanh"], None),
        (["a", "b"], ['["a", "b"]', '["a"]'], '["a", "b"]'),
        ('["a",   "b"]', ['["a", "b"]', '["a"]'], '["a", "b"]'),
        ("x=1,\n<b>", ["x=1,\n<b>", "y"], "x=1,\n<b>"),
    ],
)
def test_the_value_that_is_meant(given, values, meant):
    value = value_of("name", given, values)
    assert (value, type(value)) == (meant, type(meant))


@pytest.mark.parametrize(
    ("given", "values", "message"),
    [
        (
            "rel",
            ["relu", "tanh"],
            "no trial has name = rel; allowed: relu, tanh; did you mean relu",
        ),
        ("9", [8, 16], "no trial has name = 9; allowed: 8, 16"),
        ("tanh", ["relu"], "name does not vary in these trials: it is relu in all of them"),
        ("0.6", [v / 7 for v in range(60)], "it has 60 values; the nearest is 0.5714285714285714"),
        ("a", [f"w{v}" for v in range(60)], "it has 60 values$"),
        ([1], ["[1, 2]", "[3]"], r"no trial has name = \[1\]"),
    ],
)
def test_a_value_that_no_trial_has(given, values, message):
    with pytest.raises(SweepError, match=message):
        value_of("name", given, values)


def test_selected_trials_and_their_text():
    settings = {"rate": [0.1, 0.10004, 0.1], "cell": ["rnn", "rnn", "gru"]}
    outcomes = Outcomes(["a", "b", "c"], ["complete"] * 3, settings, {})
    assert having(outcomes, {"rate": 0.1}).tolist() == [True, False, True]
    assert having(outcomes, {"rate": 0.1, "cell": "gru"}).tolist() == [False, False, True]
    assert selection_text({"rate": 0.1, "cell": "rnn"}, settings) == "rate=0.1,cell=rnn"
    assert selection_text({"rate": 0.10004}, settings) == "rate=0.10004"
