"""Every way in which a user's file, or its function, can be wrong, with its message."""

import pytest
from own_cases import MAJORITY, make, refused, sources_of

RETURNS = {
    "nothing": ("None", "it returns nothing; needed: x, y, or x, y, lengths, or a dict with these"),
    "number": ("3", "it returns a value of type int; needed: x, y,"),
    "one": ("(x,)", "it returns a value of type tuple with 1 items; needed: x, y,"),
    "generated": ("(i for i in x)", "it returns a value of type generator; needed: x, y,"),
    "few": ("x[:3], y[:3]", '"x" has 3 sequences; needed: n, which is 16 here'),
    "targets": ("x, y[:3]", '"y" has 3 sequences and "x" has 16; both numbers have to be the same'),
    "flat_x": ("x[:, :, 0], y", "allowed: numbers (N, T, I), or whole numbers (N, T), which"),
    "flat_y": ("x, y[:, 0]", "for one number a sequence take y[:, None]"),
    "nan": ("x + np.nan, y", '"x"[0, 0, 0] is nan; allowed: a finite number'),
    "infinite": ("x, y + np.inf", '"y"[0, 0] is inf; allowed: a finite number'),
    "empty": ("x[:, :0], y", '"x" has the shape (16, 0, 2) and holds floats, and is empty'),
    "objects": ("np.array([object()] * n), y", '"x" holds object; allowed: whole numbers, floats'),
    "complexes": ("x * 1j, y", '"x" holds complex128; allowed: whole numbers, floats and booleans'),
    "text": ("x, np.array(['a'] * n)", '"y" holds text; allowed: whole numbers, floats'),
    "strings": ("x, np.array(['a'] * n, np.dtypes.StringDType())", '"y" holds text; allowed:'),
    "hidden": ("np.ma.masked_less(x, 0.5), y", '"x" is a masked array, whose mask would be lost'),
    "dates": ("x, np.zeros(n, 'M8[s]')", '"y" holds datetime64[s]; allowed: whole numbers'),
    "ragged": ("[[1], [1, 2]], y", '"x" is no array of one shape: ValueError: '),
    "long": ("x, y, np.full(n, 5)", '"lengths"[0] is 5; allowed: a whole number from 1 to 4'),
    "negative": ("x, np.full(n, -1)", '"y"[0] is -1; allowed: a whole number from 0 to 999999'),
    "alone": ("x, np.zeros(n, int)", '0 is the only class in "y"; there is nothing to distinguish'),
    "unknown": ("dict(x=x, target=y)", 'it returns "target"; allowed: x, y, lengths, mask, '),
    "near": ("dict(x=x, y=y, length=1)", "did you mean lengths?"),
    "no_y": ("dict(x=x)", 'it returns no "y"; needed: x, y, or a dict with both'),
    "no_x": ("None, y", 'it returns no "x"; needed: x, y, or a dict with both'),
    "empty_dict": ("{}", 'it returns no "x"; needed: x, y, or a dict with both'),
    "sixteen": ("rng.random((16, 4, 2)), rng.random((16, 1))", "needed: n, which is 8 here"),
    "number_key": ("{1: x}", "it returns a dict with the key 1; needed: names"),
    "loss": ("dict(x=x, y=y, baseline=-1)", '"baseline" is -1; allowed: a loss, a number of at'),
    "losses": ("dict(x=x, y=y, baseline=y)", '"baseline" is an array; needed: a number'),
    "unchanged_classes": (
        "dict(x=x, y=np.arange(n), persistence=y)",
        '"persistence" has the shape (16, 1) and holds floats, and the targets are classes; all',
    ),
    "unchanged_shape": (
        "dict(x=x, y=y, persistence=y[:, 0])",
        '"persistence" has the shape (16,) and holds floats; allowed: a number for each target, (',
    ),
    "unchanged_nan": (
        "dict(x=x, y=y, persistence=y * np.nan)",
        '"persistence"[0, 0] is nan; allowed: a finite number',
    ),
    "unchanged_once": (
        "dict(x=x, y=y, persistence=y if n == 16 else None)",
        'it returns a "persistence" in one call and none in another',
    ),
    "classes": ("dict(x=x, y=y, n_classes=3)", 'it returns "n_classes", and "y" holds no whole'),
    "too_few": (
        "dict(x=x, y=np.arange(n), n_classes=9)",
        '"y" holds 15; allowed: 0 to n_classes - 1 = 8',
    ),
    "mask_of_one": (
        "dict(x=x, y=y, mask=np.ones((n, 4)))",
        'it has "mask", and "y" has one target a sequence; allowed: a mask of targets at every',
    ),
    "mask_shape": (
        "dict(x=x, y=x, mask=np.ones((n, 4, 1)))",
        'allowed: 0 or 1 for each time step of "x", (16, 4); take mask[:, :, 0]',
    ),
    "mask_half": (
        "dict(x=x, y=x, mask=np.full((n, 4), 0.5))",
        '"mask"[0, 0] is 0.5; allowed: 0, 1, or booleans',
    ),
    "mask_none": (
        "dict(x=x, y=x, mask=np.zeros((n, 4)))",
        '"mask"[0] is 0 at every time step of its sequence, so that none of its targets counts',
    ),
}

BODIES = {
    "numpys": ("np.random.rand()", "it draws from numpy's global generator, or seeds it; draw"),
    "pythons": ("random.random()", "it draws from the global generator of random, or seeds it"),
    "seeds": ("np.random.seed(0)", "it draws from numpy's global generator, or seeds it"),
    "entropy": ("x += np.random.default_rng().random()", '"x" differs between two calls with the'),
    "clock": ("y += time.perf_counter()", '"y" differs between two calls with the same generator'),
    "counter": ("calls.append(1); x += len(calls)", '"x" differs between two calls with the same'),
    "pid": ("x += os.getpid()", '"x" differs between two calls with the same generator'),
    "steps": ("x = x[:, :rng.integers(1, 4)]", "time steps in one call and "),
    "often": ("x = x if x[0, 0, 0] < 0.64 else x[:, :, :1]", "it returns x (N, T, "),
}

RAISES = {
    "index": ("x[100]", "IndexError: index 100 is out of bounds for axis 0 with size 16"),
    "silent": ("raise ValueError", "ValueError"),
    "quits": ("sys.exit(3)", "SystemExit: 3"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "mute": ("raise Mute", "Mute"),
    "memory": ("np.empty((10**9, 10**9))", "MemoryError: Unable to allocate"),
    "inside": ("helper()", "ZeroDivisionError: division by zero"),
    "many_lines": (r"raise ValueError('a\nb' * 500)", "ValueError: a\\nba\\nb"),
}

HEAD = """import os, random, sys, time
import numpy as np

calls = []

class Mute(Exception):
    def __str__(self):
        raise self

def helper(): return 1 / 0

"""


def text_of(functions):
    """Return a file with a function for each of these pairs of name and body."""
    return HEAD + "".join(
        f"def {name}(rng, n):\n"
        "    x, y = rng.random((n, 4, 2)), rng.random((n, 1))\n"
        f"    {body}\n"
        "    return x, y\n\n"
        for name, body in functions
    )


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    bodies = [(name, f"return {what}") for name, (what, _) in RETURNS.items()]
    bodies += [(name, what) for name, (what, _) in (BODIES | RAISES).items()]
    return sources_of(tmp_path_factory.mktemp("own"), text_of(bodies))


def line_of(sources, text):
    """Return the number of the line that begins with a text, but for spaces."""
    lines = (sources.folder / "my.py").read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if line.strip().startswith(text))


@pytest.mark.parametrize("name", [*RETURNS, *BODIES])
def test_what_a_function_does_is_checked(sources, name):
    text = refused(sources, name)
    assert text.startswith(f"my.py, line {line_of(sources, f'def {name}(')}, {name}: ")
    assert (RETURNS | BODIES)[name][1] in text
    assert "\n" not in text


@pytest.mark.parametrize("name", RAISES)
def test_an_exception_has_its_line(sources, name):
    what, error = RAISES[name]
    line = line_of(sources, "def helper" if name == "inside" else what)
    text = refused(sources, name)
    assert text.startswith(f"my.py, line {line}: {error}")
    assert len(text) < 350
    assert "\n" not in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(rng, n:\n", "my.py, line 1: SyntaxError: '(' was never closed (column 6)"),
        ("def f(rng, n):\nreturn 1\n", "my.py, line 2: IndentationError: expected an indented"),
        ("\n\nimport nothing_like_it\n", "my.py, line 3: ModuleNotFoundError: No module named"),
        ("x = 1\n1 / 0\n", "my.py, line 2: ZeroDivisionError: division by zero"),
        ("x = '\0'\n", "SyntaxError: source code string cannot contain null bytes"),
        ("import numpy as np\nW = np.random.rand(3)\n", "it draws from numpy's global generator"),
        ("import random\nrandom.seed(0)\n", "it draws from the global generator of random while"),
        ("import os\nos._exit(7)\n", "it ended its process (exit code 7)"),
        ("raise SystemExit(2)\n", "my.py, line 1: SystemExit: 2"),
        ("def g(rng, n): pass\n", "it has no function f; allowed: g"),
        ("def fx(rng, n): pass\n", "it has no function f; allowed: fx; did you mean fx?"),
        ("from math import *\n", "it has no function f"),
        ("f = 3\n", "f is no function, but of type int; needed: a function that returns"),
        ("class f:\n    pass\n", "f is a class; needed: a function that returns its arrays"),
        ("async def f(rng, n): pass\n", 'f is an "async def"; needed: a function'),
        ("def f(rng, n):\n    yield 1\n", 'f is a generator: it has "yield"; needed: a function'),
        ("f = max\n", "the parameters of f cannot be read; write it with def"),
    ],
)
def test_a_file_that_cannot_be_loaded(tmp_path, text, message):
    assert refused(sources_of(tmp_path, text), "f").startswith(message)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("n", "it has no parameter rng, a generator; needed: def f(rng, n, ...)"),
        ("rgn, n", "needed: def f(rng, n, ...); did you mean rgn?"),
        ("rng, size", "it has no parameter n, the number of sequences; needed: def f(rng, n, ...)"),
        ("rng, n, *more", "its parameter *more has no name for a key; name each parameter"),
        ("rng, n, **more", "its parameter **more has no name for a key; name each parameter"),
        ("rng, n, /", "its parameter rng is for calls by position alone; take the / away"),
        ("rng, n, k", "its parameter k has no type; give it a default, or an annotation, as in"),
        ("rng, n, k=None", "its parameter k has the default None, of type NoneType; allowed: bool"),
        ("rng, n, k=(1, 2)", "its parameter k has the default (1, 2), of type tuple; allowed:"),
        ("rng, n, k: list = 1", "its parameter k is of type <class 'list'>; allowed: bool, int"),
        ("rng, n, k: int = 0.5", "is of type int and has the default 0.5, of type float; both"),
        ("rng, n, k: bool = 1", "is of type bool and has the default 1, of type int; both have"),
        ("rng, n, k: str = 1", "is of type str and has the default 1, of type int; both have to"),
        ("rng, n, k=float('nan')", "its parameter k has the default nan; allowed: a number"),
        ("rng, n, n_train=3", "its parameter n_train has a name that tasks use themselves; rename"),
        ("rng, n, name='a'", "its parameter name has a name that tasks use themselves; rename it"),
        ("rng, n, shape=3", "its parameter shape has a name that tasks use themselves; rename it"),
        ("rng, n, _k=3", "its parameter _k has a name that tasks use themselves; rename it"),
    ],
)
def test_parameters_that_can_be_no_keys(tmp_path, parameters, message):
    text = refused(sources_of(tmp_path, f"def f({parameters}): pass\n"), "f")
    assert text.startswith("my.py, line 1, f: ")
    assert message in text


def test_a_decorated_function_is_taken_by_its_own_parameters(tmp_path):
    decorator = """
def plain(function):
    def called(*args, **kwargs):
        return function(*args, **kwargs)
    return called

def wrapped(function):
    return functools.wraps(function)(plain(function))
"""
    text = f"import functools\n{decorator}\n"
    decorated = MAJORITY.replace("def majority", "@{}\ndef {}")
    text += decorated.format("plain", "lost") + decorated.format("wrapped", "shown")
    text += "shown_by_lambda = lambda rng, n: shown(rng, n, seq_len=3)\n"
    sources = sources_of(tmp_path, text)
    assert "its parameter *args has no name for a key" in refused(sources, "lost")
    assert make(sources, "shown", seq_len=3).shape().seq_len == 3
    assert make(sources, "shown_by_lambda").shape().seq_len == 3


def test_a_name_with_a_space_is_quoted(tmp_path):
    sources = sources_of(tmp_path, "def cls(rng, n): pass\n")
    message = "it has no function ' cls'; allowed: cls; did you mean cls?"
    assert refused(sources, " cls") == message


def test_each_function_of_a_file_that_cannot_be_loaded_has_its_fault(tmp_path):
    sources = sources_of(tmp_path, "def f(rng, n): pass\n1 / 0\n")
    for function in ("f", "g"):
        assert refused(sources, function) == "my.py, line 2: ZeroDivisionError: division by zero"


def test_a_file_that_cannot_be_read(tmp_path):
    sources = sources_of(tmp_path, MAJORITY)
    (tmp_path / "my.py").unlink()
    assert refused(sources, "f") == f"there is no such file ({tmp_path / 'my.py'})"
    (tmp_path / "my.py").mkdir()
    assert refused(sources_of(tmp_path / "my.py", ""), "") == (
        'it names no function; the form is "my.py:FUNCTION"'
    )
