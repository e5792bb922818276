"""The benchmark of the driver is a run of the real sweep with a stub in place of training."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

import rnnsweep
from benchmarks import driver, readers
from benchmarks.phases import memory_mb, peak_mb, reset_peak
from benchmarks.stub_training import StubTraining
from rnnsweep.sweepfile import load_sweep

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def stub_results(tmp_path_factory):
    """Results of the benchmark, and what it printed."""
    folder = tmp_path_factory.mktemp("results") / "grid"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(
            sys, "argv", ["driver", "--trials=90", "--epochs=4", "--results", str(folder)]
        )
        printed = []
        patch.setattr("builtins.print", lambda *words, **_: printed.append(" ".join(words)))
        driver.main()
    return folder, "\n".join(printed)


def test_a_run_with_the_stub_has_all_trials_and_phases(stub_results):
    folder, printed = stub_results
    trials = rnnsweep.load(folder).trials
    assert len(trials) == 96
    assert set(trials.status) == {"complete"}
    assert set(trials.epochs_run) == {4}
    phases = re.findall(r"^([a-z ]+?) +\d+\.\d +\d+\.\d +\d+\.\d +\d+$", printed, re.MULTILINE)
    assert phases == [
        "entering the trials",
        "adding up the times",
        "training",
        "tables",
        "plots",
    ]
    assert re.search(r"memory while training: 10% \d+ MB, 50% \d+ MB, 100% \d+ MB", printed)


def test_a_stub_s_record_is_as_large_as_one_of_a_training(stub_results):
    sweep = load_sweep(ROOT / "sweeps" / "grid.toml")
    record = StubTraining(60)(sweep[0])
    assert record.epochs.shape == (60, 3)
    assert record.best_val_loss == np.min(record.epochs[:, 1])
    assert record.settings == sweep[0].config.settings()


def test_the_readers_of_the_results_end_well(stub_results, monkeypatch, capsys):
    folder, _ = stub_results
    monkeypatch.setattr(sys, "argv", ["readers", str(folder)])
    readers.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["status", "summary", "plot", "plan", "run"]
    assert all(line.endswith("MB ") for line in lines)  # no failure
    assert len(rnnsweep.load(folder).trials) == 96  # the run had the same trials


def test_the_peak_of_memory_is_that_since_the_reset():
    large = np.ones(2**25)  # 268 MB
    assert peak_mb() >= memory_mb() > 0.9 * large.nbytes / 1e6
    del large
    reset_peak()
    before = peak_mb()
    large = np.ones(2**24)
    assert peak_mb() - before > 0.9 * large.nbytes / 1e6
