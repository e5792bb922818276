"""How much memory this process can still take before the system refuses it or ends the process."""

import sys
from contextlib import suppress
from functools import cache
from math import inf
from pathlib import Path

from .control_groups import ROOT, Group, control_groups, lines

# The files of a control group in each version: its limit, its use, and what of the use is file
# cache that the kernel gives back ("Memory Resource Controller" and "Control Group v2" in the
# documentation of the Linux kernel).
_FILES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    2: ("memory.max", "memory.current", "inactive_file"),
}


# Of what is free, trials get this share: predictions of what they take are right to about a tenth,
# and the store, finished records and other programs need some.
_SHARE = 0.85


def free_for_trials() -> float:
    """Return the bytes that are free for the trials that this process trains."""
    return _SHARE * free_memory()


def free_memory(root: Path = ROOT) -> float:
    """Return the bytes that are free for this process; infinity where the system does not say.

    It is the least of what the machine has available (`MemAvailable`), what each control group of
    this process leaves, and what ``ulimit -v`` leaves. It is known on Linux alone.

    Parameters
    ----------
    root : Path
        Root of the file system with `proc` and the mounted groups.
    """
    free = [_of_group(group) for group in _groups(root)]
    return max(0.0, min([_available(root), _address_space(root), *free]))


@cache  # to look them up took 1.5 of 1.7 ms
def _groups(root: Path) -> tuple[Group, ...]:
    return tuple(control_groups("memory", root))


def _available(root: Path) -> float:
    """Return what the machine has available."""
    return _named(lines(root / "proc/meminfo"), "MemAvailable:") * 1024


def _of_group(group: Group) -> float:
    """Return what a control group leaves; infinity if it sets no limit."""
    limit_file, use_file, cache_key = _FILES[group.version]
    limit, used = (_number(" ".join(lines(group.folder / name))) for name in (limit_file, use_file))
    if limit == inf or used == inf:
        return inf
    cache = _named(lines(group.folder / "memory.stat"), cache_key)
    return limit - used + (0.0 if cache == inf else cache)


def _address_space(root: Path) -> float:
    """Return what ``ulimit -v`` leaves of the address space."""
    if sys.platform == "win32":
        return inf
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return inf
    pages = _number(" ".join(lines(root / "proc/self/statm")).partition(" ")[0])
    return inf if pages == inf else limit - pages * resource.getpagesize()


def _named(texts: list[str], name: str) -> float:
    """Return the number after a name at the beginning of a line; infinity where there is none."""
    for text in texts:
        first, *rest = [*text.split(), ""]
        if first == name:
            return _number(rest[0])
    return inf


def _number(text: str) -> float:
    with suppress(ValueError):
        return int(text)
    return inf  # "max", or a file that is not there
