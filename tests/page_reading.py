"""What a page shows, read from its elements as a user would: see report/reading.js."""

import math
from pathlib import Path

_READING = (Path(__file__).parent / "report" / "reading.js").read_text(encoding="utf-8").strip()


def _read(page, name, argument=None):
    return page.evaluate(f"(argument) => ({_READING})['{name}'](argument)", argument)


def drawn(page):
    """Wait until the page has drawn all that is on the screen."""
    _read(page, "drawn")


def table(page):
    """Return the rows of the table of settings, each a dict of the texts by column."""
    return _read(page, "table")


def traces(page, plot):
    """Return the data of a plot by its id; None in place of numbers that are not finite."""
    return _read(page, "traces", plot)


def place(page, plot, x, y):
    """Return where in the window a point of a plot is, as two numbers of pixels."""
    return _read(page, "place", [plot, x, y])


def number(text):
    """Return the number that a text of the page means, NaN for a dash."""
    return math.nan if text == "\u2013" else float(text.replace("\u221e", "inf"))
