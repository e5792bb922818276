"""Tables of texts for documents: Markdown, and LaTeX with booktabs. Every text is escaped."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rnnsweep.message_text import showable

from .shown_summary import ShownTable

# An underscore between two letters is no markup.
_MARKDOWN = re.compile(r"[\\`*\[\]]|(?<![^\W_])_|_(?![^\W_])")
# The last three are markup in some dialects of Markdown only, where others show their backslash.
_ENTITIES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "~": "&#126;", "$": "&#36;"}
)
# Pairs that fonts join: of two hyphens they make a dash, of two commas a low quote.
_JOINED = re.compile(r"([-,])(?=\1)")
_APART = "\0"  # no text has it: `showable` escapes it
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        "'": r"\textquotesingle{}",
        "`": r"\textasciigrave{}",
        "[": "{[}",  # after the end of a row it would begin an option
        "]": "{]}",
        _APART: "{}",
        **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    }
)
# The packages that tables need, each with the commands that need it.
_PACKAGES = {
    r"\usepackage{booktabs}": (r"\toprule",),
    r"\usepackage[T1]{fontenc}": (r"\textquotedbl{}",),
    r"\usepackage{textcomp}": (r"\textquotesingle{}", r"\textasciigrave{}"),
}
_BEST = "1"  # the rank of the rows in bold type


def markdown(table: ShownTable) -> str:
    """Return a table in Markdown; the best row is bold."""
    n_others = len(table.names) - 1 - table.n_settings
    rule = ["--:", *[":--"] * table.n_settings, *["--:"] * n_others]
    return _markdown(table.headings, rule, table.rows)


def markdown_of_shares(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of texts, of which the first column has words and the others numbers."""
    return _markdown(headings, [":--", *["--:"] * (len(headings) - 1)], rows)


def latex(table: ShownTable) -> str:
    """Return a tabular environment, and above it as comments the packages that it needs."""
    columns = "r" + "l" * table.n_settings + "r" * (len(table.names) - 1 - table.n_settings)
    text = "\n".join(
        [
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            _latex_row(map(latex_text, table.headings)),
            r"\midrule",
            *_latex_rows(table),
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )
    needed = (
        f"% {package}\n"
        for package, commands in _PACKAGES.items()
        if any(command in text for command in commands)
    )
    return "".join(needed) + text


def latex_text(text: str) -> str:
    """Return what LaTeX prints as this text: no character is a command, and none are joined."""
    return _JOINED.sub(rf"\1{_APART}", _one_line(text)).translate(_LATEX)


def _markdown(headings: Sequence[str], rule: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(map(_markdown_text, headings)), _row(rule)]
    for row in rows:
        cells = map(_markdown_text, row)
        bold = row[0] == _BEST
        lines.append(_row(f"**{cell}**" if bold and cell else cell for cell in cells))
    return "\n".join(lines) + "\n"


def _latex_rows(table: ShownTable) -> Iterator[str]:
    for row in table.rows:
        cells = map(latex_text, row)
        yield _latex_row(rf"\textbf{{{cell}}}" if row[0] == _BEST else cell for cell in cells)


def _latex_row(cells: Iterable[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _markdown_text(text: str) -> str:
    return _MARKDOWN.sub(lambda match: f"\\{match[0]}", _one_line(text)).translate(_ENTITIES)


def _one_line(text: str) -> str:
    return showable(" ".join(text.split()))
