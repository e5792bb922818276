"""The text of equations and formulas: trees, or one fault with its place."""

import pytest
from cell_cases import ONE_ARGUMENT, expressions
from hypothesis import example, given
from hypothesis import strategies as st

from rnnsweep.cells import CellError, trees
from rnnsweep.cells.functions import FUNCTIONS
from rnnsweep.cells.lines import MOST_CHARACTERS
from rnnsweep.cells.parse import MOST_EQUATIONS, parse_equations, parse_formula


def parse(text):
    faults = []
    equations = parse_equations(text, faults)
    return [(each.name, each.right and each.right.tree) for each in equations], faults


def faults_of(text):
    return [str(fault) for fault in parse(text)[1]]


def tree_of(text):
    (equation,), faults = parse(f"q = {text}")
    assert faults == []
    return equation[1]


A, B, C = (("name", name) for name in "abc")
TREES = {
    "a": A,
    "2": ("num", 2.0),
    "2.5e-1": ("num", 0.25),
    "a + b - c": ("-", ("+", A, B), C),
    "a - (b - c)": ("-", A, ("-", B, C)),
    "a * b / c": ("/", ("*", A, B), C),
    "a + b * c": ("+", A, ("*", B, C)),
    "-a * b": ("*", ("neg", A), B),
    "-a ** 2": ("neg", ("**", A, ("num", 2.0))),
    "+a": A,
    "a ** -2": ("**", A, ("num", -2.0)),
    "a ** (1 / 2)": ("**", A, ("num", 0.5)),
    "a ** 2 ** 3": ("**", A, ("num", 8.0)),
    "a ** b": ("**", A, B),
    "tanh(a)": ("call", "tanh", A),
    "max(a, b)": ("call", "max", A, B),
    "noise()": ("call", "noise"),
    "act(a)": ("call", "act", A),
    "(\n  a  # one\n  + b\n)": ("+", A, B),
    "\ta": A,
}


@pytest.mark.parametrize(("text", "tree"), TREES.items())
def test_an_expression_is_its_tree(text, tree):
    assert tree_of(text) == tree


def test_equations_are_lines_and_comments_are_none():
    text = "\r\n  # the gate, from Müller's paper\r\n  a = b  # ²\r\n\r\n\tc = (a +\r\n b)\r\n"
    equations, faults = parse(text)
    assert equations == [("a", B), ("c", ("+", A, B))]
    assert faults == []


ALLOWED = "allowed: numbers, names, functions, + - * / ** and parentheses"
NO_PARSE = f"this does not parse; {ALLOWED}"
NO_PART = f"this is not part of an equation; {ALLOWED}"
FUNCTION_NAMES = ", ".join(FUNCTIONS)
TOO_DEEP = "the expression is nested too deep; allowed: 100 levels of parentheses and operations"
FAULTS = {
    # What does not parse.
    "h = 2a": (1, 5, NO_PARSE),
    "h = a b": (1, 5, NO_PARSE),
    "h = a +": (1, 8, NO_PARSE),
    "h = *a": (1, 5, NO_PARSE),
    "h = (\n a +\n b c)": (2, 2, NO_PARSE),
    "h = 010": (1, 5, NO_PARSE),
    "h = 1if": (1, 8, NO_PARSE),
    "h": (1, 1, "this is no equation; needed: name = expression"),
    "h =": (1, 4, "an expression is missing"),
    "= a": (1, 1, "the left side of = must be a name, not ''"),
    " h + 1 = a": (1, 2, "the left side of = must be a name, not 'h + 1'"),
    "h += a": (1, 1, "the left side of = must be a name, not 'h +'"),
    "2h = a": (1, 1, "the left side of = must be a name, not '2h'"),
    "a, b = c": (1, 1, "the left side of = must be a name, not 'a, b'"),
    "h = g = a": (1, 7, "an equation has one ="),
    "h == a": (1, 4, "an equation has one ="),
    "h = act(x=a)": (1, 10, "an equation has one ="),
    "h = (a": (1, 5, "this ( is never closed"),
    "h = a)": (1, 6, "this ) closes nothing"),
    "h = )a(": (1, 5, "this ) closes nothing"),
    "": (1, 1, "there is no equation"),
    " \n# h = a": (1, 1, "there is no equation"),
    # Characters and words.
    "h = a; g = b": (
        *(1, 6),
        'no equation has the character ";"; each equation has a line of its own',
    ),
    "h = a[0]": (
        *(1, 6),
        'no equation has the character "["; everything is elementwise, there are no indices',
    ),
    "h = a ^ 2": (1, 7, 'no equation has the character "^"; a power is written **'),
    "h = a < b": (
        *(1, 7),
        'no equation has the character "<"; there are no comparisons; use max, min or abs',
    ),
    "h = a @ b": (1, 7, 'no equation has the character "@"'),
    "h = a % b": (1, 7, 'no equation has the character "%"'),
    "h = 'a'": (1, 5, 'no equation has the character "\'"'),
    'h = """a"""': (1, 5, 'no equation has the character """'),
    "h := a": (1, 3, 'no equation has the character ":"'),
    "h = a \N{MINUS SIGN} b": (
        *(1, 7),
        "no equation has the character '\N{MINUS SIGN}' (U+2212); write -",
    ),
    "h = \N{CYRILLIC SMALL LETTER A}": (
        *(1, 5),
        "no equation has the character '\N{CYRILLIC SMALL LETTER A}' (U+0430)",
    ),
    "h = a\N{NO-BREAK SPACE}+ b": (
        *(1, 6),
        "no equation has the character '\\xa0' (U+00A0); write a space",
    ),
    "h = \0": (1, 5, "no equation has the character '\\x00' (U+0000)"),
    "h = a\rg = b": (1, 6, "no equation has the character '\\r' (U+000D)"),
    "h = \ud800": (1, 5, "no equation has the character '\\ud800' (U+D800)"),
    "lambda = a": (1, 1, "lambda is a keyword of Python, which no equation has"),
    "h = a if b else c": (1, 7, "if is a keyword of Python, which no equation has"),
    "h = True": (1, 5, "True is a keyword of Python, which no equation has"),
    "import os": (1, 1, "import is a keyword of Python, which no equation has"),
    # What is no part of an expression.
    "h = a // b": (1, 5, NO_PART),
    "h = a.b": (1, 5, NO_PART),
    "h = a, b": (1, 4, NO_PART),
    "h = ()": (1, 5, NO_PART),
    "h = ...": (1, 5, NO_PART),
    "h = 1j": (1, 5, NO_PART),
    "h = max(*a, b)": (1, 9, NO_PART),
    "h = max(a, **b)": (1, 5, "this is no function; a product is written with *"),
    "h = 2(a)": (1, 5, "this is no function; a product is written with *"),
    "h = a(b)": (1, 5, f"a is no function here; allowed: {FUNCTION_NAMES}"),
    "h = tahn(a)": (
        *(1, 5),
        f"tahn is no function here; allowed: {FUNCTION_NAMES}; did you mean tanh?",
    ),
    "h = __import__(os)": (1, 5, f"__import__ is no function here; allowed: {FUNCTION_NAMES}"),
    "h = tanh": (1, 5, "tanh is a function; write tanh(a)"),
    "h = noise": (1, 5, "noise is a function; write noise()"),
    "h = tanh()": (1, 5, "tanh is called with 0 arguments; write tanh(a)"),
    "h = max(a)": (1, 5, "max is called with 1 argument; write max(a, b)"),
    "h = noise(a)": (1, 5, "noise is called with 1 argument; write noise()"),
    # Numbers.
    "h = 1e999": (1, 5, "the number is too large"),
    f"h = {'9' * 350}": (1, 5, "the number is too large"),
    f"h = {'9' * 5000}": (1, 5, "the number has too many digits"),
    "h = (-8) ** (1 / 3) + a": (1, 5, "this is a root of a negative number"),
    "h = a + 0 ** -1": (1, 9, "this is a division by 0"),
    "h = sqrt(-1) + a": (1, 5, "this is the square root of a negative number"),
    "h = a * log(2 - 3)": (1, 9, "this is the logarithm of a number that is not above 0"),
    "h = a * log(0)": (1, 9, "this is the logarithm of a number that is not above 0"),
    "h = np.tanh(a)": (1, 5, "write tanh(a), without np."),
    "h = torch.max(a)": (1, 5, "write max(a, b), without torch."),
    "h = np.dot(a, b)": (1, 5, f"np.dot is no function here; allowed: {FUNCTION_NAMES}"),
    "h = a / 0": (1, 9, "this is a division by 0"),
    "h = a / (1 - 1.0)": (1, 10, "this is a division by 0"),
    "h = a / -0.0": (1, 9, "this is a division by 0"),
    "h = a ** (b + 1)": (1, 11, "an exponent must be a number or a constant"),
    "h = a ** -b": (1, 10, "an exponent must be a number or a constant"),
    "h = a ** (1 / 3 ** 999)": (1, 11, "an exponent is no finite number"),
    "h = a ** 10 ** 400": (1, 10, "an exponent is no finite number"),
    "h = a ** (-1) ** 0.5": (1, 10, "this is a root of a negative number"),
    # Sizes.
    f"h = {'(' * 150}a{')' * 150}": (1, 105, TOO_DEEP),
    f"h = {'-' * 9000}a": (1, 4, TOO_DEEP),
    f"h = {'+'.join('a' * 4900)}": (1, 4, TOO_DEEP),
    f"h = {'+'.join('a' * 120)}": (1, 5, TOO_DEEP),
    "a" * 1_000_000: (
        *(1, 1),
        f"the text has 1000000 characters; allowed: up to {MOST_CHARACTERS}",
    ),
    "h = a\n" * (MOST_EQUATIONS + 1): (
        *(MOST_EQUATIONS + 1, 1),
        f"there are {MOST_EQUATIONS + 1} equations; allowed: up to {MOST_EQUATIONS}",
    ),
}


@pytest.mark.parametrize("text", FAULTS, ids=[ascii(text[:30]) for text in FAULTS])
def test_a_fault_has_its_place(text):
    line, column, message = FAULTS[text]
    assert faults_of(text) == [f"equations, line {line}, column {column}: {message}"]


def test_each_equation_has_its_own_fault():
    text = "a = 2b\nb = (c\n   + 1\nc = 3 +\n  d = a; e = 1\nf = a"
    assert faults_of(text) == [
        f"equations, line 1, column 5: {NO_PARSE}",
        "equations, line 2, column 5: this ( is never closed",
        f"equations, line 4, column 8: {NO_PARSE}",
        'equations, line 5, column 8: no equation has the character ";"; '
        "each equation has a line of its own",
    ]
    assert [name for name, _ in parse(text)[0]] == ["a", "", "c", "", "f"]
    assert faults_of("h = a)\nb") == [
        "equations, line 1, column 6: this ) closes nothing",
        "equations, line 2, column 1: this is no equation; needed: name = expression",
    ]


def test_reads_have_their_places():
    (equation,) = parse_equations("h = (a +\n  b) / a ** k", [])
    assert [(each.name, *each.place, each.is_exponent) for each in equation.reads] == [
        ("a", 1, 6, False),
        ("b", 2, 3, False),
        ("a", 2, 8, False),
        ("k", 2, 13, True),
    ]


@given(expressions(["a", "b"], ["k"]))
def test_the_text_of_a_tree_is_canonical(text):
    tree = tree_of(text)
    assert tree_of(trees.text(tree)) == tree
    assert trees.text(tree_of(trees.text(tree))) == trees.text(tree)


def test_the_text_of_a_tree_has_few_parentheses():
    for text in (
        "a - (b - c)",
        "-a * b",
        "(-a) ** 2",
        "(a ** 2) ** 3",
        "-a ** 2",
        "a / (b * c) * 2.5",
        "--a",
    ):
        assert trees.text(tree_of(text)) == text
    assert trees.text(tree_of("((a)) + (b*(c)) ")) == "a + b * c"


@given(st.text(st.sampled_from("hab=+-*/()., \n\t#0129e_'\\\"\0[]{}^:;лñ\r"), max_size=60))
@example("h = " + "a ** " * 1900 + "a")
@example("h = " + "a(" * 1900 + "a" + ")" * 1900)
def test_any_text_gives_equations_or_faults(text):
    equations, faults = parse(text)
    assert (not faults) == (equations != [] and all(tree for _, tree in equations))


@given(st.text())
def test_any_text_is_a_formula_or_a_fault(text):
    try:
        tree = parse_formula(text)
    except CellError:
        return
    assert trees.names(tree) == ("x",)


@given(expressions(["x"], functions=tuple(set(ONE_ARGUMENT) - {"act"}), noise=False))
def test_a_formula_is_an_expression_in_x(text):
    if "x" in trees.names(tree_of(text)):
        assert parse_formula(text) == tree_of(text)
