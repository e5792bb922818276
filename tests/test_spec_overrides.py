"""`--set`: what it changes, that the file's text says the same, and what is wrong with one."""

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnsweep import spec
from rnnsweep.errors import SweepError

GOOD = """
[task]
name = "adding"
seq_len = 10
[model]
hidden_size = 8    # units
[train]
# small
learning_rate = 0.1
epochs = 3
"""


def load(folder, text, overrides=()):
    path = folder / "sweep.toml"
    path.write_bytes(text.encode())
    return spec.load(path, overrides)


POOL = {
    "task.seq_len": st.integers(2, 100),
    "task.n_train": st.integers(1, 100),
    "model.hidden_size": st.integers(1, 100),
    "model.activation": st.sampled_from(["tanh", "relu", "sigmoid"]),
    "train.learning_rate": st.floats(1e-6, 1e3),
    "train.epochs": st.integers(1, 100),
    "seed": st.integers(0, 2**63 - 1),
}
GRIDS = {
    "none": "",
    "dotted": "[grid] # axes\nmodel.hidden_size = [1, 2] # a\nseed = [0, 1]\n",
    "mixed": "[grid]\nmodel.hidden_size = [1, 2]\ntrain.epochs = [1, 2] # c\n"
    'seed = [0, 1] # e\nmodel.activation = ["relu"]\n',
    "tables": "[grid.model]\nhidden_size = [1, 2] # a\n[grid.train]\nepochs = [4]\n",
    "seed first": "[grid]\nseed = [0, 1]\n[grid.train]\nepochs = [4] # e\n",
    "inline": "[grid]\nmodel = {hidden_size = [1, 2]}\ntrain = {epochs = [4]}\n",
    "apart": "[grid.model]\nhidden_size = [1]\n[grid.task]\nseq_len = [5, 6] # s\n",
    "one line": "grid = {model = {hidden_size = [1, 2]}, seed = [3]}\n",
}


@st.composite
def overrides(draw):
    """The key and the value, a list where it is an axis, of a few overrides."""
    chosen = []
    for key in draw(st.lists(st.sampled_from(sorted(POOL)), min_size=1, max_size=4)):
        values = st.lists(POOL[key], min_size=1, max_size=3, unique=True)
        chosen.append((key, draw(POOL[key] | values)))
    return chosen


def as_document(text, chosen):
    """What the file should say: the same changes, made to its tables."""
    document = tomllib.loads(text)
    for key, value in chosen:
        table, _, name = key.rpartition(".")
        grid = document.setdefault("grid", {})
        for tables in (document, grid):
            (tables.get(table, {}) if table else tables).pop(name, None)
        tables = grid if isinstance(value, list) else document
        (tables.setdefault(table, {}) if table else tables)[name] = value
    return document


@pytest.mark.parametrize("style", GRIDS)
@settings(max_examples=20, deadline=None)
@given(chosen=overrides())
def test_overrides_replace_key_and_axis(tmp_path_factory, style, chosen):
    folder = tmp_path_factory.getbasetemp()
    # A table written in one line has to stand above the others.
    text = GRIDS[style] + GOOD if style == "one line" else GOOD + GRIDS[style]
    sweep = load(folder, text, [f"{key}={json.dumps(value)}" for key, value in chosen])
    said = tomllib.loads(sweep.text)
    expected = as_document(text, chosen)
    said.setdefault("grid", {})
    assert {k: v for k, v in said["grid"].items() if v != {}} == {
        k: v for k, v in expected.pop("grid").items() if v != {}
    }
    said.pop("grid")
    assert said == expected
    # The text alone gives the same trials: it is what the results folder keeps.
    again = load(folder, sweep.text)
    assert list(again) == list(sweep)
    assert again.axes == sweep.axes
    assert again.text == sweep.text


def test_an_override_keeps_comments_and_the_order_of_axes(tmp_path):
    grid = "[grid]\nmodel.activation = ['relu', 'tanh']  # bends\nmodel.hidden_size = [1, 2]\n"
    sweep = load(tmp_path, GOOD + grid, ["model.activation=[sin]".replace("sin", '"sin", "elu"')])
    assert [axis.key for axis in sweep.axes] == ["model.activation", "model.hidden_size"]
    assert '["sin", "elu"]  # bends' in sweep.text
    assert "# units" in sweep.text
    assert "# small" in sweep.text


def test_a_file_that_cannot_be_edited_is_not_edited_wrongly(tmp_path):
    # The TOML editor puts a new table in front of what is left of this form of [grid].
    text = "grid.model.hidden_size = [1, 2]\ngrid.seed = [3]\n" + GOOD
    assert len(load(tmp_path, text, ["model.hidden_size=[4, 5, 6]"])) == 3
    sweep = load(tmp_path, text, ["train.epochs=[1, 2]"])
    assert [axis.key for axis in sweep.axes] == ["model.hidden_size", "train.epochs", "seed"]
    # written anew, without its comments
    assert "#" not in sweep.text
    assert load(tmp_path, sweep.text).axes == sweep.axes


def test_an_override_of_a_file_with_other_faults_tells_those(tmp_path):
    for text, fault in {
        GOOD.replace("0.1", "nan"): "learning_rate: nan given",
        "grid = 3\n" + GOOD: "[grid]: 3 given",
        "[[task]]\n": "[task]: [{}] given",
        "[grid]\nmodel = 3\n" + GOOD: "[grid] model: 3 given",
    }.items():
        for override in ("model.hidden_size=[4]", "task.seq_len=4", "seed=[4]"):
            with pytest.raises(SweepError) as caught:
                load(tmp_path, text, [override])
            assert fault in str(caught.value)
            assert "--set" not in str(caught.value)


def test_without_overrides_the_text_is_the_file_s(tmp_path):
    text = GOOD.replace("\n", "\r\n") + "# no line end"
    assert load(tmp_path, text).text == text
    assert load(tmp_path, "\ufeff" + text).text == text


FORMS = [
    ("train.epochs=5", "epochs", [5]),
    (" train.epochs = 5 ", "epochs", [5]),
    ("train.learning_rate=1e-3", "learning_rate", [0.001]),
    ("train.learning_rate=[0.1, 0.2]", "learning_rate", [0.1, 0.2]),
    ('train.learning_rate={from = 0.1, to = 10, num = 3, scale = "log"}', "learning_rate",
     [0.1, 1.0, 10.0]),
    ("model.activation=relu", "activation", ["relu"]),
    ('model.activation="relu"', "activation", ["relu"]),
    ("grid.model.hidden_size=[4, 5]", "hidden_size", [4, 5]),
    ("seed=3", "seed", [3]),
    ("seed=[3, 4]", "seed", [3, 4]),
    ("grid.seed=[3, 4]", "seed", [3, 4]),
]  # fmt: skip


@pytest.mark.parametrize(("override", "name", "values"), FORMS)
def test_the_forms_of_an_override(tmp_path, override, name, values):
    sweep = load(tmp_path, GOOD, [override])
    assert [trial.config.settings()[name] for trial in sweep] == values


def test_all_axes_may_be_overridden(tmp_path):
    text = GOOD + "[grid]\nmodel.hidden_size = [1, 2]\nseed = [0, 1]\n"
    sweep = load(tmp_path, text, ["model.hidden_size=5", "seed=7"])
    assert [(t.config.model.hidden_size, t.config.seed) for t in sweep] == [(5, 7)]


def test_the_last_of_two_overrides_counts(tmp_path):
    sweep = load(tmp_path, GOOD, ["seed=[1, 2]", "seed=3"])
    assert [trial.config.seed for trial in sweep] == [3]
    assert not sweep.axes


def test_a_key_that_takes_a_list_needs_a_list_of_lists_for_an_axis(tmp_path):
    (tmp_path / "a b.csv").write_text("x,y\n" + "".join(f"{i},{i % 5}\n" for i in range(40)))
    text = '[task]\nname = "csv"\npath = "none.csv"\ntarget = "y"\nwindow = 4\n'
    text += "[model]\nhidden_size = 2\n[train]\nlearning_rate = 1\nepochs = 1\n"
    at = "task.path=a b.csv"
    assert load(tmp_path, text, [at, 'task.inputs=["x", "y"]'])[0].config.task.inputs == ("x", "y")
    sweep = load(tmp_path, text, [at, 'task.inputs=[["x"], ["y", "x"]]'])
    assert [trial.config.task.inputs for trial in sweep] == [("x",), ("y", "x")]


BAD = [
    ("train.epochs", ["--set", "TABLE.KEY=VALUE"]),
    ("train.epochs=", ["--set", "TABLE.KEY=VALUE"]),
    ("=5", ["--set", "TABLE.KEY=VALUE"]),
    ("epochs=5", ["--set epochs: no such key", "did you mean train.epochs?"]),
    ("grid.hidden_size=[5]", ["--set hidden_size: no such key", "model.hidden_size?"]),
    ("foo.bar=5", ["--set foo.bar: no such key"]),
    ("grid=5", ["--set grid: no such key"]),
    ("train.epoch=5", ["--set train.epoch", "did you mean train.epochs?"]),
    ("train.optimizer.x=5", ["--set train.optimizer.x: no such key", "train.optimizer?"]),
    ("train.epochs=[5", ["--set train.epochs: [5 is no TOML value"]),
    ("train.epochs=5\nseed=3", ["--set train.epochs"]),
    ("train.epochs=five", ["--set train.epochs", '"five" given', "a whole number"]),
    ("train.epochs=" + "[" * 5000, ["--set train.epochs", "no TOML value"]),
    ("model.init='\udcff'", ["--set", "not UTF-8 text"]),
    ("train.epochs=[1, 2, 0]", ["--set train.epochs, value 3: 0 given"]),
    ("model.hidden_size={from=1, to=2}", ["--set model.hidden_size", "num missing"]),
    ("grid.model.hidden_size=3", ["--set model.hidden_size: 3 given", "an axis is"]),
    ("model.activation=Tanh", ["--set model.activation", 'did you mean "tanh"?']),
    ("train.momentum=0.5", ['--set train.momentum = 0.5, [train] optimizer = "adam"']),
]


@pytest.mark.parametrize(("override", "fragments"), BAD)
def test_a_fault_of_an_override_names_it(tmp_path, override, fragments):
    with pytest.raises(SweepError) as caught:
        load(tmp_path, GOOD + 'optimizer = "adam"\n', [override])
    lines = str(caught.value).splitlines()[1:]
    assert any(all(fragment in line for fragment in fragments) for line in lines), lines


def test_faults_of_file_and_overrides_are_told_at_once(tmp_path):
    with pytest.raises(SweepError, match="3 faults"):
        load(tmp_path, GOOD + "batch_size = 0\n", ["x=1", "train.epochs=0"])
