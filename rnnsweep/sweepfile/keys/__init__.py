"""The keys of a sweep file.

`tables` declares them: name, type, range, default and meaning; `layout` names the tables. `key`
checks one value, `registry` has the keys of every file by table, and `implied` the defaults that
follow from other keys. `file_words` has what depends on the file: its tasks (`file_tasks`), its
cells (`file_cells`), and the keys that they bring. `activation_text` reads a formula, and `unknown`
has the words for a name that is no key.
"""

from .key import Key
from .layout import (
    CELLS_TABLE,
    FORMS,
    OWN_KEYS,
    RECORD_TABLES,
    REPEATED,
    TABLES,
    flat_table,
    head,
    join_key,
    path_of,
    split_key,
)
from .registry import (
    SEED_KEYS,
    TASK_KEYS,
    TASK_NAME,
    all_keys,
    any_keys,
)

__all__ = [
    "CELLS_TABLE",
    "FORMS",
    "OWN_KEYS",
    "RECORD_TABLES",
    "REPEATED",
    "SEED_KEYS",
    "TABLES",
    "TASK_KEYS",
    "TASK_NAME",
    "Key",
    "all_keys",
    "any_keys",
    "flat_table",
    "head",
    "join_key",
    "path_of",
    "split_key",
]
