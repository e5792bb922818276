"""Streams that are closed, absent or full: every verb does its work, and its exit code is right."""

import contextlib
import errno
import io
import json
import os
import subprocess
import sys

import pytest
from commandline import PATIENCE_S, ROOT, command, rows

from rnnsweep.cli import streams
from rnnsweep.cli.main import main

POSIX = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
NEEDS_FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device")  # noqa: PTH110

RUN = "run tiny.toml --results other"
VERBS = {
    f"{RUN} --no-plots": 0,
    "plan tiny.toml": 0,
    "status results/tiny": 0,
    "summary results/tiny": 0,
    "summary results/tiny --json": 0,
    "plot results/tiny": 0,
    "list": 0,
    "check rnn --source": 0,
    "schema": 0,
    "--help": 0,
    "run absent.toml": 2,
    "runn tiny.toml": 2,
    "run --nosuch": 2,
    "": 2,
    "status absent": 3,
}


def in_shell(home, line, redirections):
    """Run a command line with a shell's redirections; return its code and both streams."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -W error -m rnnsweep {line} {redirections}', sys.executable],
        cwd=home, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False, timeout=PATIENCE_S,
    )  # fmt: skip
    for stream in (done.stdout, done.stderr):
        assert "Traceback" not in stream
        assert "Exception ignored" not in stream
    return done.returncode, done.stdout, done.stderr


@POSIX
@pytest.mark.parametrize("line", VERBS)
def test_closed_streams(home, line):
    code, output, errors = in_shell(home, line, ">&-")
    assert (code, output) == (VERBS[line], "")
    assert bool(errors) == (VERBS[line] != 0 or line.startswith("run"))
    code, output, errors = in_shell(home, line, "2>&- <&-")
    assert (code, errors) == (VERBS[line], "")
    assert bool(output) == (VERBS[line] == 0)


@POSIX
@pytest.mark.parametrize("redirections", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_a_run_without_streams_trains_and_spoils_no_file(home, done, redirections):
    code, _, _ = in_shell(home, RUN, redirections)
    assert code == 0
    for name in ("trials.csv", "epochs.csv"):
        assert (home / "other" / name).read_bytes() == (done.path / name).read_bytes()
    assert (home / "other" / "plots" / "effects.png").exists()
    assert command("summary", "other", cwd=home)[0] == 0


@POSIX
@NEEDS_FULL
@pytest.mark.parametrize("line", [line for line in VERBS if line])
def test_full_streams(home, line):
    code, _, errors = in_shell(home, line, ">/dev/full")
    if VERBS[line] == 0:  # the output is missing
        assert code == 3
        assert "rnnsweep: standard output cannot be written (No space left on device)" in errors
    else:
        assert code == VERBS[line]
    code, _, _ = in_shell(home, line, "2>/dev/full")
    assert code == VERBS[line]
    if line.startswith("run tiny"):
        assert len(rows(home / "other" / "trials.csv")) == 1 + 4


EMBEDDED = """
import sys
streams, line = sys.argv[1:]
sys.argv = []
if streams == "None":
    sys.stdin = sys.stdout = sys.stderr = None
if streams == "closed":
    sys.stdout.close(), sys.stderr.close()
from rnnsweep.cli.main import main
main(line.split() or None)
"""


@pytest.mark.parametrize("streams", ["open", "None", "closed"])
@pytest.mark.parametrize("line", [f"{RUN} --no-plots", "summary results/tiny", ""])
def test_a_program_without_command_line_or_console(home, streams, line):
    code, output, errors = command(streams, line, cwd=home, code=EMBEDDED)
    assert code == (0 if line else 2)
    assert bool(output + errors) == (streams == "open")
    if line.startswith("run"):
        facts = json.loads((home / "other" / "environment.json").read_text())
        assert facts["command"] == ["python"]


def test_the_caller_s_streams_are_put_back(monkeypatch):
    for absent in (None, io.StringIO()):
        if absent is not None:
            absent.close()
        monkeypatch.setattr(sys, "stdout", absent)
        with streams.usable_streams():
            sys.stdout.write("somewhere")
            streams.drop_output()
        assert sys.stdout is absent


@pytest.mark.parametrize(
    ("code", "why"),
    [(errno.ENOMEM, "refused what the command needs"), (errno.ENOENT, "deleted")],
)
def test_other_refusals_blame_no_stream(home, say, monkeypatch, code, why):
    def refuse(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("rnnsweep.sweepfile.load", refuse)
    ended, output, errors = say("plan", "tiny.toml")
    assert (ended, output) == (3, "")
    assert why in errors
    assert "standard output" not in errors


def test_output_that_is_no_file_is_left_alone(home):
    with contextlib.redirect_stdout(io.StringIO()) as output, pytest.raises(SystemExit) as end:
        main(["list", "cells"])
    assert not end.value.code
    assert "lstm" in output.getvalue()
