"""What paired comparisons of every kind have in common: a table, a verdict and notes."""

import math
from typing import Any

from .paired import Comparison
from .values import ValueComparison

Compared = Comparison | ValueComparison


def table_columns(compared: Compared) -> dict[str, list[Any]]:
    """Return the columns of the table: the setting and its value, then the statistics."""
    return {
        "setting": [name for name, _ in compared.rows],
        "value": [value for _, value in compared.rows],
        **compared.statistics,
    }


def facts(compared: Compared) -> dict[str, Any]:
    """Return what holds for the whole table."""
    return {
        "a": compared.a,
        "b": compared.b,
        **compared.measured.words(),
        "verdict": compared.verdict,
        "notes": list(compared.notes),
    }


def as_plain_data(compared: Compared) -> dict[str, Any]:
    """Return a comparison as JSON can have it; None where there is no finite number."""
    columns = table_columns(compared)
    rows = zip(*([_plain(cell) for cell in cells] for cells in columns.values()), strict=True)
    return {**facts(compared), "rows": [dict(zip(columns, row, strict=True)) for row in rows]}


def _plain(cell: Any) -> Any:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell
