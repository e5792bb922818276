"""The kinds of words that `list` shows, each with a line."""

from rnnsweep import vocabulary
from rnnsweep.execution.executors import EXECUTORS
from rnnsweep.tasks import TASKS


def kinds() -> dict[str, dict[str, str]]:
    """Return each kind's words with their lines."""
    vocabularies = {
        "cells": vocabulary.CELLS,
        "activations": vocabulary.ACTIVATIONS,
        "optimizers": vocabulary.OPTIMIZERS,
        "initializations": vocabulary.INITIALIZATIONS,
        "matrices": vocabulary.MATRICES,
        "losses": vocabulary.LOSSES,
        "schedules": vocabulary.SCHEDULES,
        "gradients": vocabulary.GRADIENTS,
        "save_params": vocabulary.SAVED_PARAMS,
        "epochs": vocabulary.EPOCHS_FILES,
    }
    return {
        "tasks": {name: task.line for name, task in TASKS.items()},
        **{
            kind: {name: word.line for name, word in words.items()}
            for kind, words in vocabularies.items()
        },
        "executors": EXECUTORS,
    }
