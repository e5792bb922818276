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


def dashes(page, plot):
    """Return the heights of the dashed lines across a plot."""
    return _read(page, "dashes", plot)


def cells(page, plot):
    """Return the texts in a map by the title of the panel and the labels across and up."""
    return {tuple(labels): text for labels, text in _read(page, "cells", plot)}


def scroll_through(page):
    """Scroll to the end of the page and back, so that every view is drawn once."""
    _read(page, "scrollThrough")


def place(page, plot, x, y):
    """Return where in the window a point of a plot is, as two numbers of pixels."""
    return _read(page, "place", [plot, x, y])


def as_shown(numbers, digits=4):
    """Return numbers rounded as the page shows them."""
    return [float(f"{value:.{digits}g}") for value in numbers]


def number(text):
    """Return the number that a text of the page means, NaN for a dash."""
    return math.nan if text == "\u2013" else float(text.replace("\u221e", "inf"))
