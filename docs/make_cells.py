"""Writes the table of the built-in cells into docs/cells.md: python docs/make_cells.py."""

import re
from pathlib import Path

from rnnsweep.cells import CELLS

PAGE = Path(__file__).parent / "cells.md"
MARK = "<!-- cells -->\n"


def cells() -> str:
    """Return the page with a row for each cell."""
    rows = [f"| `{name}` | {cell.line} | {cell.source} |\n" for name, cell in CELLS.items()]
    table = "".join([MARK, "| cell | | source |\n", "|---|---|---|\n", *rows])
    text = PAGE.read_text(encoding="utf-8")
    return re.sub(rf"{MARK}(\|.*\n)+", lambda _: table, text, count=1)


if __name__ == "__main__":
    PAGE.write_text(cells(), encoding="utf-8")
