"""A task of one's own in a sweep file: its keys, its axes, its faults, its ids."""

import json
import tomllib

import pytest
from own_cases import MAJORITY
from sweep_cases import fault_of, load

from rnnsweep import sweepfile
from rnnsweep.random_streams import TRAIN_DATA, stream

NAME = "my.py:majority"
SWEEP = """
[task]
name = "my.py:majority"
seq_len = 5
[model]
hidden_size = 2
[train]
learning_rate = 0.1
epochs = 1
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "my.py").write_text(MAJORITY)
    return tmp_path


def test_its_parameters_are_keys_and_columns(folder):
    (trial,) = load(folder, SWEEP)
    settings = trial.config.settings()
    assert settings["task"] == NAME
    assert [name for name in settings if name.startswith("task_")] == [
        "task_seq_len", "task_p", "task_n_train", "task_n_val", "task_n_test", "task_fresh",
    ]  # fmt: skip
    assert (settings["task_seq_len"], settings["task_p"]) == (5, 0.5)
    assert (settings["loss"], settings["output"]) == ("cross_entropy", "last")
    assert (settings["task_n_train"], settings["task_n_test"]) == (1024, 512)


def test_its_keys_are_axes_of_every_form(folder):
    forms = """
[grid]
task.seq_len = {from = 3, to = 7, num = 3}
[[zip]]
task.p = [0.25, 0.5]
task.n_train = [10, 20]
[[exclude]]
task.seq_len = 5
task.p = 0.5
"""
    sweep = load(folder, SWEEP + forms)
    points = [(t.config.task.seq_len, t.config.task.p, t.config.task.n_train) for t in sweep]
    assert points == [(3, 0.25, 10), (5, 0.25, 10), (7, 0.25, 10), (3, 0.5, 20), (7, 0.5, 20)]
    draws = "[random]\ntrials = 3\ntask.p = {from = 0.1, to = 0.9}\n"
    assert len({trial.config.task.p for trial in load(folder, SWEEP + draws)}) == 3
    (trial,) = load(folder, SWEEP, ["task.p=0.75", "task.seq_len=9"])
    assert (trial.config.task.p, trial.config.task.seq_len) == (0.75, 9)


def test_it_is_one_of_several_tasks(folder):
    text = (
        SWEEP.replace('name = "my.py:majority"\n', "")
        + """
[grid]
task.name = ["adding", "my.py:majority"]
[[when]]
if.task.name = "my.py:majority"
task.p = [0.25, 0.5]
"""
    )
    tasks = [trial.config.task for trial in load(folder, text)]
    assert [task.name for task in tasks] == ["adding", NAME, NAME]
    assert [task.p for task in tasks[1:]] == [0.25, 0.5]
    assert {task.seq_len for task in tasks} == {5}


def test_the_content_decides_the_id_and_the_data(folder):
    (trial,) = load(folder, SWEEP)
    (folder / "code").mkdir()
    (folder / "code" / "other.py").write_text(MAJORITY)
    path = json.dumps(str(folder / "code" / "other.py") + ":majority")
    for name in ('"code/other.py:majority"', path):
        (other,) = load(folder, SWEEP.replace('"my.py:majority"', name))
        assert other.trial_id == trial.trial_id
    (timed,) = load(folder, SWEEP + "[run]\ntask_timeout = 5\n")
    assert timed.trial_id == trial.trial_id
    (folder / "my.py").write_text(f"{MAJORITY}\n")
    assert load(folder, SWEEP)[0].trial_id != trial.trial_id
    # The sweep that was loaded before goes on with what it has read.
    x = stream(3, TRAIN_DATA).random((1024, 5, 1)) < 0.5
    (folder / "my.py").write_text("def majority(rng, n): pass\n")
    assert (trial.config.task.data(3).train.x == x).all()


def test_it_is_checked_with_the_first_seed(folder):
    (folder / "my.py").write_text(
        MAJORITY.replace("    y = ", "    assert x.sum() != EXPECTED, 'that one'\n    y = ")
        + "import numpy as np\n"
        "from rnnsweep.random_streams import TRAIN_DATA, stream\n"
        "x = (stream(7, TRAIN_DATA).random((16, 5, 1)) < 0.5)\n"
        "EXPECTED = x.sum()\n"
    )
    assert "AssertionError: that one" in fault_of(folder, f"seed = 7\n{SWEEP}")
    assert "AssertionError: that one" in fault_of(folder, f"{SWEEP}[grid]\nseed = [7, 1]\n")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seq_len", "seqlen", 'the task "my.py:majority" has no such key; did you mean seq_len?'),
        ("= 5", "= 0.5", "[task] seq_len: 0.5 given; allowed: a whole number"),
        ("seq_len = 5", "p = true", "[task] p: true given; allowed: a number"),
        ("seq_len = 5", 'p = "a"', '[task] p: "a" given; allowed: a number'),
        ("seq_len = 5", "n_train = 0", "[task] n_train: 0 given; allowed: a whole number from 1"),
        ("my.py:majority", "my:majority", 'or a function of your own, as in "mytask.py:majority"'),
        ("my.py:majority", "my.py", 'it names no function; the form is "my.py:FUNCTION"'),
        ("my.py:majority", "my.py:", 'it names no function; the form is "my.py:FUNCTION"'),
        ("my.py:majority", "my.py:majorty", "no function majorty; allowed: majority; did you mean"),
        ("my.py:majority", "your.py:f", '"your.py:f" given; there is no such file ('),
        ("my.py:majority", "a\\nb.py:f", "a\\nb.py)"),
        ("my.py:majority", "\\u001b.py:f", '"\\u001b.py:f" given; there is no such file ('),
        ("seq_len = 5", "seq_len = -1", 'my.py, line 4: ValueError: negative dimensions are not'),
        ("epochs = 1", "epochs = 1\nloss = 'mse'", "the targets of this task are 2 classes"),
        ("epochs = 1", "epochs = 1\n[run]\ntask_timeout = 0", "allowed: a number above 0 and at"),
        ("epochs = 1", "epochs = 1\n[run]\ntimeout = 1", "did you mean task_timeout?"),
        ("epochs = 1", "epochs = 1\n[grid]\nrun.task_timeout = [1, 2]", "no axis, but alike for"),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_place(folder, old, new, message):
    text = fault_of(folder, SWEEP.replace(old, new))
    assert message in text
    assert ": 1 fault\n" in text


def test_a_fault_of_some_values_of_a_key_has_these(folder):
    (folder / "my.py").write_text(MAJORITY.replace("    y =", "    x[seq_len - 5]\n    y ="))
    text = SWEEP.replace("seq_len = 5", "p = 0.25") + "[grid]\ntask.seq_len = [3, 41]\n"
    assert fault_of(folder, text).splitlines()[1:] == [
        '  [task] name = "my.py:majority", [grid] task.seq_len = 41, [task] p = 0.25: my.py, '
        "line 5: IndexError: index 36 is out of bounds for axis 0 with size 16"
    ]


def test_a_required_parameter_is_a_required_key(folder):
    (folder / "my.py").write_text(MAJORITY.replace("seq_len=11", "seq_len: int"))
    assert load(folder, SWEEP)[0].config.task.seq_len == 5
    assert fault_of(folder, SWEEP.replace("seq_len = 5\n", "")).splitlines()[1:] == [
        "  [task] seq_len: this key is missing; allowed: a whole number; give it here, or as an "
        "axis, task.seq_len, in [grid]"
    ]


def test_the_keys_of_a_file_that_is_wrong_are_no_further_faults(folder):
    (folder / "my.py").write_text("def majority(rng, n, seq_len=3\n")
    message = fault_of(folder, SWEEP.replace("seq_len = 5", "seq_len = 5\nquality = 3"))
    assert message.splitlines()[1:] == [
        "  [task] name: \"my.py:majority\" given; my.py, line 1: SyntaxError: '(' was never closed "
        "(column 13)"
    ]


@pytest.mark.parametrize("name", ["sub.cl3:cls", "majority.p", "my:majority"])
def test_the_keys_of_a_name_that_no_built_in_task_has_are_no_further_faults(folder, name):
    text = SWEEP.replace("my.py:majority", name) + "[grid]\ntask.quality = [3, 4]\n"
    (line,) = fault_of(folder, text.replace("seq_len = 5", "sequence = 5")).splitlines()[1:]
    assert line.startswith(f'  [task] name: "{name}" given; allowed: "adding", ')
    # Of another name the keys are those of a built-in task.
    near = fault_of(folder, text.replace(name, "addng").replace("seq_len = 5", "sequence = 5"))
    assert "[task] sequence: no task has such a key; did you mean seq_len?" in near


def test_two_names_of_the_same_function_are_refused(folder):
    (folder / "copy.py").write_text(MAJORITY)
    text = SWEEP.replace('name = "my.py:majority"\n', "") + (
        '[grid]\ntask.name = ["my.py:majority", "copy.py:majority"]\n'
    )
    assert fault_of(folder, text).splitlines()[1:] == [
        '  [grid] task.name: "my.py:majority" and "copy.py:majority" give the same data; leave one '
        "out"
    ]


def test_numbers_that_a_precision_cannot_represent(folder):
    (folder / "my.py").write_text(
        "def majority(rng, n, seq_len=1):\n"
        "    return rng.random((n, 2, 1)) * 1e300, rng.random((n, 1))\n"
    )
    message = fault_of(folder, SWEEP)
    assert (
        '[task] name = "my.py:majority", [train] dtype = "float32" (the default): "x"[' in message
    )
    assert "infinite in float32" in message
    assert load(folder, SWEEP + 'dtype = "float64"\n')


def test_the_schema_takes_own_tasks(folder):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(sweepfile.json_schema())
    good = SWEEP + "[run]\ntask_timeout = 3\n[grid]\ntask.p = [0.1, 0.2]\n"
    assert not list(validator.iter_errors(tomllib.loads(good)))
    for old, new in (
        ("seq_len = 5", "seq_len = [5]"),
        ("my.py:majority", "majority"),
        ("3\n", "0\n"),
    ):
        assert list(validator.iter_errors(tomllib.loads(good.replace(old, new))))
