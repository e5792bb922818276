"""Tables for documents: what is in a cell is shown, and no character of it is a command."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rnnsweep.message_text import showable
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


# Texts of the characters that are markup somewhere, and of what such characters are between.
texts = st.text(st.sampled_from("abc1 &%$#_{}~^\\<>|\"'`-,?![]()*=+@:/.\n\t\u00e9"), max_size=12)


def shown(text):
    """Return a text as it is shown in one line."""
    return showable(" ".join(text.split()))


@given(texts, texts)
@example("__init__", "~~a~~")
def test_markdown_shows_what_is_stored(first, second):
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = page.parse(markdown(table(first, second)))
    cells = [token for token in tokens if token.type == "inline"][3:]
    assert [shown_by(cell) for cell in cells] == ["1", shown(first), "0.5", "2", shown(second), "-"]


def shown_by(cell):
    """Return the text of a cell; in the bold row that is all that is marked."""
    kinds = [child.type for child in cell.children if child.type not in ("text", "text_special")]
    assert kinds in ([], ["strong_open", "strong_close"])
    return "".join(child.content for child in cell.children)


# What TeX prints for a command, and for letters that its fonts join.
COMMANDS = {
    **{f"\\{letter}": letter for letter in "&%$#_{}"},
    "\\textbackslash{}": "\\",
    "\\textasciitilde{}": "~",
    "\\textasciicircum{}": "^",
    "\\textless{}": "<",
    "\\textgreater{}": ">",
    "\\textbar{}": "|",
    "\\textquotedbl{}": '"',
    "\\textquotesingle{}": "'",
    "\\textasciigrave{}": "`",
}
JOINED = ("---", "--", "``", "''", "?`", "!`", "<<", ">>", ",,")
TOKEN = re.compile(
    "|".join([*map(re.escape, (*COMMANDS, *JOINED)), r"\{[\[\]]\}", r"\{\}", r"[^\\{}%&#$_~^\n]"])
)


def printed(source):
    """Return what TeX prints for the source of a cell; None if it does more than print it."""
    tokens = TOKEN.findall(source)
    if "".join(tokens) != source:
        return None
    pieces = ["".join(tokens[place : place + 2]) for place in range(len(tokens))]
    if any(piece in JOINED for piece in (*tokens, *pieces)):
        return None
    if any(quote in tokens for quote in "'`\""):  # these print as curly quotes
        return None
    return "".join(
        COMMANDS.get(token, "" if token == "{}" else token.strip("{}")) for token in tokens
    )


@given(texts)
@example("--a---b,,")
def test_latex_prints_what_is_stored(text):
    assert printed(latex_text(text)) == shown(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_latex_prints_hostile_texts(text):
    assert printed(latex_text(text)) == shown(text)


def test_what_the_printed_text_is_compared_with():
    assert printed(r"a\_b-{}-c{[}") == "a_b--c["
    for wrong in ("a_b", "a--b", "``", "'", "{", r"\input{a}", "a & b", "?`", ",,"):
        assert printed(wrong) is None


def test_latex_names_the_packages_of_its_commands():
    def packages(text):
        return latex(table("relu", text)).partition(r"\begin")[0].splitlines()

    assert packages("a") == [r"% \usepackage{booktabs}"]
    assert packages('"')[1:] == [r"% \usepackage[T1]{fontenc}"]
    assert packages("`")[1:] == packages("'")[1:] == [r"% \usepackage{textcomp}"]


def test_a_table_without_rows():
    empty = ShownTable(["rank", "median"], ["rank", "median"], 0, [])
    assert markdown(empty).count("\n") == 2
    assert "\\midrule\n\\bottomrule" in latex(empty)
