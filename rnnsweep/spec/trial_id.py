"""The id of a trial: a hash of what decides its result.

Only what differs from its default counts, so that a key that a later version adds changes no
id. The other side of that: whoever changes a default, or what a word does to the numbers,
raises `RESULTS_VERSION`.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from rnnsweep.tasks import TASKS, Task

from .keys import MODEL_KEYS, TRAIN_KEYS, Key
from .models import IMPLIED, ModelConfig, TrainConfig, implied

RESULTS_VERSION = 1
_HEX_DIGITS = 15


def trial_id(task_text: str, task: Task, model: ModelConfig, train: TrainConfig, seed: int) -> str:
    """Return "t" and 15 hex digits.

    Parameters
    ----------
    task_text : str
        `task_text(task)`, which trials of one task share.
    """
    defaults = _defaults(task.name)
    rest = {
        "model": _changed(model.__dict__, defaults["model"]),
        "train": _changed(train.__dict__, defaults["train"]),
        "seed": seed,
        "version": RESULTS_VERSION,
    }
    digest = hashlib.sha256(f"{task_text}{_canonical(rest)}".encode()).hexdigest()
    return f"t{digest[:_HEX_DIGITS]}"


def task_text(task: Task) -> str:
    """Return the task's name and what decides its data, as canonical JSON."""
    identity = task.identity()
    changed = {}
    for name, value in identity.items():
        field = type(task).model_fields[name]
        default = field.get_default(call_default_factory=True, validated_data=identity)
        if field.is_required() or value != default:
            changed[name] = value
    return _canonical({"name": task.name, "keys": changed})


def _changed(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in values.items()
        if name not in defaults or value != defaults[name]
    }


@cache
def _defaults(task_name: str) -> dict[str, dict[str, Any]]:
    """Return the defaults of [model] and [train] beside a task."""

    def of(keys: Mapping[str, Key]) -> dict[str, Any]:
        return {
            key.name: implied(TASKS[task_name], key.dotted)
            if key.dotted in IMPLIED
            else key.field.default
            for key in keys.values()
            if not key.required
        }

    return {"model": of(MODEL_KEYS), "train": of(TRAIN_KEYS)}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
