"""`--set`: what it changes, that the file's text says the same, and what is said of a wrong one."""

import json
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rnnsweep
from rnnsweep import sweepfile
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
    if isinstance(overrides, dict):
        return rnnsweep.load_sweep(path, overrides)
    return sweepfile.load(path, overrides)


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
    # A table written in one line must come above the others.
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


# Every search form at once.
SEARCH = (
    GOOD
    + """
[[zip]]
task.seq_len = [4, 6, 8]  # lengths
model.hidden_size = [1, 2, 3]
[random]
trials = 4  # draws
train.learning_rate = {from = 0.1, to = 1.0}
[[exclude]]
task.n_train = 32
train.optimizer = "adam"
[grid]
train.optimizer = ["sgd", "adam"]
task.n_train = [16, 32]
[[when]]
if.train.optimizer = "sgd"
train.momentum = [0.1, 0.5]
[[when]]
if.train.optimizer = "adam"
train.clip_norm = [1.0, 2.0]
"""
)


def values_of(sweep, name):
    return list(dict.fromkeys(trial.config.settings()[name] for trial in sweep))


# The overrides, the setting, the values that it has then, and how many trials there are.
IN_FORMS = [
    ([], "task_seq_len", [4, 6, 8], 4 * 3 * (2 * 2 + 2)),
    (["task.seq_len=[5, 6, 7]"], "task_seq_len", [5, 6, 7], 72),
    (["grid.task.seq_len=[5, 6]"], "task_seq_len", [5, 6], 4 * 2 * 3 * 6),
    (["task.seq_len=5"], "task_seq_len", [5], 72),
    (["task.seq_len=5", "model.hidden_size=7"], "hidden_size", [7], 4 * 6),
    (["random.trials=9"], "optimizer", ["sgd", "adam"], 9 * 18),
    (["random.seed=9"], "optimizer", ["sgd", "adam"], 72),
    (["random.train.batch_size={from = 7, to = 8}"], "task_n_train", [16, 32], 72),
    (["train.learning_rate=0.3"], "learning_rate", [0.3], 18),
    (["grid.train.learning_rate=[0.3, 0.4]"], "learning_rate", [0.3, 0.4], 36),
    (["train.momentum=[0.1, 0.2, 0.3]"], "momentum", [0.1, 0.2, 0.3, 0.0], 4 * 3 * (2 * 3 + 2)),
    (["train.momentum=0"], "momentum", [0.0], 4 * 3 * (2 + 2)),
    (["train.clip_norm=3"], "clip_norm", [3.0], 4 * 3 * (2 * 2 + 1)),
    (["seed=[5, 6]"], "seed", [5, 6], 144),
    (["stop.patience=[1, 2]"], "patience", [1, 2], 144),
    (["stop.patience=2"], "patience", [2], 72),
]


@pytest.mark.parametrize(("given", "name", "values", "count"), IN_FORMS)
def test_an_override_replaces_a_key_wherever_it_stands(tmp_path, given, name, values, count):
    sweep = load(tmp_path, SEARCH, given)
    assert values_of(sweep, name) == values
    assert len(sweep) == count
    again = load(tmp_path, sweep.text)
    assert list(again) == list(sweep)
    assert again.axes == sweep.axes


def test_an_override_keeps_the_comments_of_the_forms(tmp_path):
    given = ["task.seq_len=[5, 6, 7]", "random.trials=2", "train.momentum=[0.9]"]
    text = load(tmp_path, SEARCH, given).text
    assert "task.seq_len = [5, 6, 7]  # lengths" in text
    assert "trials = 2  # draws" in text
    # What the file says of the same key in [task] counts for nothing, and goes.
    expected = SEARCH.replace("[4, 6, 8]", "[5, 6, 7]").replace("trials = 4", "trials = 2")
    expected = expected.replace("[0.1, 0.5]", "[0.9]").replace("seq_len = 10\n", "")
    assert text == expected


def test_a_form_without_a_key_left_is_taken_out(tmp_path):
    given = ["task.seq_len=5", "model.hidden_size=7", "train.learning_rate=1", "train.momentum=0"]
    document = tomllib.loads(load(tmp_path, SEARCH, given).text)
    assert "zip" not in document
    assert "random" not in document
    assert len(document["when"]) == 1


def test_what_is_recorded_can_be_overridden(tmp_path):
    sweep = load(tmp_path, SEARCH, ["metrics.saturation=true", "output.save_params=all"])
    assert (sweep.metrics, sweep.save_params) == (("saturation",), "all")


BAD_IN_FORMS = [
    ("task.seq_len=[5, 6]", ["[[zip]]", "2 of task.seq_len, 3 of model.hidden_size"]),
    ("train.optimizer=sgd", ['[[exclude]] train.optimizer: "adam" given, which it never takes',
                             "--set train.optimizer took it away"]),
    ("train.learning_rate={from = 1, to = 2, num = 3}",
     ["--set train.learning_rate, num: no such key in a distribution"]),
    ("random.trials=0", ["--set random.trials: 0 given"]),
    ("random.seed=-1", ["--set random.seed: -1 given"]),
    ("metrics.saturation=[true]", ["--set metrics.saturation: [true] given", "true, false"]),
    ("zip.train.epochs=[3]", ["--set zip.train.epochs", "blocks", "change them there"]),
    ("when.train.epochs=[3]", ["--set when.train.epochs", "blocks"]),
    ("output.save=all", ["--set output.save: [output] has no such key", "save_params"]),
]  # fmt: skip


@pytest.mark.parametrize(("override", "fragments"), BAD_IN_FORMS)
def test_a_fault_of_an_override_of_a_form_is_reported(tmp_path, override, fragments):
    with pytest.raises(SweepError) as caught:
        load(tmp_path, SEARCH, [override])
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_an_axis_that_conditions_depend_on_is_not_overridden(tmp_path):
    text = GOOD + '[grid]\ntrain.optimizer = ["sgd", "adam"]\n[[when]]\n'
    text += 'if.train.optimizer = "sgd"\ntrain.momentum = [0.0, 0.9]\ntrain.nesterov = [false]\n'
    text += "[[exclude]]\ntrain.momentum = 0.9\n"
    for word, fragments in (
        ("adam", ["never holds", "--set train.optimizer took it away"]),
        ("sgd", ["always holds", "--set 'train.optimizer=[\"sgd\"]' gives it an axis"]),
    ):
        with pytest.raises(SweepError, match="1 fault\n") as caught:
            load(tmp_path, text, [f"train.optimizer={word}"])
        for fragment in fragments:
            assert fragment in str(caught.value)
    assert len(load(tmp_path, text, ['train.optimizer=["sgd"]'])) == 1


def test_only_bare_words_are_offered_quotes(tmp_path):
    for value in ("[0.1,.2]", "[true,1", "{from=.1, to=1}", "[[gru]"):
        with pytest.raises(SweepError) as caught:
            load(tmp_path, GOOD, [f"train.epochs={value}"])
        assert str(caught.value).endswith("is no TOML value")


def test_what_cannot_be_overridden_is_said(tmp_path):
    rates = '[[when]]\nif.train.optimizer = "%s"\ntrain.learning_rate = [%s]\n'
    text = GOOD + '[grid]\ntrain.optimizer = ["sgd", "adam"]\n'
    text += rates % ("sgd", "0.1, 1.0") + rates % ("adam", "0.01")
    for override in ("train.learning_rate=[0.5]", "random.trials=3", "random.train.epochs=[1, 2]"):
        with pytest.raises(SweepError) as caught:
            load(tmp_path, text, [override])
        assert "2 [[when]]; give a single value" in str(caught.value) or (
            "the file has no [random]" in str(caught.value)
        )
    assert len(load(tmp_path, text, ["train.learning_rate=0.5"])) == 2
    assert len(load(tmp_path, text, ["grid.train.learning_rate=[0.5, 0.6]"])) == 4


BAD = [
    ("train.epochs", ["--set", "TABLE.KEY=VALUE"]),
    ("train.epochs=", ["--set", "TABLE.KEY=VALUE"]),
    ("=5", ["--set", "TABLE.KEY=VALUE"]),
    ("epochs=5", ["--set epochs: no such key", "did you mean train.epochs?"]),
    ("grid.hidden_size=[5]", ["--set grid.hidden_size: no such key", "model.hidden_size?"]),
    ("random.trails=4", ["--set random.trails: no such key", "did you mean random.trials?"]),
    ("random.num=4", ["--set random.num: no such key", "did you mean random.trials?"]),
    ("random.sed=4", ["did you mean random.seed?"]),
    ("random.hidden_size=[4]", ["did you mean model.hidden_size?"]),
    ("foo.bar=5", ["--set foo.bar: no such key"]),
    ("grid=5", ["--set grid: no such key"]),
    ("train.epoch=5", ["--set train.epoch", "did you mean train.epochs?"]),
    (
        "train.optimizer.x=5",
        ["train.optimizer.x: [train] has no such key", "train.optimizer?"],
    ),
    ("train.epochs=[5", ["--set train.epochs: [5 is no TOML value"]),
    (
        "model.cell=[gru,lstm]",
        [
            "[gru,lstm] is no TOML value; texts in it need quotes",
            '--set \'model.cell=["gru","lstm"]\'',
        ],
    ),
    ("train.epochs={from=1, to=9, num=3, scale=log}", ['{from=1, to=9, num=3, scale="log"}\'']),
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


def test_faults_of_file_and_overrides_are_reported_at_once(tmp_path):
    with pytest.raises(SweepError, match="3 faults"):
        load(tmp_path, GOOD + "batch_size = 0\n", ["x=1", "train.epochs=0"])


# Python's own values, in Python's words


@settings(max_examples=60, deadline=None)
@given(chosen=overrides(), numpy=st.booleans(), nested=st.booleans())
def test_a_dict_does_what_the_texts_do(tmp_path_factory, chosen, numpy, nested):
    folder = tmp_path_factory.mktemp("sweep")
    given = dict(chosen)
    texts = [f"{key}={json.dumps(value)}" for key, value in given.items()]
    if numpy:
        given = {
            k: np.array(v) if isinstance(v, list) else np.array([v])[0] for k, v in given.items()
        }
    if nested:
        tables = {}
        for key, value in given.items():
            table, _, name = key.rpartition(".")
            (tables.setdefault(table, {}) if table else tables)[name] = value
        given = tables
    by_texts, by_dict = load(folder, GOOD, texts), load(folder, GOOD, given)
    assert [t.trial_id for t in by_dict] == [t.trial_id for t in by_texts]
    assert tomllib.loads(by_dict.text) == tomllib.loads(by_texts.text)


def test_a_dict_takes_ranges_paths_and_words_of_any_form(tmp_path):
    (tmp_path / "a b.csv").write_text("x,y\n" + "".join(f"{i},{i % 5}\n" for i in range(40)))
    text = '[task]\nname = "csv"\npath = "no.csv"\ntarget = "y"\nwindow = 4\n' + GOOD.split("10")[1]
    given = {
        "task.path": Path("a b.csv"),
        "task.inputs": ("x", "y"),
        "train.nesterov": np.True_,
        "train.momentum": Fraction(1, 2),
        "train.learning_rate": {"from": 1e-3, "to": 1, "num": np.int64(4), "scale": "log"},
        "grid.train.epochs": range(1, 3),
        "metrics.saturation": True,
    }
    sweep = load(tmp_path, text, given)
    assert len(sweep) == 8
    config = sweep[0].config
    assert (config.task.path, config.task.inputs) == ("a b.csv", ("x", "y"))
    assert (config.train.momentum, config.train.nesterov) == (0.5, True)
    assert sweep.metrics == ("saturation",)
    assert len(load(tmp_path, GOOD, {})) == len(load(tmp_path, GOOD, [])) == 1
    assert len(load(tmp_path, GOOD, (text for text in ["seed=[0, 1]"]))) == 2
    assert load(tmp_path, GOOD, "train.epochs=7")[0].config.train.epochs == 7


BAD_IN_PYTHON = [
    ({"epochs": 5}, ['overrides["epochs"]: no such key', "did you mean train.epochs?"]),
    ({"train.epochs": "five"}, ['overrides["train.epochs"]: "five" given', "a whole number"]),
    ({"train.epochs": True}, ['overrides["train.epochs"]: true given']),
    ({"train.epochs": 5.0}, ['overrides["train.epochs"]: 5.0 given']),
    ({"train.epochs": None}, ['overrides["train.epochs"]: None given, of type NoneType']),
    ({"train.epochs": {1, 2}}, ["of type set; allowed: a number, a text"]),
    ({"train.epochs": [1, [2, object()]]}, ["of type object"]),
    ({"train.epochs": float("nan")}, ['overrides["train.epochs"]: nan given']),
    ({"train.epochs": 10**5000}, ['overrides["train.epochs"]: this value is no TOML value']),
    ({"model.init": "\udcff"}, ["is not UTF-8 text"]),
    ({"\udcff": 3}, ["overrides: the key '\\udcff' given; a key is named with its table"]),
    ({3: 4}, ["overrides: the key 3 given; a key is named with its table"]),
    ({"train": {"epoch": 5}}, ['overrides["train.epoch"]', "did you mean train.epochs?"]),
    ({"random.trials": 5}, ['overrides["random.trials"]: the file has no [random]']),
    ({"train.epochs": [1, 2, 0]}, ['overrides["train.epochs"], value 3: 0 given']),
    ({"train.momentum": 0.5}, ['overrides["train.momentum"] = 0.5, [train] optimizer = "adam"']),
    (5, ["overrides is 5; allowed: a dict"]),
    (None, ["overrides is None; allowed: a dict"]),
    (b"seed=3", ["overrides is b'seed=3'; allowed: a dict"]),
    ([("seed", 1)], ["overrides: ('seed', 1) given; allowed: a dict"]),
    (["model.cell=[gru]"], ['overrides={"model.cell": ["gru"]}']),
    (["epochs=5"], ['overrides["epochs"]: no such key', "TABLE.KEY=VALUE"]),
    ("train.epochs", ['overrides "train.epochs": the form is TABLE.KEY=VALUE']),
]


@pytest.mark.parametrize(("given", "fragments"), BAD_IN_PYTHON)
def test_a_fault_of_an_override_is_reported_in_python_s_words(tmp_path, given, fragments):
    path = tmp_path / "sweep.toml"
    path.write_text(GOOD + 'optimizer = "adam"\n')
    with pytest.raises(SweepError) as caught:
        rnnsweep.load_sweep(path, given)
    message = str(caught.value)
    assert all(fragment in message for fragment in fragments), message
    assert "--set" not in message


def test_conditions_name_what_a_dict_took_away(tmp_path):
    text = GOOD + '[grid]\ntrain.optimizer = ["sgd", "adam"]\n[[when]]\n'
    text += 'if.train.optimizer = "sgd"\ntrain.momentum = [0.0, 0.9]\n'
    for word, fragment in (
        ("adam", 'overrides["train.optimizer"] took it away'),
        ("sgd", 'overrides={"train.optimizer": ["sgd"]} gives it an axis of one value'),
    ):
        with pytest.raises(SweepError) as caught:
            load(tmp_path, text, {"train.optimizer": word})
        assert fragment in str(caught.value)
