"""What a run ran on: versions, CPU, command line."""

import os
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from . import __version__

_PACKAGES = ("numpy", "numba", "llvmlite", "orjson", "pandas", "matplotlib", "pydantic")


def environment(jobs: int) -> dict[str, Any]:
    """Return what decides a run's speed and last digits."""
    from .kernels.cpu import CPU_NAME  # the CPU that kernels were compiled for

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
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu() -> str:
    """Return the CPU's name as its maker writes it, where the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
