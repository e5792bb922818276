"""The control groups of this process (Linux), in which a container or a batch system limits it."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ROOT = Path("/")


class Group(NamedTuple):
    """A control group that limits this process.

    Attributes
    ----------
    folder : Path
        Where its files are.
    version : int
        Of control groups, 1 or 2.
    """

    folder: Path
    version: int


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


def control_groups(controller: str, root: Path = ROOT) -> Iterator[Group]:
    """Yield the group of this process and the groups around it, in each version of the hierarchy.

    Parameters
    ----------
    controller : str
        What the groups have to limit: "cpu" or "memory".
    root : Path
        Root of the file system with `proc` and the mounted groups.
    """
    groups = _groups(root, controller)
    for mount in _mounts(root, controller):
        if mount.version in groups:
            for folder in _group_folders(mount, groups[mount.version]):
                yield Group(root / folder.relative_to("/"), mount.version)


def lines(path: Path) -> list[str]:
    """Return the lines of a file of the kernel; none where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _groups(root: Path, controller: str) -> dict[int, PurePosixPath]:
    """Return the group of this process in each version of the hierarchy with a controller."""
    groups = {}
    for line in lines(root / "proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers and number == "0":
            groups[2] = PurePosixPath(path)
        elif controller in controllers.split(","):
            groups[1] = PurePosixPath(path)
    return groups


def _mounts(root: Path, controller: str) -> list[_Mount]:
    """Return the mounted hierarchies that may have a controller."""
    mounts = []
    for line in lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        fields, filesystem, _, options = before.split(), *[*after.split(), "", "", ""][:3]
        if len(fields) < 5 or not fields[4].startswith("/"):
            continue
        group, folder = (PurePosixPath(_unescaped(field)) for field in fields[3:5])
        if filesystem == "cgroup2":
            mounts.append(_Mount(folder, group, 2))
        elif filesystem == "cgroup" and controller in options.split(","):
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


def _unescaped(field: str) -> str:
    """Return a path of `mountinfo`, where spaces, tabs, line ends and backslashes are escaped."""
    for code in ("040", "011", "012", "134"):
        field = field.replace(f"\\{code}", chr(int(code, 8)))
    return field
