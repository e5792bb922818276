"""The CPU quota: how many CPUs a container or another control group may use at a time (Linux)."""

from math import ceil
from pathlib import Path, PurePosixPath
from typing import NamedTuple

_ROOT = Path("/")


class _Mount(NamedTuple):
    """A mounted hierarchy of control groups.

    Attributes
    ----------
    folder : PurePosixPath
        Where it is mounted.
    group : PurePosixPath
        The group that the folder itself shows.
    version : int
        Of control groups, 1 or 2.
    """

    folder: PurePosixPath
    group: PurePosixPath
    version: int


def cpu_quota(root: Path = _ROOT) -> int | None:
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
    groups = _groups(root)
    quotas = [
        quota
        for mount in _mounts(root)
        if mount.version in groups
        for folder in _group_folders(mount, groups[mount.version])
        if (quota := _quota(root / folder.relative_to("/"), mount.version)) is not None
    ]
    return max(1, ceil(min(quotas))) if quotas else None


def _groups(root: Path) -> dict[int, PurePosixPath]:
    """Return the group of this process in each version of the hierarchy that limits CPUs."""
    groups = {}
    for line in _lines(root / "proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers and number == "0":
            groups[2] = PurePosixPath(path)
        elif "cpu" in controllers.split(","):
            groups[1] = PurePosixPath(path)
    return groups


def _mounts(root: Path) -> list[_Mount]:
    """Return the mounted hierarchies that may limit CPUs."""
    mounts = []
    for line in _lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        fields, filesystem, _, options = before.split(), *[*after.split(), "", "", ""][:3]
        if len(fields) < 5 or not fields[4].startswith("/"):
            continue
        group, folder = (PurePosixPath(_unescaped(field)) for field in fields[3:5])
        if filesystem == "cgroup2":
            mounts.append(_Mount(folder, group, 2))
        elif filesystem == "cgroup" and "cpu" in options.split(","):
            mounts.append(_Mount(folder, group, 1))
    return mounts


def _group_folders(mount: _Mount, group: PurePosixPath) -> list[PurePosixPath]:
    """Return the folder of a group and those of the groups around it that are mounted."""
    # A container may see its own group at the mount's folder, under whatever name the group has
    # outside, or above it ("/../other").
    if ".." in group.parts or not group.is_relative_to(mount.group):
        return [mount.folder]
    inner = mount.folder / group.relative_to(mount.group)
    return [path for path in (inner, *inner.parents) if path.is_relative_to(mount.folder)]


def _quota(folder: Path, version: int) -> float | None:
    """Return the CPUs that the group of a folder grants; None if it sets no limit."""
    if version == 2:
        words = " ".join(_lines(folder / "cpu.max")).split()
    else:
        names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
        words = [word for name in names for word in _lines(folder / name)[:1]]
    try:
        quota, period = (int(word) for word in words)
    except ValueError:  # "max", or files that are not there
        return None
    return quota / period if quota > 0 and period > 0 else None  # -1 is no limit in version 1


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _unescaped(field: str) -> str:
    """Return a path of `mountinfo`, where spaces, tabs, line ends and backslashes are escaped."""
    for code in ("040", "011", "012", "134"):
        field = field.replace(f"\\{code}", chr(int(code, 8)))
    return field
