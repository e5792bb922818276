"""Text that a terminal shows as it is, whatever names and contents of files are in it."""

import re

LONGEST_LINE = 5_000  # characters; a path has up to 4,096

# Control characters but for tabs and line feeds, ends of lines, and what changes the direction of
# writing.
_ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def showable(text: str) -> str:
    r"""Return a text with characters that a terminal would act on escaped, such as `\x1b`.

    Line feeds and tabs stay. Lines of more than `LONGEST_LINE` characters are cut.
    """
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    line = line[: LONGEST_LINE + 1]
    line = _ACTS.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), line)
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 3]}..."
