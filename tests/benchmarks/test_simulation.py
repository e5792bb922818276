"""The simulated driver trains every trial once, and its clock is not the machine's."""

import sys
import time
from pathlib import Path

import pytest

from benchmarks import simulation
from benchmarks.simulated_cluster import Clock
from rnnsweep.sweepfile import load_sweep

SWEEP = load_sweep(Path(__file__).parents[2] / "sweeps" / "grid.toml")


def test_a_few_workers_are_hardly_idle():
    outcome = simulation.simulate(SWEEP, 4, 1.0, 3, 0.001)
    # 144 trials of a second on 4 workers: 4 a second, but for the spread of their times.
    assert outcome.rate == pytest.approx(4.0, rel=0.2)
    assert outcome.utilisation == pytest.approx(outcome.rate / 4)


def test_a_driver_that_takes_as_long_as_the_trials_is_the_limit():
    outcome = simulation.simulate(SWEEP, 1000, 0.1, 3, 1.0)
    # Each task, of one trial here, takes a second of the driver.
    assert outcome.rate < 1.1
    assert outcome.utilisation < 0.01


def test_a_row_for_each_case(monkeypatch, capsys):
    monkeypatch.chdir(Path(__file__).parents[2])
    monkeypatch.setattr(
        sys,
        "argv",
        ["simulation", "--workers", "2", "4", "--seconds", "1", "--length=30", "--epochs=3"],
    )
    simulation.main()
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split()[0] == "workers"
    assert [row.split()[:2] for row in rows] == [["2", "1"], ["4", "1"]]


def test_a_simulated_clock_has_leaps_and_stops():
    clock = Clock()
    before = clock.monotonic()
    clock.sleep(100.0)
    assert 100.0 <= clock.monotonic() - before < 101.0
    with clock.stopped():
        start = time.thread_time()
        while time.thread_time() - start < 0.1:
            pass
    assert clock.monotonic() - before < 100.1
