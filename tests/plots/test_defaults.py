"""A user's settings of matplotlib change no picture, and drawing changes no setting."""

import io
import os
import subprocess
import sys

import matplotlib
import pytest
from commandline import PATIENCE_S, ROOT, command, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from plot_cases import CASES, draw

from rnnsweep.plots import figures

DEFAULTS = {name: value for name, value in matplotlib.rcParamsDefault.items() if name != "backend"}


WORDS = """
serif red bottom right vertical italic bold round log dashed x-large in both nearest center stix
large gray solid o y % 9
"""


def other_value(name):
    """Return another value of a setting; None where none is known."""
    before = DEFAULTS[name]
    number = before * 2 + 1 if isinstance(before, int | float) else None
    guesses = [not before, number, *WORDS.split(), 3, 0.3, ["Times"], [9.0, 3.0], [20.0, 20.0]]
    for guess in guesses:
        with matplotlib.rc_context():
            try:
                matplotlib.rcParams[name] = guess
            except Exception:  # as its validator sees fit
                continue
            if guess is not None and matplotlib.rcParams[name] != before:
                return guess
    return None


HOSTILE = {name: other for name in DEFAULTS if (other := other_value(name)) is not None}


def pictures():
    """Return the bytes of every picture."""
    shown = {}
    for name, figure in draw(CASES["success"]()).items():
        buffer = io.BytesIO()
        figures.save(figure, buffer)
        shown[name] = buffer.getvalue()
    return shown


@pytest.fixture(scope="module")
def expected():
    with matplotlib.rc_context(DEFAULTS):
        return pictures()


def test_no_setting_changes_a_picture_or_is_changed(expected):
    assert len(HOSTILE) > 250
    assert list(expected) == ["loss_curves", "loss_map", "effects", "success"]
    with matplotlib.rc_context(HOSTILE):
        before = dict(matplotlib.rcParams)
        assert pictures() == expected
        assert dict(matplotlib.rcParams) == before


@given(st.sets(st.sampled_from(sorted(HOSTILE)), max_size=20))
@settings(max_examples=5, deadline=None)
def test_no_subset_of_settings_changes_a_picture(expected, names):
    with matplotlib.rc_context({name: HOSTILE[name] for name in names}):
        assert pictures() == expected


def text_of(value):
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@pytest.fixture
def configuration(tmp_path):
    """Return a matplotlibrc of a user that changes every setting."""
    path = tmp_path / "config" / "matplotlibrc"
    path.parent.mkdir()
    lines = [
        f'{name}: "{text_of(value)}"'
        for name, value in HOSTILE.items()
        if isinstance(value, bool | int | float | str) and "cycle" not in name
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("place", ["MATPLOTLIBRC", "MPLCONFIGDIR", "working directory"])
def test_a_file_of_settings_changes_no_byte(done, home, configuration, place):
    env = {} if place == "working directory" else {place: str(configuration.parent)}
    if place == "working directory":
        (home / "matplotlibrc").write_bytes(configuration.read_bytes())
    plotted = home / "results" / "tiny" / "plots"
    for picture in plotted.iterdir():
        picture.unlink()
    code, output, _ = command("plot", "results/tiny", cwd=home, env=env)
    assert code == 0
    assert len(output.split()) == 2
    for picture in (done.path / "plots").iterdir():
        assert (plotted / picture.name).read_bytes() == picture.read_bytes()


BACKENDS = ["module://matplotlib_inline.backend_inline", "nosuch", "pdf"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_no_backend_is_needed(done, home, backend):
    code, _, errors = command("plot", "results/tiny", cwd=home, env={"MPLBACKEND": backend})
    assert (code, errors) == (0, "")
    for picture in (done.path / "plots").iterdir():
        assert (home / "results" / "tiny" / "plots" / picture.name).read_bytes() == (
            picture.read_bytes()
        )


IN_A_NOTEBOOK = """
import os, sys
first, backend = sys.argv[1:]
if first == "matplotlib":
    import matplotlib
    matplotlib.use(backend)
    matplotlib.rcParams["lines.linewidth"] = 7.0
from rnnsweep.plots.files import write_plots
write_plots("results/tiny")
import matplotlib
print(matplotlib.rcParams._get("backend"), matplotlib.rcParams["lines.linewidth"])
print(os.environ.get("MPLBACKEND"), "matplotlib.pyplot" in sys.modules)
"""


@pytest.mark.parametrize("first", ["matplotlib", "rnnsweep"])
def test_a_caller_s_backend_and_settings_stay(home, first):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IN_A_NOTEBOOK, first, "svg"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "svg"},
        cwd=home, capture_output=True, text=True, check=True, timeout=PATIENCE_S,
    )  # fmt: skip
    line_width = "7.0" if first == "matplotlib" else "1.5"
    assert done.stdout.splitlines() == [f"svg {line_width}", "svg False"]


@pytest.mark.parametrize("place", ["MATPLOTLIBRC", "working directory"])
def test_settings_that_matplotlib_cannot_read_change_no_byte(done, home, place):
    env = {}
    path = home / "matplotlibrc"
    if place == "MATPLOTLIBRC":
        path = home / "bad" / "matplotlibrc"
        path.parent.mkdir()
        env = {place: str(path)}
    path.write_bytes(b"\xff\xfe: x\n")
    code, _, errors = command("run", "tiny.toml", "--results", "other", cwd=home, env=env)
    assert code == 0
    assert "Traceback" not in errors
    assert len(rows(home / "other" / "trials.csv")) == 1 + 4
    for picture in (done.path / "plots").iterdir():
        assert (home / "other" / "plots" / picture.name).read_bytes() == picture.read_bytes()


def test_a_picture_of_choice_needs_no_backend(home):
    line = ("plot", "results/tiny", "--kind", "effects")
    code, output, errors = command(*line, cwd=home, env={"MPLBACKEND": "nosuch"})
    assert (code, output, errors) == (0, "tiny_effects.png\n", "")
