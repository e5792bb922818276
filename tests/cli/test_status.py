"""`status`, and `status --watch` from a second terminal."""

import os
import re
import signal
import threading

import pytest
from commandline import TINY, command, ended, start
from store_cases import SWEPT, named, record

from rnnsweep import exit_codes, load
from rnnsweep.store.folder import Claim, Folder
from rnnsweep.store.store import Store

POSIX = pytest.mark.skipif(os.name == "nt", reason="signals and terminals are others there")


def test_it_names_the_best_trial(home, say):
    code, output, errors = say("status", "results/tiny")
    assert (code, errors) == (0, "")
    first, best = output.splitlines()
    assert first == "tiny: 4 of 4 trials (not running)"
    trials = load("results/tiny").trials.sort_values("best_val_loss", kind="stable")
    row = trials.iloc[0]
    assert best == (
        f"  best so far  {row.best_val_loss:.4g} (baseline {row.baseline:.4g}): "
        f"hidden_size {row.hidden_size}, seed {row.seed}, trial {row.trial_id}"
    )


@pytest.mark.parametrize("status", ["diverged", "failed"])
def test_it_says_why_no_trial_is_the_best(tmp_path, say, status):
    with Store.writer(tmp_path / "some") as store:
        store.set_sweep("some", "", SWEPT, named(0, 1))
        store.add([record(i, status, epochs=0) for i in range(2)])
    _, output, _ = say("status", tmp_path / "some")
    assert output.splitlines()[-1] == f"  best so far  none, since all 2 trials {status}"


def test_watching_a_run_that_has_ended(home, say):
    assert say("status", "results/tiny", "--watch") == say("status", "results/tiny")


def test_watching_until_the_run_has_ended(home, capfd):
    claim = Claim(Folder("results/tiny"))
    watching = start("status", "results/tiny", "--watch", "--every", "0.1", cwd=home)
    try:
        blocks = 0
        while blocks < 3:
            line = watching.stdout.readline()
            blocks += line.startswith("tiny: 4 of 4 trials (running: ")
            assert re.fullmatch(r"(tiny: .*|  (rate|best so far) .*|)\n", line)
    finally:
        claim.release()
    code, output, errors = ended(watching)
    assert (code, errors) == (0, "")
    assert output.splitlines()[-2] == "tiny: 4 of 4 trials (not running)"


@POSIX
def test_ctrl_c_ends_watching(home):
    claim = Claim(Folder("results/tiny"))
    try:
        watching = start("status", "results/tiny", "--watch", cwd=home)
        watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        code, _, errors = ended(watching)
    finally:
        claim.release()
    assert code == exit_codes.INTERRUPTED
    assert "interrupted" in errors


@POSIX
def test_watching_in_a_terminal(home):
    pty = pytest.importorskip("pty")
    claim = Claim(Folder("results/tiny"))
    ours, theirs = pty.openpty()
    line = ("status", "results/tiny", "--watch", "--every", "0.1")
    watching = start(*line, cwd=home, stdout=theirs, env={"TERM": "xterm", "COLUMNS": "60"})
    os.close(theirs)
    threading.Timer(3.0, claim.release).start()
    shown = b""
    try:
        while chunk := os.read(ours, 65_536):
            shown += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    code, _, errors = ended(watching)
    assert (code, errors) == (0, "")
    text = shown.decode()
    assert text.count("(running: ") > 2
    assert "(not running)" in text.rpartition("(running: ")[2]
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1  # the cursor is back


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan"])
def test_what_is_no_pause(home, say, seconds):
    code, output, errors = say("status", "results/tiny", "--watch", "--every", seconds)
    assert (code, output) == (2, "")
    assert "--every" in errors


def test_a_run_shows_the_best_trial_in_a_pipe(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY)
    code, _, errors = command("run", "tiny.toml", "--no-plots", cwd=tmp_path)
    assert code == 0
    assert re.search(r"^4 of 4 trials, .* a second\nbest so far: 0\.\d+ \(baseline", errors, re.M)
    # Those of an earlier run count, too.
    line = ("run", "tiny.toml", "--no-plots", "--set", "seed=[0, 1, 2]")
    code, _, more = command(*line, cwd=tmp_path)
    assert code == 0
    before, after = (
        float(re.search(r"^best so far: (\S+)", text, re.M)[1]) for text in (errors, more)
    )
    assert after <= before
