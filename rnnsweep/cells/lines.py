"""The text of equations, cut into equations: a left side and a right side, with their places.

An equation is a line, or several where parentheses are open. What follows # is a comment. All
characters are checked here, so that the text that Python's parser sees has no quotes, brackets,
statements or names outside ASCII.
"""

import keyword
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from .faults import Place

MOST_CHARACTERS = 10_000
MOST_LEVELS = 100
"""Of parentheses and operations inside each other."""

_OTHER = re.compile(r"[^A-Za-z0-9_+\-*/(),.= \t\n]")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*", re.ASCII)
_BEGINS = re.compile(r"\s*[A-Za-z_]\w*\s*=", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LONG_NUMBER = re.compile(r"[\d_]{400,}", re.ASCII)
_HINTS = {
    ";": "; each equation has a line of its own",
    "\\": "; an equation goes on in the next line inside parentheses",
    "^": "; a power is written **",
    "[": "; everything is elementwise, there are no indices",
    "<": "; there are no comparisons; use max, min or abs",
    ">": "; there are no comparisons; use max, min or abs",
    "\N{MINUS SIGN}": "; write -",
    "\N{EN DASH}": "; write -",
    "\N{MULTIPLICATION SIGN}": "; write *",
    "\N{MIDDLE DOT}": "; write *",
    "\N{DOT OPERATOR}": "; write *",
    "\N{CIRCLED DOT OPERATOR}": "; write *",
    "\N{SUPERSCRIPT TWO}": "; write ** 2",
}


class TextFault(Exception):
    """A text is refused at a place."""

    def __init__(self, message: str, place: Place) -> None:
        super().__init__(message)
        self.place = place


class Piece(NamedTuple):
    """A part of a text that begins in a certain line, and after some characters of it."""

    text: str
    line: int
    start: int

    def place(self, index: int) -> Place:
        """Return the place of a character of the part."""
        before = self.text[:index]
        line = self.line + before.count("\n")
        newline = before.rfind("\n")
        return Place(line, index - newline if newline >= 0 else self.start + index + 1)

    def part(self, first: int, end: int | None = None) -> "Piece":
        """Return a part of the part."""
        place = self.place(first)
        return Piece(self.text[first:end], place.line, place.column - 1)

    def fault(self, message: str, index: int) -> TextFault:
        """Return a fault at a character of the part."""
        return TextFault(message, self.place(index))


def check_length(text: str) -> None:
    """Refuse a text that is too long to be equations.

    Raises
    ------
    TextFault
    """
    if len(text) > MOST_CHARACTERS:
        message = f"the text has {len(text)} characters; allowed: up to {MOST_CHARACTERS}"
        raise TextFault(message, Place(1, 1))


def split(text: str) -> Iterator[Piece]:
    """Yield the part of each equation, without comments; none is only white space."""
    lines = [_without_comment(line) for line in text.replace("\r\n", "\n").split("\n")]
    first, depth = 0, 0
    for number, line in enumerate(lines):
        if number > first and (depth == 0 or _BEGINS.match(line)):
            yield from _piece(lines, first, number)
            first, depth = number, 0
        depth = max(0, depth + line.count("(") - line.count(")"))
    yield from _piece(lines, first, len(lines))


def _without_comment(line: str) -> str:
    return line.partition("#")[0]


def _piece(lines: list[str], first: int, end: int) -> Iterator[Piece]:
    text = "\n".join(lines[first:end])
    if text.strip():
        yield Piece(text, first + 1, 0)


def sides(piece: Piece) -> tuple[Piece, Piece]:
    """Return the name and the right side of an equation.

    Raises
    ------
    TextFault
    """
    check_characters(piece)
    first = len(piece.text) - len(piece.text.lstrip())
    left, equals, right = piece.text.partition("=")
    if not equals:
        raise piece.fault("this is no equation; needed: name = expression", first)
    name = left.strip()
    if not _NAME.fullmatch(name):
        raise piece.fault(f"the left side of = must be a name, not {name!r}", first)
    if "=" in right:
        raise piece.fault("an equation has one =", len(left) + 1 + right.index("="))
    return piece.part(first, first + len(name)), piece.part(len(left) + 1)


def check_characters(piece: Piece) -> None:
    """Refuse characters, words and parentheses that no equation has.

    Raises
    ------
    TextFault
    """
    text = piece.text
    if other := _OTHER.search(text):
        raise piece.fault(_of_character(other[0]), other.start())
    for word in _WORD.finditer(text):
        if keyword.iskeyword(word[0]):
            message = f"{word[0]} is a keyword of Python, which no equation has"
            raise piece.fault(message, word.start())
    if number := _LONG_NUMBER.search(text):
        raise piece.fault("the number has too many digits", number.start())
    opened = []
    for index, character in enumerate(text):
        if character == "(":
            opened.append(index)
        elif character == ")":
            if not opened:
                raise piece.fault("this ) closes nothing", index)
            opened.pop()
        if len(opened) > MOST_LEVELS:
            raise piece.fault(TOO_DEEP, index)
    if opened:
        raise piece.fault("this ( is never closed", opened[-1])


TOO_DEEP = (
    f"the expression is nested too deep; allowed: {MOST_LEVELS} levels of parentheses and "
    "operations"
)


def _of_character(character: str) -> str:
    is_seen = character.isprintable() and character.isascii()
    shown = f'"{character}"' if is_seen else f"{character!r} (U+{ord(character):04X})"
    is_space = unicodedata.category(character) == "Zs"  # as a no-break space, from a PDF
    hint = "; write a space" if is_space else _HINTS.get(character, "")
    return f"no equation has the character {shown}{hint}"
