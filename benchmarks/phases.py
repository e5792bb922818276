"""The phases of a run, with their seconds and the memory that they take."""

import resource
import sys
import time
from pathlib import Path
from typing import NamedTuple

from rnnsweep.execution.progress import Progress
from rnnsweep.record import Record

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
# Shares of the trials after which the memory is noted.
_SHARES = (0.1, 0.5, 1.0)


class Phase(NamedTuple):
    """A phase that has ended: seconds, those of the main thread's CPU, and its peak of memory."""

    name: str
    wall_s: float
    cpu_s: float
    peak_mb: float


class Phases(Progress):
    """Notes when the phases of a run begin and end, from what the run reports.

    Attributes
    ----------
    name : str
        The present phase.
    ended : list of Phase
    """

    def __init__(self) -> None:
        self.name = ""
        self.ended: list[Phase] = []
        self._start = self._cpu_start = 0.0
        self._n_trials = self._n_ended = 0
        self._memory: dict[float, float] = {}

    def begin_phase(self, name: str) -> None:
        """End the present phase, and begin another one."""
        self.end_phase()
        self.name = name
        reset_peak()
        self._start, self._cpu_start = time.perf_counter(), time.thread_time()

    def end_phase(self) -> None:
        """End the present phase, if there is one."""
        if self.name:
            wall = time.perf_counter() - self._start
            cpu = time.thread_time() - self._cpu_start
            self.ended.append(Phase(self.name, wall, cpu, peak_mb()))
            self.name = ""

    def say(self, message: str) -> None:
        """Note that the trials are in the store, or that the tables are written."""
        if self.name == "entering the trials":
            self.begin_phase("adding up the times")
        elif message == "drawing the plots":
            self.begin_phase("plots")

    def begin(self, n_trials: int) -> None:
        """Note that training begins."""
        self._n_trials = n_trials
        self.begin_phase("training")

    def advance(self, records: list[Record]) -> None:
        """Note the memory where a certain share of the trials has ended."""
        self._n_ended += len(records)
        for share in _SHARES:
            if share not in self._memory and self._n_ended >= share * self._n_trials:
                self._memory[share] = memory_mb()

    def end(self) -> None:
        """Note that training has ended."""
        self.begin_phase("tables")

    def memory_lines(self) -> list[str]:
        """Return the memory after some shares of the trials, each as a text."""
        return [f"{share:.0%} {memory:.0f} MB" for share, memory in self._memory.items()]


def memory_mb() -> float:
    """Return the memory that this process has now, in 10^6 bytes."""
    return _status("VmRSS") if _STATUS.exists() else peak_mb()


def peak_mb() -> float:
    """Return the largest memory of this process since `reset_peak`, in 10^6 bytes.

    Where the system has no /proc it is the largest one since the process began.
    """
    if _STATUS.exists():
        return _status("VmHWM")
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def reset_peak() -> None:
    """Begin to measure the peak anew, where the system can."""
    if _CLEAR.exists():
        _CLEAR.write_text("5")


def _status(name: str) -> float:
    lines = _STATUS.read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return int(kilobytes) * 1024 / 1e6
