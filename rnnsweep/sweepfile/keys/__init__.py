"""The keys of a sweep file.

`tables` declares them: name, type, range, default and meaning; `layout` names the tables. `key`
checks one value, `registry` has the keys of every file by table, `file_words` those that depend on
the file, `implied` the defaults that follow from other keys, and `unknown` the words for a name
that is no key.
"""

from .key import Key
from .layout import FORMS, OWN_KEYS, RECORD_TABLES, REPEATED, TABLES, head, join_key, split_key
from .registry import (
    SEED,
    TASK_KEYS,
    TASK_NAME,
    all_keys,
    any_keys,
)

__all__ = [
    "FORMS",
    "OWN_KEYS",
    "RECORD_TABLES",
    "REPEATED",
    "SEED",
    "TABLES",
    "TASK_KEYS",
    "TASK_NAME",
    "Key",
    "all_keys",
    "any_keys",
    "head",
    "join_key",
    "split_key",
]
