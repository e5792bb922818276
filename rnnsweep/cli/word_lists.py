"""The word lists that `list` shows: which words a sweep file or a command may use."""

from rnnsweep import vocabulary
from rnnsweep.cells import CELLS
from rnnsweep.execution.executors import EXECUTORS
from rnnsweep.tasks import TASKS


def word_lists() -> dict[str, dict[str, str]]:
    """Return the words of each list, each word with a line that explains it."""
    vocabularies = {
        "activations": vocabulary.ACTIVATIONS,
        "optimizers": vocabulary.OPTIMIZERS,
        "initializations": vocabulary.INITIALIZATIONS,
        "matrices": vocabulary.MATRICES,
        "recurrent": vocabulary.RECURRENT,
        "losses": vocabulary.LOSSES,
        "schedules": vocabulary.SCHEDULES,
        "gradients": vocabulary.GRADIENTS,
        "save_params": vocabulary.SAVED_PARAMS,
        "epochs": vocabulary.EPOCHS_FILES,
    }
    return {
        "tasks": {
            **{name: task.line for name, task in TASKS.items()},
            vocabulary.OWN_TASK: vocabulary.OWN_TASK_LINE,
        },
        "cells": {name: cell.line for name, cell in CELLS.items()},
        **{
            name: {word: entry.line for word, entry in words.items()}
            for name, words in vocabularies.items()
        },
        "executors": EXECUTORS,
    }
