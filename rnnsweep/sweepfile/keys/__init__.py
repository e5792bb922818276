"""The keys of a sweep file.

`tables` declares them: name, type, range, default and meaning. `key` checks one value, `registry`
has all keys by table, `implied` the defaults that follow from other keys, and `unknown` the words
for a name that is no key.
"""

from .registry import (
    METRICS_KEYS,
    MODEL_KEYS,
    OUTPUT_KEYS,
    RECORD_TABLES,
    SEED,
    STOP_KEYS,
    TABLES,
    TASK_KEYS,
    TASK_NAME,
    TRAIN_KEYS,
    Key,
    Refused,
    all_keys,
    any_keys,
)

__all__ = [
    "METRICS_KEYS",
    "MODEL_KEYS",
    "OUTPUT_KEYS",
    "RECORD_TABLES",
    "SEED",
    "STOP_KEYS",
    "TABLES",
    "TASK_KEYS",
    "TASK_NAME",
    "TRAIN_KEYS",
    "Key",
    "Refused",
    "all_keys",
    "any_keys",
]
