"""What is written down of the machine and the versions of a run."""

import json
import os
import platform
import sys
from importlib import metadata

import pytest

import rnnsweep
from rnnsweep.execution import environment


def test_versions_cpu_and_command(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/somewhere/__main__.py", "run", "a.toml", "--jobs", "3"])
    told = environment.environment(jobs=3)
    assert json.loads(json.dumps(told)) == told
    assert told["command"] == ["python", "-m", "rnnsweep", "run", "a.toml", "--jobs", "3"]
    assert told["rnnsweep"] == rnnsweep.__version__
    assert told["python"] == platform.python_version()
    assert told["jobs"] == 3
    for name in ("numpy", "numba", "llvmlite", "orjson", "pandas", "matplotlib", "pydantic"):
        assert told["packages"][name] == metadata.version(name)
    for name in ("platform", "cpu", "compiled_for"):
        assert told[name].strip()
    assert 1 <= told["usable_cores"] <= os.cpu_count()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores cannot be taken away here")
def test_usable_are_the_cores_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(environment, "cpu_quota", lambda: None)
    given = os.sched_getaffinity(0)
    assert environment.usable_cores() == len(given)
    try:
        os.sched_setaffinity(0, {min(given)})
        assert environment.usable_cores() == 1
    finally:
        os.sched_setaffinity(0, given)


@pytest.mark.parametrize(("cores", "usable"), [(6, 6), (None, 1)])
def test_where_the_system_does_not_tell_all_cores_are_usable(monkeypatch, cores, usable):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(environment, "cpu_quota", lambda: None)
    assert environment.usable_cores() == usable


@pytest.mark.parametrize(("quota", "usable"), [(1, 1), (2, 2), (64, 3), (None, 3)])
def test_a_quota_makes_cores_fewer(monkeypatch, quota, usable):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 7}, raising=False)
    monkeypatch.setattr(environment, "cpu_quota", lambda: quota)
    assert environment.usable_cores() == usable


@pytest.mark.parametrize("given", ["5", "default", ""])
def test_the_number_that_python_was_given(monkeypatch, given):
    # Python 3.13 and newer read this variable, at their start; older ones do not.
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    monkeypatch.setattr(os, "process_cpu_count", lambda: int(given), raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 7}, raising=False)
    monkeypatch.setattr(environment, "cpu_quota", lambda: 2)
    monkeypatch.setenv("PYTHON_CPU_COUNT", given)
    assert environment.usable_cores() == (5 if given == "5" else 2)


def test_an_older_python_takes_no_number(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 12, 0))
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5, 7}, raising=False)
    monkeypatch.setattr(environment, "cpu_quota", lambda: None)
    monkeypatch.setenv("PYTHON_CPU_COUNT", "5")
    assert environment.usable_cores() == 3
