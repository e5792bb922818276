"""A run that is killed, or gets Ctrl-C or SIGTERM at any moment: nothing that was done is lost."""

import os
import random
import re
import signal
import sys
import time

import numpy as np
import pytest
from commandline import assert_prints, assert_same_results, ended, rows, start
from interruption_cases import COUNTED, ENDLESS, HELD_BACK, MANY, N_MANY, STUCK, wait_for

from rnnsweep.execution import run as run_module
from rnnsweep.execution.run import run
from rnnsweep.store.store import Store

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

# Two cells, so that kernels are compiled again after the first trials.
TWO_CELLS = MANY.replace("[grid]", '[grid]\nmodel.cell = ["rnn", "lstm"]')


def test_killed_and_continued_it_writes_the_same_bytes(tmp_path, say, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "many.toml").write_text(MANY)
    code, _, errors = say("run", "many.toml", "--results", "whole", "--jobs", 1)
    assert code == 0
    assert f"{N_MANY} of {N_MANY} trials, {N_MANY // 2} diverged" in errors

    moment = random.Random(0)
    folder = tmp_path / "killed"
    kept = []
    for share in (0, 0.2, 0.4, 0.6):
        options = ("--results", folder, "--jobs", 2)
        process = start("run", "many.toml", *options, cwd=tmp_path, code=HELD_BACK)
        assert "to train on 2 threads" in process.stderr.readline()
        wait_for(folder, share * N_MANY, process)
        time.sleep(moment.uniform(0, 0.05))
        process.kill()
        process.communicate()
        with Store.reader(folder) as store:
            kept.append(store.counts().done)
    assert kept == sorted(kept)
    assert any(0 < n_done < N_MANY for n_done in kept)

    options = ("--results", folder, "--executor", "serial")
    code, _, errors = say("run", "many.toml", *options)
    assert code == 0
    assert f"{N_MANY - kept[-1]} to train on 1 thread, {kept[-1]} kept" in errors
    assert_same_results(tmp_path / "whole", folder)


@POSIX
@pytest.mark.parametrize(
    ("executor", "sent"),
    [("threads", signal.SIGINT), ("serial", signal.SIGINT), ("threads", signal.SIGTERM)],
)
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path, say, executor, sent):
    (tmp_path / "endless.toml").write_text(ENDLESS)
    process = start("run", "endless.toml", "--executor", executor, cwd=tmp_path, code=COUNTED)
    folder = tmp_path / "results" / "endless"
    for _ in range(4):
        assert_prints(process, "a trial begins\n")
    if executor == "threads":  # the other one stores nothing while its fourth trial goes on
        wait_for(folder, 3, process)
    process.send_signal(sent)
    code, _, errors = ended(process)  # which does not wait for the days that a trial takes
    assert code == 130
    assert "interrupted" in errors
    assert "again" in errors.partition("interrupted")[2], "it does not say how to go on"
    assert [row[1] for row in rows(folder / "trials.csv")] == ["status"] + ["solved"] * 3
    assert all((folder / name).exists() for name in ("epochs.csv", "summary.csv", "timings.csv"))
    code, output, _ = say("status", folder)
    assert code == 0
    assert output.startswith("endless: 3 of 6 trials (not running)\n  solved       3\n")


@POSIX
# Seconds after the first line on compiling. A terminal's Ctrl-C reaches the second process, too.
@pytest.mark.parametrize(
    ("sent", "after"),
    [
        *(("terminal", after) for after in (0.0, 1.0, 4.0)),
        *((signal.SIGINT, after) for after in (0.0, 2.0)),
        *((signal.SIGTERM, after) for after in (0.5, 3.0)),
    ],
)
def test_a_signal_while_kernels_compile_ends_the_run(tmp_path, sent, after):
    (tmp_path / "two.toml").write_text(TWO_CELLS)
    process = start(
        *("run", "two.toml"),
        cwd=tmp_path,
        code=HELD_BACK,
        env={"NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        start_new_session=True,  # so that a Ctrl-C of its terminal reaches it and its children
    )
    lines = [process.stderr.readline(), process.stderr.readline()]
    assert "compiling the kernels" in lines[1], lines
    time.sleep(after)
    if sent == "terminal":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(sent)
    code, _, errors = ended(process)
    assert code == 130, errors
    assert re.search(r"interrupted; \d+ of 208 trials are kept in results/two, run again", errors)
    assert "ignored" not in errors
    assert (tmp_path / "results/two/trials.csv").exists()


@POSIX
@pytest.mark.usefixtures("no_plots")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_kernels_compile_for_predictions_ends_them(home, sent):
    run("tiny.toml", results="saved", overrides={"output.save_params": "best"})
    np.savez("new.npz", x=np.zeros((2, 4, 2)))
    process = start(
        *("predict", "saved", "--data", "new.npz"),
        cwd=home,
        env={"NUMBA_CACHE_DIR": str(home / "cache")},
        start_new_session=True,
    )
    assert "compiling the kernels" in process.stderr.readline()
    time.sleep(0.3)
    process.send_signal(sent)
    code, output, errors = ended(process)
    assert (code, output) == (130, "")
    assert "interrupted" in errors
    assert "ignored" not in errors


# The command line, which says when it begins: Python itself, while it starts, shows a traceback.
BEGUN = """
import os
from rnnsweep.__main__ import main
os.write(1, b"main begins\\n")
main()
"""


@POSIX
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_any_moment_of_a_run(tmp_path, sent):
    (tmp_path / "many.toml").write_text(MANY)
    moment, codes, longest = random.Random(1), [], 5.0
    for part in range(5):
        process = start("run", "many.toml", cwd=tmp_path, code=BEGUN)
        assert_prints(process, "main begins\n")
        started = time.monotonic()
        time.sleep(max(0.25, longest * (part + moment.random()) / 5))
        process.send_signal(sent)
        code, _, errors = ended(process)
        assert code in (0, 130), errors
        assert "ignored" not in errors
        assert (code == 130) == ("interrupted" in errors)
        if code == 0:  # as on a fast machine: the next moments lie within the time of a run
            longest = min(longest, time.monotonic() - started)
        codes.append(code)
    assert 130 in codes


@POSIX
def test_a_second_ctrl_c_ends_a_run_that_is_stuck(tmp_path):
    (tmp_path / "many.toml").write_text(MANY)
    process = start("run", "many.toml", cwd=tmp_path, code=STUCK)
    assert_prints(process, "a trial begins\n")
    process.send_signal(signal.SIGINT)
    while (line := process.stdout.readline()) != "a signal came\n":
        assert line == "a trial begins\n"
    time.sleep(0.5)  # the same signal might come twice within 0.2 s
    assert process.poll() is None  # it waits for its trials
    process.send_signal(signal.SIGINT)
    code, _, errors = ended(process)
    assert code == 130
    assert f"interrupted; 0 of {N_MANY} trials are kept" in errors


@POSIX
@pytest.mark.usefixtures("home", "no_plots")
def test_ctrl_c_while_the_times_of_the_trials_that_are_left_are_added_up(monkeypatch):
    run("tiny.toml", results="other", jobs=1)
    n_times = 0

    def interrupted(config, recording):
        nonlocal n_times
        n_times += 1
        signal.raise_signal(signal.SIGINT)
        return 1.0

    monkeypatch.setattr(run_module, "trial_seconds", interrupted)
    with pytest.raises(KeyboardInterrupt, match=r"interrupted; 4 of 20 trials are kept"):
        run("tiny.toml", results="other", overrides="seed={from=0,to=9,num=10}")
    assert n_times == 1
