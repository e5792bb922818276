"""Time the driver of a large sweep: `python -m benchmarks.driver [--trials N] [--epochs N]`.

A run of the default grid over many seeds, where a record of realistic size takes the place of
each training, so that all the time left is the driver's. Meanwhile a second process asks for the
`status` every 3 seconds. --results keeps the folder, whose readers `benchmarks.readers` times.
"""

import argparse
import cProfile
import pstats
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from unittest import mock

from benchmarks.commands import Usage, usage_of
from benchmarks.phases import Phases
from benchmarks.stub_training import StubTraining
from rnnsweep.execution import pack
from rnnsweep.execution.run import run_sweep
from rnnsweep.sweepfile import load_sweep

GRID = "sweeps/grid.toml"
SETTINGS = 48  # of the default grid
STATUS_EVERY_S = 3.0


def main() -> None:
    """Run the sweep, and print the seconds and the memory of each phase and command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--epochs", type=int, default=60, help="epochs of a record")
    parser.add_argument("--executor", default="threads")
    parser.add_argument("--results", type=Path, help="a new folder to keep the results in")
    parser.add_argument("--profile", action="store_true", help="profile the main thread")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.results or Path(scratch, "grid")
        with cProfile.Profile() if arguments.profile else nullcontext() as profile:
            _run(folder, arguments.trials, arguments.epochs, arguments.executor)
        if profile is not None:
            pstats.Stats(profile).sort_stats("tottime").print_stats(40)


def overrides(n_trials: int) -> list[str]:
    """Return what gives the default grid at least so many trials."""
    n_seeds = -(-n_trials // SETTINGS)
    return [f"seed={{from = 0, to = {max(n_seeds - 1, 1)}, num = {max(n_seeds, 2)}}}"]


def _run(folder: Path, n_trials: int, n_epochs: int, executor: str) -> None:
    """Run the sweep with the stub, and print each phase."""
    training = StubTraining(n_epochs)
    phases = Phases()
    sweep = load_sweep(GRID, overrides(n_trials))
    phases.begin_phase("entering the trials")
    with mock.patch.object(pack, "run_trial", training), _asking(folder, phases) as asked:
        run_sweep(sweep, results=folder, jobs=2, executor=executor, progress=phases)
    phases.end_phase()
    print(f"{len(sweep):,} trials of {n_epochs} epochs, a stub in place of training")
    print(f"{'phase':24} {'wall s':>8} {'CPU s':>8} {'us a trial':>10} {'peak MB':>8}")
    for phase in phases.ended:
        each = 1e6 * phase.cpu_s / len(sweep)
        name, wall, cpu, peak = phase.name, phase.wall_s, phase.cpu_s, phase.peak_mb
        print(f"{name:24} {wall:8.1f} {cpu:8.1f} {each:10.1f} {peak:8.0f}")
    print("CPU seconds are those of the main thread: the stub runs in others")
    print("memory while training:", ", ".join(phases.memory_lines()))
    for path in sorted(folder.iterdir()):
        if path.is_file() and (size := path.stat().st_size) > 1e5:
            print(f"{path.name:24} {size / 1e6:8.0f} MB {size / len(sweep):10.0f} bytes a trial")
    for phase_name, answers in asked.items():
        print(f"status while {phase_name}: {answers}")


class _Answers:
    """The answers of `status` in a phase."""

    def __init__(self) -> None:
        self.n_asked = 0
        self.slowest = Usage(0.0, 0.0, 0.0, 0, "", "")
        self.others: list[str] = []  # those that did not say that the sweep is running

    def add(self, usage: Usage, is_expected: bool) -> None:
        """Add an answer."""
        self.n_asked += 1
        self.slowest = max(self.slowest, usage)
        if not is_expected:
            self.others.append(usage.stdout.strip() or usage.stderr.strip())

    def __str__(self) -> str:
        slowest = f"{self.slowest.wall_s:.1f} s, {self.slowest.cpu_s:.1f} s of CPU"
        others = f"; {len(self.others)} other answers: {self.others[-1]}" if self.others else ""
        return f"{self.n_asked} times, the slowest {slowest}{others}"


@contextmanager
def _asking(folder: Path, phases: Phases) -> Iterator[dict[str, _Answers]]:
    """Ask for the status every few seconds in the body; yield the answers by phase."""
    answers: dict[str, _Answers] = {}
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(STATUS_EVERY_S):
            phase = phases.name
            usage = usage_of("rnnsweep", ["status", str(folder)])
            is_expected = "(running" in usage.stdout or ended.is_set()
            answers.setdefault(phase, _Answers()).add(usage, is_expected)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    main()
