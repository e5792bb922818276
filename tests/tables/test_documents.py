"""Tables for documents: what is in a cell is shown, and no character of it is a command."""

import re

import pytest

from rnnsweep.tables.documents import latex, latex_text, markdown
from rnnsweep.tables.shown_summary import ShownTable

HOSTILE = [
    "<script>alert(1)</script>",
    "a|b",
    "*bold* _x_ `code` [link](url)",
    "=cmd()",
    "two\nlines\r\n\tand tabs",
    "\\input{/etc/passwd}",
    "100 % of $x_1$ & #2 ~^{}",
    "\x1b[31mred\u2028\u202e",
    '"quoted"',
]


def table(*texts):
    rows = [("1", texts[0], "0.5"), *(("2", text, "-") for text in texts[1:])]
    return ShownTable(["rank", "task_word", "median"], ["rank", "task_word", "a\nmedian"], 1, rows)


def test_markdown():
    assert markdown(table("relu", "tanh")) == (
        "| rank | task_word | a median |\n"
        "| --: | :-- | --: |\n"
        "| **1** | **relu** | **0.5** |\n"
        "| 2 | tanh | - |\n"
    )


def test_latex():
    assert latex(table("relu", "tanh")) == (
        "% \\usepackage{booktabs}\n"
        "\\begin{tabular}{rlr}\n"
        "\\toprule\n"
        "rank & task\\_word & a median \\\\\n"
        "\\midrule\n"
        "\\textbf{1} & \\textbf{relu} & \\textbf{0.5} \\\\\n"
        "2 & tanh & - \\\\\n"
        "\\bottomrule\n"
        "\\end{tabular}\n"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_ends_a_cell_or_is_markup_in_markdown(text):
    lines = markdown(table("relu", text)).splitlines()
    assert len(lines) == 4
    row = lines[-1]
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 4
    assert not re.search(r"[<>\x00-\x1f\x7f\u2028\u202e]", row)
    assert not re.search(r"(?<!\\)[*`\[\]]", row)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_command_in_latex(text):
    escaped = latex_text(text)
    commands = re.findall(r"\\(?:[a-z]+(?:\{\})?|.)", escaped)
    allowed = {
        *(f"\\{letter}" for letter in "&%$#_{}"),
        *("\\textbackslash{}", "\\textasciitilde{}", "\\textasciicircum{}", "\\textless{}"),
        *("\\textgreater{}", "\\textbar{}", "\\textquotedbl{}"),
    }
    assert set(commands) <= allowed
    # Without these commands, nothing is left that LaTeX acts on.
    rest = re.sub(r"\\(?:[a-z]+\{\}|[&%$#_{}])", "", escaped)
    assert not re.search(r"[\\&%$#_{}~^\n]", rest)


def test_a_table_without_rows():
    empty = ShownTable(["rank", "median"], ["rank", "median"], 0, [])
    assert markdown(empty).count("\n") == 2
    assert "\\midrule\n\\bottomrule" in latex(empty)
