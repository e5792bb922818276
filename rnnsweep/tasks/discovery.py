"""The search for tasks: every module of the package may define some, and no list names them."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import get_args

from .base import Task, Topic

_TOPICS = get_args(Topic)


def find_tasks(package: str, path: Iterable[str]) -> dict[str, type[Task]]:
    """Import the modules of a package, and return the tasks that they define by their names.

    The order is that of `Topic`; tasks of one topic are in alphabetical order.

    Parameters
    ----------
    package : str
        Full name of the package.
    path : iterable of str
        Its folders, the package's `__path__`.

    Raises
    ------
    TypeError
        A task lacks its name, its line or its topic, or two tasks have one name.
    """
    tasks: dict[str, type[Task]] = {}
    # All of them first: a base class is one that has subclasses, in whichever module.
    for module in [import_module(info.name) for info in iter_modules(path, f"{package}.")]:
        for task in _tasks_of(module):
            name = _checked_name(task)
            if name in tasks:
                raise TypeError(f"{_place(tasks[name])} and {_place(task)} are both named {name!r}")
            tasks[name] = task
    order = sorted(tasks, key=lambda name: (_TOPICS.index(tasks[name].topic), name))
    return {name: tasks[name] for name in order}


def _tasks_of(module: ModuleType) -> Iterator[type[Task]]:
    """Yield the tasks that a module defines; a class without a name that others extend is none."""
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Task):
            is_own = value.__module__ == module.__name__
            is_base = value.model_fields["name"].is_required() and value.__subclasses__()
            if is_own and not is_base:
                yield value


def _checked_name(task: type[Task]) -> str:
    """Return a task's name, once it is certain that the class says all that a list shows."""
    name = task.model_fields["name"].default
    if not isinstance(name, str):
        raise TypeError(f'{_place(task)} needs a name, as in: name: Literal["sine"] = "sine"')
    if not getattr(task, "line", ""):
        raise TypeError(f'{_place(task)} needs a line, as in: line: ClassVar[str] = "a noisy sine"')
    if getattr(task, "topic", None) not in _TOPICS:
        raise TypeError(f"{_place(task)} needs a topic, one of {', '.join(map(repr, _TOPICS))}")
    return name


def _place(task: type[Task]) -> str:
    return f"{task.__module__}.{task.__name__}"
