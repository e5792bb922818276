"""Conditions on keys that have their defaults while the task varies: every task with every key."""

import json
from itertools import combinations

import numpy as np
import pytest
from sweep_cases import load

from rnnsweep import sweepfile
from rnnsweep.errors import SweepError
from rnnsweep.sweepfile.keys import TASK_KEYS, any_keys
from rnnsweep.tasks import TASKS

# What the tasks need, where their least is not enough; 24 is a length that all of them take.
NEEDED = {"target": "y", "window": 3, "seq_len": 24, "delay": 24, "lag": 3}
PATHS = {"csv": "a.csv", "npz": "a.npz", "text": "a.txt"}
NAMES = sorted(TASKS)
HEAD = """
[model]
hidden_size = 2
[train]
learning_rate = 0.1
epochs = 1
"""
FORMS = {
    "grid": "[grid]\ntask.name = {names}\n",
    "zip": "[[zip]]\ntask.name = {names}\nseed = {numbers}\n",
    "random": "[random]\ntrials = 200\ntask.name = {names}\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "a.csv").write_text("x,y\n" + "".join(f"{i},{i % 5}\n" for i in range(40)))
    (folder / "a.txt").write_text("abcde fgh " * 100)
    rng = np.random.default_rng(0)
    np.savez(folder / "a.npz", x=rng.random((20, 4, 2)), y=rng.random((20, 1)))
    return folder


def settings_of(folder, text):
    """What each trial is, but for the axis that a condition brings."""
    return [trial.config.settings() for trial in load(folder, text)]


def base(names, form):
    """A file over these tasks, each with the keys that it needs and all others at their defaults.

    Such a key has its axis under a condition on the task.
    """
    needed = {}
    for name in names:
        for key in TASK_KEYS[name].values():
            if key.required and key.name != "name":
                least = key.schema.get("minimum")
                value = PATHS[name] if key.name == "path" else NEEDED.get(key.name, least)
                needed.setdefault((key.dotted, value), []).append(name)
    text = HEAD + FORMS[form].format(
        names=json.dumps(names), numbers=json.dumps(list(range(len(names))))
    )
    for (key, value), having in needed.items():
        condition = f"[[when]]\nif.task.name = {json.dumps(having)}\n"
        text += f"{condition}{key} = [{json.dumps(value)}]\n"
    return text


def values_of(key, taken):
    """Values to ask for: those that it has, and one that it never has."""
    others = key.words or {
        "integer": range(40, 60), "number": [0.25, 0.125, 0.5], "boolean": [True, False],
        "string": ["other"], "array": [["y"], ["x", "y"]],
    }[key.type]  # fmt: skip
    values = [json.loads(v) if key.type == "array" else v for v in dict.fromkeys(taken)]
    if key.type == "boolean":
        values = [value == "true" for value in values]
    return [*values, *[value for value in others if value not in values][:1]]


def as_setting(value):
    return sweepfile.as_cell(tuple(value) if isinstance(value, list) else value)


def check(folder, text, settings, key, column):
    """Check an exclusion and a condition on a key against what they mean."""
    taken = [one[column] for one in settings if column in one]
    for value in values_of(key, taken):
        holding = [one.get(column) == as_setting(value) for one in settings]
        setting = f"{key.dotted} = {json.dumps(value)}\n"
        left = [one for one, holds in zip(settings, holding, strict=True) if not holds]
        expected = left if any(holding) and left else None
        assert_trials(folder, f"{text}[[exclude]]\n{setting}", expected, setting)
        if key.dotted == "model.cell":
            continue  # the axis of the condition below
        expected = []
        for one, holds in zip(settings, holding, strict=True):
            expected += [one | {"cell": cell} for cell in (["lstm", "gru"] if holds else ["rnn"])]
        condition = f'{text}[[when]]\nif.{setting}model.cell = ["lstm", "gru"]\n'
        # A condition that always holds is allowed only on a key with an axis.
        if not any(holding) or (all(holding) and f"\n{key.dotted} = [" not in text):
            expected = None
        assert_trials(folder, condition, expected, setting)


def assert_trials(folder, text, expected, setting):
    """Check the settings of the trials of a file; None for a file that is refused."""
    if expected is None:
        with pytest.raises(SweepError, match=r"given|leaves no trial"):
            load(folder, text)
    else:
        assert settings_of(folder, text) == expected, setting


@pytest.mark.parametrize("name", NAMES[:-1])
def test_any_two_tasks_with_any_of_their_keys(folder, name):
    for other in NAMES[NAMES.index(name) + 1 :]:
        text = base([name, other], "grid")
        settings = settings_of(folder, text)
        for key in (TASK_KEYS[name] | TASK_KEYS[other]).values():
            if key.name != "name":
                check(folder, text, settings, key, f"task_{key.name}")


@pytest.mark.parametrize("form", ["zip", "random"])
def test_tasks_that_another_form_varies(folder, form):
    for name, other in combinations(NAMES[::2], 2):
        text = base([name, other], form)
        settings = settings_of(folder, text)
        for key in (TASK_KEYS[name] | TASK_KEYS[other]).values():
            if key.name != "name":
                check(folder, text, settings, key, f"task_{key.name}")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("table", ["model", "train", "stop"])
def test_keys_of_the_other_tables_while_every_task_comes(folder, form, table):
    text = base(NAMES, form)
    settings = settings_of(folder, text)
    for key in any_keys(table).values():
        check(folder, text, settings, key, key.name)
