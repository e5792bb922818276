"""What a container's control groups grant, from made-up trees of both versions."""

from pathlib import Path

import pytest

from rnnsweep.execution.cpu_quota import cpu_quota

V2_MOUNT = "30 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw"
V1_MOUNT = "31 23 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct"
# As most systems with version 1 have it: the other controllers, and version 2 without any.
OTHERS = [
    "20 1 8:1 / / rw - ext4 /dev/root rw",
    "32 23 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
    "34 23 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset",
]


@pytest.fixture
def tree(tmp_path):
    """Makes a file system with the groups of a process, the mounts and the limits."""

    def make(groups, mounts, files):
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text("\n".join(groups) + "\n")
        (tmp_path / "proc/self/mountinfo").write_text("\n".join([*OTHERS, *mounts]) + "\n")
        for name, text in files.items():
            path = tmp_path / "sys/fs/cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n")
        return cpu_quota(tmp_path)

    return make


def v1(folder, quota, period="100000"):
    place = f"cpu,cpuacct{folder}"
    return {f"{place}/cpu.cfs_quota_us": quota, f"{place}/cpu.cfs_period_us": period}


@pytest.mark.parametrize(
    ("limit", "cpus"),
    [
        ("max 100000", None),
        ("max", None),
        ("200000 100000", 2),
        ("50000 100000", 1),  # half a CPU
        ("150000 100000", 2),
        ("200001 100000", 3),
        ("1000 1000000", 1),
        ("", None),
        ("a b", None),
    ],
)
def test_a_group_of_version_2(tree, limit, cpus):
    files = {"cpu.max": limit}
    assert tree(["0::/"], [V2_MOUNT], files) == cpus


@pytest.mark.parametrize(
    ("quota", "period", "cpus"),
    [("-1", "100000", None), ("200000", "100000", 2), ("125000", "50000", 3), ("1", "100000", 1)],
)
def test_a_group_of_version_1(tree, quota, period, cpus):
    groups = ["5:memory:/", "4:cpuset:/", "3:cpu,cpuacct:/", "1:name=systemd:/", "0::/"]
    assert tree(groups, [V1_MOUNT], v1("", quota, period)) == cpus


def test_the_least_of_nested_groups_counts(tree):
    files = {
        "cpu.max": "900000 100000",
        "a.slice/cpu.max": "250000 100000",
        "a.slice/b/cpu.max": "max 100000",
        "a.slice/b/c/cpu.max": "400000 100000",
        "a.slice/b/c/d/cpu.max": "100000 100000",  # a group inside the process's own
        "other/cpu.max": "100000 100000",
    }
    assert tree(["0::/a.slice/b/c"], [V2_MOUNT], files) == 3


def test_the_least_of_nested_groups_of_version_1(tree):
    files = v1("", "-1") | v1("/a", "300000") | v1("/a/b", "800000") | v1("/c", "100000")
    assert tree(["3:cpuacct,cpu:/a/b"], [V1_MOUNT], files) == 3


def test_both_versions_at_once(tree):
    mounts = [V1_MOUNT, V2_MOUNT.replace("/sys/fs/cgroup ", "/sys/fs/cgroup/unified ")]
    files = v1("/a", "300000") | {"unified/b/cpu.max": "150000 100000"}
    assert tree(["3:cpu,cpuacct:/a", "0::/b"], mounts, files) == 2


@pytest.mark.parametrize("seen", ["/docker/1f", "/docker/1f/inner", "/elsewhere", "/../other"])
def test_a_container_that_sees_its_group_at_the_mount(tree, seen):
    # Without a name space of groups its name is the one outside, and only its own folder is there.
    mount = V1_MOUNT.replace(" / /sys", " /docker/1f /sys")
    files = v1("", "200000") | v1("/docker/1f", "100000")
    assert tree([f"3:cpu,cpuacct:{seen}"], [mount], files) == 2


def test_a_mount_with_a_space_in_its_name(tree):
    mount = V2_MOUNT.replace("/sys/fs/cgroup ", r"/sys/fs/cgroup/my\040groups ")
    assert tree(["0::/"], [mount], {"my groups/cpu.max": "300000 100000"}) == 3


@pytest.mark.parametrize("groups", [[], ["0::/"], ["nonsense"], ["::"], ["3:cpu"]])
def test_without_groups_there_is_no_limit(tree, groups):
    assert tree(groups, ["", "1 2", "- - -", "40 1 0:1 / - cgroup2"], {}) is None


def test_without_proc_there_is_no_limit(tmp_path):
    assert cpu_quota(tmp_path) is None


def test_this_machine():
    quota = cpu_quota()
    assert quota is None or quota >= 1
    assert Path("/proc/self/cgroup").exists() or quota is None
