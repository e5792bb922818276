"""The CPU quota: how many CPUs a container or another control group may use at a time (Linux)."""

from math import ceil
from pathlib import Path

from .control_groups import ROOT, control_groups, lines


def cpu_quota(root: Path = ROOT) -> int | None:
    """Return the number of CPUs that its control groups grant this process, rounded up.

    It is the least of what the group of this process and the groups around it grant: `cpu.max` in
    version 2, and `cpu.cfs_quota_us` over `cpu.cfs_period_us` in version 1 ("Control Group v2" and
    "CFS Bandwidth Control" in the documentation of the Linux kernel).

    Parameters
    ----------
    root : Path
        Root of the file system with `proc` and the mounted groups.

    Returns
    -------
    int or None
        At least 1; None where there is no limit, or no control groups.
    """
    quotas = [
        quota
        for group in control_groups("cpu", root)
        if (quota := _quota(group.folder, group.version)) is not None
    ]
    return max(1, ceil(min(quotas))) if quotas else None


def _quota(folder: Path, version: int) -> float | None:
    """Return the CPUs that the group of a folder grants; None if it sets no limit."""
    if version == 2:
        words = " ".join(lines(folder / "cpu.max")).split()
    else:
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        words = [word for name in names for word in lines(folder / name)[:1]]
    try:
        quota, period = (int(word) for word in words)
    except ValueError:  # "max", or files that are not there
        return None
    return quota / period if quota > 0 and period > 0 else None  # -1 is no limit in version 1
