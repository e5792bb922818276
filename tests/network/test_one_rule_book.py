"""`Model` refuses what a sweep file refuses about a network, and takes what it takes."""

import json
from itertools import product

import numpy as np
import pytest

from rnnsweep import SweepError, sweepfile
from rnnsweep.network.model import Model
from rnnsweep.sweepfile.keys import any_keys

FILE = """
[task]
name = "parity"
seq_len = 4
[model]
{model}
[train]
learning_rate = 0.1
epochs = 1
loss = "mse"
{train}
"""
KEYS = any_keys("model") | {"dtype": any_keys("train")["dtype"]}
# A value of each kind of wrong, at the ends of every range and next to them.
WRONG = ["nonsense", "", True, 2.5, [1], float("nan"), float("inf"), 10**400]


# What a key needs to be taken at all.
NEEDED = {
    "forget_bias": {"cell": "lstm"},
    "dale_excitatory": {"recurrent": "dale"},
    "antisymmetric_gamma": {"recurrent": "antisymmetric"},
    "rank": {"recurrent": "low_rank"},
}


def values_of(key):
    ends = [key.schema[end] for end in ("minimum", "maximum") if end in key.schema]
    step = 1 if key.type == "integer" else 1e-3
    return [*key.words, *ends, *(end + sign * step for end in ends for sign in (-1, 1)), *WRONG]


def as_toml(value):
    return "1" + "0" * 400 if value == 10**400 else json.dumps(value).replace("NaN", "nan")


def file_takes(folder, settings):
    lines = {"model": [], "train": []}
    for name, value in settings.items():
        text = as_toml(value).replace("Infinity", "inf")
        lines[KEYS[name].table].append(f"{name} = {text}")
    text = FILE.format(model="\n".join(lines["model"]), train="\n".join(lines["train"]))
    (folder / "sweep.toml").write_text(text)
    try:
        sweepfile.load(folder / "sweep.toml")
    except SweepError:
        return False
    return True


def model_takes(settings):
    try:
        Model(input_size=1, output_size=1, **settings)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", KEYS)
def test_each_key_has_one_range(tmp_path, name):
    taken = []
    for value in values_of(KEYS[name]):
        settings = {"hidden_size": 5, "init": "normal", name: value}
        settings |= NEEDED.get(name, {})
        taken.append(model_takes(settings))
        assert file_takes(tmp_path, settings) == taken[-1], value
    assert set(taken) == {False, True}


SETTINGS = {
    "cell": ["rnn", "lstm"],
    "forget_bias": [0.0, 1.0, 1e-40],
    "init_input": ["normal", "identity"],
    "init_recurrent": ["normal", "identity"],
    "init_std": [0.0, 0.5],
    "spectral_radius": [0.0, 0.9],
    "init_connections": [0, 5, 6],
    "recurrent": ["free", "dale", "antisymmetric", "orthogonal", "low_rank"],
    "rank": [0, 3, 6],
    "dtype": ["float32", "float64"],
}


def test_settings_go_together_for_both_or_for_neither(tmp_path):
    rng = np.random.default_rng(0)
    combinations = list(product(*SETTINGS.values()))
    taken = []
    for i in rng.choice(len(combinations), 100, replace=False):
        settings = dict(zip(SETTINGS, combinations[i], strict=True))
        settings |= {"hidden_size": 5, "init": "normal"}
        taken.append(model_takes(settings))
        assert file_takes(tmp_path, settings) == taken[-1], settings
    assert set(taken) == {False, True}
