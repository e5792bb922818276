"""Training in another process, which knows the sweep by its text and its files."""

import shutil
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cluster_cases import write_sweeps
from commandline import CSV, PATIENCE_S, SERIES, TINY

from rnnsweep import sweepfile
from rnnsweep.errors import SweepError
from rnnsweep.execution import apart, remote_training
from rnnsweep.execution.apart import Stop, train_apart
from rnnsweep.execution.remote_training import (
    RemoteTrial,
    SweepFiles,
    Trainer,
    UnfitError,
    as_remote,
    difference,
    digest,
    packed_records,
    unpacked_records,
    versions,
)
from rnnsweep.execution.trial_queue import QueuedTrial
from rnnsweep.record import Recording
from rnnsweep.training.trial import run_trial
from rnnsweep.version import __version__

GO_ON = np.zeros(1, np.int64)


def queue_of(sweep):
    return [QueuedTrial(trial, Recording(), 0.1, position) for position, trial in enumerate(sweep)]


def load(folder, text):
    (folder / "made.toml").write_text(text)
    return sweepfile.load(folder / "made.toml")


def test_a_sweep_loads_from_its_files_in_another_folder(tmp_path):
    home, other = tmp_path / "home", tmp_path / "other"
    home.mkdir()
    for number, name in enumerate(write_sweeps(home)):
        sweep = sweepfile.load(home / name)
        folder = other / str(number)
        folder.mkdir(parents=True)
        again = SweepFiles.of(sweep).load(folder)
        assert [trial.trial_id for trial in again] == [trial.trial_id for trial in sweep]
        assert sweep[0].config.settings() == again[0].config.settings()
        named = {"everything.toml": {"own.py", "theirs.toml"}, "series.toml": {"data/series.csv"}}
        assert name not in named or set(sweep.files) == named[name]


def test_a_file_that_is_gone_is_named(tmp_path):
    (tmp_path / "series.csv").write_text(SERIES)
    sweep = load(tmp_path, CSV)
    (tmp_path / "series.csv").unlink()
    with pytest.raises(SweepError, match=r"series.csv: this cannot be read: No such file"):
        SweepFiles.of(sweep)


def test_records_come_back_with_their_settings(tmp_path):
    sweep = load(tmp_path, TINY)
    queue = queue_of(sweep)
    records = []
    with closing(Trainer(SweepFiles.of(sweep), None, tmp_path)) as trainer:
        trainer.train(as_remote(queue), GO_ON, records.append)
    for record, trial in zip(unpacked_records(packed_records(records), queue), sweep, strict=True):
        expected = replace(run_trial(trial, GO_ON), wall_s=record.wall_s)
        assert record.settings == trial.config.settings()
        np.testing.assert_array_equal(record.epochs, expected.epochs)
        assert replace(record, epochs=expected.epochs) == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.toml"]


def test_a_file_that_changed_after_the_start_of_the_run_is_found_out(tmp_path):
    (tmp_path / "series.csv").write_text(SERIES)
    sweep = load(tmp_path, CSV)
    (tmp_path / "series.csv").write_text(SERIES.replace("1900,0", "1900,1"))
    files = SweepFiles.of(sweep)
    with (
        closing(Trainer(files, None, tmp_path)) as trainer,
        pytest.raises(UnfitError, match="a file that the sweep names has changed"),
    ):
        trainer.train(as_remote(queue_of(sweep)), GO_ON, None)


def test_a_sweep_that_a_process_cannot_load(tmp_path):
    (tmp_path / "series.csv").write_text(SERIES)
    files = replace(SweepFiles.of(load(tmp_path, CSV)), contents={"series.csv": b"no table"})
    with pytest.raises(UnfitError, match=r"series\.csv"):
        Trainer(files, None, tmp_path)


def test_versions_that_differ_are_named():
    ours = versions()
    assert ours["rnnsweep"] == __version__
    assert difference(ours, ours) == ""
    assert difference(ours, ours | {"numpy": "0.9"}) == f"numpy 0.9 (here {ours['numpy']})"
    assert "numba none" in difference(ours, {"rnnsweep": ours["rnnsweep"]})
    without = {name: version for name, version in ours.items() if name != "scipy"}
    assert difference(without, ours) == ""  # what the driver lacks, no sweep of it needs


def test_checkouts_of_one_version_differ_in_a_file(tmp_path):
    package = Path(remote_training.__file__).parents[1]
    copies = [tmp_path / "one", tmp_path / "other", tmp_path / "equal"]
    for copy in copies:
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copies[0] / "spec.py").write_text("")
    with (copies[1] / "cells" / "gru.toml").open("a") as cell:
        cell.write("# another comment\n")
    ours = versions()["rnnsweep's files"]
    assert len({ours, *map(digest, copies)}) == 3
    assert digest(copies[2]) == ours
    different = difference({"rnnsweep's files": ours}, {"rnnsweep's files": digest(copies[0])})
    assert different == f"rnnsweep's files {digest(copies[0])} (here {ours})"


# Apart


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_the_trial_that_takes_its_process_down_has_failed_and_no_other(tmp_path, monkeypatch):
    sweep = load(tmp_path, TINY)
    trained = []
    # The second trial is that of another sweep, which the process refuses before any starts.
    wrong = [*as_remote(queue_of(sweep))[:1], RemoteTrial("t0", Recording(), 0.1, 1, 0.0)]
    with pytest.raises(UnfitError, match="trial 1 is"):
        train_apart(SweepFiles.of(sweep), None, wrong, Stop(), trained.append)
    assert trained == []

    killing = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    start = apart.subprocess.Popen
    n_started = 0

    def started(arguments, **options):
        nonlocal n_started
        n_started += 1
        return start([arguments[0], "-c", killing] if n_started == 1 else arguments, **options)

    monkeypatch.setattr(apart.subprocess, "Popen", started)
    trials = as_remote(queue_of(sweep))
    train_apart(SweepFiles.of(sweep), None, trials, Stop(), trained.append)
    assert [record.trial_id for record in trained] == [trial.trial_id for trial in sweep]
    assert [record.status for record in trained] == ["failed", *["complete"] * 3]
    assert trained[0].error.startswith("it takes its process down, by signal 9 (SIGKILL)")
    assert n_started == 2


def test_a_stop_ends_the_process(tmp_path):
    sweep = load(tmp_path, TINY.replace("epochs = 2", "epochs = 10_000_000"))
    stop, trained = Stop(), []
    arguments = (SweepFiles.of(sweep), None, as_remote(queue_of(sweep)), stop, trained.append)
    thread = threading.Thread(target=train_apart, args=arguments)
    thread.start()
    time.sleep(1)
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert trained == []
