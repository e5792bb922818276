"""What is measured of the layout of a page: see report/measure.js."""

from pathlib import Path
from typing import Any

_MEASURES = (Path(__file__).parent / "report" / "measure.js").read_text(encoding="utf-8")
# WCAG 2.2, success criterion 2.5.8
LEAST_TARGET_PX = 24


def measure(page: Any, what: str) -> list[str]:
    """Return a line for each part of the page that has the fault `what`.

    Parameters
    ----------
    page : playwright.sync_api.Page
    what : str
        "faint": text with too little contrast; "outside": text beyond the sides of the window;
        "overlapping": two texts in one place; "nameless": a control without a name;
        "small": a control that is too small for a finger.
    """
    return page.evaluate(f"({_MEASURES.strip()})['{what}']({LEAST_TARGET_PX})")
