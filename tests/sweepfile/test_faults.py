"""Every way in which a sweep file can be wrong, and what is said of it."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sweep_cases import JARGON, fault_of

from rnnsweep import sweepfile
from rnnsweep.errors import SweepError
from rnnsweep.tasks import TASKS

TASK = '[task]\nname = "adding"\nseq_len = 10\n'
MODEL = "[model]\nhidden_size = 8\n"
TRAIN = "[train]\nlearning_rate = 0.1\nepochs = 3\n"
GOOD = TASK + MODEL + TRAIN
SINE = '[task]\nname = "sine"\nseq_len = 10\n'
CSV = '[task]\nname = "csv"\npath = "a.csv"\ntarget = "y"\nwindow = 4\n'
WORDS = '"sigmoid", "tanh", "relu"'


# Of one key: the text, then fragments that one line must have.
SINGLE = [
    # tables
    ("", ["[task]: this table is missing", "name", '"adding", "adding_hs"']),
    ("", ["[model]: this table is missing", "hidden_size", "a whole number from 1 to 16384"]),
    ("", ["[train]: this table is missing", "learning_rate", "epochs"]),
    (TASK + TRAIN, ["[model]: this table is missing"]),
    (
        GOOD + "[taks]\n",
        ["[taks]: no such table", "[task], [model], [cell], [train], [stop]", "[task]?"],
    ),
    (GOOD + "[[zpi]]\n", ["[zpi]: no such table", "[grid], [random], [[zip]]", "mean [[zip]]?"]),
    (GOOD + '[""]\nseed = 3\n', ['[""]: no such table']),
    (GOOD + '["a b"]\n', ['["a b"]: no such table']),
    ("task = 3\n" + MODEL + TRAIN, ["[task]: 3 given", "a table of keys"]),
    ("[[task]]\n" + MODEL + TRAIN, ["[task]: [{}] given", "a table of keys"]),
    ("grid = [1]\n" + GOOD, ["[grid]: [1] given", "a table of keys"]),
    ("epochs = 5\n" + GOOD, ["epochs: no such key", "did you mean train.epochs?"]),
    ("sed = 5\n" + GOOD, ["sed: no such key", "did you mean seed?"]),
    # keys
    (TASK + "[model]\nhiden_size = 8\n" + TRAIN, ["[model] hiden_size", "mean hidden_size?"]),
    (TASK + "[model]\n" + TRAIN, ["[model] hidden_size: this key is missing", "[grid]"]),
    (GOOD + "hidden_size = 8\n", ["[train] hidden_size", "did you mean model.hidden_size?"]),
    (GOOD + '"a.b\\n" = 8\n', ['[train] "a.b\\n": [train] has no such key']),
    (GOOD + '[grid]\nmodel."" = [8]\n', ['[grid] model."": [model] has no such key']),
    (GOOD + "zzz = 8\n", ["[train] zzz: [train] has no such key", "allowed: loss, huber_delta"]),
    (TASK + "nosie = 1\n" + MODEL + TRAIN, ['[task] nosie: the task "adding" has no such key']),
    (TASK + "noise = 1\n" + MODEL + TRAIN, ["[task] noise", 'it is a key of "sine"']),
    (TASK + "n_tset = 1\n" + MODEL + TRAIN, ["[task] n_tset", "did you mean n_test?"]),
    ('[task]\nname = "adding"\n' + MODEL + TRAIN, ["[task] seq_len: this key is missing"]),
    ('[task]\nname = "Addng"\n' + MODEL + TRAIN, ["[task] name", '"Addng"', 'mean "adding"?']),
    ("[task]\nname = 3\n" + MODEL + TRAIN, ["[task] name: 3 given", '"adding", "adding_hs"']),
    ("[task]\nseq_len = 3\n" + MODEL + TRAIN, ["[task] name: this key is missing"]),
    ('[task]\nname = "x"\nsequ_len = 3\n' + MODEL + TRAIN, ["[task] sequ_len", "seq_len?"]),
    # values
    (TASK + '[model]\nhidden_size = "32"\n' + TRAIN, ["[model] hidden_size", '"32" given']),
    (TASK + "[model]\nhidden_size = 4.5\n" + TRAIN, ["[model] hidden_size", "4.5 given", "whole"]),
    (TASK + "[model]\nhidden_size = 4.0\n" + TRAIN, ["[model] hidden_size", "4.0 given", "whole"]),
    (TASK + "[model]\nhidden_size = true\n" + TRAIN, ["[model] hidden_size", "true given"]),
    (TASK + "[model]\nhidden_size = 0\n" + TRAIN, ["[model] hidden_size", "0 given", "from 1 to"]),
    (TASK + "[model]\nhidden_size = -3\n" + TRAIN, ["[model] hidden_size", "-3 given"]),
    (TASK + "[model]\nhidden_size = 16385\n" + TRAIN, ["16385 given", "to 16384"]),
    (TASK + "[model]\nhidden_size = 1" + "0" * 99 + "\n" + TRAIN, ["60 digits or more given"]),
    (TASK + "[model]\nhidden_size = [8]\n" + TRAIN, ["[model] hidden_size", "[8] given"]),
    (TASK + "[model.hidden_size]\na = 8\n" + TRAIN, ["[model] hidden_size", "{a = 8} given"]),
    (TASK + MODEL + 'activation = "tahn"\n' + TRAIN, ['"tahn" given', WORDS, 'mean "tanh"?']),
    (TASK + MODEL + 'activation = "ReLU"\n' + TRAIN, ['"ReLU" given', WORDS, 'mean "relu"?']),
    (TASK + MODEL + "activation = 1\n" + TRAIN, ["[model] activation", "1 given", WORDS]),
    (TASK + MODEL + 'cell = "lstn"\n' + TRAIN, ["[model] cell", '"lstn" given', 'allowed: "rnn"']),
    (TASK + MODEL + "init = 2020-01-01\n" + TRAIN, ["[model] init", "2020-01-01 given", '"torch"']),
    (GOOD + 'optimizer = "Adam"\n', ["[train] optimizer", 'did you mean "adam"?']),
    (GOOD + "momentum = 1\n", ["[train] momentum", "1 given", "at least 0 and below 1"]),
    (GOOD + "clip_norm = -1e-9\n", ["[train] clip_norm", "-1e-09 given", "at least 0"]),
    (GOOD + "clip_norm = inf\n", ["[train] clip_norm", "inf given"]),
    (GOOD + "batch_size = 1_000_000_000\n", ["[train] batch_size", "1000000000 given"]),
    (GOOD.replace("0.1", "nan"), ["[train] learning_rate", "nan given", "a number above 0"]),
    (GOOD.replace("0.1", "-inf"), ["[train] learning_rate", "-inf given"]),
    (GOOD.replace("0.1", "0"), ["[train] learning_rate", "0 given"]),
    (GOOD.replace("0.1", "true"), ["[train] learning_rate", "true given"]),
    (GOOD.replace("0.1", '"0.1"'), ["[train] learning_rate", '"0.1" given']),
    (GOOD.replace("0.1", "1" + "0" * 400), ["[train] learning_rate", "digits or more given"]),
    (GOOD.replace("epochs = 3", "epochs = 0"), ["[train] epochs", "0 given"]),
    (TASK.replace("10", "1") + MODEL + TRAIN, ["[task] seq_len", "1 given", "from 2 to 100000"]),
    ("seed = -1\n" + GOOD, ["seed: -1 given", "from 0 to 9223372036854775807"]),
    ("seed = 9223372036854775808\n" + GOOD, ["seed", "9223372036854775808 given"]),
    ("seed = [1]\n" + GOOD, ["seed: [1] given"]),
    (CSV.replace('"a.csv"', '""') + MODEL + TRAIN, ["[task] path", '"" given', "not empty"]),
    (CSV + "inputs = []\n" + MODEL + TRAIN, ["[task] inputs", "[] given", "a list of texts"]),
    (CSV + 'inputs = "y"\n' + MODEL + TRAIN, ["[task] inputs", '"y" given', "a list of texts"]),
    (CSV + 'scaling = "std"\n' + MODEL + TRAIN, ["[task] scaling", '"standard", "none"']),
    (GOOD + "nesterov = 1\n", ["[train] nesterov", "1 given", "allowed: true, false"]),
    (GOOD + 'nesterov = "true"\n', ["[train] nesterov", '"true" given', "true, false"]),
    (GOOD + "decay = 0\n", ["[train] decay: 0 given", "above 0 and at most 1"]),
    (GOOD + "dropout = 1.0\n", ["[train] dropout: 1.0 given", "at least 0 and below 1"]),
    (GOOD + "truncation = -1\n", ["[train] truncation: -1 given", "from 0 to 100000"]),
    (GOOD + "weight_decay = -0.1\n", ["[train] weight_decay: -0.1 given"]),
    (GOOD + 'schedule = "cosin"\n', ["[train] schedule", '"step"', 'mean "cosine"?']),
    (TASK + MODEL + "num_layers = 65\n" + TRAIN, ["[model] num_layers: 65", "from 1 to 64"]),
    (TASK + MODEL + "forget_bias = 1e7\n" + TRAIN, ["10000000.0 given", "-1e6 and at most 1e6"]),
    (TASK + MODEL + 'init_recurrent = "unit"\n' + TRAIN, ['"unit" given', '"identity"']),
    (TASK + MODEL + "init_std = -1\n" + TRAIN, ["[model] init_std: -1 given", "at least 0"]),
    (GOOD + "[stop]\npatients = 3\n", ["[stop] patients", "did you mean patience?"]),
    (GOOD + "[stop]\naccuracy_above = 1\n", ["[stop] accuracy_above: 1 given", "below 1"]),
    (GOOD + "[stop]\nval_loss_below = nan\n", ["[stop] val_loss_below: nan given"]),
    (GOOD + "patience = 3\n", ["[train] patience", "did you mean stop.patience?"]),
    (GOOD + "spectral_radius = 1\n", ["[train]", "did you mean model.spectral_radius?"]),
    (GOOD + "[metrics]\nsaturation = 1\n", ["[metrics] saturation: 1 given", "true, false"]),
    (GOOD + "[metrics]\ngrad_norm = true\n", ["[metrics] grad_norm", "mean grad_norms?"]),
    (GOOD + "[metrics]\nsaturation = [true]\n", ["[metrics] saturation: [true] given"]),
    (GOOD + "[output]\nsave_params = 'bst'\n", ["[output] save_params", 'mean "best"?']),
    (GOOD + "[grid]\nmetrics.saturation = [true]\n", ["[grid] metrics: no axis", "[metrics]"]),
    (GOOD + "[grid]\noutput.save_params = ['all']\n", ["[grid] output: no axis", "[output]"]),
    (GOOD + "[grid]\nstop = 3\n", ["[grid] stop: 3 given", "stop.patience = [...]"]),
    # axes
    (GOOD + "[grid]\nmodel.hidden_size = []\n", ["[grid] model.hidden_size", "an empty list"]),
    (GOOD + "[grid]\nmodel.hidden_size = 8\n", ["[grid] model.hidden_size", "[8]", "[model]"]),
    (GOOD + "[grid]\nmodel.hidden_size = [8, '9']\n", ["model.hidden_size, value 2", '"9" given']),
    (GOOD + "[grid]\nmodel.hidden_size = [8, 9, 8]\n", ["value 3: 8 given", "value 1 already"]),
    (GOOD + "[grid]\ntrain.clip_norm = [1, 1.0]\n", ["value 2: 1.0 given", "value 1 already"]),
    (GOOD + "[grid]\nmodel.hiden_size = [8]\n", ["[grid] model.hiden_size", "model.hidden_size?"]),
    (GOOD + "[grid]\nhidden_size = [8]\n", ["[grid] hidden_size", "mean model.hidden_size?"]),
    (GOOD + "[grid]\n'model.hidden_size' = [8]\n", ["without the quotes"]),
    (GOOD + "[grid]\nmodel = 3\n", ["[grid] model: 3 given", "model.hidden_size = [...]"]),
    (GOOD + "[grid.modle]\nx = [1]\n", ["[grid] modle", "did you mean model?"]),
    (GOOD + "[grid]\ntask.noise = [1]\n", ["[grid] task.noise", 'key of "sine"']),
    (GOOD + '[grid]\ntask.name = ["adding", "sin"]\n', ["[grid] task.name, value 2", '"sine"?']),
    (GOOD + "[grid]\nseed = 3\n", ["[grid] seed: 3 given", "above the tables"]),
    (GOOD + "[grid]\nseed = [0, -1]\n", ["[grid] seed, value 2: -1 given"]),
    (GOOD + "[grid]\ntrain.epochs.a = 3\n", ["[grid] train.epochs", "from, to, num missing"]),
    # ranges
    (GOOD + "[grid]\nseed = {from = 0, to = 3}\n", ["[grid] seed", "num missing"]),
    (GOOD + "[grid]\nseed = {from = 0, too = 3, num = 2}\n", ["[grid] seed, too", "mean to?"]),
    (GOOD + "[grid]\nseed = {from = 0, to = 3, num = 0}\n", ["[grid] seed, num: 0 given"]),
    (GOOD + "[grid]\nseed = {from = 0, to = 3, num = 2.0}\n", ["[grid] seed, num: 2.0 given"]),
    (GOOD + "[grid]\nseed = {from = 0, to = 3, num = true}\n", ["[grid] seed, num: true given"]),
    (GOOD + "[grid]\nseed = {from = 0.5, to = 3, num = 2}\n", ["[grid] seed, from: 0.5 given"]),
    (GOOD + "[grid]\nseed = {from = 0, to = -3, num = 2}\n", ["[grid] seed, to: -3 given"]),
    (
        GOOD + '[grid]\nseed = {from = 0, to = 3, num = 2, scale = "lgo"}\n',
        ["[grid] seed, scale", '"linear", "log"', 'mean "log"?'],
    ),
    (
        GOOD + '[grid]\nseed = {from = 0, to = 3, num = 2, scale = "log"}\n',
        ["[grid] seed, from: 0 given", "above 0"],
    ),
    (
        GOOD + "[grid]\ntrain.learning_rate = {from = 0.1, to = nan, num = 2}\n",
        ["[grid] train.learning_rate, to: nan given"],
    ),
    (
        GOOD + "[grid]\ntrain.learning_rate = {from = 1, to = 1, num = 3}\n",
        ["[grid] train.learning_rate", "values repeat", "12 significant digits"],
    ),
    (
        GOOD + "[grid]\ntrain.momentum = {from = 0, to = 0.9999999999999, num = 3}\n",
        ["[grid] train.momentum, rounded to 12", "1.0 given", "below 1"],
    ),
    (
        GOOD + "[grid]\nmodel.activation = {from = 0, to = 3, num = 2}\n",
        ["[grid] model.activation", "a range is for numbers", WORDS],
    ),
    # too many
    (
        GOOD + "[grid]\nseed = {from = 0, to = 9_999_999, num = 10_000_001}\n"
        "model.hidden_size = [1, 2]\n",
        ["[grid]: 20000000 trials", "2 model.hidden_size", "10000000 seed", "at most 10000000"],
    ),
    (
        GOOD + "[grid]\ntrain.clip_norm = {from = 0, to = 1, num = 999_999_999_999}\n",
        ["[grid]: 999999999999 trials", "at most 10000000"],
    ),
]


@pytest.mark.parametrize(("text", "fragments"), SINGLE)
def test_a_fault_of_one_key_is_reported(tmp_path, text, fragments):
    lines = fault_of(tmp_path, text).splitlines()[1:]
    assert any(all(fragment in line for fragment in fragments) for line in lines), lines


def test_all_faults_of_single_keys_are_reported_at_once(tmp_path):
    text = (
        'seed = -1\n[task]\nname = "adding"\nseq_len = 1\nn_val = "x"\n'
        "[model]\nhidden_size = 0\ncel = 1\n[train]\nlearning_rate = nan\n"
        "[grid]\ntrain.epochs = []\nmodel.activation = ['tahn', 'relu', 3]\n[gird]\n"
    )
    message = fault_of(tmp_path, text)
    assert message.splitlines()[0].endswith("sweep.toml: 10 faults")
    assert len(message.splitlines()) == 11


def test_a_misspelled_name_is_not_missing_as_well(tmp_path):
    text = "[taks]\n[model]\nhiden_size = 3\n[train]\nepochs = 3\nlerning_rate = 1\n"
    message = fault_of(tmp_path, text)
    assert "missing" not in message
    assert len(message.splitlines()) == 4


def test_a_key_that_two_tasks_share_is_reported_once(tmp_path):
    text = GOOD.replace("10", "0") + '[grid]\ntask.name = ["adding", "sine"]\n'
    lines = fault_of(tmp_path, text).splitlines()
    # The two tasks allow different lengths; n_train would be the same for both.
    assert [line for line in lines if "seq_len" in line] == lines[1:]
    assert len(lines) == 3
    text = text.replace("seq_len = 0", "seq_len = 2\nn_train = 0")
    assert len(fault_of(tmp_path, text).splitlines()) == 2


def csv_file(tmp_path, name, rows=40, factor=1):
    lines = [f"{i},{i * i % 7 * factor}" for i in range(rows)]
    (tmp_path / name).write_text("\n".join(["x,y", *lines]))


def test_two_files_of_one_content_are_the_same_trials(tmp_path):
    for name in ("a.csv", "b.csv"):
        csv_file(tmp_path, name)
    csv_file(tmp_path, "c.csv", factor=2)
    grid = '[grid]\ntask.path = ["a.csv", "c.csv", "b.csv"]\n'
    message = fault_of(tmp_path, CSV + MODEL + TRAIN + grid)
    assert '[grid] task.path: "a.csv" and "b.csv" give the same data' in message
    assert len(message.splitlines()) == 2


def test_faults_of_a_file_name_its_keys(tmp_path):
    csv_file(tmp_path, "a.csv")
    message = fault_of(tmp_path, CSV.replace('"y"', '"z"') + MODEL + TRAIN)
    assert '[task] path = "a.csv", [task] target = "z": the file has no column "z"' in message


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, bool | int | str):
        return json.dumps(value)
    return str(value)


NAMES = st.sampled_from(
    ["name", "seq_len", "noise", "path", "inputs", "hidden_size", "activation", "output", "loss",
     "learning_rate", "epochs", "optimizer", "momentum", "from", "to", "num", "scale", "seed",
     "grid", "x", "", "a b", "ü"]
)  # fmt: skip
VALUES = st.recursive(
    st.integers(-3, 2**70)
    | st.floats()
    | st.booleans()
    | st.sampled_from([*TASKS, "tanh", "every", "bce", "log", "a.csv", "", "\n", "ü"])
    | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=5,
)
TABLES = st.dictionaries(NAMES, VALUES, max_size=5)


# Sound parts of forms, so that some files come as far as their combinations.
PARTS = st.sampled_from(
    [
        {"model": {"activation": ["tanh", "sin"]}},
        {"model": {"hidden_size": [1, 2]}, "train": {"epochs": [1, 2]}},
        {"train": {"momentum": [0.0, 0.5]}},
        {"train": {"optimizer": "sgd"}},
        {"train": {"optimizer": ["sgd", "adam"]}},
        {"task": {"name": ["adding", "sine"]}},
        {"task": {"noise": [0.5, 0.1]}},
        {"trials": 3, "train": {"learning_rate": {"from": 0.1, "to": 0.2}}},
        {"if": {"train": {"optimizer": "sgd"}}, "train": {"momentum": [0.0, 0.5]}},
        {"if": {"task": {"name": "sine"}}, "task": {"noise": [0.5, 0.1]}},
        {"if": {"train": {"momentum": 0.5}}, "train": {"nesterov": [True]}},
        {"seed": [1, 2]},
    ]
)
ANY_TABLES = st.sampled_from(
    ["task", "model", "cell", "train", "stop", "metrics", "output", "cells", "taks"]
)
FORMS = st.sampled_from(["zip", "random", "exclude", "when", "grid"])


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(ANY_TABLES, TABLES | VALUES),
    st.lists(st.tuples(FORMS, PARTS | st.dictionaries(ANY_TABLES, TABLES | VALUES)), max_size=4),
    st.booleans(),
)
def test_no_file_raises_anything_but_a_sweep_error(tmp_path_factory, tables, blocks, whole):
    # Half of them with the keys that are required, so that some come as far as the rules.
    text = "".join(f"{name} = {toml(tables[name])}\n" for name in tables if not whole)
    single = dict(block for block in blocks if block[0] in ("grid", "random"))
    repeated = [block for block in blocks if block[0] not in single]
    for form in dict.fromkeys(form for form, _ in repeated):
        text += f"{form} = {toml([block for name, block in repeated if name == form])}\n"
    text += "".join(f"{form} = {toml(block)}\n" for form, block in single.items())
    text += GOOD * whole
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8")
    try:
        assert len(sweepfile.load(path)) >= 1
    except SweepError as error:
        message = str(error)
        assert message.startswith(str(path))
        assert not any(phrase in message for phrase in JARGON)


SYNTAX = [
    ("[task]\nname 'x'\n", ["line 2, column 6", "Expected '='", "name 'x'"]),
    ("[task]\nname = 'x'\nname = 'y'\n", ["line 3", "this key is given twice"]),
    ("[task]\n[task]\n", ["line 2", "not TOML"]),
    ("[task]\nname =", ["line 2, column 7", "not TOML", "name ="]),
    ("a = [1,\n\n", ["line 1", "not TOML"]),
    ("x = " + "[" * 5000, ["nested too deep"]),
    ("x = " + "1" * 5000, ["thousands of digits"]),
    (b"a = 1\nb = '\xff'\n", ["line 2", "UTF-8"]),
]


@pytest.mark.parametrize(("text", "fragments"), SYNTAX)
def test_a_file_that_is_no_toml_is_reported_with_its_place(tmp_path, text, fragments):
    message = fault_of(tmp_path, text)
    for fragment in fragments:
        assert fragment in message
    assert len(message.splitlines()) <= 2


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "grid.toml").write_text(GOOD)
    for path, fragments in {
        tmp_path / "gird.toml": ["there is no such file", "did you mean", "grid.toml"],
        tmp_path / "none" / "x.toml": ["there is no such file"],
        tmp_path: ["this is a folder"],
        Path("/dev/null"): ["no regular file"],
        Path("a\0b"): ["cannot be read"],
    }.items():
        with pytest.raises(SweepError) as caught:
            sweepfile.load(path)
        for fragment in fragments:
            assert fragment in str(caught.value)
