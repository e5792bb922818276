"""Trials that raise whatever an exception can be: each is recorded as failed, the rest goes on."""

import csv
import json

import pytest

from rnnsweep.execution.run import run
from rnnsweep.store.store import Store
from rnnsweep.training.failure import plain, reason

# The check of the function draws other numbers of sequences than a trial does.
FUNCTION = """
import os, sys
import numpy as np

def fail(kind):
    if kind == "recursion":
        fail(kind)
    if kind == "memory":
        np.empty(2**55)
    if kind == "exit":
        sys.exit(3)
    if kind == "interrupt":
        raise KeyboardInterrupt
    if kind == "killed":
        os.kill(os.getpid(), 9)
    if kind == "stop":
        raise StopIteration
    if kind == "long":
        raise ValueError("x" * 1_000_000)
    if kind == "characters":
        raise ValueError("a\\0b \\x1b[31m \\udc80 é")
    if kind == "silent":
        raise OnlyGood
    if kind == "speechless":
        raise Speechless

class OnlyGood(Exception):
    pass

class Speechless(Exception):
    def __str__(self):
        raise ValueError

def f(rng, n, kind="good"):
    if n == 21:
        fail(kind)
    return rng.random((n, 3, 1)), rng.random((n, 1))
"""
SWEEP = """
[task]
name = "my.py:f"
n_train = 21
n_val = 9
[model]
hidden_size = 2
[train]
learning_rate = 0.1
epochs = 1
[grid]
"""
SAYS = {
    "recursion": "RecursionError: maximum recursion depth exceeded",
    "memory": "Unable to allocate 256. PiB",
    "exit": "SystemExit: 3",
    "interrupt": "KeyboardInterrupt",
    "killed": "it ended its process (signal 9)",
    "stop": "StopIteration",
    "long": "ValueError: xxxxx",
    "characters": "ValueError: a",
    "silent": "OnlyGood",
    "speechless": "Speechless",
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failures")
    (folder / "my.py").write_text(FUNCTION)
    kinds = ["good", *SAYS, "fine"]
    (folder / "sweep.toml").write_text(f"{SWEEP}task.kind = {json.dumps(kinds)}\n")
    return run(folder / "sweep.toml", results=folder / "results", plots=False)


def test_the_rest_goes_on(results):
    by_kind = dict(zip(results.trials["task_kind"], results.trials["status"], strict=True))
    assert {kind for kind, status in by_kind.items() if status == "complete"} == {"good", "fine"}
    assert {kind for kind, status in by_kind.items() if status == "failed"} == SAYS.keys()


@pytest.mark.parametrize("kind", SAYS)
def test_the_error_says_what_it_was_and_any_table_can_hold_it(results, kind):
    with (results.folder / "trials.csv").open(newline="", encoding="utf-8") as file:
        (row,) = [row for row in csv.DictReader(file) if row["task_kind"] == kind]
    assert SAYS[kind] in row["error"]
    assert "my.py" in row["error"]
    assert len(row["error"]) < 3000
    assert all(character.isprintable() for character in row["error"])
    with Store.reader(results.folder) as store:
        stored = store.trial(row["trial_id"]).error
    assert " ".join(stored.split()) == row["error"]


def raised(error):
    try:
        raise error
    except Exception as caught:
        return reason(caught)


def test_the_reason_of_an_exception_has_its_place():
    assert raised(RuntimeWarning("overflow")).startswith("RuntimeWarning: overflow (test_failures")
    text = raised(MemoryError())
    assert text.startswith("not enough memory: the system grants no more (test_failures.py:")


def test_a_text_of_any_size_and_any_characters():
    assert plain("a\tb\nc é ✓") == "a\tb\nc é ✓"
    assert plain("a\0b\x1b[0m\x7f\r") == r"a\x00b\x1b[0m\x7f\x0d"
    long = plain("x" * 10**6 + "the end")
    assert long.startswith("xxx")
    assert long.endswith("the end")
    assert "(1,000,007 characters)" in long
    assert len(long) < 2100
