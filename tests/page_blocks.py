"""The blocks of a page that a reader follows: files to write or change, commands, their output."""

import math
import os
import re
import shlex
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryFile

from rnnsweep.cli.main import main

ROOT = Path(__file__).parent.parent
# A new file, lines at the end of a file, or a diff whose unmarked lines are there already.
CHANGES = re.compile(r"<!-- (file|append|edit): (\S+) -->\n```\w+\n(.*?)^```\n", re.M | re.S)
# A text right after commands is what they print; ... at a line's end is for the rest of it.
COMMANDS = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
PYTHON = re.compile(r"^```python\n(.*?)^```\n", re.M | re.S)
PATIENCE_S = 300  # kernels are compiled
# A command that needs no shell, perhaps with its output in a file.
_PLAIN = re.compile(r"python -m rnnsweep ([^|&;<>*$`]+?)(?: > (\S+))?")
_FIGURE = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


def change(path, kind, block):
    """Write or change a file as a block says."""
    if kind == "file":
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if kind == "append":
        path.write_text(f"{text}\n\n{block}", encoding="utf-8")
        return
    lines = block.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines if line[0] != "-")
    assert text.count(before) == 1, (
        f"{path.name} has these lines {text.count(before)} times:\n{block}"
    )
    path.write_text(text.replace(before, after), encoding="utf-8")


def run_commands(folder, heading, text, *, off_by=0.0, **env):
    """Run the commands of a text in a folder, and look for what they should print.

    They run in this process where they need no shell, unless `env` has a PYTHONPATH of its own.
    `off_by` is how far a figure of the page, such as 0.1655, may be from the one that is printed,
    as a share of it. Whole numbers and words have to be the same.
    """
    for commands, output in COMMANDS.findall(text):
        code, printed = _run(folder, commands.replace("\\\n", " "), env)
        assert code == 0, f"{heading}: {commands}{printed}"
        for line in output.splitlines():
            assert _has_line(printed, line, off_by), f"{heading}: {commands}{line}\n\n{printed}"


def run_program(folder, heading, program):
    """Run a Python program of a page in a folder, and return what it prints."""
    output = StringIO()
    with chdir(folder), redirect_stdout(output):
        exec(compile(program, heading, "exec"), {"__name__": "__main__"})
    return output.getvalue()


def _run(folder, commands, env):
    """Return the exit code of some commands, and what they print, errors and progress too."""
    plain = [_PLAIN.fullmatch(line) for line in commands.splitlines()]
    if all(plain) and "PYTHONPATH" not in env:
        # A process would take a second to import what this one has already.
        runs = [_run_here(folder, *match.groups()) for match in plain]
        return max(code for code, _ in runs), "".join(text for _, text in runs)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **env}
    env.pop("PYTEST_XDIST_WORKER", None)  # tests that a page runs are a run of their own
    done = subprocess.run(
        ["bash", "-ec", commands],
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=PATIENCE_S,
    )
    return done.returncode, done.stdout


def _run_here(folder, arguments, file):
    """Run ``python -m rnnsweep`` in this process; return its exit code, and what it prints."""
    errors = StringIO()
    with TemporaryFile("w+", encoding="utf-8") as output:
        with chdir(folder), redirect_stdout(output), redirect_stderr(errors):
            try:
                main(shlex.split(arguments))
            except SystemExit as exit_:
                code = exit_.code or 0
        output.seek(0)
        printed = output.read()
    if file is None:
        return code, printed + errors.getvalue()
    (Path(folder) / file).write_text(printed, encoding="utf-8")
    return code, errors.getvalue()


def _has_line(printed, line, off_by):
    """Return whether a line of the page was printed, whatever the spaces between its words."""
    line = " ".join(line.removesuffix("...").split())
    printed = " ".join(printed.split())
    if line in printed:
        return True
    words = [re.escape(part) for part in _FIGURE.split(line)]
    figures = [float(text) for text in _FIGURE.findall(line)]
    return any(
        all(
            math.isclose(float(figure), shown, rel_tol=off_by)
            for figure, shown in zip(match.groups(), figures, strict=True)
        )
        for match in re.finditer(r"(-?\d+(?:\.\d+)?(?:e-?\d+)?)".join(words), printed)
    )
