"""What a run ran on: versions, CPU, command line."""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from rnnsweep.version import __version__

from .cpu_quota import cpu_quota

_PACKAGES = ("numpy", "numba", "llvmlite", "orjson", "pandas", "matplotlib", "pydantic")


def environment(jobs: int) -> dict[str, Any]:
    """Return what decides a run's speed and last digits."""
    from rnnsweep.kernels.cpu import CPU_NAME  # the CPU that kernels were compiled for

    return {
        "rnnsweep": __version__,
        "command": _command(),
        "jobs": jobs,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": _cpu(),
        "compiled_for": CPU_NAME,
        "usable_cores": usable_cores(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def _command() -> list[str]:
    """Return the command line in a form that can be typed again."""
    program, *arguments = getattr(sys, "argv", None) or ["python"]  # a host program has none
    name = Path(program).name
    typed = ["python", "-m", "rnnsweep"] if name == "__main__.py" else [name or "python"]
    return [*typed, *arguments]


def usable_cores() -> int:
    """Return the number of cores that this process may use.

    Those it may run on, at most as many as its container's CPU quota is worth. Whoever gives
    Python 3.13 or newer a number by PYTHON_CPU_COUNT or ``-X cpu_count`` gets that.
    """
    if sys.version_info >= (3, 13) and _count_is_given():
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota = cpu_quota()
    return cores if quota is None else min(cores, quota)


def _count_is_given() -> bool:
    """Return whether the user gave Python a number of CPUs; the option goes before the variable."""
    given = sys._xoptions.get("cpu_count")
    if given is None and not sys.flags.ignore_environment:
        given = os.environ.get("PYTHON_CPU_COUNT")
    return given not in (None, "", "default")


def _cpu() -> str:
    """Return the CPU's name as its maker writes it, where the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
