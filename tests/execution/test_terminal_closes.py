"""A run whose terminal is closed, or whose pipes are: it ends well, or goes on where it may."""

import os
import signal
import subprocess
import sys

import pytest
from commandline import PATIENCE_S, assert_prints, ended, rows, start
from interruption_cases import COUNTED, ENDLESS, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

# The command line, where the terminal at standard input is that of this session.
IN_SESSION = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from rnnsweep.cli.main import main
main()
"""


def hold(home, **options):
    """Start the endless sweep and wait until its first three trials are stored."""
    (home / "endless.toml").write_text(ENDLESS)
    process = start("run", "endless.toml", "--jobs", 1, cwd=home, **options)
    folder = home / "results/endless"
    while not (folder / "environment.json").exists():
        assert process.poll() is None
    wait_for(folder, 3, process)
    return process, folder


def assert_kept(folder):
    assert [row[1] for row in rows(folder / "trials.csv")] == ["status"] + ["solved"] * 3


def test_sighup_ends_a_run_as_sigterm_does(tmp_path):
    (tmp_path / "endless.toml").write_text(ENDLESS)
    process = start("run", "endless.toml", cwd=tmp_path, code=COUNTED)
    for _ in range(4):
        assert_prints(process, "a trial begins\n")
    folder = tmp_path / "results/endless"
    wait_for(folder, 3, process)
    process.send_signal(signal.SIGHUP)
    code, _, errors = ended(process)
    assert code == 130
    assert "interrupted; 3 of 6 trials are kept in results/endless, run again to go on" in errors
    assert_kept(folder)


def test_a_terminal_that_closes(tmp_path):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    process, folder = hold(tmp_path, code=IN_SESSION, start_new_session=True, **streams)
    os.close(theirs)
    os.close(ours)  # the system sends SIGHUP, and writing to the terminal fails from now on
    assert process.wait(PATIENCE_S) == 130
    assert_kept(folder)
    assert not (folder / ".time_left.json").exists()


def test_a_run_under_nohup_goes_on(tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # which a child inherits
    try:
        process, folder = hold(tmp_path)
    finally:
        signal.signal(signal.SIGHUP, before)
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(signal.SIGTERM)
    code, _, _ = ended(process)
    assert code == 130
    assert_kept(folder)


def test_pipes_whose_readers_go_away_during_the_run(tmp_path):
    process, folder = hold(tmp_path)
    process.stdout.close()
    process.stderr.close()
    process.send_signal(signal.SIGTERM)  # it says so to nobody
    assert process.wait(PATIENCE_S) == 130
    assert_kept(folder)


def test_a_terminal_that_is_gone_while_a_run_goes_on(home):
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    process = start("run", "tiny.toml", "--results", "other", cwd=home, **streams)
    os.close(theirs)
    os.close(ours)  # no signal, since it is not the terminal of its session
    code = process.wait(PATIENCE_S)
    assert len(rows(home / "other/trials.csv")) == 1 + 4
    assert (home / "other/plots/effects.png").exists()
    assert code == 3  # the table for standard output could not be written
