"""What is free for a process: made-up trees of both versions of control groups, and real limits."""

import math
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from commandline import ROOT

from rnnsweep.execution.free_memory import free_memory

V1 = "31 23 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
V2 = "30 23 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
GROUPS = ["3:cpu:/", "5:memory:/a/b", "0::/a/b"]
GIB = 2**30


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY,) * 2)

    def make(mounts, files, groups=GROUPS, available=8 * GIB):
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text("\n".join(groups) + "\n")
        (tmp_path / "proc/self/mountinfo").write_text("\n".join(mounts) + "\n")
        meminfo = "MemTotal: 99999999 kB\nMemFree: 1 kB\n"
        if available:
            meminfo += f"MemAvailable:  {available // 1024} kB\n"
        (tmp_path / "proc/meminfo").write_text(meminfo)
        (tmp_path / "proc/self/statm").write_text("1000 500 300 1 0 400 0\n")
        for name, text in files.items():
            path = tmp_path / "sys/fs/cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{text}\n")
        return free_memory(tmp_path)

    return make


def v1(folder, limit, used, cache=0):
    place = f"memory{folder}"
    return {
        f"{place}/memory.limit_in_bytes": limit,
        f"{place}/memory.usage_in_bytes": used,
        f"{place}/memory.stat": f"cache 99\ninactive_file 7\ntotal_inactive_file {cache}",
    }


def v2(folder, limit, used, cache=0):
    place = f"unified{folder}"
    return {
        f"{place}/memory.max": limit,
        f"{place}/memory.current": used,
        f"{place}/memory.stat": f"anon 99\ninactive_file {cache}",
    }


def test_without_groups_it_is_what_the_machine_has_available(tree):
    assert tree([], {}, []) == 8 * GIB


def test_a_system_that_does_not_say_it_has_no_limit(tree, tmp_path):
    assert tree([], {}, [], available=0) == math.inf
    assert free_memory(tmp_path / "none") == math.inf


@pytest.mark.parametrize(("mount", "files"), [(V1, v1), (V2, v2)])
def test_a_group_leaves_its_limit_less_its_use_without_file_cache(tree, mount, files):
    assert tree([mount], files("/a/b", 3 * GIB, 2 * GIB, GIB // 2)) == 1.5 * GIB


@pytest.mark.parametrize("limit", ["max", 9223372036854771712, 64 * GIB])
@pytest.mark.parametrize(("mount", "files"), [(V1, v1), (V2, v2)])
def test_a_group_without_a_limit_or_a_large_one(tree, mount, files, limit):
    assert tree([mount], files("/a/b", limit, GIB)) == 8 * GIB


def test_the_least_of_nested_groups_counts(tree):
    files = v2("/a", 4 * GIB, 3 * GIB) | v2("/a/b", 4 * GIB, GIB) | v2("/c", GIB, GIB)
    assert tree([V1, V2], files | v1("/a/b", 6 * GIB, GIB)) == GIB


def test_a_group_over_its_limit_leaves_nothing(tree):
    assert tree([V2], v2("/a/b", GIB, 2 * GIB)) == 0


def test_a_limit_of_the_address_space(tree, monkeypatch):
    limit = 3 * GIB
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (limit, limit))
    assert tree([], {}, []) == limit - 1000 * resource.getpagesize()


def test_a_real_limit_of_the_address_space():
    code = (
        "import resource, sys; from rnnsweep.execution.free_memory import free_memory\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n"
        "before = free_memory(); block = bytearray(2**28); print(before, before - free_memory())"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    before, taken = map(float, process.stdout.split())
    assert 0 < before < GIB
    assert taken == pytest.approx(2**28, rel=0.01)


def test_this_machine():
    assert free_memory() > 0
    assert Path("/proc/meminfo").exists() == (free_memory() < math.inf)
