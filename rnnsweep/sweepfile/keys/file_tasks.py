"""The tasks of one's own that a sweep file names: functions of files, read when they are named."""

import re
from collections.abc import Iterable

from rnnsweep.tasks import Sources, Task
from rnnsweep.tasks.reading.files import SourceError

OWN_TASK_PATTERN = r"\.py:.+$"
"""What the name of an own task ends with, as in "mytask.py:majority"."""

# With the names that lack their function, for which there is a message.
_OWN_FORM = re.compile(r"\.py(:|$)")


def read_own_tasks(
    words: Iterable[str], sources: Sources
) -> tuple[dict[str, type[Task]], dict[str, str]]:
    """Return the own tasks among some words, and for the other words of their form what is wrong.

    Parameters
    ----------
    words : iterable of str
        What a file gives for task.name.
    sources : Sources
        Where their files are.
    """
    tasks: dict[str, type[Task]] = {}
    refused: dict[str, str] = {}
    own = [word for word in words if _OWN_FORM.search(word)]
    if own:
        # Only here: most files name none.
        from rnnsweep.tasks.own.task import own_task
    for word in own:
        try:
            tasks[word] = own_task(word, sources)
        except SourceError as error:
            refused[word] = str(error)
    return tasks, refused
