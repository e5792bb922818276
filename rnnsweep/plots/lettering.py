"""Texts in plots: names, numbers and labels of values, and how wide and high they are."""

from collections.abc import Sequence
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font

from rnnsweep.value_text import distinct_texts, number

from .defaults import defaults_with

FONT = "DejaVu Sans"  # comes with matplotlib, so that plots look the same on every machine
LINE_HEIGHT = 1.2  # times the size of the font
LONGEST_LABEL = 18  # letters
LONGEST_FORMULA = 24
FEWEST_DIGITS = 3  # of a number on an axis; a table has room for one more
HINTING = 1.03  # letters are fitted to pixels, which widens text by 2 % at 100 dots per inch


def words(name: str) -> str:
    """Return the name of a setting as words: "hidden size" for hidden_size."""
    return printable(name.replace("_", " "))


def padded_number(value: float, digits: int) -> str:
    """Return a number as `number` does, but with zeros at its end: 0.10 next to 0.11."""
    text = number(value, digits)
    whole, _, fraction = text.partition(".")
    significant = len((whole + fraction).lstrip("-0"))
    missing = digits - significant
    if "e" in text or missing <= 0 or value == 0:
        return text
    return f"{whole}.{fraction}{'0' * missing}"


def value_labels(values: Sequence[object]) -> tuple[str, ...]:
    """Return a short label for each value, different for different values; `NONE` for None.

    A long formula ends after a whole part of it, if the beginnings of all values differ.
    """
    texts = [value for value in dict.fromkeys(values) if isinstance(value, str)]
    differ = len({_shortened(text) for text in texts}) == len(texts)
    return distinct_texts(values, FEWEST_DIGITS, _shortened if differ else _without_middle)


def _shortened(text: str) -> str:
    is_formula = "(" in text and ")" in text
    return _beginning(text) if is_formula else _without_middle(text)


def _beginning(formula: str) -> str:
    """Return a formula up to the end of a name, number or bracket: "max(0.01 * x, x) + …"."""
    text = printable(formula)
    if len(text) <= LONGEST_FORMULA:
        return text
    head = text[: LONGEST_FORMULA - 1]
    end = max(place for place in range(len(head) + 1) if _is_end(text, place))
    return f"{head[:end].rstrip()} …" if end > LONGEST_FORMULA // 2 else _without_middle(formula)


def _is_end(text: str, place: int) -> bool:
    """Return whether no name or number goes on at this place of a text."""
    around = text[max(place - 1, 0) : place + 1]
    return not (len(around) == 2 and all(c.isalnum() or c in "._" for c in around))


def _without_middle(text: str) -> str:
    text = printable(text)
    if len(text) <= LONGEST_LABEL:
        return text
    head = LONGEST_LABEL // 2 - 1  # the end distinguishes paths, the beginning names: keep both
    return f"{text[:head]}…{text[head + 1 - LONGEST_LABEL :]}"


def printable(text: str) -> str:
    """Return the text without line breaks, and with ? for letters that the font does not have."""
    return "".join(
        letter if ord(letter) in _letters() else "?" for letter in " ".join(text.split())
    )


@cache
def _font(bold: bool) -> FT2Font:
    with defaults_with({}):  # matplotlib's settings also decide a font's other properties
        return get_font(findfont(FontProperties(family=FONT, weight="bold" if bold else "normal")))


@cache
def _letters() -> frozenset[int]:
    return frozenset(_font(False).get_charmap())


@cache
def _advance(letter: str, bold: bool) -> float:
    """Return a letter's width for a font of size 1, without kerning, which `HINTING` covers."""
    font = _font(bold)
    font.set_size(100, 72)
    return font.load_char(ord(letter)).linearHoriAdvance / 65536 / 100


def width(text: str, size: float, bold: bool = False) -> float:
    """Return the width in inches of a text of one or more lines.

    Parameters
    ----------
    text : str
    size : float
        Size of the font in points.
    bold : bool
    """
    widest = max(sum(_advance(letter, bold) for letter in line) for line in text.split("\n"))
    return HINTING * widest * size / 72


def height(text: str, size: float) -> float:
    """Return the height in inches of a text of one or more lines, in a font of `size` points."""
    return (text.count("\n") + 1) * size * LINE_HEIGHT / 72


def wrap(text: str, inches: float, size: float, bold: bool = False) -> str:
    """Return the text with line breaks in place of spaces, so that lines are at most that wide.

    A word that is wider has a line to itself.
    """
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(f"{lines[-1]} {word}", size, bold) <= inches:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def percent(share: float) -> str:
    """Return a share as text: "62 %", "0.4 %", "< 0.1 %"."""
    hundredths = 100 * share
    if 0 < hundredths < 0.1:
        return "< 0.1 %"
    digits = 0 if hundredths >= 9.95 or hundredths == 0 else 1
    return f"{hundredths:.{digits}f} %"
