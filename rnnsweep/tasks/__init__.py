"""Sequence problems: one a file, each with its keys and the arrays that it makes from a seed.

A task is added by one file in this folder; nothing else has to name it.

- `base` is the contract of a task, with an example: read it to write one.
- `generated` and `series` are the base classes of tasks that draw their sequences.
- `parts` has the arrays that all tasks make, `predictors` the losses of trivial predictors.
- `reading` reads the files of users; `windows`, `scaling` and `npz_parts` make parts of them.
- `own` makes a task of a function in a file of the user's.
- `discovery` finds the tasks. Every other file is a task.
"""

from .base import DataError, Fault, Task, TaskError
from .discovery import find_tasks
from .generated import GeneratedTask
from .parts import Part, Parts, Shape
from .reading.files import Sources

TASKS: dict[str, type[Task]] = find_tasks(__name__, __path__)
"""Every task by its name."""

__all__ = [
    "TASKS",
    "DataError",
    "Fault",
    "GeneratedTask",
    "Part",
    "Parts",
    "Shape",
    "Sources",
    "Task",
    "TaskError",
]
