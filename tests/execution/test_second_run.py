"""Commands on a folder that a run holds."""

import json
import re
import socket
import subprocess
import time

import pytest
from commandline import snapshot, start
from interruption_cases import ENDLESS, wait_for

HOLDER = rf"process \d+ on host {re.escape(socket.gethostname())}, since \d\d:\d\d"


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """A working directory where a run goes on: three trials are done, three never end."""
    home = tmp_path_factory.mktemp("running")
    (home / "endless.toml").write_text(ENDLESS)
    process = start("run", "endless.toml", "--jobs", 1, cwd=home, stderr=subprocess.DEVNULL)
    try:
        folder = home / "results" / "endless"
        while not folder.exists() or not (folder / "environment.json").exists():
            assert process.poll() is None
            time.sleep(0.02)
        wait_for(folder, 3, process)
        yield home
        assert process.poll() is None  # nothing that the tests did ended it
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def running(held, monkeypatch):
    monkeypatch.chdir(held)
    return held


def test_a_second_run_is_refused(running, say):
    before = snapshot(running)
    code, output, errors = say("run", "endless.toml")
    assert (code, output) == (3, "")
    assert re.fullmatch(
        f"rnnsweep: results.endless is in use by another run: {HOLDER}; .*\\n", errors
    )
    assert "--results DIR" in errors
    assert snapshot(running) == before


def test_status_while_it_runs(running, say):
    code, output, errors = say("status", "results/endless")
    assert (code, errors) == (0, "")
    # the rate is over the last half minute; after that the three ended too long ago for a rate
    assert re.fullmatch(
        rf"endless: 3 of 6 trials \(running: {HOLDER}\)\n"
        r"  running      1\n  solved       3\n(  rate         \S+ a second\n)?"
        r"  time left    \d+:\d\d:\d\d\n  best so far  .*, trial t\w{15}\n",
        output,
    )


def test_other_verbs_while_it_runs(running, say):
    code, output, _ = say("plan", "endless.toml")
    assert code == 0
    assert re.search(r"done already +3 in results.endless", output)
    code, output, _ = say("summary", "results/endless", "--json")
    assert code == 0
    assert [(row["val_loss_below"], row["n"]) for row in json.loads(output)] == [(1e30, 3)]


def test_verify_while_it_runs(running, say):
    code, output, errors = say("verify", "results/endless")
    assert (code, output.count("\n")) == (0, 1), errors
    assert "a run is going on, so the tables were not compared; 3 recomputed: 3 equal" in output
