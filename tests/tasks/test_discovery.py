"""Tasks are found by themselves: a file in the folder is all that a new one takes."""

import re
import shutil
from inspect import cleandoc
from pathlib import Path
from typing import get_args

import pytest
from commandline import command

import rnnsweep
from rnnsweep.tasks import TASKS, base
from rnnsweep.tasks.base import Topic
from rnnsweep.tasks.discovery import find_tasks

# The example in the docstring of the contract, a complete file.
EXAMPLE = cleandoc("\n" + re.search(r"::\n\n(.*?)\n\n(?=\w)", base.__doc__, re.DOTALL)[1])

SWEEP = """
[task]
name = "majority"
seq_len = 5
n_train = 64
n_val = 16

[model]
hidden_size = 3

[train]
learning_rate = 0.1
epochs = 2

[grid]
seed = [0, 1]
"""

# Several command lines in one process, each an argument.
COMMANDS = """
import sys
from rnnsweep.__main__ import main

for line in sys.argv[1:]:
    sys.argv[1:] = line.split()
    try:
        main()
    except SystemExit as exit_:
        assert not exit_.code, line
"""


def test_a_task_is_added_by_one_file(tmp_path):
    package = tmp_path / "rnnsweep"
    unused = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(rnnsweep.__file__).parent, package, ignore=unused)
    (package / "tasks" / "majority.py").write_text(EXAMPLE)
    (tmp_path / "majority.toml").write_text(SWEEP)
    # As plain Python the kernels need no compiling, which takes 15 s for a copy of the package.
    plain = {"PYTHONPATH": str(tmp_path), "NUMBA_DISABLE_JIT": "1"}
    lines = ["list tasks", "schema", "plan majority.toml", "run majority.toml --no-plots"]
    code, output, errors = command(*lines, code=COMMANDS, cwd=tmp_path, env=plain)
    assert code == 0, errors
    in_list = "majority whether a sequence of bits has more ones than zeros"
    assert in_list in " ".join(output.split())
    assert '"const": "majority"' in output
    trials = (tmp_path / "results" / "majority" / "trials.csv").read_text().splitlines()
    assert len(trials) == 3
    assert all(",majority," in trial and ",complete," in trial for trial in trials[1:])


def test_tasks_are_in_the_order_of_their_topics_and_then_of_the_alphabet():
    order = [(get_args(Topic).index(task.topic), name) for name, task in TASKS.items()]
    assert order == sorted(order)


NAME = 'name: Literal["new"] = "new"'
LINE = 'line: ClassVar[str] = "a new task"'
TOPIC = 'topic: ClassVar[Topic] = "memory"'
HEAD = """
from typing import ClassVar, Literal
from rnnsweep.tasks.base import Task, Topic


class Bits(Task):
    loss: ClassVar[str] = "bce"
"""


def module(*body):
    """Return the text of a module with a base class and a task that has this body."""
    return HEAD + "\n    ".join(["\n\nclass New(Bits):", *body])


@pytest.fixture
def find(tmp_path, monkeypatch, request):
    """Return a function that writes modules into a package and finds the tasks in them."""
    monkeypatch.syspath_prepend(tmp_path)
    package = f"package_{abs(hash(request.node.name))}"  # each test imports modules that are new

    def find(**modules):
        (tmp_path / package).mkdir()
        for name, text in modules.items():
            (tmp_path / package / f"{name}.py").write_text(text)
        return find_tasks(package, [str(tmp_path / package)])

    return find


def test_base_classes_and_imported_tasks_are_not_found(find):
    imported = "from rnnsweep.tasks.sine import Sine\n"
    tasks = find(new=module(NAME, LINE, TOPIC), imported=imported, empty="")
    assert {name: task.__name__ for name, task in tasks.items()} == {"new": "New"}


@pytest.mark.parametrize(
    ("body", "lack"),
    [
        ((LINE, TOPIC), "New needs a name, as in"),
        (('name: Literal["new"]', LINE, TOPIC), "New needs a name, as in"),
        ((NAME, TOPIC), "New needs a line, as in"),
        ((NAME, LINE), "New needs a topic, one of 'memory', "),
        ((NAME, LINE, TOPIC.replace("memory", "weather")), "New needs a topic, one of 'memory', "),
    ],
)
def test_a_task_that_lacks_something_is_refused(find, body, lack):
    with pytest.raises(TypeError, match=rf"package_\d+\.new\.{lack}"):
        find(new=module(*body))


def test_two_tasks_of_one_name_are_refused(find):
    text = module(NAME, LINE, TOPIC)
    with pytest.raises(TypeError, match=r"\.one\.New and .*\.two\.New are both named 'new'"):
        find(one=text, two=text)
