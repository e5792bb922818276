"""Tables of texts for documents: Markdown, and LaTeX with booktabs. Every text is escaped."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rnnsweep.message_text import showable

from .shown_summary import ShownTable

_MARKDOWN = re.compile(r"[\\`*\[\]|~$]|(?<!\w)_|_(?!\w)")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    }
)
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
    r"""Return a tabular environment, whose rules need ``\usepackage{booktabs}``."""
    columns = "r" + "l" * table.n_settings + "r" * (len(table.names) - 1 - table.n_settings)
    return "\n".join(
        [
            r"% \usepackage{booktabs}",
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


def latex_text(text: str) -> str:
    """Return a text as LaTeX shows it: no character of it is a command."""
    return _one_line(text).translate(_LATEX)


def _markdown(headings: Sequence[str], rule: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_row(map(_markdown_text, headings)), _row(rule)]
    for row in rows:
        cells = map(_markdown_text, row)
        lines.append(_row(f"**{cell}**" if row[0] == _BEST else cell for cell in cells))
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
    return _MARKDOWN.sub(lambda match: f"\\{match[0]}", _one_line(text)).translate(_HTML)


def _one_line(text: str) -> str:
    return showable(" ".join(text.split()))
