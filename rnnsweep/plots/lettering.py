"""Text in pictures: names, numbers, labels of values, and how wide they are."""

from collections.abc import Sequence
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font

from rnnsweep.value_text import distinct_texts, number

from .defaults import defaults_with

FONT = "DejaVu Sans"  # comes with matplotlib, so pictures look the same everywhere
LINE_HEIGHT = 1.2  # of the font's size
LONGEST_LABEL = 18  # letters
FEWEST_DIGITS = 3  # of a number on an axis: a table has room for one more
HINTING = 1.03  # fitting letters to pixels widens text, by 2 % at 100 dots an inch


def words(name: str) -> str:
    """Return a setting's name as text."""
    return printable(name.replace("_", " "))


def padded_number(value: float, digits: int) -> str:
    """Write a number as `number` does, with its last zeros: 0.10 beside 0.11."""
    text = number(value, digits)
    whole, _, fraction = text.partition(".")
    significant = len((whole + fraction).lstrip("-0"))
    missing = digits - significant
    if "e" in text or missing <= 0 or value == 0:
        return text
    return f"{whole}.{fraction}{'0' * missing}"


def value_labels(values: Sequence[object]) -> tuple[str, ...]:
    """Return short and distinct labels, one a value; `NONE` for a value that is not there."""
    return distinct_texts(values, FEWEST_DIGITS, _shortened)


def _shortened(text: str) -> str:
    text = printable(text)
    if len(text) <= LONGEST_LABEL:
        return text
    head = LONGEST_LABEL // 2 - 1  # the end distinguishes paths, the start names: keep both
    return f"{text[:head]}…{text[head + 1 - LONGEST_LABEL :]}"


def printable(text: str) -> str:
    """Return the text with ? for letters that the font lacks, and no line breaks."""
    return "".join(
        letter if ord(letter) in _letters() else "?" for letter in " ".join(text.split())
    )


@cache
def _font(bold: bool) -> FT2Font:
    with defaults_with({}):  # a font's other properties are settings, too
        return get_font(findfont(FontProperties(family=FONT, weight="bold" if bold else "normal")))


@cache
def _letters() -> frozenset[int]:
    return frozenset(_font(False).get_charmap())


@cache
def _advance(letter: str, bold: bool) -> float:
    """Return a letter's width for a font of size 1; kerning is less than `HINTING` allows for."""
    font = _font(bold)
    font.set_size(100, 72)
    return font.load_char(ord(letter)).linearHoriAdvance / 65536 / 100


def width(text: str, size: float, bold: bool = False) -> float:
    """Width of a text of one or more lines.

    Parameters
    ----------
    text : str
    size : float
        Of the font, in points.
    bold : bool

    Returns
    -------
    float
        Inches.
    """
    widest = max(sum(_advance(letter, bold) for letter in line) for line in text.split("\n"))
    return HINTING * widest * size / 72


def height(text: str, size: float) -> float:
    """Height of a text of one or more lines, in inches."""
    return (text.count("\n") + 1) * size * LINE_HEIGHT / 72


def wrap(text: str, inches: float, size: float, bold: bool = False) -> str:
    """Break a text at spaces so that its lines are no wider than that."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(f"{lines[-1]} {word}", size, bold) <= inches:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)
