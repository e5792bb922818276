"""Sequence problems: one a file, each with its own keys and its arrays from a seed.

A new task is one class with its keys as fields, and its entry in `TASKS`.
"""

from .adding import Adding
from .base import Data, Fault, Part, Shape, Task, TaskError, baselines
from .csv import Csv
from .notebook import Notebook
from .sine import Sine
from .source import Sources

_CLASSES: tuple[type[Task], ...] = (Adding, Sine, Notebook, Csv)

TASKS: dict[str, type[Task]] = {cls.model_fields["name"].default: cls for cls in _CLASSES}

__all__ = [
    "TASKS",
    "Adding",
    "Csv",
    "Data",
    "Fault",
    "Notebook",
    "Part",
    "Shape",
    "Sine",
    "Sources",
    "Task",
    "TaskError",
    "baselines",
]
