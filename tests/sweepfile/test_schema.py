"""The JSON Schema says of a file what the loader says, as far as single keys go."""

import tomllib
from pathlib import Path

import pytest
from sweep_cases import GOOD

from rnnsweep import sweepfile
from rnnsweep.errors import SweepError
from rnnsweep.tasks import TASKS
from rnnsweep.vocabulary import OWN_TASK

SWEEPS = sorted((Path(__file__).parents[2] / "sweeps").rglob("*.toml"))
ALSO_GOOD = [
    GOOD,
    "seed = 4\n"
    + GOOD
    + "[grid]\nseed = [1, 2]\nmodel.hidden_size = {from = 1, to = 3, num = 2}\n",
    GOOD + '[grid]\ntask.name = ["adding", "sine"]\ntrain.optimizer = ["sgd"]\n',
    GOOD.replace("hidden_size = 8", "") + "[grid]\nmodel.hidden_size = [8]\n",
    GOOD.replace('name = "adding"', "") + '[grid]\ntask.name = ["adding"]\n',
    '[task]\nname = "notebook"\n[grid]\nmodel.hidden_size = [3]\ntrain.epochs = [3]\n'
    "train.learning_rate = [1]\n",
    GOOD + "nesterov = true\nmomentum = 0.5\n[stop]\npatience = 3\n"
    '[metrics]\nsaturation = true\n[output]\nsave_params = "best"\n',
    GOOD + "[[zip]]\ntrain.epochs = [1, 1]\nmodel.hidden_size = [1, 2]\n[[zip]]\nseed = [1, 2]\n",
    GOOD + '[random]\ntrials = 4\nseed = 3\nmodel.activation = ["tanh", "sin"]\n'
    "train.learning_rate = {from = 0.1, to = 1, scale = 'log'}\n",
    GOOD + '[grid]\ntrain.optimizer = ["sgd", "adam"]\nmodel.init = ["he", "torch"]\n'
    '[[exclude]]\ntrain.optimizer = "sgd"\nmodel.init = ["he"]\n'
    '[[when]]\nif.train.optimizer = "sgd"\ntrain.momentum = [0, 0.5]\nseed = [1]\n',
    "seed = 4\nseed_init = 2\n"
    + GOOD
    + "[grid]\nseed_data = {from = 0, to = 9, num = 4}\n[random]\ntrials = 3\nseed = 2\n"
    + "seed_order = [1, 2]\n[[when]]\nif.seed_data = [0, 3]\nmodel.init = ['he', 'torch']\n",
    GOOD.replace("learning_rate = 0.1", "") + "[random]\ntrials = 2\n"
    "train.learning_rate = {from = 0.1, to = 1}\n",
    GOOD.replace("epochs = 3", "") + "[[zip]]\ntrain.epochs = [1, 2]\n",
    GOOD.replace("[model]", '[model]\ncell = "lstm"\nactivation = "x * sigmoid(x)"')
    + "[cell]\nbias.zf = 1\n[grid]\ncell.bias.zi = [0, 1]\n",
    GOOD.replace("[model]", '[model]\ncell = "mine"\n')
    + '[cells.mine]\nsums = {z = ["h_prev", "c_prev"]}\ninputs = ["y1"]\nstates = ["h", "c"]\n'
    + "vectors = {v = 0, u = {uniform = [-1, 1]}}\nbiases = {z = 1.5, y1 = false}\n"
    + 'constants = {alpha = 0.1}\nline = "mine"\nsource = "here"\nyear = 2026\n'
    + 'equations = """\nc = alpha * z + v\nh = u * act(c) + y1\n"""\n'
    + "[cell]\nalpha = 0.5\n[random]\ntrials = 2\ncell.bias.z = {from = 0, to = 1}\n",
    GOOD.replace("epochs = 3", "")
    + '[[when]]\nif.train.optimizer = "sgd"\ntrain.epochs = [1, 2]\n'
    + '[grid]\ntrain.optimizer = ["sgd"]\n',
]
BAD = [
    "",
    GOOD + "[gird]\n",
    GOOD + "zzz = 3\n",
    GOOD.replace("10", "1"),
    GOOD.replace("10", '"10"'),
    GOOD.replace("= 8", "= 0"),
    GOOD.replace("= 8", "= true"),
    GOOD.replace("0.1", "0"),
    GOOD.replace("epochs = 3", ""),
    GOOD.replace("adding", "addng"),
    GOOD.replace('name = "adding"', ""),
    GOOD.replace("seq_len", "noise = 1\nseq_len"),
    GOOD + 'optimizer = "Adam"\n',
    GOOD + "[grid]\nhidden_size = [1]\n",
    GOOD + "[grid]\nmodel.hidden_size = []\n",
    GOOD + "[grid]\nmodel.hidden_size = 3\n",
    GOOD + "[grid]\nmodel.hidden_size = [3, 3]\n",
    GOOD + "[grid]\nmodel.hidden_size = [3, 0]\n",
    GOOD + "[grid]\nmodel.hidden_size = {from = 1, to = 3}\n",
    GOOD + "[grid]\nmodel.hidden_size = {from = 1, to = 3, num = 2, scale = 'lgo'}\n",
    GOOD + '[grid]\ntask.name = ["adding", "sin"]\n',
    GOOD + "[grid]\nmodel.activation = {from = 1, to = 3, num = 2}\n",
    "seed = -1\n" + GOOD,
    GOOD + "nesterov = 1\n",
    GOOD + "[metrics]\nsaturation = [true]\n",
    GOOD + "[output]\nsave_params = 'some'\n",
    GOOD + "[grid]\nmetrics.saturation = [true]\n",
    GOOD + "[zip]\ntrain.epochs = [1, 2]\n",
    GOOD + "[[zip]]\n",
    GOOD + "[[zip]]\ntrain.epochs = 3\n",
    GOOD + "[random]\ntrain.epochs = [1, 2]\n",
    GOOD + "[random]\ntrials = 0\ntrain.epochs = [1, 2]\n",
    GOOD + "[random]\ntrials = 2\ntrain.epochs = [1]\n",
    GOOD + "[random]\ntrials = 2\ntrain.epochs = {from = 1, to = 3, num = 2}\n",
    GOOD + "[random]\ntrials = 2\nmodel.activation = {from = 1, to = 3}\n",
    GOOD + "[[exclude]]\n",
    GOOD + "[[exclude]]\ntrain.optimizer = 'sdg'\n",
    GOOD + "[[when]]\ntrain.momentum = [0.5]\n",
    GOOD + "[[when]]\nif.train.optimizer = 'sgd'\n",
    GOOD + "[[when]]\nif.train.optimizer = 'sgd'\ntrain.momentum = 0.5\n",
    GOOD + "[cell]\nalpha = true\n",
    GOOD + "[cell]\nbias.z = false\n",
    GOOD + "[cell]\nbias.z = [1]\n",
    GOOD + "[grid]\ncell.bias.z = 1\n",
    GOOD + "[cells]\nmine = 3\n",
    GOOD + '[cells.mine]\nstates = ["h"]\n',
    GOOD + '[cells.mine]\nstates = ["h"]\nequations = "h = 1"\nsum = ["z"]\n',
    GOOD.replace("[model]", "[model]\ncell = 3"),
    GOOD.replace("[model]", '[model]\nactivation = "relo"'),
    GOOD + "[[when]]\nif.train.optimiser = 'sgd'\ntrain.momentum = [0.5]\n",
]


@pytest.fixture(scope="module")
def validator():
    jsonschema = pytest.importorskip("jsonschema")
    schema = sweepfile.json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("text", ALSO_GOOD + [file.read_text("utf-8") for file in SWEEPS])
def test_good_files_are_valid(validator, text):
    assert [error.message for error in validator.iter_errors(tomllib.loads(text))] == []


@pytest.mark.parametrize("text", BAD)
def test_bad_files_are_invalid_for_the_schema_and_for_the_loader(validator, tmp_path, text):
    assert not validator.is_valid(tomllib.loads(text))
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(SweepError):
        sweepfile.load(tmp_path / "bad.toml")


@pytest.mark.parametrize("text", ALSO_GOOD)
def test_the_loader_takes_the_good_files_too(tmp_path, text):
    (tmp_path / "good.toml").write_text(text)
    assert len(sweepfile.load(tmp_path / "good.toml")) >= 1


def walk(schema):
    """Yield every schema of a key with its name."""
    for name, inner in schema.get("properties", {}).items():
        yield name, inner
        yield from walk(inner)
    for inner in schema.get("anyOf", []):
        yield from walk(inner)
    if isinstance(schema.get("items"), dict):
        yield from walk(schema["items"])


def test_every_key_is_described_for_editors():
    schema = sweepfile.json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    for name, inner in walk(schema):
        if name not in ("from", "to", "num", "scale"):
            assert inner["description"], name
    assert [task["title"] for task in schema["properties"]["task"]["anyOf"]] == [
        *TASKS,
        OWN_TASK,
    ]
    hidden_size = schema["properties"]["model"]["properties"]["hidden_size"]
    assert (hidden_size["minimum"], hidden_size["maximum"]) == (1, 16384)
    assert "tanh" in schema["properties"]["model"]["properties"]["activation"]["anyOf"][0]["enum"]
    batch_size = schema["properties"]["train"]["properties"]["batch_size"]
    assert batch_size["default"] == 32
