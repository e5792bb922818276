"""The defaults of the keys, as the settings that a trial has if a file says nothing."""

from typing import Any

from .config import as_cell
from .keys import TABLES, any_keys
from .keys.implied import IMPLIED
from .search.dimensions import column


def default_settings() -> dict[str, Any]:
    """Return the defaults by the names of the settings' columns, as cells of the tables.

    Left out are the keys of tasks, and those whose default another key decides.
    """
    return {
        column(key.dotted): as_cell(key.field.default)
        for table in TABLES
        if table != "task"
        for key in any_keys(table).values()
        if not key.required and key.dotted not in IMPLIED
    }
