"""What a run ran on: CPU, number of cores, versions, command line."""

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
    """Return the versions and the hardware that decide a run's speed and last digits.

    Parameters
    ----------
    jobs : int
        Trials at once.

    Returns
    -------
    dict
        As it is written to environment.json.
    """
    from rnnsweep.training.cpu_type import CPU_TYPE  # it loads numba

    return {
        **versions(),
        "jobs": jobs,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": _cpu(),
        "compiled_for": CPU_TYPE,
        "usable_cores": usable_cores(),
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def versions() -> dict[str, Any]:
    """Return the version of rnnsweep and the command line, as for environment.json."""
    return {"rnnsweep": __version__, "command": _command()}


def _command() -> list[str]:
    """Return the command line in a form that can be typed again."""
    # A program that embeds Python has no argv.
    program, *arguments = getattr(sys, "argv", None) or ["python"]
    name = Path(program).name
    typed = ["python", "-m", "rnnsweep"] if name == "__main__.py" else [name or "python"]
    return [*typed, *arguments]


def usable_cores() -> int:
    """Return the number of cores that this process may use.

    These are the cores that the system lets it run on, limited by the CPU quota of its container.
    In Python 3.13 and newer, a number given by PYTHON_CPU_COUNT or ``-X cpu_count`` is returned
    as it is.
    """
    if sys.version_info >= (3, 13) and _has_cpu_count():
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    quota = cpu_quota()
    return cores if quota is None else min(cores, quota)


def _has_cpu_count() -> bool:
    """Return whether the user gave Python a number of CPUs; the option overrides the variable."""
    cpu_count = sys._xoptions.get("cpu_count")
    if cpu_count is None and not sys.flags.ignore_environment:
        cpu_count = os.environ.get("PYTHON_CPU_COUNT")
    return cpu_count not in (None, "", "default")


def _cpu() -> str:
    """Return the CPU's name as its maker writes it, or what the system says instead."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
